package federation

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	_ "crypto/sha1" // of RSA-OAEP, where it is no weakness
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// See "XML Encryption Syntax and Processing Version 1.1" of the W3C.
const (
	encryptionNamespace   = "http://www.w3.org/2001/04/xmlenc#"
	encryption11Namespace = "http://www.w3.org/2009/xmlenc11#"

	oaepMGF1 = encryptionNamespace + "rsa-oaep-mgf1p"
	oaep     = encryption11Namespace + "rsa-oaep"

	maxEncryptedKeys = 4 // of an assertion: one for each who may read it
)

// contentCiphers are those of contents: the length of the key, and whether it
// is GCM.
var contentCiphers = map[string]struct {
	key int
	gcm bool
}{
	encryptionNamespace + "aes128-cbc": {16, false}, encryptionNamespace + "aes192-cbc": {24, false}, encryptionNamespace + "aes256-cbc": {32, false},
	encryption11Namespace + "aes128-gcm": {16, true}, encryption11Namespace + "aes192-gcm": {24, true}, encryption11Namespace + "aes256-gcm": {32, true},
}

var oaepHashes = map[string]crypto.Hash{
	"": crypto.SHA1, signatureNamespace + "sha1": crypto.SHA1, encryptionNamespace + "sha256": crypto.SHA256,
	"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384, encryptionNamespace + "sha512": crypto.SHA512,
}

var mgfHashes = map[string]crypto.Hash{
	"": crypto.SHA1, encryption11Namespace + "mgf1sha1": crypto.SHA1, encryption11Namespace + "mgf1sha256": crypto.SHA256,
	encryption11Namespace + "mgf1sha384": crypto.SHA384, encryption11Namespace + "mgf1sha512": crypto.SHA512,
}

// decrypt returns the assertion in an EncryptedAssertion. In a response that is
// not signed anybody can change the ciphertext; so all that goes wrong is one
// error, up to the signature of the plaintext: who could tell a fault from
// another could read assertions by many tries. See Jager and Somorovsky, "How to
// Break XML Encryption".
func (v *verifier) decrypt(e *etree.Element) (*etree.Element, error) {
	plain, err := v.plaintext(e)
	if err != nil {
		return nil, ErrDecryption
	}
	root, err := parseTree(string(plain))
	if err != nil || !is(root, assertionNamespace, "Assertion") || len(descendants(root, assertionNamespace, "Assertion")) > 0 ||
		len(descendants(root, assertionNamespace, "EncryptedAssertion")) > 0 {
		return nil, ErrDecryption
	}
	if v.signer != nil {
		return v.verifyIfSigned(root)
	}
	if root, err = v.verify(root); err != nil {
		return nil, ErrDecryption
	}
	return root, nil
}

func (v *verifier) plaintext(e *etree.Element) ([]byte, error) {
	data, ok := only(e, encryptionNamespace, "EncryptedData")
	if !ok {
		return nil, errors.New("no EncryptedData")
	}
	method, ok := only(data, encryptionNamespace, "EncryptionMethod")
	if !ok {
		return nil, errors.New("no EncryptionMethod")
	}
	how, ok := contentCiphers[attrOf(method, "Algorithm")]
	if !ok {
		return nil, errors.New("another cipher")
	}
	sealed, err := cipherValue(data)
	if err != nil {
		return nil, err
	}
	keys := descendants(e, encryptionNamespace, "EncryptedKey")
	for _, encrypted := range keys[:min(len(keys), maxEncryptedKeys)] {
		for _, private := range v.Keys {
			key, err := contentKey(private, encrypted)
			if err != nil || len(key) != how.key {
				continue
			}
			if how.gcm {
				return openGCM(key, sealed)
			}
			return openCBC(key, sealed)
		}
	}
	return nil, errors.New("no key opens it")
}

// contentKey decrypts the key of a content. The older padding of RSA, which
// gives away keys to who may try often, is not known.
func contentKey(private *rsa.PrivateKey, e *etree.Element) ([]byte, error) {
	method, ok := only(e, encryptionNamespace, "EncryptionMethod")
	if !ok {
		return nil, errors.New("no EncryptionMethod")
	}
	options := &rsa.OAEPOptions{MGFHash: crypto.SHA1}
	known := true
	switch attrOf(method, "Algorithm") {
	case oaepMGF1:
	case oaep:
		name := ""
		if mgf, ok := only(method, encryption11Namespace, "MGF"); ok {
			name = attrOf(mgf, "Algorithm")
		}
		options.MGFHash, known = mgfHashes[name]
	default:
		known = false
	}
	if !known {
		return nil, errors.New("another key transport")
	}
	name := ""
	if digest, ok := only(method, signatureNamespace, "DigestMethod"); ok {
		name = attrOf(digest, "Algorithm")
	}
	if options.Hash, ok = oaepHashes[name]; !ok {
		return nil, errors.New("another digest")
	}
	if label, ok := only(method, encryptionNamespace, "OAEPparams"); ok {
		b, err := binaryText(label)
		if err != nil {
			return nil, err
		}
		options.Label = b
	}
	sealed, err := cipherValue(e)
	if err != nil {
		return nil, err
	}
	return private.Decrypt(nil, sealed, options)
}

func cipherValue(e *etree.Element) ([]byte, error) {
	data, ok := only(e, encryptionNamespace, "CipherData")
	if !ok {
		return nil, errors.New("no CipherData")
	}
	value, ok := only(data, encryptionNamespace, "CipherValue")
	if !ok {
		return nil, errors.New("no CipherValue")
	}
	return binaryText(value)
}

func binaryText(e *etree.Element) ([]byte, error) {
	text, ok := textOf(e)
	if !ok {
		return nil, errors.New("elements in base64")
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

// openGCM opens what begins with its nonce of 12 bytes and ends with its tag.
func openGCM(key, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, errors.New("too short")
	}
	return gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
}

// openCBC opens what begins with its initialization vector. The last byte says
// how many are padding.
func openCBC(key, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < 2*aes.BlockSize || len(sealed)%aes.BlockSize != 0 {
		return nil, errors.New("no whole blocks")
	}
	plain := make([]byte, len(sealed)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, sealed[:aes.BlockSize]).CryptBlocks(plain, sealed[aes.BlockSize:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, errors.New("the padding")
	}
	return plain[:len(plain)-padding], nil
}
