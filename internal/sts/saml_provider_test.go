package sts_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
)

// change changes the provider Corp.
func (f *federated) change(fn func(tx *state.Tx, p *state.SAMLProvider)) {
	f.T.Helper()
	f.Update(func(tx *state.Tx) {
		old, ok := tx.SAMLProvider(samlProviderARN)
		if !ok {
			f.T.Fatal("no provider")
		}
		p := *old
		fn(tx, &p)
		tx.PutSAMLProvider(&p)
	})
}

// TestSAMLEncryptionRequired: with the provider's private key in the state, and
// not without encryption then.
func TestSAMLEncryptionRequired(t *testing.T) {
	f := newFederated(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := func(id string) string {
		text := federationtest.Text(t, f.idp.Sign(t, f.idp.Assertion(f.login(id, "r"))))
		e := federationtest.GCM().Encrypt(t, text, &key.PublicKey)
		return base64.StdEncoding.EncodeToString([]byte(federationtest.Text(t, f.idp.Response("_r", e))))
	}
	f.refused(f.post("r", encrypted("_1")), 400, "InvalidIdentityToken", "The assertion cannot be decrypted.")
	f.change(func(tx *state.Tx, p *state.SAMLProvider) {
		block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
		tx.PutSAMLKey(&state.SAMLKey{ID: tx.NewSAMLKeyID(), Account: account, Provider: p.ID, Key: state.Secret(block), Created: tx.Now(), Seq: tx.NextSeq()})
	})
	f.allowed(f.post("r", encrypted("_2")), "<Subject>alice</Subject>")
	f.allowed(f.present(f.login("_3", "r")))
	f.change(func(_ *state.Tx, p *state.SAMLProvider) { p.Encrypted = true })
	f.allowed(f.post("r", encrypted("_4")))
	f.refused(f.post("r", encrypted("_4")), 400, "InvalidIdentityToken", "The assertion has been used before.")
	f.refused(f.present(f.login("_5", "r")), 400, "InvalidIdentityToken", "The provider requires encrypted assertions.")
}

// TestSAMLProviderChanges: keys that the metadata has no more, and providers
// that are gone, count no more, from the next call on.
func TestSAMLProviderChanges(t *testing.T) {
	f := newFederated(t)
	young := federationtest.NewProvider(t, samlEntity)
	f.change(func(_ *state.Tx, p *state.SAMLProvider) { p.Metadata = f.idp.Metadata(young) })
	f.allowed(f.present(f.login("_1", "r")))
	f.allowed(f.post("r", young.Post(t, f.login("_2", "r"))))
	f.change(func(_ *state.Tx, p *state.SAMLProvider) { p.Metadata = young.Metadata() })
	f.refused(f.present(f.login("_3", "r")), 400, "InvalidIdentityToken", "Response signature invalid")
	f.allowed(f.post("r", young.Post(t, f.login("_4", "r"))))

	other := federationtest.NewProvider(t, "https://other.example.com/")
	f.register("Other", other.Metadata())
	f.refused(f.post("r", other.Post(t, f.login("_5", "r"))), 400, "InvalidIdentityToken", "Response signature invalid")
	otherARN := "arn:aws:iam::" + account + ":saml-provider/Other"
	l := f.login("_6", "r", "Role", otherARN+","+roleARN("r"))
	f.refused(f.post("r", other.Post(t, l), "PrincipalArn", otherARN), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")

	f.Update(func(tx *state.Tx) {
		p, _ := tx.SAMLProvider(samlProviderARN)
		tx.DeleteSAMLProvider(p)
	})
	if a := f.post("r", young.Post(t, f.login("_7", "r"))); a.Status != 400 {
		t.Errorf("the provider is gone: %s", a.Body)
	}
}

// TestSAMLEndpoints: assertions are for AWS's URLs, those of a region or of the
// provider too, and for those that are configured.
func TestSAMLEndpoints(t *testing.T) {
	f := &federated{world: &world{}, idp: federationtest.NewProvider(t, samlEntity)}
	f.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
		s := sts.New(e.Sessions, e.Events, rand.Reader)
		s.SAMLEndpoints = []string{"https://sts.example.org/saml"}
		return []*api.Table{s.Table()}
	})
	f.register("Corp", f.idp.Metadata())
	f.role(account, "r", trustsSAML(""))
	p, _ := f.DB.Snapshot().SAMLProvider(samlProviderARN)
	for url, want := range map[string]int{
		"https://signin.aws.amazon.com/saml":                         200,
		"https://signin.aws.amazon.com/static/saml":                  200,
		"https://eu-west-1.signin.aws.amazon.com/saml":               200,
		"https://us-gov-west-1.signin.aws.amazon.com/saml":           200,
		"https://signin.aws.amazon.com/saml/acs/" + p.ID:             200,
		"https://sts.example.org/saml":                               200,
		"https://sts.example.org/saml/acs/" + p.ID:                   200,
		"https://signin.aws.amazon.com/saml/acs/SAMLSPAAAAAAAAAAAAA": 400,
		"https://sts.example.org/saml/acs/SAMLSPAAAAAAAAAAAAA":       400,
		"http://signin.aws.amazon.com/saml":                          400,
		"https://signin.aws.amazon.com/saml/":                        400,
		"https://signin.aws.amazon.com.evil.example/saml":            400,
		"https://evil.example/signin.aws.amazon.com/saml":            400,
		"https://a.b.signin.aws.amazon.com/saml":                     400,
		"https://sts.example.org/saml/x":                             400,
		"https://sts.example.org/saml\n":                             400,
		"":                                                           400,
	} {
		l := f.login("_"+base64.RawURLEncoding.EncodeToString([]byte(url)), "r")
		l.Recipient = url
		if a := f.present(l); a.Status != want {
			t.Errorf("%q: %d, want %d: %s", url, a.Status, want, a.Body)
		}
	}
}

// TestSAMLProviderOfAnotherAccount: a provider of one account vouches for nobody
// in another, even where a role there trusts it by name.
func TestSAMLProviderOfAnotherAccount(t *testing.T) {
	f := newFederated(t)
	f.Update(func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: otherAccount, Name: "other"}) })
	f.role(otherAccount, "r", trustsSAML(""))
	theirs := "arn:aws:iam::" + otherAccount + ":role/r"
	l := f.login("_1", "r", "Role", theirs+","+samlProviderARN)
	f.refused(f.present(l, "RoleArn", theirs), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
	f.allowed(f.present(l))
}
