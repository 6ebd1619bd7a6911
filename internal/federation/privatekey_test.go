package federation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestParsePrivateKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(key)
	for _, text := range []string{
		block("PRIVATE KEY", pkcs8), block("RSA PRIVATE KEY", pkcs1),
		"\r\n" + strings.ReplaceAll(block("PRIVATE KEY", pkcs8), "\n", "\r\n") + "\n",
	} {
		if got, err := ParsePrivateKey(text); err != nil || !got.Equal(key) {
			t.Errorf("%v from\n%s", err, text)
		}
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec8, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	good := block("PRIVATE KEY", pkcs8)
	for name, text := range map[string]string{
		"nothing":          "",
		"no PEM":           "key",
		"text before":      "key\n" + good,
		"text after":       good + "key",
		"two":              good + good,
		"one hidden":       "-----BEGIN PRIVATE KEY-----\n" + good,
		"DER":              string(pkcs8),
		"elliptic curve":   block("PRIVATE KEY", ec8),
		"public":           block("PUBLIC KEY", public),
		"other label":      block("RSA PRIVATE KEY", pkcs8),
		"truncated":        block("PRIVATE KEY", pkcs8[:len(pkcs8)-1]),
		"trailing bytes":   block("RSA PRIVATE KEY", append(pkcs1[:len(pkcs1):len(pkcs1)], 0)),
		"not what it says": block("CERTIFICATE", pkcs8),
		"too long":         good + strings.Repeat("\n", maxKeyText),
	} {
		if _, err := ParsePrivateKey(text); err == nil || errors.Is(err, ErrEncryptedKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEncryptedPrivateKey(t *testing.T) {
	for _, text := range []string{
		block("ENCRYPTED PRIVATE KEY", []byte{0x30, 0}),
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n",
	} {
		if _, err := ParsePrivateKey(text); !errors.Is(err, ErrEncryptedKey) {
			t.Errorf("%v", err)
		}
	}
}

// TestPrivateKeyStaysSecret: an error shows nothing of the key.
func TestPrivateKeyStaysSecret(t *testing.T) {
	const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
	_, err := ParsePrivateKey("-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n")
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}
