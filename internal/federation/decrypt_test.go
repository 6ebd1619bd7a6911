package federation_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
)

// receiver is an attacker's world with a private key for assertions.
func receiver(t *testing.T) (*attacker, *rsa.PrivateKey) {
	t.Helper()
	a := newAttacker(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a.trust.Keys, a.trust.Encrypted = []*rsa.PrivateKey{other, key}, true
	return a, key
}

func TestEncryptedAssertion(t *testing.T) {
	a, key := receiver(t)
	const xenc, xenc11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
	contents := map[string]int{
		xenc + "aes128-cbc": 16, xenc + "aes192-cbc": 24, xenc + "aes256-cbc": 32,
		xenc11 + "aes128-gcm": 16, xenc11 + "aes192-gcm": 24, xenc11 + "aes256-gcm": 32,
	}
	for content, size := range contents {
		how := federationtest.GCM()
		how.Content, how.KeySize = content, size
		a.decrypts(content, how, key)
	}
	for name, change := range map[string]func(how *federationtest.Encryption){
		"digest SHA-256, mask SHA-1": func(how *federationtest.Encryption) {
			how.Digest, how.OAEP.Hash = xenc+"sha256", crypto.SHA256
		},
		"OAEP of 1.1 by default": func(how *federationtest.Encryption) { how.Transport = xenc11 + "rsa-oaep" },
		"OAEP of 1.1 with SHA-256": func(how *federationtest.Encryption) {
			how.Transport, how.Digest, how.MGF = xenc11+"rsa-oaep", xenc+"sha256", xenc11+"mgf1sha256"
			how.OAEP = rsa.OAEPOptions{Hash: crypto.SHA256, MGFHash: crypto.SHA256}
		},
		"a label": func(how *federationtest.Encryption) { how.OAEP.Label = []byte("label") },
	} {
		how := federationtest.GCM()
		change(&how)
		a.decrypts(name, how, key)
	}
}

func (a *attacker) decrypts(name string, how federationtest.Encryption, key *rsa.PrivateKey) {
	a.Helper()
	e := how.Encrypt(a.T, a.text(a.genuine()), &key.PublicKey)
	got, err := a.trust.VerifyResponse(a.text(a.idp.Response("_r", e)))
	if err != nil || got.Subject != "mallory" {
		a.Errorf("%s: %v, %v", name, got, err)
	}
}

// TestEncryptionIsNoSignature: whoever knows the public key can encrypt. What
// counts is a signature inside, or one of the response around.
func TestEncryptionIsNoSignature(t *testing.T) {
	a, key := receiver(t)
	encrypted := func(e *etree.Element) *etree.Element {
		return federationtest.GCM().Encrypt(t, a.text(e), &key.PublicKey)
	}
	a.refused("unsigned", a.text(a.idp.Response("_r", encrypted(a.forged("_f")))), federation.ErrDecryption)

	forged := a.forged("_f")
	forged.InsertChildAt(1, take(a.genuine(), ds, "Signature"))
	a.refused("another's signature", a.text(a.idp.Response("_r", encrypted(forged))), federation.ErrDecryption)

	signed := a.idp.Sign(t, a.idp.Response("_r", encrypted(a.forged("_f"))))
	if got, err := a.trust.VerifyResponse(a.text(signed)); err != nil || got.Subject != "admin" {
		t.Errorf("signed response: %v, %v", got, err)
	}
	signed.FindElement("./EncryptedAssertion").FindElement(".//EncryptedData/CipherData/CipherValue").SetText("AAAA")
	a.refused("another ciphertext in a signed response", a.text(signed), federation.ErrSAMLSignature)

	stranger := federationtest.NewProvider(t, entity)
	a.refused("a stranger's", a.text(a.idp.Response("_r", encrypted(stranger.Sign(t, a.forged("_f"))))), federation.ErrDecryption)
	badInside := a.idp.Sign(t, a.idp.Response("_r", encrypted(stranger.Sign(t, a.forged("_f")))))
	a.refused("a stranger's in a signed response", a.text(badInside), federation.ErrSAMLSignature)
}

// TestEncryptionRequired: plain assertions are then refused, signed or not.
func TestEncryptionRequired(t *testing.T) {
	a, _ := receiver(t)
	a.refused("plain", a.text(a.idp.Response("_r", a.genuine())), federation.ErrNotEncrypted)
	a.refused("plain in a signed response", a.text(a.idp.Sign(t, a.idp.Response("_r", a.genuine()))), federation.ErrNotEncrypted)
}

// TestPaddingOracle: all that can be wrong with a ciphertext and with what is
// in it is told in the same words.
func TestPaddingOracle(t *testing.T) {
	a, key := receiver(t)
	how := federationtest.GCM()
	how.Content, how.KeySize = "http://www.w3.org/2001/04/xmlenc#aes128-cbc", 16
	text := func(content string) string {
		return a.text(a.idp.Response("_r", how.Encrypt(t, content, &key.PublicKey)))
	}
	good := text(a.text(a.genuine()))
	refusals := map[string]string{
		"no XML":              text("x"),
		"another element":     text(`<x/>`),
		"a changed assertion": text(strings.Replace(a.text(a.genuine()), "mallory", "admin", 1)),
		"no signature":        text(a.text(a.forged("_f"))),
		"two assertions":      text(a.text(in(a.genuine(), a.genuine().Copy()))),
		"older key padding":   strings.ReplaceAll(good, "rsa-oaep-mgf1p", "rsa-1_5"),
		"unknown cipher":      strings.ReplaceAll(good, "aes128-cbc", "tripledes-cbc"),
		"shorter key":         strings.ReplaceAll(good, "aes128-cbc", "aes256-cbc"),
		"unknown mask":        strings.ReplaceAll(good, "xmlenc#rsa-oaep-mgf1p", "xmlenc#x"),
		"unknown digest":      strings.Replace(good, `rsa-oaep-mgf1p"/>`, `rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="x"/></xenc:EncryptionMethod>`, 1),
		"no cipher data":      strings.ReplaceAll(good, "xenc:CipherData", "xenc:Cipher"),
		"no base64":           strings.ReplaceAll(good, "<xenc:CipherValue>", "<xenc:CipherValue>!"),
		"no encrypted data":   strings.ReplaceAll(good, "xenc:EncryptedData", "xenc:Encrypted"),
		"reference elsewhere": strings.ReplaceAll(good, "xenc:CipherValue>", "xenc:CipherReference>"),
	}
	values := strings.Split(good, "<xenc:CipherValue>")
	last, rest, _ := strings.Cut(values[len(values)-1], "<")
	sealed, err := base64.StdEncoding.DecodeString(last)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b []byte) []byte{
		"a bit of the last block":    func(b []byte) []byte { b[len(b)-17] ^= 0x80; return b },
		"a bit of the first block":   func(b []byte) []byte { b[0] ^= 1; return b },
		"a block less":               func(b []byte) []byte { return b[:len(b)-16] },
		"no whole blocks":            func(b []byte) []byte { return b[:len(b)-1] },
		"initialization vector only": func(b []byte) []byte { return b[:16] },
		"nothing":                    func(b []byte) []byte { return nil },
	} {
		changed := base64.StdEncoding.EncodeToString(change(append([]byte(nil), sealed...)))
		refusals[name] = strings.Join(values[:len(values)-1], "<xenc:CipherValue>") + "<xenc:CipherValue>" + changed + "<" + rest
	}
	for name, mutant := range refusals {
		if mutant == good {
			t.Errorf("%s: nothing has changed", name)
		}
		if _, err := a.trust.VerifyResponse(mutant); err != federation.ErrDecryption {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.trust.Keys = a.trust.Keys[:1]
	if _, err := a.trust.VerifyResponse(good); err != federation.ErrDecryption {
		t.Errorf("another's key: %v", err)
	}
}
