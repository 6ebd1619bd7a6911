package state

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/writ-iam/writ/internal/store"
)

// dataKeyName sorts before all tables, so that loading meets the key first.
// The data key encrypts the secrets; the master key only wraps it and can
// therefore be changed without writing every secret again.
const dataKeyName = "!/data-key"

// errMasterKey tells the operator what to do.
var errMasterKey = errors.New("state: the master key does not open this data: give the master key the data was made with (the file, variable or command it came from), or restore a backup together with its key")

type wrappedKey struct {
	Key Secret `cbor:"1,keyasint"`
}

// newDataKey makes a data key and writes it, wrapped, as the first change of a
// new store. ErrConflict means that another node was first.
func newDataKey(ctx context.Context, o *Options, after uint64) (*sealer, uint64, error) {
	master, err := newSealer(o.MasterKey, o.Rand)
	if err != nil {
		return nil, 0, err
	}
	key := make([]byte, keySize)
	if _, err := io.ReadFull(o.Rand, key); err != nil {
		return nil, 0, fmt.Errorf("state: randomness: %w", err)
	}
	wrapped, err := master.seal(Secret(key), dataKeyName)
	if err != nil {
		return nil, 0, err
	}
	value, err := encode(wrappedKey{wrapped})
	if err != nil {
		return nil, 0, err
	}
	rev, err := o.Store.Append(ctx, after, []store.Change{{Key: dataKeyName, Value: value}})
	if err != nil {
		return nil, 0, fmt.Errorf("state: first commit: %w", err)
	}
	s, err := newSealer(key, o.Rand)
	return s, rev, err
}

// openDataKey unwraps the stored data key.
func openDataKey(o *Options, value []byte) (*sealer, error) {
	master, err := newSealer(o.MasterKey, o.Rand)
	if err != nil {
		return nil, err
	}
	var w wrappedKey
	if err := decode(value, &w); err != nil {
		return nil, fmt.Errorf("state: data key: %w", err)
	}
	key, err := master.open(w.Key, dataKeyName)
	if err != nil {
		return nil, errMasterKey
	}
	return newSealer([]byte(key), o.Rand)
}
