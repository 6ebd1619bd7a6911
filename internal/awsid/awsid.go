// Package awsid makes and reads identifiers in AWS's formats: access key ids,
// unique ids, secret access keys and account ids.
//
// Start at NewAccessKeyID and NewUniqueID. The package keeps no record of what
// it made: that an id is new in an installation is for the caller to check.
//
// The formats are described under "IAM identifiers" in the IAM User Guide; how
// an access key id carries its account was found by public research (Aidan
// Steele, "AWS Access Key ID formats"; Tal Be'ery, "A short note on AWS KEY ID").
package awsid

import (
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Prefix is the first four characters of an id; it tells what the id names.
type Prefix string

// The prefixes that the IAM User Guide lists under "Unique identifiers".
const (
	AccessKey          Prefix = "AKIA" // long-term access key
	TemporaryAccessKey Prefix = "ASIA" // access key of a session
	BearerToken        Prefix = "ABIA"
	ServiceCredential  Prefix = "ACCA" // service-specific credential
	Group              Prefix = "AGPA"
	User               Prefix = "AIDA"
	InstanceProfile    Prefix = "AIPA"
	ManagedPolicy      Prefix = "ANPA"
	PolicyVersion      Prefix = "ANVA"
	PublicKey          Prefix = "APKA"
	Role               Prefix = "AROA"
	ServerCertificate  Prefix = "ASCA"
)

const (
	alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // RFC 4648 base32

	accessKeyLen  = 20
	uniqueLen     = 21
	accountDigits = 12
	maxAccount    = 999_999_999_999
)

// ErrAccount reports that a text is not an account id of twelve digits.
var ErrAccount = errors.New("awsid: an account id has twelve digits")

// NewAccessKeyID returns an access key id of 20 characters that carries the
// account. Its remaining 39 bits are random: the caller makes sure that a
// stored one is unique. It fails with ErrAccount, or when rand does.
func NewAccessKeyID(rand io.Reader, prefix Prefix, account string) (string, error) {
	n, ok := parseAccount(account)
	if !ok {
		return "", ErrAccount
	}
	var random [8]byte
	if err := read(rand, random[:]); err != nil {
		return "", err
	}
	id := make([]byte, 0, accessKeyLen)
	id = append(id, prefix...)
	// Eight characters: a bit that says the account is there, then the
	// account without its lowest bit, which leads the ninth character.
	head := 1<<39 | n>>1
	for shift := 35; shift >= 0; shift -= 5 {
		id = append(id, alphabet[head>>shift&31])
	}
	id = append(id, alphabet[n&1<<4|uint64(random[0])&15])
	for _, b := range random[1:] {
		id = append(id, alphabet[b&31])
	}
	return string(id), nil
}

// AccountOf returns the account that an access key id carries. It is false for
// ids that carry none: those of another shape, and the older ones of AWS.
func AccountOf(accessKeyID string) (account string, ok bool) {
	if len(accessKeyID) != accessKeyLen {
		return "", false
	}
	if p := Prefix(accessKeyID[:4]); p != AccessKey && p != TemporaryAccessKey {
		return "", false
	}
	var bits uint64
	for i := 4; i < accessKeyLen; i++ {
		v, ok := decode(accessKeyID[i])
		if !ok {
			return "", false
		}
		if i < 13 {
			bits = bits<<5 | v
		}
	}
	if bits>>44 == 0 {
		return "", false
	}
	n := bits >> 4 & (1<<40 - 1)
	if n > maxAccount {
		return "", false
	}
	return formatAccount(n), true
}

// NewUniqueID returns a unique id of 21 characters, 85 of its bits random.
func NewUniqueID(rand io.Reader, prefix Prefix) (string, error) {
	var random [uniqueLen - 4]byte
	if err := read(rand, random[:]); err != nil {
		return "", err
	}
	id := make([]byte, 0, uniqueLen)
	id = append(id, prefix...)
	for _, b := range random {
		id = append(id, alphabet[b&31])
	}
	return string(id), nil
}

// NewCertificateID returns an id of a signing certificate, which has no prefix:
// 32 characters, 160 random bits.
func NewCertificateID(rand io.Reader) (string, error) {
	var random [20]byte
	if err := read(rand, random[:]); err != nil {
		return "", err
	}
	return base32.StdEncoding.EncodeToString(random[:]), nil
}

// NewSAMLID returns an id of a SAML provider or of its private key, which have
// prefixes of six characters: 22 characters, 16 of them random letters and
// digits.
func NewSAMLID(rand io.Reader, prefix string) (string, error) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	id := make([]byte, 0, len(prefix)+16)
	id = append(id, prefix...)
	for len(id) < cap(id) {
		var b [1]byte
		if err := read(rand, b[:]); err != nil {
			return "", err
		}
		if int(b[0]) < 256/len(letters)*len(letters) { // a remainder would favour the first letters
			id = append(id, letters[int(b[0])%len(letters)])
		}
	}
	return string(id), nil
}

// NewPassword returns a generated password: 44 characters, 256 random bits.
func NewPassword(rand io.Reader) (string, error) {
	var random [32]byte
	if err := read(rand, random[:]); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(random[:]), nil
}

// NewSecret returns a secret access key: 40 characters, 240 random bits.
func NewSecret(rand io.Reader) (string, error) {
	var random [30]byte
	if err := read(rand, random[:]); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(random[:]), nil
}

// NewAccount returns an account id of twelve random digits.
func NewAccount(rand io.Reader) (string, error) {
	var random [5]byte
	for {
		if err := read(rand, random[:]); err != nil {
			return "", err
		}
		var n uint64
		for _, b := range random {
			n = n<<8 | uint64(b)
		}
		if n <= maxAccount { // nine draws in ten; a remainder would favour low ids
			return formatAccount(n), nil
		}
	}
}

// ValidAccount reports whether s is twelve digits.
func ValidAccount(s string) bool {
	_, ok := parseAccount(s)
	return ok
}

// ValidAccessKeyID reports whether s has the shape that STS accepts of an
// access key id: 16 to 128 letters, digits and underscores.
func ValidAccessKeyID(s string) bool {
	if len(s) < 16 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}

// PrefixOf returns the prefix of an id, empty when the id is shorter than one.
func PrefixOf(id string) Prefix {
	if len(id) < 4 {
		return ""
	}
	return Prefix(id[:4])
}

func read(rand io.Reader, p []byte) error {
	if _, err := io.ReadFull(rand, p); err != nil {
		return fmt.Errorf("awsid: reading randomness: %w", err)
	}
	return nil
}

func decode(c byte) (uint64, bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint64(c - 'A'), true
	case '2' <= c && c <= '7':
		return uint64(c-'2') + 26, true
	}
	return 0, false
}

func parseAccount(s string) (uint64, bool) {
	if len(s) != accountDigits {
		return 0, false
	}
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, true
}

func formatAccount(n uint64) string {
	// The leading one keeps the zeros of accounts such as 000000000000.
	return strconv.FormatUint(n+maxAccount+1, 10)[1:]
}
