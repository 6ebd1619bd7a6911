package state

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Secret is a text or key that must not be shown. It prints as "[secret]"
// through fmt, slog and JSON; convert it to string or []byte to use it. It is
// encrypted wherever it is stored.
type Secret string

const redacted = "[secret]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) Format(f fmt.State, _ rune)   { io.WriteString(f, redacted) }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// sealedMark begins a secret that is encrypted: nonce and ciphertext follow.
const sealedMark = "\x00sealed\x01"

// MarshalCBOR refuses a secret that is not sealed, so that none reaches the
// disk in clear whatever a table forgets.
func (s Secret) MarshalCBOR() ([]byte, error) {
	if s != "" && !strings.HasPrefix(string(s), sealedMark) {
		return nil, errors.New("state: a secret would be stored in clear")
	}
	return encMode.Marshal([]byte(s))
}

// UnmarshalCBOR reads what MarshalCBOR wrote.
func (s *Secret) UnmarshalCBOR(data []byte) error {
	var b []byte
	if err := decMode.Unmarshal(data, &b); err != nil {
		return err
	}
	*s = Secret(b)
	return nil
}

// sealer encrypts with AES-256-GCM under one key.
type sealer struct {
	aead cipher.AEAD
	rand io.Reader
}

const keySize = 32

func newSealer(key []byte, rand io.Reader) (*sealer, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("state: a key has %d bytes, not %d", keySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &sealer{aead, rand}, nil
}

// seal encrypts a secret so that it opens only with the same binding. The
// empty secret stays empty.
func (s *sealer) seal(secret Secret, bind string) (Secret, error) {
	if secret == "" {
		return "", nil
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return "", fmt.Errorf("state: randomness: %w", err)
	}
	out := append([]byte(sealedMark), nonce...)
	return Secret(s.aead.Seal(out, nonce, []byte(secret), []byte(bind))), nil
}

func (s *sealer) open(sealed Secret, bind string) (Secret, error) {
	if sealed == "" {
		return "", nil
	}
	rest, ok := strings.CutPrefix(string(sealed), sealedMark)
	if !ok || len(rest) < s.aead.NonceSize() {
		return "", errors.New("the secret is not sealed as expected")
	}
	n := s.aead.NonceSize()
	clear, err := s.aead.Open(nil, []byte(rest[:n]), []byte(rest[n:]), []byte(bind))
	if err != nil {
		return "", errors.New("the secret does not open: the value was changed or moved")
	}
	return Secret(clear), nil
}
