package sts_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
)

const (
	samlProviderARN = "arn:aws:iam::" + account + ":saml-provider/Corp"
	samlEntity      = "https://idp.example.com/"
	samlAttribute   = "https://aws.amazon.com/SAML/Attributes/"
)

// federated is a world with a SAML provider Corp and a role "r" that trusts it.
type federated struct {
	*world
	idp *federationtest.Provider
}

func trustsSAML(condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"` + samlProviderARN +
		`"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"]` + condition + `}}`
}

func newFederated(t testing.TB) *federated {
	f := &federated{world: newWorld(t), idp: federationtest.NewProvider(t, samlEntity)}
	f.register("Corp", f.idp.Metadata())
	f.role(account, "r", trustsSAML(""), func(r *state.Role) { r.MaxSession = 2 * time.Hour })
	return f
}

func (f *federated) register(name, metadata string) {
	f.Update(func(tx *state.Tx) {
		tx.PutSAMLProvider(&state.SAMLProvider{
			Account: account, ID: tx.NewSAMLProviderID(), Name: name, Metadata: metadata, Created: tx.Now(), ValidUntil: tx.Now().AddDate(100, 0, 0),
		})
	})
}

// login is one that lets alice assume a role.
func (f *federated) login(id, role string, attributes ...string) federationtest.Login {
	l := federationtest.NewLogin(id, f.Now)
	l.Attributes = map[string][]string{
		samlAttribute + "Role":            {roleARN(role) + "," + samlProviderARN},
		samlAttribute + "RoleSessionName": {"alice@example.com"},
	}
	for i := 0; i < len(attributes); i += 2 {
		name := attributes[i]
		if !strings.Contains(name, ":") || strings.HasPrefix(name, "PrincipalTag:") {
			name = samlAttribute + name
		}
		l.Attributes[name] = append(l.Attributes[name], attributes[i+1])
	}
	return l
}

// post sends a response to STS, not signed by anybody else.
func (f *federated) post(role, response string, params ...string) apitest.Answer {
	f.T.Helper()
	v := url.Values{
		"Action": {"AssumeRoleWithSAML"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN(role)},
		"PrincipalArn": {samlProviderARN}, "SAMLAssertion": {response},
	}
	for i := 0; i < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://writ.test/", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.Send(r)
}

func (f *federated) present(l federationtest.Login, params ...string) apitest.Answer {
	f.T.Helper()
	return f.post("r", f.idp.Post(f.T, l), params...)
}

func TestAssumeRoleWithSAML(t *testing.T) {
	f := newFederated(t)
	a := f.present(f.login("_1", "r"))
	f.allowed(a, "<Issuer>"+samlEntity+"</Issuer>", "<Subject>alice</Subject>", "<SubjectType>persistent</SubjectType>",
		"<Audience>https://signin.aws.amazon.com/saml</Audience>", "<NameQualifier>8xNTVibxZ675zuzMICoX3lCoZ/U=</NameQualifier>",
		"<Arn>arn:aws:sts::"+account+":assumed-role/r/alice@example.com</Arn>", "<Expiration>2030-01-02T04:04:05Z</Expiration>")
	for _, absent := range []string{"SourceIdentity", "PackedPolicySize"} {
		if strings.Contains(a.Body, absent) {
			t.Errorf("%s without need: %s", absent, a.Body)
		}
	}
	f.allowed(f.call(f.credentials(a), "GetCallerIdentity"), ":assumed-role/r/alice@example.com</Arn>")
}

