package authz

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

const (
	// sealingKeyLife is how long a key seals. Nonces are random, so a key must
	// not seal without end.
	sealingKeyLife = 24 * time.Hour
	// longestSession is that of GetSessionToken and GetFederationToken. A
	// retired key opens tokens for that long.
	longestSession = 36 * time.Hour
)

var errNoSealingKey = errors.New("authz: no key to seal sessions with")

// keys returns the ring of the sealing keys that snap holds.
func (s *Sessions) keys(snap *state.Snapshot) (*session.Keys, error) {
	held := slices.Collect(snap.SealingKeys())
	s.mu.RLock()
	ring, of := s.ring, s.ringOf
	s.mu.RUnlock()
	if ring != nil && slices.Equal(held, of) {
		return ring, nil
	}
	ring, err := newRing(held)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.ring, s.ringOf = ring, held
	s.mu.Unlock()
	return ring, nil
}

// newRing makes the ring: the key that is not retired seals.
func newRing(held []*state.SealingKey) (*session.Keys, error) {
	var current *session.Key
	var retired []session.Key
	for _, h := range held {
		k, err := sealingKey(h)
		if err != nil {
			return nil, err
		}
		if h.NotAfter.IsZero() && current == nil {
			current = &k
		} else {
			retired = append(retired, k)
		}
	}
	if current == nil {
		return nil, errNoSealingKey
	}
	return session.NewKeys(*current, retired...)
}

func sealingKey(h *state.SealingKey) (session.Key, error) {
	id, err := strconv.ParseUint(h.ID, 10, 32)
	if err != nil || len(h.Key) != session.KeySize {
		return session.Key{}, fmt.Errorf("authz: sealing key %q cannot be read", h.ID)
	}
	k := session.Key{ID: uint32(id), NotAfter: h.NotAfter}
	copy(k.Secret[:], h.Key)
	return k, nil
}

// RotateSealingKeys makes a sealing key when there is none or the current one
// is a day old, and forgets those whose last session has ended. Sessions sealed
// before stay valid until they expire.
func RotateSealingKeys(tx *state.Tx) error {
	last, fresh := uint64(0), false
	for _, h := range slices.Collect(tx.SealingKeys()) {
		id, err := strconv.ParseUint(h.ID, 10, 32)
		if err != nil {
			return err
		}
		last = max(last, id)
		switch {
		case !h.NotAfter.IsZero() && tx.Now().After(h.NotAfter):
			tx.DeleteSealingKey(h)
		case h.NotAfter.IsZero() && tx.Now().Sub(h.Created) < sealingKeyLife:
			fresh = true
		case h.NotAfter.IsZero():
			retired := *h
			retired.NotAfter = tx.Now().Add(longestSession)
			tx.PutSealingKey(&retired)
		}
	}
	if fresh {
		return nil
	}
	k, err := session.NewKey(tx.Rand(), uint32(last+1))
	if err != nil {
		return err
	}
	tx.PutSealingKey(&state.SealingKey{ID: strconv.FormatUint(last+1, 10), Key: state.Secret(k.Secret[:]), Created: tx.Now()})
	return nil
}
