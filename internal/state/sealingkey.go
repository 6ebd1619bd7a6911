package state

import (
	"errors"
	"iter"
	"time"
)

// SealingKey is a key under which session tokens are sealed. A new one
// replaces it at NotAfter; it is kept until the last token under it expires.
type SealingKey struct {
	ID       string    `cbor:"1,keyasint"`
	Key      Secret    `cbor:"2,keyasint"` // raw bytes
	Created  time.Time `cbor:"3,keyasint"`
	NotAfter time.Time `cbor:"4,keyasint,omitzero"`
}

var sealingKeys = table[SealingKey]{
	prefix: "sealing",
	key:    func(k *SealingKey) string { return k.ID },
	rows:   func(s *Snapshot) *index[*SealingKey] { return &s.sealingKeys },
	check: func(_ *Snapshot, k *SealingKey) error {
		if k.Key == "" {
			return errors.New("no key")
		}
		return nil
	},
}

// SealingKeys yields the sealing keys by id.
func (s *Snapshot) SealingKeys() iter.Seq[*SealingKey] { return s.sealingKeys.all() }

// PutSealingKey adds or replaces a sealing key.
func (tx *Tx) PutSealingKey(k *SealingKey) { put(tx, &sealingKeys, k) }

// DeleteSealingKey removes a sealing key: tokens under it no longer open.
func (tx *Tx) DeleteSealingKey(k *SealingKey) { remove(tx, &sealingKeys, k) }
