package s3_test

import (
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/state"
)

func TestPolicy(t *testing.T) {
	w := newWorld(t)
	w.bucket("pol")
	w.user(account, "ann", "")
	text := statement("Allow", aws(userARN(account, "ann")), "s3:GetObject s3:Put*", "arn:aws:s3:::pol/* arn:aws:s3:::pol", "")
	if a := w.must(root, "PUT", "/pol?policy", text); a.status != 204 {
		t.Errorf("status %d", a.status)
	}
	a := w.must(root, "GET", "/pol?policy", "")
	if a.body != text || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("policy %s, %v", a.body, a.header)
	}
	if a := w.must(root, "GET", "/pol?policyStatus", ""); !strings.EqualFold(a.text("IsPublic"), "false") {
		t.Errorf("status %s", a.body)
	}
	w.Update(func(tx *state.Tx) {
		u, _ := tx.User(account, "ann")
		id := u.ID
		for _, k := range tx.AccessKeys(id) {
			tx.DeleteAccessKey(k)
		}
		tx.DeleteUser(u)
	})
	if a := w.must(root, "GET", "/pol?policy", ""); !strings.Contains(a.body, `"AWS":"AIDA`) {
		t.Errorf("of a user who is gone: %s", a.body)
	}
	w.must(root, "DELETE", "/pol?policy", "")
	w.refused(w.do(root, "GET", "/pol?policy", ""), 404, "NoSuchBucketPolicy")
}

func TestMalformedPolicy(t *testing.T) {
	w := newWorld(t)
	w.bucket("pol")
	const on = "arn:aws:s3:::pol/*"
	for _, tt := range []struct{ policy, message string }{
		{"no json", "Policies must be valid JSON and the first byte must be '{'"},
		{"{", ""},
		{statement("Allow", aws(userARN(account, "nobody")), "s3:GetObject", on, ""), "Invalid principal in policy"},
		{statement("Deny", everybody, "s3:GetObject", "arn:aws:s3:::other/*", ""), "Policy has invalid resource"},
		{statement("Deny", everybody, "s3:GetObject", "arn:aws:s3:::*", ""), "Policy has invalid resource"},
		{statement("Deny", everybody, "s3:GetObject", "arn:aws:s3:::pol2/*", ""), "Policy has invalid resource"},
		{statement("Deny", everybody, "s3:GetObject", "*", ""), "Policy has invalid resource"},
		{statement("Deny", everybody, "s3:FlyToTheMoon", on, ""), "Policy has invalid action"},
		{statement("Deny", everybody, "iam:GetUser", on, ""), "Policy has invalid action"},
		{statement("Deny", everybody, "s3:ListBucket", on, ""), "Action does not apply to any resource(s) in statement"},
		{statement("Deny", everybody, "s3:GetObject", "arn:aws:s3:::pol", ""), "Action does not apply to any resource(s) in statement"},
		{statement("Deny", everybody, "s3:GetObject s3:ListBucket", on, ""), "Action does not apply to any resource(s) in statement"},
		{`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:GetObject","Resource":"` + on + `"}}`, "Missing required field Principal"},
		{`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject"}}`, "Missing required field Resource"},
		{statement("Deny", everybody, "s3:GetObject", on, `{"StringEquals":{"aws:username":"`+strings.Repeat("x", 20<<10)+`"}}`), "Policy exceeds the maximum allowed document size."},
	} {
		a := w.do(root, "PUT", "/pol?policy", tt.policy)
		w.refused(a, 400, "MalformedPolicy")
		if tt.message != "" && a.text("Message") != tt.message {
			t.Errorf("%.200s: %s, want %s", tt.policy, a.text("Message"), tt.message)
		}
	}
	w.refused(w.do(root, "GET", "/pol?policy", ""), 404, "NoSuchBucketPolicy")
	for _, fine := range []string{
		statement("Deny", everybody, "s3:*", "arn:aws:s3:::pol", ""),
		statement("Deny", everybody, "s3:GetObject s3:ListBucket", "arn:aws:s3:::pol*", ""),
		statement("Deny", everybody, "*", on, ""),
		statement("Allow", aws("999999999999"), "s3:GetObject", on, ""),
	} {
		w.must(root, "PUT", "/pol?policy", fine)
	}
}

// TestPublicPolicies: which policies count as public. Where the documentation
// is silent, public is the safe answer.
func TestRule43PublicPolicies(t *testing.T) {
	w := newWorld(t)
	w.bucket("pub")
	w.must(root, "DELETE", "/pub?publicAccessBlock", "")
	w.user(account, "ann", "")
	for _, tt := range []struct {
		principal, condition string
		public               bool
	}{
		{everybody, "", true},
		{aws("*"), "", true},
		{aws(userARN(account, "ann")), "", false},
		{`{"Service":"cloudtrail.amazonaws.com"}`, "", false},
		{everybody, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, false},
		{everybody, `{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}`, false},
		{everybody, `{"StringEquals":{"AWS:principalorgid":"o-1234567890"}}`, false},
		{everybody, `{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`, true},
		{everybody, `{"StringEquals":{"aws:SourceVpce":["vpce-1","vpce-2"]}}`, false},
		{everybody, `{"StringLike":{"aws:SourceVpce":["vpce-1","*"]}}`, true},
		{everybody, `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, true},
		{everybody, `{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}`, true},
		{everybody, `{"ForAllValues:StringEquals":{"aws:SourceVpce":"vpce-1"}}`, true},
		{everybody, `{"Null":{"aws:SourceVpce":"false"}}`, true},
		{everybody, `{"StringEquals":{"aws:SourceAccount":"${aws:PrincipalAccount}"}}`, true},
		{everybody, `{"StringEquals":{"aws:username":"ann"}}`, true},
		{everybody, `{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}`, true},
		{everybody, `{"StringLike":{"aws:userid":"AROAEXAMPLE:one"}}`, false},
		{everybody, `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:*"}}`, true},
		{everybody, `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:t"}}`, false},
		{everybody, `{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:111122223333:accesspoint/*"}}`, false},
		{everybody, `{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:*:accesspoint/*"}}`, true},
		{everybody, `{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, false},
		{everybody, `{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/1"]}}`, true},
		{everybody, `{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, false},
		{everybody, `{"IpAddress":{"aws:SourceIp":"2000::/3"}}`, true},
		{everybody, `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, true},
		{everybody, `{"Bool":{"aws:SecureTransport":"true"}}`, true},
		{everybody, `{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, false},
	} {
		w.must(root, "PUT", "/pub?policy", statement("Allow", tt.principal, "s3:GetObject", "arn:aws:s3:::pub/*", tt.condition))
		got := strings.EqualFold(w.must(root, "GET", "/pub?policyStatus", "").text("IsPublic"), "true")
		if got != tt.public {
			t.Errorf("%s if %s: public %t", tt.principal, tt.condition, got)
		}
	}
	w.must(root, "PUT", "/pub?policy", statement("Deny", everybody, "s3:GetObject", "arn:aws:s3:::pub/*", ""))
	if a := w.must(root, "GET", "/pub?policyStatus", ""); !strings.EqualFold(a.text("IsPublic"), "false") {
		t.Errorf("a Deny: %s", a.body)
	}
}
