package sts_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

const otherAccount = "210987654321"

// vendorWorld is a world with a second account, whose user may assume any role.
func vendorWorld(t *testing.T) (w *world, vendor sigv4.Credentials) {
	w = newWorld(t)
	w.Update(func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: otherAccount, Name: "other"}) })
	vendor, _ = w.user(otherAccount, "vendor", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	return w, vendor
}

func trustsIf(principal, condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole","Condition":{` + condition + `}}}`
}

// TestConfusedDeputyExternalID: the external id is compared as it is written,
// and is neither a pattern nor taken from anywhere but its parameter.
func TestConfusedDeputyExternalID(t *testing.T) {
	w, vendor := vendorWorld(t)
	const principal = `{"AWS":"arn:aws:iam::` + otherAccount + `:root"}`
	w.role(account, "r", trustsIf(principal, `"StringEquals":{"sts:ExternalId":"Customer-42"}`))
	w.role(account, "present", trustsIf(principal, `"Null":{"sts:ExternalId":"false"}`))
	w.allowed(w.try(vendor, "r", "ExternalId", "Customer-42"))
	for _, id := range []string{"customer-42", "Customer-4", "Customer-421", "Customer-42:", "Customer*", "Customer-4?", "**", "Customer-42,Customer-42", "${sts:ExternalId}"} {
		if a := w.try(vendor, "r", "ExternalId", id); a.Status/100 != 4 {
			t.Errorf("external id %q: %d %s", id, a.Status, a.Body)
		}
	}
	for _, params := range [][]string{
		{}, {"externalId", "Customer-42"}, {"sts:ExternalId", "Customer-42"}, {"ExternalID", "Customer-42"}, {"ExternalId.member.1", "Customer-42"},
		{"Tags.member.1.Key", "sts:ExternalId", "Tags.member.1.Value", "Customer-42"},
	} {
		for _, role := range []string{"r", "present"} {
			if a := w.try(vendor, role, params...); a.Status/100 != 4 {
				t.Errorf("%s by %v: %d %s", role, params, a.Status, a.Body)
			}
		}
	}
}

// TestConfusedDeputySource: what a service tells of whom it acts for, nobody
// can tell of himself: not by headers or parameters, tags or the names of keys.
func TestConfusedDeputySource(t *testing.T) {
	w, vendor := vendorWorld(t)
	roles := map[string]string{
		"account": trustsIf(`{"AWS":"*"}`, `"StringEquals":{"aws:SourceAccount":"`+otherAccount+`"}`),
		"arn":     trustsIf(`{"AWS":"*"}`, `"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}`),
		"org":     trustsIf(`{"AWS":"*"}`, `"Null":{"aws:SourceOrgID":"false"}`),
		"via":     trustsIf(`{"AWS":"*"}`, `"Bool":{"aws:ViaAWSService":"true"}`),
		"called":  trustsIf(`{"AWS":"*"}`, `"ForAnyValue:StringEquals":{"aws:CalledVia":"s3.amazonaws.com"}`),
		"service": trustsIf(`{"Service":["s3.amazonaws.com","ec2.amazonaws.com"]}`, `"Bool":{"aws:SecureTransport":"false"}`),
		"is":      trustsIf(`{"AWS":"*"}`, `"Bool":{"aws:PrincipalIsAWSService":"true"}`),
	}
	for name, trust := range roles {
		w.role(account, name, trust)
	}
	claimed := map[string]string{
		"aws:SourceAccount": otherAccount, "aws:SourceArn": "arn:aws:s3:::b", "aws:SourceOrgID": "o-1", "aws:ViaAWSService": "true",
		"aws:CalledVia": "s3.amazonaws.com", "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "s3.amazonaws.com",
	}
	var params []string
	headers := http.Header{"X-Amz-Source-Arn": {"arn:aws:s3:::b"}, "X-Amz-Source-Account": {otherAccount}}
	for key, value := range claimed {
		bare := strings.TrimPrefix(key, "aws:")
		params = append(params, key, value, bare, value)
		headers.Set("X-Amz-"+bare, value)
	}
	w.role(account, "open", trustsIf(`{"AWS":"*"}`, `"Null":{"aws:SourceAccount":"true"}`))
	w.allowed(w.try(vendor, "open", params...))
	for name := range roles {
		form := "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn=" + roleARN(name)
		for _, a := range []apitest.Answer{w.try(vendor, name, params...), w.withHeaders(vendor, form, headers)} {
			w.refused(a, 403, "AccessDenied", "User: arn:aws:iam::"+otherAccount+":user/vendor is not authorized to perform: sts:AssumeRole on resource: "+roleARN(name))
		}
	}
}

// withHeaders sends a call with further headers, all signed.
func (w *world) withHeaders(creds sigv4.Credentials, form string, headers http.Header) apitest.Answer {
	w.T.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://writ.test/", strings.NewReader(form))
	r.Header = headers.Clone()
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return w.Signed(creds, "sts", r, []byte(form))
}

