package sts_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/federation/oidctest"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/policy"
)

// slowly sends a signed call, between whose head and body something happens.
func (w *world) slowly(creds sigv4.Credentials, form string, between func()) apitest.Answer {
	w.T.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://writ.test/", &slowBody{strings.NewReader(form), between})
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return w.Signed(creds, "sts", r, []byte(form))
}

type slowBody struct {
	io.Reader
	between func()
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.between != nil {
		b.between()
		b.between = nil
	}
	return b.Reader.Read(p)
}

// TestSlowBodyOutlivesNoRevocation: who begins a call, and sends the body
// drop by drop, is judged when it has arrived.
func TestSlowBodyOutlivesNoRevocation(t *testing.T) {
	const identity = "Action=GetCallerIdentity&Version=2011-06-15"
	assume := "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn=" + roleARN("r")
	for name, tt := range map[string]struct {
		form   string
		change func(w *world)
		code   string
	}{
		"nothing": {assume, func(*world) {}, ""},
		"the key is made inactive": {identity, func(w *world) {
			w.Update(func(tx *state.Tx) {
				k, _ := tx.AccessKey(w.ann.AccessKeyID)
				inactive := *k
				inactive.Active = false
				tx.PutAccessKey(&inactive)
			})
		}, "InvalidClientTokenId"},
		"the user is deleted": {assume, func(w *world) {
			w.Update(func(tx *state.Tx) {
				k, _ := tx.AccessKey(w.ann.AccessKeyID)
				tx.DeleteAccessKey(k)
				u, _ := tx.User(account, "ann")
				tx.DeleteUser(u)
			})
		}, "InvalidClientTokenId"},
		"the role trusts another": {assume, func(w *world) { w.retrust("r", trusts("arn:aws:iam::"+account+":root")) }, "AccessDenied"},
	} {
		w := newWorld(t)
		w.role(account, "r", trusts(annARN))
		if a := w.slowly(w.ann, tt.form, func() { tt.change(w) }); tt.code == "" && a.Status != 200 || !strings.Contains(a.Body, tt.code) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}

	w := newWorld(t)
	w.role(account, "r", trusts(annARN))
	session := w.assume(w.ann, "r")
	w.Now = w.Now.Add(time.Hour - time.Second)
	a := w.slowly(session, identity, func() { w.Now = w.Now.Add(time.Second) })
	w.refused(a, 403, "ExpiredToken", "The security token included in the request is expired")
}

// retrust replaces the trust policy of a role.
func (w *world) retrust(role, trust string) {
	w.T.Helper()
	doc := w.document(policy.Trust, trust)
	w.Update(func(tx *state.Tx) {
		resolved, err := tx.Resolve(doc)
		if err != nil {
			w.T.Fatal(err)
		}
		old, _ := tx.Role(account, role)
		changed := *old
		changed.Trust = resolved
		tx.PutRole(&changed)
	})
}

// TestCVE_2026_9098_ProviderGoneMeanwhile: Casdoor went on with the provider
// that it had found when the login began. Here what an administrator has done
// until the answer counts: in the SAML call until its commit, in that with a
// token until the issuer has answered.
func TestCVE_2026_9098_ProviderGoneMeanwhile(t *testing.T) {
	changes := map[string]func(tx *state.Tx, p *state.SAMLProvider){
		"deleted": func(tx *state.Tx, p *state.SAMLProvider) { tx.DeleteSAMLProvider(p) },
		"made again": func(tx *state.Tx, p *state.SAMLProvider) {
			again := *p
			again.ID = tx.NewSAMLProviderID()
			tx.DeleteSAMLProvider(p)
			tx.PutSAMLProvider(&again)
		},
		"with other keys": func(tx *state.Tx, p *state.SAMLProvider) {
			other := *p
			other.Metadata = federationtest.NewProvider(t, samlEntity).Metadata()
			tx.PutSAMLProvider(&other)
		},
		"encryption required": func(tx *state.Tx, p *state.SAMLProvider) {
			tx.PutSAMLKey(&state.SAMLKey{ID: tx.NewSAMLKeyID(), Account: account, Provider: p.ID, Key: "a key", Created: tx.Now(), Seq: tx.NextSeq()})
			other := *p
			other.Encrypted = true
			tx.PutSAMLProvider(&other)
		},
	}
	for name, change := range changes {
		meanwhile := func() {}
		f := &federated{world: &world{}, idp: federationtest.NewProvider(t, samlEntity)}
		f.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
			e.Sessions = authz.NewSessions(e.Schema, hooked(func() { meanwhile() }))
			return []*api.Table{sts.New(e.Sessions, e.Events, rand.Reader).Table()}
		})
		f.register("Corp", f.idp.Metadata())
		f.role(account, "r", trustsSAML(""))
		f.allowed(f.present(f.login("_0", "r")))
		meanwhile = func() { // the session's key is being made
			meanwhile = func() {}
			f.Update(func(tx *state.Tx) {
				p, _ := tx.SAMLProvider(samlProviderARN)
				change(tx, p)
			})
		}
		if a := f.present(f.login("_1", "r")); a.Status != 400 || !strings.Contains(a.Body, "Response signature invalid") {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// hooked is a source of randomness that does something each time it is asked.
type hooked func()

func (h hooked) Read(p []byte) (int, error) {
	h()
	return rand.Read(p)
}

// TestCVE_2026_9098_IssuerGoneMeanwhile is the same for web identity tokens: an
// issuer that somebody has fallen out with does not win by answering slowly.
func TestCVE_2026_9098_IssuerGoneMeanwhile(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(w *webWorld)
		code   string
	}{
		"nothing": {func(*webWorld) {}, ""},
		"the provider is deleted": {func(w *webWorld) {
			w.Update(func(tx *state.Tx) {
				p, _ := tx.OIDCProvider(w.provider())
				tx.DeleteOIDCProvider(p)
			})
		}, "InvalidIdentityToken"},
		"the client is removed": {func(w *webWorld) { w.register("another") }, "InvalidIdentityToken"},
		"another server is trusted": {func(w *webWorld) {
			w.Update(func(tx *state.Tx) {
				p, _ := tx.OIDCProvider(w.provider())
				other := *p
				other.Thumbprints = []string{strings.Repeat("0", 40)}
				tx.PutOIDCProvider(&other)
			})
		}, "InvalidIdentityToken"},
		"the role trusts another": {func(w *webWorld) { w.retrust("r", trusts(annARN)) }, "AccessDenied"},
	} {
		w := &webWorld{world: &world{}, idp: oidctest.Start(t)}
		w.host = strings.TrimPrefix(w.idp.Issuer, "https://")
		web := &federation.Web{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: w.idp.Roots()}
		w.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
			s := sts.New(e.Sessions, e.Events, rand.Reader)
			s.Issuers = federation.NewIssuers(func(ctx context.Context, address string, thumbprints []string) ([]byte, error) {
				if strings.HasSuffix(address, "/keys") {
					tt.change(w)
				}
				return web.Fetch(ctx, address, thumbprints)
			})
			return []*api.Table{s.Table()}
		})
		w.ann, w.annID = w.user(account, "ann", "")
		w.register("app")
		w.role(account, "r", w.trust(onlyAssume, ""))
		if a := w.assume("r", w.idp.Token(w.claims(nil))); tt.code == "" && a.Status != 200 || !strings.Contains(a.Body, tt.code) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}