// TestSAMLReplay: an assertion is taken once, also in another response, by
// another provider of the same issuer, and when many come at once; a call that
// fails for another reason does not use it up.
func TestSAMLReplay(t *testing.T) {
	f := newFederated(t)
	const used = "The assertion has been used before."
	l := f.login("_1", "r")
	response := f.idp.Post(t, l)
	f.refused(f.post("r", response, "DurationSeconds", "7201"), 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	f.allowed(f.post("r", response))
	f.refused(f.post("r", response), 400, "InvalidIdentityToken", used)
	again := federationtest.Text(t, f.idp.Response("_other", f.idp.Sign(t, f.idp.Assertion(l))))
	f.refused(f.post("r", base64.StdEncoding.EncodeToString([]byte(again))), 400, "InvalidIdentityToken", used)

	f.register("Twin", f.idp.Metadata())
	twin := "arn:aws:iam::" + account + ":saml-provider/Twin"
	f.role(account, "t", strings.ReplaceAll(trustsSAML(""), samlProviderARN, twin))
	l = f.login("_2", "r", "Role", twin+" , "+roleARN("t"))
	f.allowed(f.present(l))
	f.refused(f.post("t", f.idp.Post(t, l), "PrincipalArn", twin), 400, "InvalidIdentityToken", used)

	response = f.idp.Post(t, f.login("_3", "r"))
	var taken [8]int
	var all sync.WaitGroup
	for i := range taken {
		all.Go(func() { taken[i] = f.post("r", response).Status })
	}
	all.Wait()
	slices.Sort(taken[:])
	if taken[0] != 200 || taken[1] != 400 {
		t.Errorf("eight at once: %v", taken)
	}
	f.Now = f.Now.Add(7 * time.Minute)
	f.allowed(f.present(f.login("_4", "r")))
	if n := f.DB.Snapshot().NumSpent(); n != 1 {
		t.Errorf("%d assertions are remembered", n)
	}
}

func TestSAMLDurations(t *testing.T) {
	f := newFederated(t)
	for i, tt := range []struct {
		asked, attribute string
		ends             time.Duration
		want             string
	}{
		{"7200", "", 0, "05:04:05"},
		{"7200", "3600", 0, "04:04:05"},
		{"900", "3600", 0, "03:19:05"},
		{"", "43200", 0, "04:04:05"},
		{"", "1800", 0, "03:34:05"},
		{"", "", 10 * time.Minute, "03:14:05"},
	} {
		l := f.login("_"+string(rune('a'+i)), "r")
		if tt.attribute != "" {
			l.Attributes[samlAttribute+"SessionDuration"] = []string{tt.attribute}
		}
		if tt.ends != 0 {
			l.SessionEnds = f.Now.Add(tt.ends)
		}
		var params []string
		if tt.asked != "" {
			params = []string{"DurationSeconds", tt.asked}
		}
		f.allowed(f.present(l, params...), "<Expiration>2030-01-02T"+tt.want+"Z</Expiration>")
	}
	f.refused(f.present(f.login("_x", "r", "SessionDuration", "43200"), "DurationSeconds", "10000"), 400, "ValidationError",
		"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
}

func TestSAMLConditionKeys(t *testing.T) {
	f := newFederated(t)
	const qualifier = "8xNTVibxZ675zuzMICoX3lCoZ/U="
	l := f.login("_0", "r", "SourceIdentity", "alice", "PrincipalTag:Team", "red", "TransitiveTagKeys", "Team",
		"urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "dc=example", "urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "staff", "urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "member",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "a@example.com", "urn:oid:0.9.2342.19200300.100.1.1", "u1", "urn:oid:2.5.4.3", "Alice",
		"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid", "S-1")
	for i, tt := range []struct {
		condition string
		want      int
	}{
		{`"StringEquals":{"saml:aud":"https://signin.aws.amazon.com/saml"}`, 200},
		{`"StringEquals":{"SAML:aud":"https://elsewhere.example.com/saml"}`, 403},
		{`"StringEquals":{"saml:iss":"https://idp.example.com/","saml:sub":"alice","saml:sub_type":"persistent"}`, 200},
		{`"StringEquals":{"saml:sub":"Alice"}`, 403},
		{`"StringEquals":{"saml:namequalifier":"` + qualifier + `","saml:doc":"` + account + `/Corp"}`, 200},
		{`"StringEquals":{"saml:edupersonorgdn":"dc=example"},"ForAnyValue:StringEquals":{"saml:edupersonaffiliation":"member"}`, 200},
		{`"ForAllValues:StringEquals":{"saml:edupersonaffiliation":"member"}`, 403},
		{`"StringEquals":{"sts:RoleSessionName":"alice@example.com","sts:SourceIdentity":"alice"}`, 200},
		{`"StringEquals":{"aws:RequestTag/Team":"red"},"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["Team"],"aws:TagKeys":["Team"]}`, 200},
		{`"StringEquals":{"aws:RequestTag/Team":"blue"}`, 403},
		{`"StringEquals":{"saml:mail":"a@example.com","saml:uid":"u1","saml:commonName":"Alice","saml:primaryGroupSID":"S-1"},"ForAnyValue:StringEquals":{"saml:cn":"Alice"}`, 200},
		{`"Null":{"aws:PrincipalOrgID":"true","aws:PrincipalAccount":"true"}`, 200},
	} {
		role := "c" + string(rune('a'+i))
		f.role(account, role, trustsSAML(`,"Condition":{`+tt.condition+`}`))
		l.ID = "_" + role
		l.Attributes[samlAttribute+"Role"] = []string{roleARN(role) + "," + samlProviderARN}
		a := f.post(role, f.idp.Post(t, l))
		if a.Status != tt.want {
			t.Errorf("%s: %d, want %d: %s", tt.condition, a.Status, tt.want, a.Body)
		}
		if tt.want == 403 {
			f.refused(a, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
		}
	}
}

// TestSAMLSession: what the provider says holds for the session's calls.
func TestSAMLSession(t *testing.T) {
	f := newFederated(t)
	byKeys := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*","Condition":{"StringEquals":{
		"saml:sub":"alice","saml:sub_type":"persistent","saml:namequalifier":"8xNTVibxZ675zuzMICoX3lCoZ/U=","aws:FederatedProvider":"` + samlProviderARN + `",
		"aws:PrincipalTag/Team":"red","aws:SourceIdentity":"alice"}}}}`
	f.role(account, "k", trustsSAML(""), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: f.document(1, byKeys)}}
	})
	info := func(l federationtest.Login) int {
		l.Attributes[samlAttribute+"Role"] = []string{samlProviderARN + "," + roleARN("k")}
		creds := f.credentials(f.post("k", f.idp.Post(t, l)))
		return f.call(creds, "GetAccessKeyInfo", "AccessKeyId", f.ann.AccessKeyID).Status
	}
	if got := info(f.login("_1", "k", "SourceIdentity", "alice", "PrincipalTag:Team", "red")); got != 200 {
		t.Errorf("alice: %d", got)
	}
	bob := f.login("_2", "k", "SourceIdentity", "alice", "PrincipalTag:Team", "red")
	bob.Subject = "bob"
	if got := info(bob); got != 403 {
		t.Errorf("bob: %d", got)
	}
	a := f.present(f.login("_3", "r", "SourceIdentity", "alice", "PrincipalTag:Team", "red"),
		"Policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	f.allowed(a, "<SourceIdentity>alice</SourceIdentity>", "<PackedPolicySize>")
}

// TestSAMLNeedsPermissions: tags and a source identity in the assertion need
// to be permitted by the trust policy as well.
func TestSAMLNeedsPermissions(t *testing.T) {
	f := newFederated(t)
	f.role(account, "bare", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"`+samlProviderARN+`"},"Action":"sts:AssumeRoleWithSAML"}}`)
	f.allowed(f.post("bare", f.idp.Post(t, f.login("_1", "bare"))))
	f.refused(f.post("bare", f.idp.Post(t, f.login("_2", "bare", "PrincipalTag:a", "b"))), 403, "AccessDenied", "Not authorized to perform sts:TagSession")
	f.refused(f.post("bare", f.idp.Post(t, f.login("_3", "bare", "SourceIdentity", "alice"))), 403, "AccessDenied", "Not authorized to perform sts:SetSourceIdentity")
	const denied = "Not authorized to perform sts:AssumeRoleWithSAML"
	f.refused(f.post("bare", f.idp.Post(t, f.login("_5", "r"))), 403, "AccessDenied", denied)
	f.refused(f.post("nobody", f.idp.Post(t, f.login("_6", "nobody"))), 403, "AccessDenied", denied)
}

