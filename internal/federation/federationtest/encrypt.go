package federationtest

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"testing"

	"github.com/beevik/etree"
)

// Encryption is how an assertion is encrypted. Algorithms are URIs; what is
// empty is left out of the document.
type Encryption struct {
	Content   string
	KeySize   int
	Transport string
	Digest    string
	MGF       string
	OAEP      rsa.OAEPOptions
}

// GCM is how most identity providers encrypt today.
func GCM() Encryption {
	return Encryption{
		Content: "http://www.w3.org/2009/xmlenc11#aes256-gcm", KeySize: 32,
		Transport: "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", OAEP: rsa.OAEPOptions{Hash: crypto.SHA1, MGFHash: crypto.SHA1},
	}
}

// Encrypt returns an EncryptedAssertion with text in it.
func (how Encryption) Encrypt(t testing.TB, text string, to *rsa.PublicKey) *etree.Element {
	t.Helper()
	key := make([]byte, how.KeySize)
	rand.Read(key)
	sealed, err := rsa.EncryptOAEPWithOptions(rand.Reader, to, key, &how.OAEP)
	if err != nil {
		t.Fatal(err)
	}
	e := etree.NewElement("saml:EncryptedAssertion")
	e.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	data := e.CreateElement("xenc:EncryptedData")
	data.CreateAttr("xmlns:xenc", "http://www.w3.org/2001/04/xmlenc#")
	data.CreateAttr("Type", "http://www.w3.org/2001/04/xmlenc#Element")
	data.CreateElement("xenc:EncryptionMethod").CreateAttr("Algorithm", how.Content)
	info := data.CreateElement("ds:KeyInfo")
	info.CreateAttr("xmlns:ds", "http://www.w3.org/2000/09/xmldsig#")
	encrypted := info.CreateElement("xenc:EncryptedKey")
	method := encrypted.CreateElement("xenc:EncryptionMethod")
	method.CreateAttr("Algorithm", how.Transport)
	if how.Digest != "" {
		method.CreateElement("ds:DigestMethod").CreateAttr("Algorithm", how.Digest)
	}
	if how.MGF != "" {
		mgf := method.CreateElement("xenc11:MGF")
		mgf.CreateAttr("xmlns:xenc11", "http://www.w3.org/2009/xmlenc11#")
		mgf.CreateAttr("Algorithm", how.MGF)
	}
	if how.OAEP.Label != nil {
		method.CreateElement("xenc:OAEPparams").SetText(base64.StdEncoding.EncodeToString(how.OAEP.Label))
	}
	addCipher(encrypted, sealed)
	addCipher(data, how.seal(t, key, []byte(text)))
	return e
}

func addCipher(e *etree.Element, sealed []byte) {
	e.CreateElement("xenc:CipherData").CreateElement("xenc:CipherValue").SetText(base64.StdEncoding.EncodeToString(sealed))
}

func (how Encryption) seal(t testing.TB, key, plain []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	if how.Content[len(how.Content)-3:] == "gcm" {
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		nonce := make([]byte, gcm.NonceSize())
		rand.Read(nonce)
		return gcm.Seal(nonce, nonce, plain, nil)
	}
	n := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, make([]byte, n)...)
	plain[len(plain)-1] = byte(n)
	sealed := make([]byte, aes.BlockSize+len(plain))
	rand.Read(sealed[:aes.BlockSize])
	cipher.NewCBCEncrypter(block, sealed[:aes.BlockSize]).CryptBlocks(sealed[aes.BlockSize:], plain)
	return sealed
}
