package engine_test

import (
	"testing"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// TestSessionBinds: a resource's policy that names the caller lifts it over its
// session policy, unless the session binds.
func TestSessionBinds(t *testing.T) {
	const ann, role = "arn:aws:iam::123456789012:user/ann", "arn:aws:sts::123456789012:assumed-role/r/s"
	for _, tt := range []struct {
		kind          engine.PrincipalKind
		arn           string
		action        string
		binds, allows bool
	}{
		{engine.User, ann, "s3:GetObject", false, true},
		{engine.User, ann, "s3:GetObject", true, false},
		{engine.User, ann, "s3:ListBucket", true, true},
		{engine.AssumedRole, role, "s3:GetObject", false, true},
		{engine.AssumedRole, role, "s3:GetObject", true, false},
		{engine.AssumedRole, role, "s3:ListBucket", true, true},
	} {
		resource, err := policy.Parse(policy.ResourceBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+tt.arn+`"},"Action":"s3:*","Resource":"*"}}`)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]string{ann: "AIDAANN", role: "AROAR:s"}
		compiled, err := engine.Compile(resource, engine.CompileOptions{Principals: ids})
		if err != nil {
			t.Fatal(err)
		}
		p := engine.Principal{Kind: tt.kind, Account: "123456789012", ARN: tt.arn, ID: "AIDAANN", SessionBinds: tt.binds}
		if tt.kind == engine.AssumedRole {
			p.ID, p.SessionName, p.RoleARN = "AROAR", "s", "arn:aws:iam::123456789012:role/r"
		}
		layers := engine.Layers{
			Identity: []*engine.Policy{}, Resource: compiled,
			Session: []*engine.Policy{compile(t, policy.Session, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}`)},
		}
		req := engine.Request{Principal: p, Action: tt.action, Resource: "arn:aws:s3:::b", ResourceAccount: "123456789012"}
		d := engine.Decide(&req, &layers)
		if got := d.Effect == engine.Allow; got != tt.allows {
			t.Errorf("%v %s, binds %t: allowed %t", tt.kind, tt.action, tt.binds, got)
		}
	}
}
