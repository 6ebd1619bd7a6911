package state

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// formatVersion is the first byte of every value. A change that an older Writ
// would misread raises it; added fields do not.
const formatVersion = 1

// Times are whole seconds on the wire where they are whole.
var encMode = func() cbor.UserBufferEncMode {
	m, err := cbor.EncOptions{Sort: cbor.SortCoreDeterministic, Time: cbor.TimeUnixDynamic}.UserBufferEncMode()
	if err != nil {
		panic(err)
	}
	return m
}()

var decMode = func() cbor.DecMode {
	m, err := cbor.DecOptions{MaxArrayElements: 1 << 20}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte(formatVersion)
	if err := encMode.MarshalToBuffer(v, &b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func decode(value []byte, v any) error {
	switch {
	case len(value) == 0:
		return errors.New("the value is empty")
	case value[0] > formatVersion:
		return fmt.Errorf("format %d: %w", value[0], errNewer)
	case value[0] != formatVersion:
		return fmt.Errorf("format %d is not known", value[0])
	}
	return decMode.Unmarshal(value[1:], v)
}

// codec turns rows into values of the store and back.
type codec struct {
	env  *env
	seal *sealer
}

// row decodes one pair of the store. A nil value gives a nil row.
func (c *codec) row(storeKey string, value []byte) (row, error) {
	k, key, err := kindOf(storeKey)
	if err != nil {
		return row{}, err
	}
	r := row{kind: k, key: key}
	if value == nil {
		return r, nil
	}
	if r.v, err = k.decode(c, key, value); err != nil {
		return row{}, fmt.Errorf("state: key %q: %w", storeKey, err)
	}
	return r, nil
}

// row is a decoded pair of the store; a nil v removes.
type row struct {
	kind kind
	key  string
	v    any
}
