package state

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/store"
)

// Tx is a transaction: the function given to Update reads and writes through
// it. Its reads see its own writes. It is of no use after the function ends.
//
// Put and Delete report no errors: what is wrong with an entity (no key, a
// name in use, a document that was not resolved) is a mistake of the caller,
// and fails the Update.
type Tx struct {
	*Snapshot
	base   uint64
	now    time.Time
	rand   io.Reader
	seq    uint64 // the last one given out
	rows   []row
	at     map[rowKey]int // place in rows
	events []Outgoing
	err    error
}

type rowKey struct {
	kind kind
	key  string
}

// Base returns the revision that the transaction started from. It differs from
// every published revision when earlier transactions of the same batch have
// written: what was decided on a published snapshot must be decided again.
func (tx *Tx) Base() uint64 { return tx.base }

// Now returns the time of the transaction, in whole seconds of UTC.
func (tx *Tx) Now() time.Time { return tx.now }

// Rand returns the source of randomness.
func (tx *Tx) Rand() io.Reader { return tx.rand }

// NewID returns a unique id that nobody has. An update whose randomness fails
// fails.
func (tx *Tx) NewID(prefix awsid.Prefix) string {
	for {
		id, err := awsid.NewUniqueID(tx.rand, prefix)
		if err != nil {
			tx.fail(err)
			return ""
		}
		if !tx.has(id) {
			return id
		}
	}
}

// has reports whether a unique id is in use.
func (tx *Tx) has(id string) bool {
	switch awsid.Prefix(id[:min(4, len(id))]) {
	case awsid.PublicKey:
		_, ok := tx.sshKeys.rows.get(id, "", "")
		return ok
	case awsid.ServerCertificate:
		_, ok := tx.serverCertificates.rows.get(id, "", "")
		return ok
	case awsid.ServiceCredential:
		_, ok := tx.ServiceCredential(id)
		return ok
	}
	_, ok := tx.Entity(id)
	return ok
}

// NewUUID returns a random UUID.
func (tx *Tx) NewUUID() string {
	id, err := awsid.NewUUID(tx.rand)
	if err != nil {
		tx.fail(err)
	}
	return id
}

// NewCertificateID returns an id of a signing certificate that nobody has.
func (tx *Tx) NewCertificateID() string {
	for {
		id, err := awsid.NewCertificateID(tx.rand)
		if err != nil {
			tx.fail(err)
			return ""
		}
		if _, taken := tx.SigningCertificate(id); !taken {
			return id
		}
	}
}

// NewAccessKeyID returns an access key id of the account that nobody has.
func (tx *Tx) NewAccessKeyID(prefix awsid.Prefix, account string) string {
	for {
		id, err := awsid.NewAccessKeyID(tx.rand, prefix, account)
		if err != nil {
			tx.fail(err)
			return ""
		}
		if _, taken := tx.AccessKey(id); !taken {
			return id
		}
	}
}

// seqBits are the bits of a sequence number below the revision.
const seqBits = 16

// NextSeq returns a number above all that were given out before.
func (tx *Tx) NextSeq() uint64 {
	if tx.seq++; tx.seq&(1<<seqBits-1) == 0 {
		tx.fail(errors.New("state: too many sequence numbers in one batch"))
	}
	return tx.seq
}

// Record puts an event into the commit of this transaction. It is handed to
// Options.Events once the commit is durable.
func (tx *Tx) Record(id string, at time.Time, event, detail []byte) {
	tx.events = append(tx.events, Outgoing{ID: id, Time: at, Event: event, Detail: detail})
}

// fail makes the update fail, whatever its function returns.
func (tx *Tx) fail(err error) {
	if tx.err == nil {
		tx.err = err
	}
}

// change notes what is to be stored for a row; a nil v removes it.
func (tx *Tx) change(k kind, key string, v any) {
	tx.origin = nil
	id := rowKey{k, key}
	if i, ok := tx.at[id]; ok {
		tx.rows[i].v = v
		return
	}
	if tx.at == nil {
		tx.at = make(map[rowKey]int)
	}
	tx.at[id] = len(tx.rows)
	tx.rows = append(tx.rows, row{k, key, v})
}

// encode returns the changes for the store.
func (tx *Tx) encode(c *codec) ([]store.Change, error) {
	if len(tx.rows) > maxUpdate {
		return nil, fmt.Errorf("%w: %d entities changed, at most %d", ErrTooLarge, len(tx.rows), maxUpdate)
	}
	changes := make([]store.Change, len(tx.rows))
	for i, r := range tx.rows {
		changes[i].Key = r.kind.name() + "/" + r.key
		if r.v == nil {
			continue
		}
		value, err := r.kind.encode(c, r.v)
		if err != nil {
			return nil, fmt.Errorf("state: key %q: %w", changes[i].Key, err)
		}
		changes[i].Value = value
	}
	return changes, nil
}