// chainWorld is a world in which ann assumes first, first second, and so on. Each of
// the roles may do all of STS, and lets its tags and source identity be set.
func chainWorld(t *testing.T) *world {
	w := newWorld(t)
	all := func(r *state.Role) {
		r.MaxSession = 12 * time.Hour
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)}}
	}
	w.role(account, "first", trusts(annARN), all)
	w.role(account, "second", trusts(roleARN("first")), all)
	w.role(account, "third", trusts(roleARN("second")), all)
	return w
}

func (w *world) try(creds sigv4.Credentials, role string, params ...string) apitest.Answer {
	w.T.Helper()
	return w.call(creds, "AssumeRole", append([]string{"RoleArn", roleARN(role), "RoleSessionName", "s1"}, params...)...)
}

// TestSourceIdentityIsSticky: who has one keeps it, through each role, and cannot
// take another or none.
func TestSourceIdentityIsSticky(t *testing.T) {
	w := chainWorld(t)
	first := w.assume(w.ann, "first", "SourceIdentity", "ann")
	for _, other := range []string{"bob", "Ann", "ann2", "ANN"} {
		w.refused(w.try(first, "second", "SourceIdentity", other), 403, "AccessDenied", "The source identity of the calling session cannot be changed.")
	}
	if a := w.try(first, "second", "SourceIdentity", ""); a.Status == 200 {
		t.Errorf("an empty one: %s", a.Body)
	}
	w.allowed(w.try(first, "second", "SourceIdentity", "ann"), "<SourceIdentity>ann</SourceIdentity>")
	second := w.try(first, "second")
	w.allowed(second, "<SourceIdentity>ann</SourceIdentity>")
	third := w.try(w.credentials(second), "third")
	w.allowed(third, "<SourceIdentity>ann</SourceIdentity>")
	w.refused(w.try(w.credentials(second), "third", "SourceIdentity", "bob"), 403, "AccessDenied", "The source identity of the calling session cannot be changed.")

	// A role that does not let it be set is not assumed with it, nor without.
	w.role(account, "strict", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+roleARN("third")+`"},"Action":"sts:AssumeRole"}}`)
	if a := w.try(w.credentials(third), "strict"); a.Status != 403 {
		t.Errorf("dropped on the way: %s", a.Body)
	}
	w.role(account, "asks", strings.Replace(trusts(roleARN("third")), `]}}`, `],"Condition":{"StringNotEquals":{"sts:SourceIdentity":"ann"}}}}`, 1))
	if a := w.try(w.credentials(third), "asks"); a.Status != 403 {
		t.Errorf("past a condition: %s", a.Body)
	}
}

// TestTransitiveTagsAreSticky: a transitive tag goes along, and is not replaced
// in whatever case, made non-transitive, or left behind.
func TestTransitiveTagsAreSticky(t *testing.T) {
	w := chainWorld(t)
	first := w.assume(w.ann, "first", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "red", "Tags.member.2.Key", "Own", "Tags.member.2.Value", "x", "TransitiveTagKeys.member.1", "team")
	const conflict = "One of the specified transitive tag keys can&apos;t be set because it conflicts with a transitive tag key from the calling session."
	for _, key := range []string{"Team", "team", "TEAM"} {
		a := w.try(first, "second", "Tags.member.1.Key", key, "Tags.member.1.Value", "blue")
		a.Body = strings.NewReplacer("&#39;", "&apos;", "'", "&apos;").Replace(a.Body)
		w.refused(a, 400, "InvalidParameterValue", conflict)
	}
	second := w.assume(first, "second")
	third := w.assume(second, "third", "Tags.member.1.Key", "Own", "Tags.member.1.Value", "y")
	for name, s := range map[string]sigv4.Credentials{"second": second, "third": third} {
		opened, err := w.Sessions.Open(w.DB.Snapshot(), s.SessionToken)
		if err != nil {
			t.Fatal(err)
		}
		team := ""
		for _, tag := range opened.Tags {
			switch tag.Key {
			case "Team":
				team += tag.Value
			case "Own":
				if name == "second" {
					t.Error("a tag that is not transitive went along")
				}
			}
		}
		if team != "red" || len(opened.TransitiveTagKeys) != 1 {
			t.Errorf("%s: %+v", name, opened.Tags)
		}
	}
	// Tags that go along need the permission that asking for them does.
	w.role(account, "strict", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+roleARN("third")+`"},"Action":"sts:AssumeRole"}}`)
	if a := w.try(third, "strict"); a.Status != 403 {
		t.Errorf("without sts:TagSession: %s", a.Body)
	}
}

