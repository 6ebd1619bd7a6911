package iam

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/iamapi"
)

// Bounds of what is parsed and verified, above anything in use: a certificate
// chain, and the private key and the public keys of RSA with 8,192 bits.
const (
	maxChain      = 32
	maxPrivateKey = 5 << 10
	maxRSABits    = 8192
)

// pemBlocks returns the PEM blocks of a text, and whether it has nothing else
// and not more than max.
func pemBlocks(text string, max int) (blocks []*pem.Block, ok bool) {
	for rest := bytes.TrimSpace([]byte(text)); len(rest) > 0; {
		block, after := pem.Decode(rest)
		if block == nil || len(blocks) == max {
			return blocks, false
		}
		// Decode passes over what is not PEM.
		const begin = "-----BEGIN "
		read := rest[:len(rest)-len(after)]
		if !bytes.HasPrefix(read, []byte(begin)) || bytes.Count(read, []byte(begin)) > 1 {
			return blocks, false
		}
		blocks, rest = append(blocks, block), bytes.TrimSpace(after)
	}
	return blocks, len(blocks) > 0
}

// parseCertificate reads a text that is one certificate.
func parseCertificate(text string) (*x509.Certificate, bool) {
	blocks, ok := pemBlocks(text, 1)
	if !ok {
		return nil, false
	}
	return certificateIn(blocks[0])
}

func certificateIn(block *pem.Block) (*x509.Certificate, bool) {
	if block.Type != "CERTIFICATE" {
		return nil, false
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	return cert, err == nil
}

func validAt(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// parsePrivateKey reads an RSA or ECDSA key.
func parsePrivateKey(text string) (crypto.Signer, error) {
	blocks, ok := pemBlocks(text, 2)
	if ok && blocks[0].Type == "EC PARAMETERS" { // openssl ecparam -genkey prints them before the key
		blocks = blocks[1:]
	}
	if !ok || len(blocks) != 1 || len(blocks[0].Bytes) > maxPrivateKey {
		return nil, iamapi.MalformedCertificate(badPrivateKey)
	}
	block := blocks[0]
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, iamapi.MalformedCertificate(encryptedKey)
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err == nil {
		switch k := key.(type) {
		case *rsa.PrivateKey:
			return k, nil
		case *ecdsa.PrivateKey:
			return k, nil
		}
	}
	return nil, iamapi.MalformedCertificate(badPrivateKey)
}

// matches reports whether a key is that of a certificate.
func matches(key crypto.Signer, c *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

// checkChain demands that each certificate of a chain has signed the one
// before it, the first of them leaf. AWS numbers leaf -1.
func checkChain(leaf *x509.Certificate, chain string) error {
	blocks, ok := pemBlocks(chain, maxChain)
	signed := leaf
	for i, block := range blocks {
		by, parsed := certificateIn(block)
		if !parsed || !signedBy(signed, by) {
			return iamapi.MalformedCertificate(badChain, i-1)
		}
		signed = by
	}
	if !ok {
		return iamapi.MalformedCertificate(badChain, len(blocks)-1)
	}
	return nil
}

func signedBy(c, by *x509.Certificate) bool {
	if k, ok := by.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() > maxRSABits {
		return false
	}
	return bytes.Equal(c.RawIssuer, by.RawSubject) && c.CheckSignatureFrom(by) == nil
}
