package federation

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Bounds of RSA keys. Shorter ones decrypt nothing, longer ones take long.
const (
	minRSABits = 1024
	maxRSABits = 8192

	maxKeyText = 16 << 10
)

// ErrEncryptedKey says that a private key is encrypted itself.
var ErrEncryptedKey = errors.New("federation: the private key is encrypted")

// ParsePrivateKey reads an RSA private key, with which assertions are
// decrypted: a text that is one PEM block, of PKCS #8 or PKCS #1.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	const begin = "-----BEGIN "
	trimmed := bytes.TrimSpace([]byte(text))
	block, rest := pem.Decode(trimmed)
	// Decode passes over what is not PEM.
	if len(text) > maxKeyText || block == nil || len(bytes.TrimSpace(rest)) > 0 ||
		!bytes.HasPrefix(trimmed, []byte(begin)) || bytes.Count(trimmed, []byte(begin)) > 1 {
		return nil, errors.New("federation: a private key is one PEM block")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, ErrEncryptedKey
	}
	var parsed any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, errors.New("federation: the PEM block is no private key")
	}
	if err != nil {
		return nil, errors.New("federation: malformed private key") // what is wrong with a secret is not told
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("federation: the private key is not for RSA")
	}
	if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("federation: an RSA key has %d to %d bits", minRSABits, maxRSABits)
	}
	return key, nil
}
