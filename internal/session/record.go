package session

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// record is the form of a Session inside a token: CBOR with numbers for names.
// A number is never used again for something else. A reader refuses numbers it
// does not know, because they may limit the session: a new field is written
// only when all nodes of an installation can read it.
type record struct {
	Kind              Kind     `cbor:"1,keyasint"`
	Account           string   `cbor:"2,keyasint"`
	PrincipalID       string   `cbor:"3,keyasint"`
	Name              string   `cbor:"4,keyasint,omitempty"`
	AccessKeyID       string   `cbor:"5,keyasint"`
	Secret            string   `cbor:"6,keyasint"`
	Issued            int64    `cbor:"7,keyasint"`
	Expires           int64    `cbor:"8,keyasint"`
	MFA               int64    `cbor:"9,keyasint,omitempty"`
	SourceIdentity    string   `cbor:"10,keyasint,omitempty"`
	Policy            string   `cbor:"11,keyasint,omitempty"`
	PolicyARNs        []string `cbor:"12,keyasint,omitempty"`
	Tags              []Tag    `cbor:"13,keyasint,omitempty"`
	TransitiveTagKeys []string `cbor:"14,keyasint,omitempty"`
	Chained           bool     `cbor:"15,keyasint,omitempty"`
	Provider          string   `cbor:"16,keyasint,omitempty"`
	Context           []Tag    `cbor:"17,keyasint,omitempty"`
	Delegate          string   `cbor:"18,keyasint,omitempty"`
	SignIn            string   `cbor:"19,keyasint,omitempty"`
}

var (
	encMode = must(cbor.EncOptions{Sort: cbor.SortCoreDeterministic}.EncMode())
	decMode = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What the first byte of a plaintext says of the rest.
const (
	formPlain    = 0
	formDeflated = 1 // with dictionary
	formPacked   = 2 // likewise

	// Shorter records are not worth the time, some 2 µs.
	minPack = 512
	// longPacked is from when on a packed record is deflated instead, for the
	// sake of its length and in spite of the time, some 40 µs.
	longPacked = 3 << 10
	maxRecord  = 64 << 10
)

// dictionary is text that session policies and tags are likely to hold, the
// likeliest last. It is part of the format: tokens of a changed one would not
// open.
const dictionary = `aws-marketplace:arn:aws-cn:arn:aws-us-gov:dynamodb:lambda:function:kms:Decryptsqs:sns:logs:ec2:Describe*` +
	`CostCenterDepartmentEnvironmentProjectTeamOwner"NotAction":"NotResource":"Sid":"secretsmanager:GetSecretValue` +
	`"Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}"IpAddress":{"aws:SourceIp":"StringLike":{"aws:PrincipalTag/` +
	`"Bool":{"aws:SecureTransport":"true"}}iam:PassRoleiam:Get*iam:List*sts:AssumeRolearn:aws:iam::aws:policy/ReadOnlyAccess` +
	`arn:aws:iam::policy/s3:ListAllMyBucketss3:GetBucketLocations3:DeleteObjects3:ListBuckets3:PutObjects3:GetObject` +
	`"Effect":"Deny","Action":["s3:*"],"Resource":["arn:aws:s3:::/*"]}]}` +
	`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

var (
	deflaters = sync.Pool{New: func() any {
		return must(flate.NewWriterDict(io.Discard, flate.DefaultCompression, []byte(dictionary)))
	}}
	inflaters = sync.Pool{New: func() any {
		return flate.NewReaderDict(bytes.NewReader(nil), []byte(dictionary))
	}}
)

// encode returns the plaintext of a token.
func encode(s *Session) ([]byte, error) {
	r := record{
		Kind: s.Kind, Account: s.Account, PrincipalID: s.PrincipalID, Name: s.Name,
		AccessKeyID: s.AccessKeyID, Secret: s.Secret,
		Issued: s.Issued.Unix(), Expires: s.Expires.Unix(),
		SourceIdentity: s.SourceIdentity, Policy: s.Policy, PolicyARNs: s.PolicyARNs,
		Tags: s.Tags, TransitiveTagKeys: s.TransitiveTagKeys, Chained: s.Chained,
		Provider: s.Provider, Context: s.Context, Delegate: s.Delegate, SignIn: s.SignIn,
	}
	if !s.MFA.IsZero() {
		r.MFA = s.MFA.Unix()
	}
	var buf bytes.Buffer
	buf.WriteByte(formPlain)
	if err := encMode.NewEncoder(&buf).Encode(&r); err != nil {
		return nil, fmt.Errorf("session: encoding: %w", err)
	}
	if buf.Len() < minPack {
		return buf.Bytes(), nil
	}
	if buf.Len() > maxRecord {
		return nil, &TooLargeError{Percent: 100 * buf.Len() / MaxToken}
	}
	return shorten(buf.Bytes()), nil
}

// shorten returns plain or a shorter form of it.
func shorten(plain []byte) []byte {
	if len(plain) <= maxPack {
		packed := pack([]byte{formPacked}, plain[1:])
		if len(packed) < longPacked {
			return shorter(plain, packed)
		}
	}
	return shorter(plain, deflate(plain))
}

func shorter(plain, other []byte) []byte {
	if len(other) < len(plain) {
		return other
	}
	return plain
}

// deflate returns the deflated form of plain.
func deflate(plain []byte) []byte {
	var out bytes.Buffer
	out.WriteByte(formDeflated)
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	_, err := w.Write(plain[1:])
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return out.Bytes()
}

// decode reads what encode has written. The bytes were sealed by this
// installation: what cannot be read is of another version.
func decode(plaintext []byte) (*Session, error) {
	if len(plaintext) == 0 {
		return nil, ErrInvalid
	}
	text := plaintext[1:]
	var err error
	switch plaintext[0] {
	case formPlain:
	case formDeflated:
		text, err = inflate(text)
	case formPacked:
		u := unpackings.Get().(*unpacking)
		defer unpackings.Put(u)
		text, err = u.unpack(text)
	default:
		return nil, ErrInvalid
	}
	if err != nil {
		return nil, ErrInvalid
	}
	var r record
	if err := decMode.Unmarshal(text, &r); err != nil || r.Kind < AssumedRole || r.Kind > SignedIn {
		return nil, ErrInvalid
	}
	s := &Session{
		Kind: r.Kind, Account: r.Account, PrincipalID: r.PrincipalID, Name: r.Name,
		AccessKeyID: r.AccessKeyID, Secret: r.Secret,
		Issued: time.Unix(r.Issued, 0).UTC(), Expires: time.Unix(r.Expires, 0).UTC(),
		SourceIdentity: r.SourceIdentity, Policy: r.Policy, PolicyARNs: r.PolicyARNs,
		Tags: r.Tags, TransitiveTagKeys: r.TransitiveTagKeys, Chained: r.Chained,
		Provider: r.Provider, Context: r.Context, Delegate: r.Delegate, SignIn: r.SignIn,
	}
	if r.MFA != 0 {
		s.MFA = time.Unix(r.MFA, 0).UTC()
	}
	return s, nil
}

func inflate(text []byte) ([]byte, error) {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(text), []byte(dictionary)); err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxRecord+1))
	if err == nil && len(plain) > maxRecord {
		err = ErrTooLarge
	}
	return plain, err
}