// TestRoleChainingIsCapped: an hour, along the whole chain, and by no detour.
func TestRoleChainingIsCapped(t *testing.T) {
	w := chainWorld(t)
	const capped = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
	w.allowed(w.try(w.ann, "first", "DurationSeconds", "43200"))
	first := w.assume(w.ann, "first")
	second := w.assume(first, "second", "DurationSeconds", "3600")
	w.refused(w.try(first, "second", "DurationSeconds", "3601"), 400, "ValidationError", capped)
	w.refused(w.try(second, "third", "DurationSeconds", "43200"), 400, "ValidationError", capped)
	w.allowed(w.try(second, "third"), "<Expiration>2030-01-02T04:04:05Z</Expiration>")
	for _, action := range []string{"GetSessionToken", "GetFederationToken"} {
		if a := w.call(first, action, "Name", "fred"); a.Status != 403 {
			t.Errorf("%s from a role's session: %d %s", action, a.Status, a.Body)
		}
	}
}

// TestTagKeysThatDifferInCase: a condition on one spelling of a tag is not
// passed by adding another.
func TestTagKeysThatDifferInCase(t *testing.T) {
	w := newWorld(t)
	w.role(account, "r", strings.Replace(trusts(annARN), `]}}`, `],"Condition":{"StringEquals":{"aws:RequestTag/Team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}}}}`, 1))
	w.role(account, "byname", strings.Replace(trusts(annARN), `]}}`, `],"Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"}}}}`, 1))
	w.allowed(w.try(w.ann, "r", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "red"))
	for name, tags := range map[string][]string{
		"another spelling":          {"Tags.member.1.Key", "team", "Tags.member.1.Value", "red"},
		"both, the right one first": {"Tags.member.1.Key", "Team", "Tags.member.1.Value", "red", "Tags.member.2.Key", "team", "Tags.member.2.Value", "blue"},
		"both, the right one last":  {"Tags.member.1.Key", "TEAM", "Tags.member.1.Value", "blue", "Tags.member.2.Key", "Team", "Tags.member.2.Value", "red"},
		"the key of AWS":            {"Tags.member.1.Key", "aws:PrincipalTag/Team", "Tags.member.1.Value", "red"},
	} {
		if a := w.try(w.ann, "r", tags...); a.Status/100 != 4 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	// Spellings that other ways to fold case take for one, or for two.
	w.role(account, "nocost", `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"AWS":"`+annARN+`"},"Action":["sts:AssumeRole","sts:TagSession"]},`+
		`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:TagSession","Condition":{"Null":{"aws:RequestTag/Cost":"false"}}}]}`)
	w.allowed(w.try(w.ann, "nocost", "Tags.member.1.Key", "Co\u017ft", "Tags.member.1.Value", "1"))
	if a := w.try(w.ann, "nocost", "Tags.member.1.Key", "Co\u017ft", "Tags.member.1.Value", "1", "Tags.member.2.Key", "Cost", "Tags.member.2.Value", "1"); a.Status != 403 {
		t.Errorf("a tag behind another: %d %s", a.Status, a.Body)
	}
	w.role(account, "low", strings.Replace(trusts(annARN), `]}}`, `],"Condition":{"StringEquals":{"aws:RequestTag/Tier":"low"}}}}`, 1))
	for range 8 { // in whatever order the keys are taken
		if a := w.try(w.ann, "low", "Tags.member.1.Key", "Tier", "Tags.member.1.Value", "low", "Tags.member.2.Key", "T\u0130er", "Tags.member.2.Value", "high"); a.Status/100 != 4 {
			t.Fatalf("a second tag of one key: %d %s", a.Status, a.Body)
		}
	}
	// What is asked for is no tag of the caller's yet.
	if a := w.try(w.ann, "byname", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "red"); a.Status != 403 {
		t.Errorf("by a tag of the request: %d %s", a.Status, a.Body)
	}
}

// TestReservedTagKeys: tags that only AWS sets are none that a caller may pass.
func TestReservedTagKeys(t *testing.T) {
	w := newWorld(t)
	w.role(account, "r", trusts(annARN))
	may, _ := w.user(account, "may", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	w.outbound(true)
	const reserved = "Tag keys that begin with aws: are reserved for AWS use."
	for _, key := range []string{"aws:cloudformation:stack-name", "AWS:x", "Aws:", "aWs:PrincipalTag/Team"} {
		tag := []string{"Tags.member.1.Key", key, "Tags.member.1.Value", "x"}
		w.refused(w.try(w.ann, "r", tag...), 400, "InvalidParameterValue", reserved)
		w.refused(w.call(may, "GetFederationToken", append(tag, "Name", "fred")...), 400, "InvalidParameterValue", reserved)
		w.refused(w.call(may, "GetWebIdentityToken", append(tag, "SigningAlgorithm", "ES384", "Audience.member.1", "x")...), 400, "InvalidParameterValue", reserved)
	}
	w.allowed(w.try(w.ann, "r", "Tags.member.1.Key", "awsx:", "Tags.member.1.Value", "x"))
}
