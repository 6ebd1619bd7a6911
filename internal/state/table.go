package state

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

// table describes an entity type once, for transactions, loading, commits of
// others and Check alike.
type table[T any] struct {
	prefix  string                           // of its keys in the store, before a slash
	key     func(*T) string                  // unique in the table, never "", never changed
	rows    func(*Snapshot) *index[*T]       // by key
	index   func(s *Snapshot, v *T, on bool) // the other indexes; may be nil
	account func(*T) string                  // binds secrets to the account; may be nil
	check   func(s *Snapshot, v *T) error    // what must hold beyond the indexes; may be nil
}

// kind is a table of any type.
type kind interface {
	name() string
	decode(c *codec, key string, value []byte) (any, error)
	encode(c *codec, row any) ([]byte, error)
	apply(s *Snapshot, key string, row any) // a nil row removes
	copyRows(from, to *Snapshot)
	checkRows(s *Snapshot) []error
	all(s *Snapshot) iter.Seq2[string, any]
}

func (t *table[T]) name() string { return t.prefix }

// set makes v the row under key, or removes the row when v is nil. It is the
// only way in which a snapshot changes.
func (t *table[T]) set(s *Snapshot, key string, v *T) {
	rows := t.rows(s)
	old, ok := rows.get(key, "", "")
	if ok && t.index != nil {
		t.index(s, old, false)
	}
	if v == nil {
		rows.put(s, false, key, "", "", old)
		return
	}
	rows.replace(s, key, v)
	if t.index != nil {
		t.index(s, v, true)
	}
}

func (t *table[T]) apply(s *Snapshot, key string, row any) {
	v, _ := row.(*T)
	t.set(s, key, v)
}

// copyRows sets every row of one snapshot in another.
func (t *table[T]) copyRows(from, to *Snapshot) {
	for v := range t.rows(from).all() {
		t.set(to, t.key(v), v)
	}
}

// all yields the rows of s by key.
func (t *table[T]) all(s *Snapshot) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for v := range t.rows(s).all() {
			if !yield(t.prefix+"/"+t.key(v), v) {
				return
			}
		}
	}
}

// checkRows returns what is wrong with the rows of s.
func (t *table[T]) checkRows(s *Snapshot) (faults []error) {
	if t.check == nil {
		return nil
	}
	for v := range t.rows(s).all() {
		if err := t.check(s, v); err != nil {
			faults = append(faults, fmt.Errorf("%s/%s: %w", t.prefix, t.key(v), err))
		}
	}
	return faults
}

func (t *table[T]) encode(c *codec, row any) ([]byte, error) {
	v := *row.(*T) // secrets are sealed in the copy
	if p := planOf[T](); p.secrets() {
		if err := p.seal(c, &v, t.bind(&v)); err != nil {
			return nil, err
		}
	}
	return encode(&v)
}

func (t *table[T]) decode(c *codec, key string, value []byte) (any, error) {
	v := new(T)
	if err := decode(value, v); err != nil {
		return nil, err
	}
	if got := t.key(v); got != key {
		return nil, fmt.Errorf("the value is that of %q", got)
	}
	if err := planOf[T]().open(c, v, t.bind(v)); err != nil {
		return nil, err
	}
	return v, nil
}

// bind is what a sealed secret is bound to: it opens only in its own row.
func (t *table[T]) bind(v *T) string {
	account := ""
	if t.account != nil {
		account = t.account(v)
	}
	return strings.Join([]string{"writ state 1", t.prefix, account, t.key(v)}, "\x00")
}

// put sets v within a transaction.
func put[T any](tx *Tx, t *table[T], v *T) {
	key := t.key(v)
	if key == "" {
		tx.fail(fmt.Errorf("state: %T without a key", v))
		return
	}
	if err := planOf[T]().check(v); err != nil {
		tx.fail(fmt.Errorf("state: %s/%s: %w", t.prefix, key, err))
		return
	}
	tx.clash = ""
	t.set(tx.Snapshot, key, v)
	if tx.clash != "" {
		tx.fail(fmt.Errorf("state: %s/%s takes a name or key that is in use: %q", t.prefix, key, tx.clash))
	}
	tx.change(t, key, v)
}

// remove removes v, or does nothing if it is not there.
func remove[T any](tx *Tx, t *table[T], v *T) {
	key := t.key(v)
	if _, ok := t.rows(tx.Snapshot).get(key, "", ""); ok {
		t.set(tx.Snapshot, key, nil)
		tx.change(t, key, nil)
	}
}

// kindOf finds the table of a key in the store.
func kindOf(storeKey string) (kind, string, error) {
	prefix, key, _ := strings.Cut(storeKey, "/")
	if k, ok := kindByName[prefix]; ok {
		return k, key, nil
	}
	return nil, "", fmt.Errorf("state: key %q: %w", storeKey, errNewer)
}

var errNewer = errors.New("written by a newer version of writ; use that version, or restore a backup made with this one")

var kindByName = func() map[string]kind {
	m := make(map[string]kind)
	for _, k := range kinds {
		if m[k.name()] != nil {
			panic("state: two tables have the prefix " + k.name())
		}
		m[k.name()] = k
	}
	return m
}()
