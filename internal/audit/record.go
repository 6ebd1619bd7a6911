package audit

import (
	"encoding/binary"
	"fmt"
	"time"
)

// recordVersion begins every encoded record.
const recordVersion = 1

// maxRecord is more than any record needs, and little enough to refuse a
// length that is garbage.
const maxRecord = 4 << 20

// AppendRecord appends r in the form in which a Log stores it: the form to put
// it into a state commit with, for Log.Take later.
//
// The form is a version byte, the ID, the time in nanoseconds (8 bytes, little
// endian), the number of attributes and each as key byte and value, CloudTrail
// and Detail. Numbers and lengths are varints.
func AppendRecord(dst []byte, r *Record) []byte {
	dst = append(dst, recordVersion)
	dst = append(dst, r.ID[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Time.UnixNano()))
	dst = binary.AppendUvarint(dst, uint64(len(r.Attributes)))
	for i := range r.Attributes {
		a := &r.Attributes[i]
		dst = binary.AppendUvarint(append(dst, byte(a.Key)), uint64(len(a.Value)))
		dst = append(dst, a.Value...)
	}
	dst = append(binary.AppendUvarint(dst, uint64(len(r.CloudTrail))), r.CloudTrail...)
	return append(binary.AppendUvarint(dst, uint64(len(r.Detail))), r.Detail...)
}

// ParseRecord reads what AppendRecord appends. The record keeps no reference
// to b.
func ParseRecord(b []byte) (Record, error) {
	text := string(b) // one copy; attribute values are parts of it
	d := decoder{rest: b, text: text}
	var r Record
	r.ID, r.Time = d.head()
	count := d.uvarint()
	if count > uint64(len(d.rest)) {
		d.bad = true
	}
	if !d.bad {
		r.Attributes = make([]Attribute, count)
	}
	for i := range r.Attributes {
		r.Attributes[i] = d.attribute()
	}
	r.CloudTrail = d.bytes()
	r.Detail = d.bytes()
	if d.bad || len(d.rest) > 0 {
		return Record{}, fmt.Errorf("%w: %d bytes", ErrRecord, len(b))
	}
	return r, nil
}

// decoder reads the parts of an encoded record. After the first that is not
// there it is bad and returns zeros.
type decoder struct {
	rest []byte
	text string // ends with rest
	bad  bool
}

func (d *decoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.rest)) {
		d.bad = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) head() (id ID, t time.Time) {
	b := d.take(1 + 16 + 8)
	if d.bad || b[0] != recordVersion {
		d.bad = true
		return ID{}, time.Time{}
	}
	copy(id[:], b[1:])
	return id, time.Unix(0, int64(binary.LittleEndian.Uint64(b[17:]))).UTC()
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if d.bad || n <= 0 {
		d.bad = true
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) attribute() Attribute {
	key := d.take(1)
	n := d.uvarint()
	value := d.take(n)
	if d.bad {
		return Attribute{}
	}
	end := len(d.text) - len(d.rest)
	return Attribute{AttributeKey(key[0]), d.text[end-len(value) : end]}
}

// bytes returns a copy, or nil when it is empty.
func (d *decoder) bytes() []byte {
	return append([]byte(nil), d.take(d.uvarint())...)
}

// Hashes of attributes are what look-ups search for. They are stored in index
// files: to change them, change the version of the index.

// hash is FNV-1a over key and value, mixed so that all bits count alike.
func hash[T string | []byte](key AttributeKey, value T) uint64 {
	h := fnv(fnvOffset, byte(key))
	for i := range len(value) {
		h = fnv(h, value[i])
	}
	// The finalizer of MurmurHash3.
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

const fnvOffset uint64 = 14695981039346656037

func fnv(h uint64, c byte) uint64 { return (h ^ uint64(c)) * 1099511628211 }
