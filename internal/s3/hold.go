package s3

import "sync"

// hold keeps contents in place while somebody copies them.
type hold struct {
	mu      sync.Mutex
	holders int      // guarded by mu
	later   []string // contents to remove when the last holder is done; guarded by mu
}

// Hold keeps all contents until release is called, which must happen once: a
// state that was read after Hold finds what it refers to. What the state lets
// go of meanwhile is removed then.
func (f *Files) Hold() (release func()) {
	f.mu.Lock()
	f.holders++
	f.mu.Unlock()
	return func() {
		f.mu.Lock()
		f.holders--
		var ids []string
		if f.holders == 0 {
			ids, f.later = f.later, nil
		}
		f.mu.Unlock()
		f.remove(ids)
	}
}

// deferred reports whether contents are held; then ids are removed later.
func (h *hold) deferred(ids []string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.holders == 0 {
		return false
	}
	h.later = append(h.later, ids...)
	return true
}
