package s3

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"sync"
)

// memory keeps contents in memory.
type memory struct {
	mu       sync.RWMutex
	contents map[string][]byte // never changed once there; guarded by mu
}

func newMemory() *memory { return &memory{contents: make(map[string][]byte)} }

func (m *memory) create(id string) (draft, error) { return &memoryDraft{memory: m, id: id}, nil }

func (m *memory) open(id string) (content, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, ok := m.contents[id]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return memoryContent{bytes.NewReader(b)}, nil
}

func (m *memory) remove(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.contents[id]; !ok {
		return fs.ErrNotExist
	}
	delete(m.contents, id)
	return nil
}

func (m *memory) ids() ([]string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Collect(maps.Keys(m.contents)), nil
}

type memoryContent struct{ *bytes.Reader }

func (memoryContent) Close() error { return nil }

type memoryDraft struct {
	memory *memory
	id     string
	bytes.Buffer
}

func (d *memoryDraft) keep() error {
	d.memory.mu.Lock()
	defer d.memory.mu.Unlock()
	d.memory.contents[d.id] = d.Bytes()
	return nil
}

func (d *memoryDraft) discard() {}
