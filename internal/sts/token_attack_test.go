package sts_test

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/policy"
)

const badSessionToken = "The security token included in the request is invalid."

// TestCVE_2026_27840_TruncatedTokens: Zitadel took tokens whose end was missing.
// Here each byte of a token counts, also in a token that is known already.
func TestCVE_2026_27840_TruncatedTokens(t *testing.T) {
	w := newWorld(t)
	w.role(account, "r", trusts(annARN))
	creds := w.assume(w.ann, "r")
	w.allowed(w.call(creds, "GetCallerIdentity"))
	changed := creds
	for i := range creds.SessionToken {
		other := byte('A')
		if creds.SessionToken[i] == other {
			other = 'B'
		}
		for _, token := range []string{creds.SessionToken[:i], creds.SessionToken[i:], creds.SessionToken[:i] + string(other) + creds.SessionToken[i+1:]} {
			if token == creds.SessionToken {
				continue
			}
			changed.SessionToken = token
			if a := w.call(changed, "GetCallerIdentity"); a.Status != 403 {
				t.Fatalf("at %d of %d: %d %s", i, len(creds.SessionToken), a.Status, a.Body)
			}
		}
	}
	w.allowed(w.call(creds, "GetCallerIdentity"))
}

// TestSeaweedFS11383_SecretIsNotDerived: SeaweedFS made the secret of a session
// from what its token tells. Here it is random: it is not in the token in the
// clear, and of two sessions alike neither's opens the other's token.
func TestSeaweedFS11383_SecretIsNotDerived(t *testing.T) {
	w := newWorld(t)
	w.role(account, "r", trusts(annARN))
	one, two := w.assume(w.ann, "r"), w.assume(w.ann, "r")
	if one.SecretAccessKey == two.SecretAccessKey || one.AccessKeyID == two.AccessKeyID || one.SessionToken == two.SessionToken {
		t.Errorf("two sessions share something: %+v, %+v", one, two)
	}
	raw, err := base64.RawURLEncoding.DecodeString(one.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{one.SecretAccessKey, one.AccessKeyID, account} {
		if strings.Contains(one.SessionToken+string(raw), part) {
			t.Errorf("the token tells %s", part)
		}
	}
	for name, mixed := range map[string]sigv4.Credentials{
		"token of another session": {AccessKeyID: one.AccessKeyID, SecretAccessKey: one.SecretAccessKey, SessionToken: two.SessionToken},
		"id of another session":    {AccessKeyID: two.AccessKeyID, SecretAccessKey: one.SecretAccessKey, SessionToken: one.SessionToken},
		"a user's id":              {AccessKeyID: w.ann.AccessKeyID, SecretAccessKey: one.SecretAccessKey, SessionToken: one.SessionToken},
		"a user's key":             {AccessKeyID: w.ann.AccessKeyID, SecretAccessKey: w.ann.SecretAccessKey, SessionToken: one.SessionToken},
	} {
		if a := w.call(mixed, "GetCallerIdentity"); a.Status != 403 || !strings.Contains(a.Body, badSessionToken) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	other := one
	other.SecretAccessKey = two.SecretAccessKey
	if a := w.call(other, "GetCallerIdentity"); a.Status != 403 || !strings.Contains(a.Body, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("secret of another session: %d %s", a.Status, a.Body)
	}
}

// everything is a world that gives out every kind of token.
type everything struct {
	*deviceWorld
	vendor sigv4.Credentials
	tokens map[string]string
}

func newEverything(t *testing.T) *everything {
	w := &everything{deviceWorld: &deviceWorld{world: &world{}}}
	w.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
		service, err := iam.New(iam.Options{Schema: e.Schema, MarkerKey: make([]byte, 32), Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		return []*api.Table{sts.New(e.Sessions, e.Events, rand.Reader).Table(), service.Table()}
	})
	all := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	w.boss, _ = w.user(account, "boss", all)
	w.ann, w.annID = w.user(account, "ann", all)
	w.outbound(true)
	w.role(account, "r", trusts(annARN))
	idp := federationtest.NewProvider(t, samlEntity)
	w.Update(func(tx *state.Tx) {
		tx.CreateAccount(state.Account{ID: provider, Name: "provider"})
		tx.PutSAMLProvider(&state.SAMLProvider{
			Account: account, ID: tx.NewSAMLProviderID(), Name: "Corp", Metadata: idp.Metadata(), Created: tx.Now(), ValidUntil: tx.Now().AddDate(100, 0, 0),
		})
		tx.PutDelegationRequest(&state.DelegationRequest{
			ID: requestID, Requestor: provider, WorkflowID: "w", Template: "arn:aws:iam::aws:delegation-template/example.com/T",
			Policy: w.document(policy.Session, all), Channel: "c", Duration: time.Hour, OwnerAccount: account, Owner: annARN, OwnerID: w.annID,
			State: state.DelegationFinalized, Approver: &state.DelegationApprover{ARN: annARN, PrincipalID: w.annID}, Token: tradeInToken,
			Created: tx.Now(), Updated: tx.Now(), Seq: tx.NextSeq(),
		})
	})
	w.vendor, _ = w.user(provider, "vendor", mayTrade)
	stranger, _ := w.user(account, "stranger", "")
	w.tokens = map[string]string{
		"role session":          w.assume(w.ann, "r").SessionToken,
		"session token":         w.credentials(w.call(w.ann, "GetSessionToken")).SessionToken,
		"federated user":        w.credentials(w.call(w.ann, "GetFederationToken", "Name", "fred")).SessionToken,
		"authorization message": w.call(stranger, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID).Header.Get("X-Writ-Authorization-Message"),
		"marker":                element(t, w.iam(w.boss, "ListUsers", "MaxItems=1").Body, "Marker"),
		"web identity token":    w.world.token(w.boss, state.ES384),
		"exchange token":        tradeInToken,
	}
	return w
}

func element(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile("<" + name + ">([^<]+)</" + name + ">").FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no %s in %s", name, body)
	}
	return m[1]
}

// TestSeaweedFS11383_TokensOfOneKindAreNoOther: each kind of token that an
// installation gives out is presented wherever one is taken; it counts where it
// belongs, and nowhere else.
func TestSeaweedFS11383_TokensOfOneKindAreNoOther(t *testing.T) {
	w := newEverything(t)
	nobody := sigv4.Credentials{SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	for _, place := range []struct {
		name  string
		takes string // the kind that belongs there
		send  func(token string) apitest.Answer
	}{
		{"DecodeAuthorizationMessage", "authorization message", func(token string) apitest.Answer {
			return w.call(w.ann, "DecodeAuthorizationMessage", "EncodedMessage", token)
		}},
		{"Marker", "marker", func(token string) apitest.Answer {
			return w.iam(w.boss, "ListUsers", "Marker="+url.QueryEscape(token))
		}},
		{"WebIdentityToken", "", func(token string) apitest.Answer { // nobody here trusts this installation as an issuer
			return w.unsigned("RoleArn", roleARN("r"), "RoleSessionName", "s1", "WebIdentityToken", token)
		}},
		{"SAMLAssertion", "", func(token string) apitest.Answer {
			return w.unsigned("Action", "AssumeRoleWithSAML", "RoleArn", roleARN("r"), "PrincipalArn", samlProviderARN, "SAMLAssertion", token)
		}},
		{"security token", "", func(token string) apitest.Answer { // with a secret that is not the session's
			creds := nobody
			creds.AccessKeyID, creds.SessionToken = w.ann.AccessKeyID, token
			return w.call(creds, "GetCallerIdentity")
		}},
		{"TradeInToken", "exchange token", func(token string) apitest.Answer {
			return w.call(w.vendor, "GetDelegatedAccessToken", "TradeInToken", token)
		}},
	} {
		for kind, token := range w.tokens {
			a := place.send(token)
			if taken := a.Status == 200; taken != (kind == place.takes) {
				t.Errorf("a %s as %s: %d %s", kind, place.name, a.Status, a.Body)
			}
		}
	}
	// And sealed by the sealing keys themselves, for whatever else.
	for kind, token := range w.tokens {
		_, err := w.Sessions.Open(w.DB.Snapshot(), token)
		if opens := err == nil; opens != slices.Contains([]string{"role session", "session token", "federated user"}, kind) {
			t.Errorf("a %s opens as a session: %t", kind, opens)
		}
		_, err = w.Sessions.OpenMessage(w.DB.Snapshot(), token)
		if opens := err == nil; opens != (kind == "authorization message") {
			t.Errorf("a %s opens as a message: %t", kind, opens)
		}
	}
}

// TestSealingKeysOverlap: sessions live through the rotation of the keys that
// seal them and end when they end; the keys go when the longest of them has.
func TestSealingKeysOverlap(t *testing.T) {
	w := newWorld(t)
	rotate := func() {
		w.Update(func(tx *state.Tx) {
			if err := authz.RotateSealingKeys(tx); err != nil {
				t.Fatal(err)
			}
		})
	}
	keys := func() (n int) {
		for range w.DB.Snapshot().SealingKeys() {
			n++
		}
		return n
	}
	long := func() sigv4.Credentials {
		return w.credentials(w.call(w.ann, "GetSessionToken", "DurationSeconds", "129600"))
	}
	// The answer of another node, which has opened no session yet.
	elsewhere := func(token string) error {
		_, err := authz.NewSessions(w.Schema, rand.Reader).Open(w.DB.Snapshot(), token)
		return err
	}
	w.Now = w.Now.Add(24*time.Hour - time.Second)
	old := long()
	w.Now = w.Now.Add(time.Second)
	rotate()
	if keys() != 2 {
		t.Fatalf("%d keys after a day", keys())
	}
	young := long()
	w.Now = w.Now.Add(36*time.Hour - 2*time.Second)
	rotate()
	w.allowed(w.call(old, "GetCallerIdentity"))
	if err := elsewhere(old.SessionToken); err != nil {
		t.Errorf("by a retired key, a second before its session ends: %v", err)
	}
	w.Now = w.Now.Add(time.Second)
	w.refused(w.call(old, "GetCallerIdentity"), 403, "ExpiredToken", "The security token included in the request is expired")
	w.Now = w.Now.Add(2 * time.Second)
	rotate()
	if err := elsewhere(old.SessionToken); err == nil {
		t.Error("a key opens tokens when all its sessions have ended")
	}
	if err := elsewhere(young.SessionToken); err != nil {
		t.Errorf("by the key after it: %v", err)
	}
}

// TestCVE_2026_33496_KeptSessionsAreJudgedAgain: Oathkeeper answered from a
// cache for what it had not asked. A session that was opened before is kept by
// its token; whether it may still be used is asked each time.
func TestCVE_2026_33496_KeptSessionsAreJudgedAgain(t *testing.T) {
	all := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`
	type made struct {
		session sigv4.Credentials
		remove  func(w *world)
	}
	user := func(w *world, again bool) {
		w.Update(func(tx *state.Tx) {
			u, _ := tx.User(account, "eve")
			for _, k := range tx.AccessKeys(u.ID) {
				tx.DeleteAccessKey(k)
			}
			tx.DeleteUser(u)
			if again {
				same := *u
				same.ID = tx.NewID(awsid.User)
				tx.PutUser(&same)
			}
		})
	}
	for name, begin := range map[string]func(w *world, eve sigv4.Credentials) made{
		"a role, made again": func(w *world, eve sigv4.Credentials) made {
			return made{w.assume(eve, "r"), func(w *world) {
				w.Update(func(tx *state.Tx) {
					r, _ := tx.Role(account, "r")
					same := *r
					same.ID = tx.NewID(awsid.Role)
					tx.DeleteRole(r)
					tx.PutRole(&same)
				})
			}}
		},
		"a user, gone": func(w *world, eve sigv4.Credentials) made {
			return made{w.credentials(w.call(eve, "GetSessionToken")), func(w *world) { user(w, false) }}
		},
		"a user, made again": func(w *world, eve sigv4.Credentials) made {
			return made{w.credentials(w.call(eve, "GetSessionToken")), func(w *world) { user(w, true) }}
		},
		"a federated user, whose user is made again": func(w *world, eve sigv4.Credentials) made {
			return made{w.credentials(w.call(eve, "GetFederationToken", "Name", "fred")), func(w *world) { user(w, true) }}
		},
		"expired": func(w *world, eve sigv4.Credentials) made {
			return made{w.assume(eve, "r"), func(w *world) { w.Now = w.Now.Add(time.Hour) }}
		},
	} {
		w := newWorld(t)
		eve, _ := w.user(account, "eve", all)
		w.role(account, "r", trusts("arn:aws:iam::"+account+":user/eve"))
		m := begin(w, eve)
		w.allowed(w.call(m.session, "GetCallerIdentity"))
		wrong := m.session
		wrong.SecretAccessKey = eve.SecretAccessKey
		if a := w.call(wrong, "GetCallerIdentity"); a.Status != 403 {
			t.Errorf("%s: a kept token with another secret: %s", name, a.Body)
		}
		wrong = m.session
		wrong.AccessKeyID = eve.AccessKeyID
		if a := w.call(wrong, "GetCallerIdentity"); a.Status != 403 {
			t.Errorf("%s: a kept token with another id: %s", name, a.Body)
		}
		m.remove(w)
		if a := w.call(m.session, "GetCallerIdentity"); a.Status != 403 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// TestMessageOfAnotherAccount: what decided on a call is for the caller's account
// to read, whoever holds the message.
func TestMessageOfAnotherAccount(t *testing.T) {
	w, vendor := vendorWorld(t)
	decoder, _ := w.user(account, "decoder", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:DecodeAuthorizationMessage","Resource":"*"}}`)
	message := w.call(w.ann, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID).Header.Get("X-Writ-Authorization-Message")
	w.allowed(w.call(decoder, "DecodeAuthorizationMessage", "EncodedMessage", message), annARN)
	w.refused(w.call(vendor, "DecodeAuthorizationMessage", "EncodedMessage", message), 400, "InvalidAuthorizationMessageException", "Message is not valid")
}

// TestSessionsOfRootEndWithinTheHour: whatever it asks for.
func TestSessionsOfRootEndWithinTheHour(t *testing.T) {
	w := newWorld(t)
	w.allowed(w.call(apitest.Root, "GetSessionToken", "DurationSeconds", "129600"), "<Expiration>2030-01-02T04:04:05Z</Expiration>")
	w.allowed(w.call(apitest.Root, "GetSessionToken"), "<Expiration>2030-01-02T04:04:05Z</Expiration>")
	w.allowed(w.call(apitest.Root, "GetFederationToken", "Name", "fred", "DurationSeconds", "43200"), "<Expiration>2030-01-02T04:04:05Z</Expiration>")
	w.allowed(w.call(w.ann, "GetSessionToken", "DurationSeconds", "129600"), "<Expiration>2030-01-03T15:04:05Z</Expiration>")
}

// TestWhatSessionsCannotCall: a federated user asks STS who it is, a session of
// GetSessionToken may assume roles too; nothing else, whatever policies allow.
func TestWhatSessionsCannotCall(t *testing.T) {
	w := newWorld(t)
	all := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	may, _ := w.user(account, "may", all)
	w.role(account, "r", trusts("arn:aws:iam::"+account+":user/may"))
	w.allowed(w.call(may, "GetAccessKeyInfo", "AccessKeyId", may.AccessKeyID))
	fred := w.credentials(w.call(may, "GetFederationToken", "Name", "fred", "Policy", all))
	session := w.credentials(w.call(may, "GetSessionToken"))
	for _, s := range []sigv4.Credentials{fred, session} {
		w.allowed(w.call(s, "GetCallerIdentity"))
		w.refused(w.call(s, "GetAccessKeyInfo", "AccessKeyId", may.AccessKeyID), 403, "InvalidClientTokenId", badSessionToken)
	}
	w.allowed(w.try(session, "r"))
	w.refused(w.try(fred, "r"), 403, "InvalidClientTokenId", badSessionToken)
}
