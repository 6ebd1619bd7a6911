package sts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

func TestAssumeRole(t *testing.T) {
	w := newWorld(t)
	denied := "User: " + annARN + " is not authorized to perform: sts:AssumeRole on resource: "
	w.refused(w.call(w.ann, "AssumeRole", "RoleArn", roleARN("nobody"), "RoleSessionName", "s1"), 403, "AccessDenied", denied+roleARN("nobody"))

	w.role(account, "other", trusts("arn:aws:iam::"+account+":root"))
	w.refused(w.call(w.ann, "AssumeRole", "RoleArn", roleARN("other"), "RoleSessionName", "s1"), 403, "AccessDenied", denied+roleARN("other"))

	w.role(account, "mine", trusts(annARN))
	a := w.call(w.ann, "AssumeRole", "RoleArn", roleARN("mine"), "RoleSessionName", "s1")
	w.allowed(a, "<Arn>arn:aws:sts::"+account+":assumed-role/mine/s1</Arn>", "<AccessKeyId>ASIA", "<Expiration>2030-01-02T04:04:05Z</Expiration>")
	if strings.Contains(a.Body, "PackedPolicySize") {
		t.Error("PackedPolicySize is there without a policy")
	}
	creds := w.credentials(a)
	w.allowed(w.call(creds, "GetCallerIdentity"), "<Arn>arn:aws:sts::"+account+":assumed-role/mine/s1</Arn>")
}

func TestRootAssumesNoRole(t *testing.T) {
	w := newWorld(t)
	w.role(account, "r", trusts("arn:aws:iam::"+account+":root"))
	w.refused(w.call(apitest.Root, "AssumeRole", "RoleArn", roleARN("r"), "RoleSessionName", "s1"), 403, "AccessDenied", "Roles may not be assumed by root accounts.")
}

