package sts_test

import (
	"encoding/json"
	"iter"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

const (
	provider     = "210987654321"
	requestID    = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	tradeInToken = requestID + ".the-secret-of-the-exchange-token"
)

const mayTrade = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetDelegatedAccessToken","Resource":"*"}}`

// delegated is a world in which ann has delegated GetAccessKeyInfo, of all
// that she may, and the provider's user has not used the token yet.
func delegated(t *testing.T, change ...func(*state.DelegationRequest)) (w *world, vendor sigv4.Credentials) {
	w = newWorld(t)
	w.Update(func(tx *state.Tx) {
		tx.CreateAccount(state.Account{ID: provider, Name: "provider"})
		u, _ := tx.User(account, "ann")
		able := *u
		able.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)}}
		tx.PutUser(&able)
		r := &state.DelegationRequest{
			ID: requestID, Requestor: provider, WorkflowID: "w", Template: "arn:aws:iam::aws:delegation-template/example.com/T",
			Policy:  w.document(policy.Session, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*"}}`),
			Channel: "c", Duration: time.Hour, OwnerAccount: account, Owner: annARN, OwnerID: u.ID, State: state.DelegationFinalized,
			Approver: &state.DelegationApprover{ARN: annARN, PrincipalID: u.ID}, Token: tradeInToken, Created: tx.Now(), Updated: tx.Now(), Seq: tx.NextSeq(),
		}
		for _, f := range change {
			f(r)
		}
		tx.PutDelegationRequest(r)
	})
	vendor, _ = w.user(provider, "vendor", mayTrade)
	return w, vendor
}

func TestGetDelegatedAccessToken(t *testing.T) {
	w, vendor := delegated(t)
	w.Now = w.Now.Add(10 * time.Minute)
	a := w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken)
	w.allowed(a, "<AssumedPrincipal>"+annARN+"</AssumedPrincipal>", "<Expiration>2030-01-02T04:04:05Z</Expiration>")
	if strings.Contains(a.Body, "PackedPolicySize") {
		t.Error("AWS leaves PackedPolicySize out")
	}
	session := w.credentials(a)
	w.allowed(w.call(session, "GetCallerIdentity"), "<Arn>"+annARN+"</Arn>")
	w.allowed(w.call(session, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID))
	w.refused(w.call(session, "DecodeAuthorizationMessage", "EncodedMessage", "x"), 403, "AccessDenied",
		"User: "+annARN+" is not authorized to perform: sts:DecodeAuthorizationMessage because no session policy allows the sts:DecodeAuthorizationMessage action")
	w.Now = w.Now.Add(50 * time.Minute)
	w.refused(w.call(session, "GetCallerIdentity"), 403, "ExpiredToken", "The security token included in the request is expired")
}

func TestTradeInTokenWorksOnce(t *testing.T) {
	w, vendor := delegated(t)
	w.allowed(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken))
	w.refused(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken), 400, "ExpiredTradeInTokenException", expiredTradeIn)
}

const expiredTradeIn = "The trade-in token provided in the request has expired and can no longer be exchanged for credentials. Request a new token and retry the operation."

func TestTradeInTokenExpires(t *testing.T) {
	w, vendor := delegated(t)
	w.Now = w.Now.Add(time.Hour)
	w.refused(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken), 400, "ExpiredTradeInTokenException", expiredTradeIn)
}

