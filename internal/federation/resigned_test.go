package federation_test

import (
	"crypto"
	"crypto/sha1"
	"encoding/base64"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
)

// TestSignaturesOfAnotherForm: signatures that SAML does not have are refused
// though the provider's own key has made them. What a library makes of such a
// form is not for us to find out; TestMutatedAssertions changes them without
// the key, so that there the value of the signature is wrong as well.
func TestSignaturesOfAnotherForm(t *testing.T) {
	a := newAttacker(t)
	inReference := func(path string) func(*etree.Element) *etree.Element {
		return func(info *etree.Element) *etree.Element { return info.FindElement("./Reference" + path) }
	}
	reference, transforms := inReference(""), inReference("/Transforms")
	for name, change := range map[string]func(signed, info *etree.Element){
		"a reference to the document":       func(_, info *etree.Element) { reference(info).CreateAttr("URI", "") },
		"a reference to nothing":            func(_, info *etree.Element) { reference(info).RemoveAttr("URI") },
		"a reference to something else":     func(_, info *etree.Element) { reference(info).CreateAttr("URI", "#_r") },
		"a URI of two namespaces":           func(_, info *etree.Element) { reference(info).CreateAttr("ds:URI", "#_genuine") },
		"another element in the reference":  func(_, info *etree.Element) { reference(info).CreateElement("ds:Object") },
		"another element in SignedInfo":     func(_, info *etree.Element) { info.CreateElement("ds:Object") },
		"another element in the transforms": func(_, info *etree.Element) { transforms(info).CreateElement("ds:Object") },
		"three transforms": func(_, info *etree.Element) {
			list := transforms(info)
			list.AddChild(list.ChildElements()[1].Copy())
		},
		"transforms in another order": func(_, info *etree.Element) {
			list := transforms(info)
			last := list.ChildElements()[1]
			list.RemoveChild(last)
			list.InsertChildAt(0, last)
		},
		"one transform": func(_, info *etree.Element) {
			list := transforms(info)
			list.RemoveChild(list.ChildElements()[1])
		},
		"a digest by SHA-1": func(signed, info *etree.Element) {
			bare := signed.Copy()
			take(bare, ds, "Signature")
			text, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(bare)
			if err != nil {
				t.Fatal(err)
			}
			digest := sha1.Sum(text)
			reference(info).FindElement("./DigestMethod").CreateAttr("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")
			reference(info).FindElement("./DigestValue").SetText(base64.StdEncoding.EncodeToString(digest[:]))
		},
		"an object beside": func(signed, _ *etree.Element) { signed.FindElement("./Signature").CreateElement("ds:Object") },
		"two KeyInfo": func(signed, _ *etree.Element) {
			signature := signed.FindElement("./Signature")
			signature.AddChild(signature.FindElement("./KeyInfo").Copy())
		},
	} {
		signed := a.genuine()
		info := signed.FindElement("./Signature/SignedInfo")
		change(signed, info)
		resign(t, a.idp, signed)
		a.refused(name, a.text(a.idp.Response("_r", signed)), federation.ErrSAMLSignature)
	}
	weak := a.genuine()
	weak.FindElement("./Signature/SignedInfo/SignatureMethod").CreateAttr("Algorithm", "http://www.w3.org/2000/09/xmldsig#rsa-sha1")
	resignBy(t, a.idp, weak, crypto.SHA1)
	a.refused("a value by SHA-1", a.text(a.idp.Response("_r", weak)), federation.ErrSAMLSignature)
	for name, add := range map[string]func(e *etree.Element){
		"an ID of another namespace": func(e *etree.Element) { e.CreateAttr("saml:ID", "_other") },
		"an ID that is no name":      func(e *etree.Element) { e.CreateAttr("ID", "_a b") },
		"a signature in the advice": func(e *etree.Element) {
			inner := e.CreateElement("saml:Advice").CreateElement("ds:Signature")
			inner.CreateAttr("xmlns:ds", ds)
		},
	} {
		l := federationtest.NewLogin("_1", loginTime)
		e := a.idp.Assertion(l)
		add(e)
		a.refused(name, a.text(a.idp.Response("_r", a.idp.Sign(t, e))), federation.ErrSAMLSignature)
	}
}

// TestManyAttributeValues: an assertion has less than a thousand elements,
// whoever has signed it.
func TestManyAttributeValues(t *testing.T) {
	a := newAttacker(t)
	with := func(n int) string {
		e := a.idp.Assertion(federationtest.NewLogin("_1", loginTime))
		statement := e.CreateElement("AttributeStatement")
		statement.CreateAttr("xmlns", saml)
		attribute := statement.CreateElement("Attribute")
		attribute.CreateAttr("Name", "n")
		for range n {
			attribute.CreateElement("AttributeValue")
		}
		return a.text(a.idp.Response("_r", a.idp.Sign(t, e)))
	}
	if got, err := a.trust.VerifyResponse(with(900)); err != nil || len(got.Values("n")) != 900 {
		t.Errorf("as many as there may be: %v", err)
	}
	a.refused("more", with(1000), federation.ErrMalformedResponse)
}

// TestManyEncryptedKeys: of keys that somebody else has made up, each of which
// costs a decryption, a few are tried.
func TestManyEncryptedKeys(t *testing.T) {
	a, key := receiver(t)
	with := func(others int) string {
		e := federationtest.GCM().Encrypt(t, a.text(a.genuine()), &key.PublicKey)
		info := e.FindElement("./EncryptedData/KeyInfo")
		for range others {
			other := info.FindElement("./EncryptedKey").Copy()
			other.FindElement("./CipherData/CipherValue").SetText("AAAA")
			info.InsertChildAt(0, other)
		}
		return a.text(a.idp.Response("_r", e))
	}
	if _, err := a.trust.VerifyResponse(with(3)); err != nil {
		t.Error(err)
	}
	a.refused("one more", with(4), federation.ErrDecryption)
}
