package state

import (
	"hash/maphash"
	"sync"
	"weak"

	"github.com/writ-iam/writ/engine"
)

// env is what all snapshots of a DB share.
type env struct {
	schema  engine.Schema
	catalog func(arn string) (text, versionID, id string, ok bool)
	managed sync.Map // ARN -> *ManagedPolicy of AWS
	docs    documents
}

// load returns a document of the store, or an equal one that is in use. It is
// parsed and compiled when somebody asks for that: most of what an installation
// holds is never used by the process that loads it.
func (e *env) load(stored *Document) *Document {
	stored.schema, stored.stored = e.schema, true
	return e.docs.share(stored)
}

// documents finds documents in use, so that entities with equal policies share
// one. It keeps none alive.
type documents struct {
	seed maphash.Seed

	mu   sync.Mutex // guards what follows
	docs map[uint64][]weak.Pointer[Document]
	grow int // size at which the dead are swept
}

func newDocuments() documents {
	return documents{seed: maphash.MakeSeed(), docs: map[uint64][]weak.Pointer[Document]{}, grow: 1024}
}

// find returns the document in use that equals doc, or nil.
func (d *documents) find(doc *Document) *Document {
	h := maphash.String(d.seed, doc.Text)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.findLocked(h, doc)
}

func (d *documents) findLocked(h uint64, doc *Document) *Document {
	for _, w := range d.docs[h] {
		if other := w.Value(); other != nil && other.equal(doc) {
			return other
		}
	}
	return nil
}

// share returns the document in use that equals doc; without one doc is it
// from now on.
func (d *documents) share(doc *Document) *Document {
	h := maphash.String(d.seed, doc.Text)
	d.mu.Lock()
	defer d.mu.Unlock()
	if other := d.findLocked(h, doc); other != nil {
		return other
	}
	d.docs[h] = append(d.docs[h], weak.Make(doc))
	if len(d.docs) >= d.grow {
		d.sweep()
		d.grow = 2*len(d.docs) + 1024
	}
	return doc
}

// sweep forgets the documents that nobody holds any more. d.mu is held.
func (d *documents) sweep() {
	for h, list := range d.docs {
		live := list[:0]
		for _, w := range list {
			if w.Value() != nil {
				live = append(live, w)
			}
		}
		if len(live) == 0 {
			delete(d.docs, h)
		} else {
			d.docs[h] = live
		}
	}
}