// TestStolenTradeInToken: the token is worth nothing to others, nor is a guess.
func TestStolenTradeInToken(t *testing.T) {
	w, vendor := delegated(t)
	thief, _ := w.user(account, "thief", mayTrade)
	const invalid = "The trade-in token is not valid."
	w.refused(w.call(thief, "GetDelegatedAccessToken", "TradeInToken", tradeInToken), 403, "AccessDenied", invalid)
	for _, guess := range []string{requestID, requestID + ".", requestID + ".x", tradeInToken + "x", "." + tradeInToken, strings.Repeat("a", 10_000), ""} {
		if a := w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", guess); a.Status/100 != 4 {
			t.Errorf("%.40q: %d %s", guess, a.Status, a.Body)
		}
	}
	plain, _ := w.user(provider, "plain", "")
	w.refused(w.call(plain, "GetDelegatedAccessToken", "TradeInToken", tradeInToken), 403, "AccessDenied", "User: arn:aws:iam::"+provider+
		":user/plain is not authorized to perform: sts:GetDelegatedAccessToken because no identity-based policy allows the sts:GetDelegatedAccessToken action")
	w.allowed(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken)) // none of this has used it up
}

// TestTokenBeforeItIsSent: what an accepted request would come to is nothing
// yet.
func TestTokenBeforeItIsSent(t *testing.T) {
	w, vendor := delegated(t, func(r *state.DelegationRequest) { r.State, r.Token = state.DelegationAccepted, "" })
	for _, guess := range []string{requestID, requestID + "."} {
		w.refused(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", guess), 403, "AccessDenied", "The trade-in token is not valid.")
	}
}

func TestDelegationOfOneWhoIsGone(t *testing.T) {
	w, vendor := delegated(t, func(r *state.DelegationRequest) { r.Approver.PrincipalID = "AIDAGONE" })
	w.refused(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken), 403, "AccessDenied",
		"The principal that accepted the delegation request does not exist any more.")
}

// TestDelegationWidensNoSession: who was limited by session policies delegates
// nothing, rather than more than it had.
func TestDelegationWidensNoSession(t *testing.T) {
	for name, limit := range map[string]func(*state.DelegationApprover){
		"managed": func(a *state.DelegationApprover) { a.SessionARNs = []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"} },
		"inline":  func(a *state.DelegationApprover) { a.SessionPolicy = mayTrade },
	} {
		t.Run(name, func(t *testing.T) {
			w, vendor := delegated(t, func(r *state.DelegationRequest) { limit(r.Approver) })
			w.refused(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken), 403, "AccessDenied",
				"The principal that accepted the delegation request was itself limited by session policies.")
		})
	}
}

// TestTrustPolicyWidensNoDelegation: a role that trusts the approver by name
// does not trust whoever the approver has delegated something else to.
func TestTrustPolicyWidensNoDelegation(t *testing.T) {
	w, vendor := delegated(t)
	w.role(account, "r", trusts(annARN))
	w.assume(w.ann, "r")
	session := w.credentials(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken))
	if a := w.call(session, "AssumeRole", "RoleArn", roleARN("r"), "RoleSessionName", "s1"); a.Status != 403 {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
}

// TestDelegationByRole: the session is one of the role, under its name.
func TestDelegationByRole(t *testing.T) {
	w, vendor := delegated(t)
	w.role(account, "r", trusts(annARN), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)}}
	})
	const sessionARN = "arn:aws:sts::" + account + ":assumed-role/r/boss"
	w.Update(func(tx *state.Tx) {
		role, _ := tx.Role(account, "r")
		old, _ := tx.DelegationRequest(requestID)
		r := *old
		r.Approver = &state.DelegationApprover{ARN: sessionARN, PrincipalID: role.ID, SessionName: "boss", SourceIdentity: "annie"}
		tx.PutDelegationRequest(&r)
	})
	w.role(account, "next", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+sessionARN+`"},"Action":"sts:AssumeRole"}}`)
	session := w.credentials(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken))
	w.allowed(w.call(session, "GetCallerIdentity"), "<Arn>"+sessionARN+"</Arn>")
	w.allowed(w.call(session, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID))
	if a := w.call(session, "AssumeRole", "RoleArn", roleARN("next"), "RoleSessionName", "s1"); a.Status != 403 {
		t.Errorf("a trust policy that names the session widens it: %d %s", a.Status, a.Body)
	}
}