func TestAssumeRoleInput(t *testing.T) {
	w := newWorld(t)
	w.role(account, "r", trusts(annARN))
	for _, tt := range []struct{ name, text string }{
		{"Session1:2", `1 validation error detected: Value &apos;Session1:2&apos; at &apos;roleSessionName&apos; failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"x", `1 validation error detected: Value &apos;x&apos; at &apos;roleSessionName&apos; failed to satisfy constraint: Member must have length greater than or equal to 2`},
	} {
		a := w.call(w.ann, "AssumeRole", "RoleArn", roleARN("r"), "RoleSessionName", tt.name)
		a.Body = strings.ReplaceAll(a.Body, "&#39;", "&apos;")
		a.Body = strings.ReplaceAll(a.Body, "'", "&apos;")
		w.refused(a, 400, "ValidationError", tt.text)
	}
}

// TestJunkContextAssertion: a context that nobody verified is neither taken nor
// left out in silence, and takes a permission before all.
func TestJunkContextAssertion(t *testing.T) {
	w := newWorld(t)
	const provider = "arn:aws:iam::aws:contextProvider/IdentityCenter"
	const no = " because no role trust policy allows the sts:SetContext action"
	contexts := []string{"ProvidedContexts.member.1.ProviderArn", provider, "ProvidedContexts.member.1.ContextAssertion", "junk"}
	w.role(account, "plain", trusts(annARN))
	w.role(account, "context", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+annARN+`"},"Action":"sts:AssumeRole"},
		{"Effect":"Allow","Principal":{"AWS":"`+annARN+`"},"Action":"sts:SetContext","Condition":{"ForAllValues:StringEquals":{"sts:RequestContextProviders":"`+provider+`"}}}]}`)
	call := func(role string, params ...string) apitest.Answer {
		return w.call(w.ann, "AssumeRole", append([]string{"RoleArn", roleARN(role), "RoleSessionName", "s1"}, params...)...)
	}
	w.refused(call("plain", contexts...), 403, "AccessDenied", "User: "+annARN+" is not authorized to perform: sts:SetContext on resource: "+roleARN("plain")+no)
	w.refused(call("context", contexts...), 400, "ValidationError", "ProvidedContexts cannot be accepted: this installation trusts no context provider.")
	w.refused(call("context", "ProvidedContexts.member.1.ProviderArn", strings.Replace(provider, "Center", "Store", 1)), 403, "AccessDenied",
		"User: "+annARN+" is not authorized to perform: sts:SetContext on resource: "+roleARN("context")+no)
	w.allowed(call("context"))
}

// TestRoleARNs: AssumeRole tells what is no ARN, and denies what is no role's.
func TestRoleARNs(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"arn:aws:iam:role/aaaaaaaaa", "arn-of-a-role-aaaaaa", "arn:aws:iam::" + account + ":role:r"} {
		w.refused(w.call(w.ann, "AssumeRole", "RoleArn", text, "RoleSessionName", "s1"), 400, "ValidationError", text+" is invalid")
	}
	for _, text := range []string{annARN, "arn:aws:iam::1:role/aaaaaa", "arn:aws:sts::" + account + ":assumed-role/r/s"} {
		w.refused(w.call(w.ann, "AssumeRole", "RoleArn", text, "RoleSessionName", "s1"), 403, "AccessDenied",
			"User: "+annARN+" is not authorized to perform: sts:AssumeRole on resource: "+text)
	}
}

func TestDurations(t *testing.T) {
	w := newWorld(t)
	w.role(account, "short", trusts(annARN))
	w.role(account, "long", trusts(annARN), func(r *state.Role) { r.MaxSession = 12 * time.Hour })
	call := func(creds sigv4.Credentials, role, seconds string) apitest.Answer {
		return w.call(creds, "AssumeRole", "RoleArn", roleARN(role), "RoleSessionName", "s1", "DurationSeconds", seconds)
	}
	w.refused(call(w.ann, "short", "3601"), 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	w.allowed(call(w.ann, "long", "43200"), "<Expiration>2030-01-02T15:04:05Z</Expiration>")
	if a := call(w.ann, "long", "43201"); a.Status != 400 || !strings.Contains(a.Body, "less than or equal to 43200") {
		t.Errorf("43201 s: %s", a.Body)
	}
	if a := call(w.ann, "long", "899"); a.Status != 400 || !strings.Contains(a.Body, "greater than or equal to 900") {
		t.Errorf("899 s: %s", a.Body)
	}
	w.role(account, "first", trusts(annARN))
	w.role(account, "second", trusts(roleARN("first")), func(r *state.Role) { r.MaxSession = 12 * time.Hour })
	chained := w.assume(w.ann, "first")
	w.refused(call(chained, "second", "3601"), 400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	w.allowed(call(chained, "second", "3600"))
}

func TestExternalIDAcrossAccounts(t *testing.T) {
	w := newWorld(t)
	const other = "210987654321"
	w.Update(func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: other, Name: "other"}) })
	assume := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
	may, _ := w.user(other, "may", assume)
	mayNot, _ := w.user(other, "maynot", "")
	w.role(account, "r", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+other+`:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"id-1"}}}}`)
	call := func(creds sigv4.Credentials, params ...string) apitest.Answer {
		return w.call(creds, "AssumeRole", append([]string{"RoleArn", roleARN("r"), "RoleSessionName", "s1"}, params...)...)
	}
	denied := "is not authorized to perform: sts:AssumeRole on resource: " + roleARN("r")
	w.refused(call(may), 403, "AccessDenied", "User: arn:aws:iam::"+other+":user/may "+denied)
	w.refused(call(may, "ExternalId", "id-2"), 403, "AccessDenied", "User: arn:aws:iam::"+other+":user/may "+denied)
	w.allowed(call(may, "ExternalId", "id-1"))
	w.refused(call(mayNot, "ExternalId", "id-1"), 403, "AccessDenied", "User: arn:aws:iam::"+other+":user/maynot "+denied)
}

func TestSessionPolicyNarrows(t *testing.T) {
	w := newWorld(t)
	all := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	w.role(account, "r", trusts(annARN), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "all", Document: w.document(1, all)}}
	})
	full := w.assume(w.ann, "r")
	w.allowed(w.call(full, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID))
	narrow := w.assume(w.ann, "r", "Policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	w.refused(w.call(narrow, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID), 403, "AccessDenied",
		"User: arn:aws:sts::"+account+":assumed-role/r/s1 is not authorized to perform: sts:GetAccessKeyInfo because no session policy allows the sts:GetAccessKeyInfo action")
	bad := w.call(w.ann, "AssumeRole", "RoleArn", roleARN("r"), "RoleSessionName", "s1", "Policy", "{")
	if bad.Status != 400 || !strings.Contains(bad.Body, "MalformedPolicyDocument") {
		t.Errorf("malformed session policy: %s", bad.Body)
	}
}

func TestSessionEnds(t *testing.T) {
	w := newWorld(t)
	w.role(account, "r", trusts(annARN))
	creds := w.assume(w.ann, "r")
	altered := creds
	altered.SessionToken = creds.SessionToken[:len(creds.SessionToken)-2] + "AA"
	const invalid = "The security token included in the request is invalid."
	w.refused(w.call(altered, "GetCallerIdentity"), 403, "InvalidClientTokenId", invalid)
	bare := creds
	bare.SessionToken = ""
	w.refused(w.call(bare, "GetCallerIdentity"), 403, "InvalidClientTokenId", invalid)
	longTerm := w.ann
	longTerm.SessionToken = creds.SessionToken
	w.refused(w.call(longTerm, "GetCallerIdentity"), 403, "InvalidClientTokenId", invalid)

	w.Now = w.Now.Add(time.Hour)
	w.refused(w.call(creds, "GetCallerIdentity"), 403, "ExpiredToken", "The security token included in the request is expired")

	creds = w.assume(w.ann, "r")
	w.Update(func(tx *state.Tx) {
		r, _ := tx.Role(account, "r")
		tx.DeleteRole(r)
	})
	w.role(account, "r", trusts(annARN))
	w.refused(w.call(creds, "GetCallerIdentity"), 403, "InvalidClientTokenId", invalid)
}

func TestRevokedByTokenIssueTime(t *testing.T) {
	w := newWorld(t)
	all := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2030-01-02T04:00:00Z"}}}]}`
	w.role(account, "r", trusts(annARN), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "revoke", Document: w.document(1, all)}}
	})
	old := w.assume(w.ann, "r")
	w.Now = w.Now.Add(59 * time.Minute)
	fresh := w.assume(w.ann, "r")
	if a := w.call(old, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID); a.Status != 403 || !strings.Contains(a.Body, "explicit deny in an identity-based policy") {
		t.Errorf("a session from before: %d %s", a.Status, a.Body)
	}
	w.allowed(w.call(fresh, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID))
}

