package s3_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/state"
)

// modelVersion is a version as the model knows it.
type modelVersion struct {
	id, body string
	marker   bool
}

// model is a bucket as plain maps: the versions of each key, newest first.
type model struct {
	w          *world
	name       string
	versioning string
	keys       map[string][]modelVersion
}

func (m *model) target(key, version string) string {
	if version != "" {
		version = "?versionId=" + version
	}
	return "/" + m.name + "/" + key + version
}

// add makes v the newest version of a key, by the versioning of the bucket.
func (m *model) add(key string, v modelVersion) {
	if m.versioning != "Enabled" {
		v.id = "null"
		m.keys[key] = slices.DeleteFunc(m.keys[key], func(o modelVersion) bool { return o.id == "null" })
	}
	m.keys[key] = append([]modelVersion{v}, m.keys[key]...)
}

func (m *model) put(t *rapid.T) {
	key, body := drawKey(t), rapid.StringN(0, 8, -1).Draw(t, "body")
	a := m.w.must(root, "PUT", m.target(key, ""), body)
	m.add(key, modelVersion{id: a.header.Get("x-amz-version-id"), body: body})
}

func (m *model) delete(t *rapid.T) {
	key := drawKey(t)
	a := m.w.must(root, "DELETE", m.target(key, ""), "")
	if m.versioning == "" {
		delete(m.keys, key)
		return
	}
	m.add(key, modelVersion{id: a.header.Get("x-amz-version-id"), marker: true})
}

func (m *model) deleteVersion(t *rapid.T) {
	key := drawKey(t)
	if len(m.keys[key]) == 0 {
		t.Skip("no such key")
	}
	i := rapid.IntRange(0, len(m.keys[key])-1).Draw(t, "version")
	v := m.keys[key][i]
	a := m.w.must(root, "DELETE", m.target(key, v.id), "")
	if marker := a.header.Get("x-amz-delete-marker") == "true"; marker != v.marker {
		t.Fatalf("deleted %+v: marker %t", v, marker)
	}
	m.keys[key] = slices.Delete(m.keys[key], i, i+1)
	if len(m.keys[key]) == 0 {
		delete(m.keys, key)
	}
}

func (m *model) setVersioning(t *rapid.T) {
	m.versioning = rapid.SampledFrom([]string{"Enabled", "Suspended"}).Draw(t, "versioning")
	m.w.versioning(m.name, m.versioning)
}

// read compares all versions of a key with the model.
func (m *model) read(t *rapid.T) {
	key := drawKey(t)
	for _, v := range m.keys[key] {
		if a := m.w.do(root, "GET", m.target(key, v.id), ""); !v.marker && a.body != v.body || v.marker && a.status != 405 {
			t.Fatalf("%s version %s: %d %q, want %+v", key, v.id, a.status, a.body, v)
		}
	}
}

// check compares what the bucket lists with the model.
func (m *model) check(t *rapid.T) {
	var ids, latest []string
	for _, key := range slices.Sorted(maps.Keys(m.keys)) {
		for _, v := range m.keys[key] {
			ids = append(ids, v.id)
		}
		if !m.keys[key][0].marker {
			latest = append(latest, key)
		}
	}
	if got := m.w.must(root, "GET", "/"+m.name, "").texts("Key"); !slices.Equal(got, latest) {
		t.Fatalf("listed %q, want %q", got, latest)
	}
	a := m.w.must(root, "GET", "/"+m.name+"?versions", "")
	got := a.texts("VersionId")
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.Fatalf("versions %q, want %q", got, ids)
	}
}

func drawKey(t *rapid.T) string { return rapid.SampledFrom([]string{"a", "b", "c/d"}).Draw(t, "key") }

func TestVersionsModel(t *testing.T) {
	w := newWorld(t)
	buckets := 0
	rapid.Check(t, func(t *rapid.T) {
		buckets++
		m := &model{w: w, name: fmt.Sprintf("model-%d", buckets), keys: make(map[string][]modelVersion)}
		w.bucket(m.name)
		t.Repeat(map[string]func(*rapid.T){
			"put": m.put, "delete": m.delete, "deleteVersion": m.deleteVersion, "setVersioning": m.setVersioning, "read": m.read, "": m.check,
		})
	})
	left := 0
	for _, v := range w.DB.Snapshot().All() {
		if v, ok := v.(*state.ObjectVersion); ok && v.Content != "" {
			left++
		}
	}
	w.contents(left)
}

// TestConcurrent lets several writers, readers and deleters loose on one key:
// whatever is read is one of the bodies, whole.
func TestConcurrent(t *testing.T) {
	w := newWorldIn(t, t.TempDir())
	w.bucket("race")
	bodies := map[string]bool{}
	for i := range 4 {
		bodies[fmt.Sprintf("%0*d", 10_000*(i+1), i)] = true
	}
	var wg sync.WaitGroup
	for body := range bodies {
		wg.Go(func() {
			for i := range 20 {
				if a := w.do(root, "PUT", "/race/k", body); a.status != 200 {
					t.Errorf("put: %d %s", a.status, a.body)
				}
				if i%7 == 0 {
					w.do(root, "DELETE", "/race/k", "")
				}
			}
		})
		wg.Go(func() {
			for range 40 {
				a := w.do(root, "GET", "/race/k", "")
				if a.status != 404 && (a.status != 200 || !bodies[a.body]) {
					t.Errorf("read %d, %d bytes", a.status, len(a.body))
				}
				a = w.do(root, "PUT", "/race/copy", "", "x-amz-copy-source", "race/k")
				if a.status != 404 && a.status != 200 {
					t.Errorf("copied: %d %s", a.status, a.body)
				}
			}
		})
	}
	wg.Wait()
	left := len(w.must(root, "GET", "/race", "").texts("Key"))
	w.contents(left)
}

// TestCreateOnce: of many who create a key if it is not there, one does.
func TestCreateOnce(t *testing.T) {
	w := newWorld(t)
	w.bucket("once")
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		won []string // guarded by mu
	)
	for i := range 8 {
		wg.Go(func() {
			body := fmt.Sprint(i)
			if a := w.do(root, "PUT", "/once/k", body, "If-None-Match", "*"); a.status == 200 {
				mu.Lock()
				won = append(won, body)
				mu.Unlock()
			} else if a.status != 412 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	if a := w.must(root, "GET", "/once/k", ""); len(won) != 1 || a.body != won[0] {
		t.Errorf("won: %q, holds %q", won, a.body)
	}
	w.contents(1)
}