// TestDelegationKeepsTransitiveTags: tags that the approver's session would have
// handed on are handed on by the delegated one too, and are not replaced.
func TestDelegationKeepsTransitiveTags(t *testing.T) {
	w, vendor := delegated(t)
	const mayAssume = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}}`
	w.role(account, "r", trusts(annARN), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, mayAssume)}}
	})
	w.Update(func(tx *state.Tx) {
		role, _ := tx.Role(account, "r")
		old, _ := tx.DelegationRequest(requestID)
		r := *old
		r.Policy = w.document(policy.Session, mayAssume)
		r.Approver = &state.DelegationApprover{
			ARN: "arn:aws:sts::" + account + ":assumed-role/r/boss", PrincipalID: role.ID, SessionName: "boss",
			SessionTags: []state.Tag{{Key: "tenant", Value: "red"}}, TransitiveKeys: []string{"tenant"},
		}
		tx.PutDelegationRequest(&r)
	})
	w.role(account, "next", trusts("arn:aws:iam::"+account+":root"))
	session := w.credentials(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken))
	w.allowed(w.call(session, "AssumeRole", "RoleArn", roleARN("next"), "RoleSessionName", "s1"))
	a := w.call(session, "AssumeRole", "RoleArn", roleARN("next"), "RoleSessionName", "s1", "Tags.member.1.Key", "tenant", "Tags.member.1.Value", "blue")
	w.refused(a, 400, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
}

// TestEventsNameTheDelegate: what the provider does can be told from what the
// approver does, in every event of the session and in no other.
func TestEventsNameTheDelegate(t *testing.T) {
	w, vendor := delegated(t)
	session := w.credentials(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken))
	w.call(session, "GetCallerIdentity")
	w.call(session, "DecodeAuthorizationMessage", "EncodedMessage", "x")
	w.call(w.ann, "GetCallerIdentity")
	delegates := make(map[string]int)
	for e := range w.events() {
		var event struct {
			UserIdentity struct {
				AccessKeyID       string
				InvokedByDelegate struct{ AccountID string }
			}
		}
		if err := json.Unmarshal(e.CloudTrail, &event); err != nil {
			t.Fatal(err)
		}
		who := event.UserIdentity
		delegates[who.AccessKeyID+" "+who.InvokedByDelegate.AccountID]++
	}
	want := map[string]int{vendor.AccessKeyID + " ": 1, session.AccessKeyID + " " + provider: 2, w.ann.AccessKeyID + " ": 1}
	if !maps.Equal(delegates, want) {
		t.Errorf("events by key and delegate: %v, want %v", delegates, want)
	}
}

func TestTradeInTokensAreNotInEvents(t *testing.T) {
	w, vendor := delegated(t)
	session := w.credentials(w.call(vendor, "GetDelegatedAccessToken", "TradeInToken", tradeInToken))
	w.eventsLack("GetDelegatedAccessToken", tradeInToken, session.SecretAccessKey, session.SessionToken)
}

// eventsLack checks that there is an event of that name and that no event has
// one of the secrets.
func (w *world) eventsLack(name string, secrets ...string) {
	w.T.Helper()
	found := false
	for r := range w.events() {
		text := string(r.CloudTrail) + string(r.Detail)
		found = found || strings.Contains(text, `"`+name+`"`)
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				w.T.Errorf("a secret is in the event: %s", text)
			}
		}
	}
	if !found {
		w.T.Errorf("there is no event of %s", name)
	}
}

// events yields what is recorded, in the order of Lookup.
func (w *world) events() iter.Seq[audit.Record] {
	return func(yield func(audit.Record) bool) {
		if err := w.DB.FlushEvents(w.T.Context()); err != nil {
			w.T.Fatal(err)
		}
		for r, err := range w.Events.Lookup(w.T.Context(), audit.Query{}) {
			if err != nil {
				w.T.Fatal(err)
			}
			if !yield(r) {
				return
			}
		}
	}
}
