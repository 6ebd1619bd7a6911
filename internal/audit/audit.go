// Package audit keeps the record of every call: who did what, when, from
// where, and what the answer was.
//
// Start at Event, which is one record in CloudTrail's terms and encodes itself
// as CloudTrail's JSON, and at Log, the append-only store of records with its
// look-ups by attribute and time. Open keeps a log in a folder, OpenMemory
// keeps none after the process ends.
//
// The package decides neither what is recorded nor what is secret: whoever
// fills an Event does, with AppendElements, which leaves out every member that
// the API model marks as sensitive. It delivers to no trail and signs no
// digest, and it does not lock its folder: the one who opens it does.
package audit

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// Errors of this package; compare with errors.Is.
var (
	// ErrClosed is returned after Close by the methods that write, and by Follow.
	ErrClosed = errors.New("audit: closed")

	// ErrRecord is returned for bytes or values that are not a record.
	ErrRecord = errors.New("audit: not a record")
)

// ID is the eventID of a record: a UUID.
type ID [16]byte

// NewID makes a random ID (RFC 9562, version 4).
func NewID(rand io.Reader) (ID, error) {
	var id ID
	if _, err := io.ReadFull(rand, id[:]); err != nil {
		return ID{}, fmt.Errorf("audit: making an event id: %w", err)
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id, nil
}

// ParseID reads what String prints. Capitals are accepted too.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, fmt.Errorf("%w: event id %q", ErrRecord, s)
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ID{}, fmt.Errorf("%w: event id %q", ErrRecord, s)
	}
	return id, nil
}

// String returns the usual form of a UUID, in small letters.
func (id ID) String() string { return string(id.append(nil)) }

func (id ID) append(dst []byte) []byte {
	for i, part := range [...][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// AttributeKey names what records can be looked up by. The numbers are stored:
// never change one.
type AttributeKey uint8

// The attributes. Their names are CloudTrail's LookupAttributeKey, and three of
// our own.
const (
	EventID AttributeKey = iota + 1
	EventName
	ReadOnly // "true" or "false"
	Username // user name, or session name; "root" for the root user
	ResourceType
	ResourceName // ARN, or the name at its end
	EventSource
	AccessKeyID
	RequestID   // our own
	AccountID   // our own: recipientAccountId
	PrincipalID // our own: unique id of the user or role that called, account id of a root user
)

var attributeNames = [...]string{
	EventID: "EventId", EventName: "EventName", ReadOnly: "ReadOnly", Username: "Username",
	ResourceType: "ResourceType", ResourceName: "ResourceName", EventSource: "EventSource",
	AccessKeyID: "AccessKeyId", RequestID: "RequestId", AccountID: "AccountId",
	PrincipalID: "PrincipalId",
}

// String returns the name as in CloudTrail's API.
func (k AttributeKey) String() string {
	if int(k) < len(attributeNames) && k > 0 {
		return attributeNames[k]
	}
	return fmt.Sprintf("AttributeKey(%d)", uint8(k))
}

// ParseAttributeKey returns the key of a name.
func ParseAttributeKey(name string) (AttributeKey, bool) {
	for k, n := range attributeNames {
		if n == name && n != "" {
			return AttributeKey(k), true
		}
	}
	return 0, false
}

// Attribute is a value to look records up by. A record may have several of
// the same key. Values are compared as they are, case included.
type Attribute struct {
	Key   AttributeKey
	Value string
}

// Record is what a Log keeps of an event.
type Record struct {
	ID   ID
	Time time.Time // the eventTime; kept to the nanosecond

	// Attributes are what the record can be found by, except its ID, by which
	// every record can.
	Attributes []Attribute

	// CloudTrail is the record in CloudTrail's JSON.
	CloudTrail []byte

	// Detail is the decision and its context, in a form that the log does not
	// know. It never shows in CloudTrail output.
	Detail []byte

	// Next is the place behind the record, set by the Log that returns it.
	Next Position

	start Position
}

// Position is a place between two records of a Log. The zero Position is
// before all of them.
type Position struct {
	Segment uint64
	Offset  int64
}

// Damage reports bytes of a log that are not the records they should be.
type Damage struct {
	Segment  uint64
	From, To int64 // offsets in the segment
}

func (d Damage) Error() string {
	return fmt.Sprintf("audit: segment %d is damaged: bytes %d to %d are not records", d.Segment, d.From, d.To)
}

func isDamage(err error) bool {
	var d Damage
	return errors.As(err, &d)
}