func TestSAMLRefusals(t *testing.T) {
	f := newFederated(t)
	stranger := federationtest.NewProvider(t, samlEntity)
	change := func(id string, fn func(l *federationtest.Login)) string {
		l := f.login(id, "r")
		fn(&l)
		return f.idp.Post(t, l)
	}
	failed := strings.Replace(federationtest.Text(t, f.idp.Response("_r")), "status:Success", "status:Responder", 1)
	for name, tt := range map[string]struct {
		response string
		status   int
		code     string
		text     string
	}{
		"base64":    {"!!!!", 400, "InvalidIdentityToken", "Invalid base64 SAMLResponse"},
		"no XML":    {"AAAA", 400, "InvalidIdentityToken", "Your request included an invalid SAML response."},
		"failed":    {base64.StdEncoding.EncodeToString([]byte(failed)), 403, "IDPRejectedClaim", "The identity provider reported that authentication failed."},
		"other key": {stranger.Post(t, f.login("_a", "r")), 400, "InvalidIdentityToken", "Response signature invalid"},
		"issuer":    {change("_b", func(l *federationtest.Login) { l.Issuer = "https://other.example.com/" }), 400, "InvalidIdentityToken", "Issuer not present in specified provider"},
		"audience":  {change("_c", func(l *federationtest.Login) { l.Audience = "https://other.example.com/" }), 400, "InvalidIdentityToken", "Response does not contain the required audience."},
		"recipient": {change("_d", func(l *federationtest.Login) { l.Recipient = "http://writ.test/saml" }), 400, "InvalidIdentityToken", "Response does not contain the required audience."},
		"expired":   {change("_e", func(l *federationtest.Login) { l.Until = f.Now.Add(-2 * time.Minute) }), 400, "ExpiredTokenException", "Response has expired"},
		"early":     {change("_f", func(l *federationtest.Login) { l.NotBefore = f.Now.Add(2 * time.Minute) }), 400, "InvalidIdentityToken", "Response is not yet valid"},
		"late":      {change("_g", func(l *federationtest.Login) { l.Issued = f.Now.Add(-7 * time.Minute) }), 400, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"},
		"no name": {change("_h", func(l *federationtest.Login) { delete(l.Attributes, samlAttribute+"RoleSessionName") }), 400, "InvalidIdentityToken",
			"RoleSessionName is required in AuthnResponse"},
		"name": {change("_i", func(l *federationtest.Login) { l.Attributes[samlAttribute+"RoleSessionName"] = []string{"a b"} }), 400, "InvalidIdentityToken",
			"RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"},
		"two names": {change("_j", func(l *federationtest.Login) { l.Attributes[samlAttribute+"RoleSessionName"] = []string{"aa", "bb"} }), 400, "InvalidIdentityToken",
			"RoleSessionName in AuthnResponse must have one value"},
		"duration": {f.idp.Post(t, f.login("_k", "r", "SessionDuration", "60")), 400, "InvalidIdentityToken",
			"SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200"},
		"tag":         {f.idp.Post(t, f.login("_l", "r", "PrincipalTag:aws:x", "y")), 400, "InvalidIdentityToken", "A PrincipalTag in AuthnResponse is not valid, reserved, or one too many"},
		"pattern":     {f.idp.Post(t, f.login("_s", "r", "PrincipalTag:x", "*")), 400, "InvalidIdentityToken", "A PrincipalTag in AuthnResponse is not valid, reserved, or one too many"},
		"long tag":    {f.idp.Post(t, f.login("_t", "r", "PrincipalTag:x", strings.Repeat("y", 257))), 400, "InvalidIdentityToken", "A PrincipalTag in AuthnResponse is not valid, reserved, or one too many"},
		"same tags":   {f.idp.Post(t, f.login("_m", "r", "PrincipalTag:x", "y", "PrincipalTag:X", "y")), 400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		"no such tag": {f.idp.Post(t, f.login("_n", "r", "TransitiveTagKeys", "x")), 400, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."},
	} {
		a := f.post("r", tt.response)
		a.Body = strings.NewReplacer("&#39;", "'", "&apos;", "'", "&#34;", `"`, "&quot;", `"`).Replace(a.Body)
		if a.Status != tt.status || !strings.Contains(a.Body, "<Code>"+tt.code+"</Code>") || !strings.Contains(a.Body, "<Message>"+tt.text+"</Message>") {
			t.Errorf("%s: %d %s\nwant %d %s %s", name, a.Status, a.Body, tt.status, tt.code, tt.text)
		}
	}
	a := f.present(f.login("_o", "r", "SourceIdentity", "aws:me"))
	if a.Status != 400 || !strings.Contains(a.Body, "Source Identity must match") {
		t.Errorf("source identity: %s", a.Body)
	}
	none := f.post("r", f.idp.Post(t, f.login("_p", "r")), "PrincipalArn", "arn:aws:iam::"+account+":saml-provider/None")
	if none.Status != 400 || !strings.Contains(none.Body, "Specified provider doesn") {
		t.Errorf("no provider: %s", none.Body)
	}
	f.refused(f.post("r", f.idp.Post(t, f.login("_q", "r")), "PrincipalArn", "arn-of-a-saml-provider"), 400, "ValidationError", "arn-of-a-saml-provider is invalid")
	f.refused(f.post("r", f.idp.Post(t, f.login("_q", "r")), "PrincipalArn", roleARN("r")), 400, "ValidationError", "Principal ARN is invalid")
	f.refused(f.post("r", f.idp.Post(t, f.login("_q", "r")), "RoleArn", "arn:aws:iam::"+account+":saml-provider/P"), 400, "ValidationError", "Request ARN is invalid")
	bad := f.present(f.login("_r", "r"), "Policy", "{")
	if bad.Status != 400 || !strings.Contains(bad.Body, "MalformedPolicyDocument") {
		t.Errorf("malformed session policy: %s", bad.Body)
	}
}

// TestSAMLHostHeaderIsNoAudience: an assertion for another service is not taken
// because the request names that service as its host.
func TestSAMLHostHeaderIsNoAudience(t *testing.T) {
	f := newFederated(t)
	l := f.login("_1", "r")
	l.Recipient, l.Audience = "http://other.example.com/saml", "http://other.example.com/saml"
	v := url.Values{"Action": {"AssumeRoleWithSAML"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN("r")}, "PrincipalArn": {samlProviderARN}, "SAMLAssertion": {f.idp.Post(t, l)}}
	r := httptest.NewRequest(http.MethodPost, "http://other.example.com/", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f.refused(f.Send(r), 400, "InvalidIdentityToken", "Response does not contain the required audience.")
}

// TestSAMLEvents: events say who came by which provider, and hold no assertion;
// who is not believed leaves none.
func TestSAMLEvents(t *testing.T) {
	f := newFederated(t)
	good := f.idp.Post(t, f.login("_good", "r", "PrincipalTag:Team", "red", "TransitiveTagKeys", "Team", "SourceIdentity", "al"))
	f.allowed(f.post("r", good, "DurationSeconds", "900"))
	f.refused(f.post("nobody", f.idp.Post(t, f.login("_2", "nobody"))), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
	stranger := federationtest.NewProvider(t, samlEntity)
	f.post("r", stranger.Post(t, f.login("_3", "r")))
	events := f.events("AssumeRoleWithSAML")
	if len(events) != 2 {
		t.Fatalf("%d events: %v", len(events), events)
	}
	for _, e := range events {
		for _, want := range []string{`"type":"SAMLUser"`, `"principalId":"8xNTVibxZ675zuzMICoX3lCoZ/U=:alice"`, `"userName":"alice"`, `"identityProvider":"8xNTVibxZ675zuzMICoX3lCoZ/U="`} {
			if !strings.Contains(e, want) {
				t.Errorf("the event lacks %s:\n%s", want, e)
			}
		}
		if strings.Contains(e, good[:40]) || strings.Contains(e, `"sAMLAssertion":`) || strings.Contains(e, `"secretAccessKey"`) {
			t.Errorf("the event holds a secret:\n%s", e)
		}
	}
	all := strings.Join(events, "\n")
	for _, want := range []string{
		`"subject":"alice"`, `"requestParameters":{"sAMLAssertionID":"_good","roleSessionName":"alice@example.com","sourceIdentity":"al",` +
			`"principalTags":{"Team":"red"},"transitiveTagKeys":["Team"],"roleArn":"` + roleARN("r") + `","principalArn":"` + samlProviderARN + `","durationSeconds":900}`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no event has %s:\n%s", want, all)
		}
	}
}

// events are the records of the events of that name.
func (f *federated) events(name string) []string {
	f.T.Helper()
	if err := f.DB.FlushEvents(f.T.Context()); err != nil {
		f.T.Fatal(err)
	}
	var found []string
	for r, err := range f.Events.Lookup(f.T.Context(), audit.Query{}) {
		if err != nil {
			f.T.Fatal(err)
		}
		if text := string(r.CloudTrail) + string(r.Detail); strings.Contains(text, `"eventName":"`+name+`"`) {
			found = append(found, text)
		}
	}
	return found
}

// TestSAMLAnswersRequired: what answers no request of this installation is not
// taken then, and else whatever it answers, as tools have requests of their own.
func TestSAMLAnswersRequired(t *testing.T) {
	f := newFederated(t)
	answers := func(id, request string) string {
		l := f.login(id, "r")
		l.InResponseTo = request
		return f.idp.Post(t, l)
	}
	f.allowed(f.post("r", answers("_1", "_of-a-tool")))
	apart := f.idp.Response("_r", f.idp.Sign(t, f.idp.Assertion(f.login("_2", "r"))))
	apart.CreateAttr("InResponseTo", "_of-a-tool")
	f.allowed(f.post("r", federationtest.Encode(t, apart)))
	f.sts.SAMLInResponseTo = sts.AnswersRequired
	for i, request := range []string{"", "_of-a-tool", "_"} {
		f.refused(f.post("r", answers("_r"+string(rune('a'+i)), request)), 400, "InvalidIdentityToken",
			"The response answers no request of this installation, or one that is too old.")
	}
}

// TestDeniedSAMLIsExplained: the account of the role learns why its trust
// policy denied a subject that a provider spoke for.
func TestDeniedSAMLIsExplained(t *testing.T) {
	f := newFederated(t)
	f.role(account, "s", trustsSAML(`,"Condition":{"StringEquals":{"saml:sub":"bob"}}`))
	f.refused(f.post("s", f.idp.Post(t, f.login("_1", "s"))), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
	if err := f.DB.FlushEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	for r, err := range f.Events.Lookup(t.Context(), audit.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		var why authz.Explanation
		if err := json.Unmarshal(r.Detail, &why); err != nil {
			t.Fatal(err)
		}
		if len(why.Layers) != 1 || len(why.Layers[0].Failed) != 1 || why.Layers[0].Failed[0].Conditions[0].Got[0] != "alice" || why.Context["saml:sub"][0] != "alice" {
			t.Errorf("%s", r.Detail)
		}
		return
	}
	t.Error("no event")
}