func TestSessionTags(t *testing.T) {
	w := newWorld(t)
	byTag := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"}}}}`
	w.role(account, "r", trusts(annARN), func(r *state.Role) {
		r.Tags = []state.Tag{{Key: "Team", Value: "blue"}}
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(1, byTag)}}
	})
	info := func(c sigv4.Credentials) int {
		return w.call(c, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID).Status
	}
	if got := info(w.assume(w.ann, "r")); got != 403 {
		t.Errorf("by the role's own tag: %d", got)
	}
	if got := info(w.assume(w.ann, "r", "Tags.member.1.Key", "team", "Tags.member.1.Value", "red")); got != 200 {
		t.Errorf("by the session's tag: %d", got)
	}
	twice := w.call(w.ann, "AssumeRole", "RoleArn", roleARN("r"), "RoleSessionName", "s1",
		"Tags.member.1.Key", "a", "Tags.member.1.Value", "1", "Tags.member.2.Key", "A", "Tags.member.2.Value", "2")
	w.refused(twice, 400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
}

func TestFederationToken(t *testing.T) {
	w := newWorld(t)
	may, _ := w.user(account, "may", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	if a := w.call(w.ann, "GetFederationToken", "Name", "fred"); a.Status != 403 {
		t.Errorf("without permission: %s", a.Body)
	}
	a := w.call(may, "GetFederationToken", "Name", "fred")
	w.allowed(a, "<Arn>arn:aws:sts::"+account+":federated-user/fred</Arn>", "<FederatedUserId>"+account+":fred</FederatedUserId>", "<PackedPolicySize>0</PackedPolicySize>")
	fred := w.credentials(a)
	w.allowed(w.call(fred, "GetCallerIdentity"), "federated-user/fred")
	if a := w.call(fred, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID); a.Status != 403 {
		t.Errorf("a federated user without session policies: %s", a.Body)
	}
	if a := w.call(fred, "GetFederationToken", "Name", "other"); a.Status != 403 {
		t.Errorf("federation from federation: %s", a.Body)
	}
}

func TestSessionToken(t *testing.T) {
	w := newWorld(t)
	creds := w.credentials(w.call(w.ann, "GetSessionToken"))
	w.allowed(w.call(creds, "GetCallerIdentity"), "<Arn>"+annARN+"</Arn>", "<UserId>"+w.annID+"</UserId>")
	if a := w.call(creds, "GetSessionToken"); a.Status != 403 {
		t.Errorf("a token from a token: %s", a.Body)
	}
}

func TestDecodeAuthorizationMessage(t *testing.T) {
	w := newWorld(t)
	denied := w.call(w.ann, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID)
	message := denied.Header.Get("X-Writ-Authorization-Message")
	a := w.call(apitest.Root, "DecodeAuthorizationMessage", "EncodedMessage", message)
	w.allowed(a, "sts:GetAccessKeyInfo", "aws:username", annARN)
	w.refused(w.call(apitest.Root, "DecodeAuthorizationMessage", "EncodedMessage", "AAAA"), 400, "InvalidAuthorizationMessageException", "Message is not valid")
}
