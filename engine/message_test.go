package engine_test

import (
	"testing"

	"github.com/writ-iam/writ/engine"
)

// Source: "Troubleshoot access denied error messages" in the IAM User Guide; that
// of RCPs is worded alike.
func TestMessages(t *testing.T) {
	const who = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:us-east-1:111122223333:q"
	words := map[engine.Layer]struct{ implicit, explicit string }{
		engine.NoLayer:       {"", ""},
		engine.IdentityLayer: {" because no identity-based policy allows the sqs:SendMessage action", " with an explicit deny in an identity-based policy"},
		engine.BoundaryLayer: {" because no permissions boundary allows the sqs:SendMessage action", " with an explicit deny in a permissions boundary"},
		engine.SessionLayer:  {" because no session policy allows the sqs:SendMessage action", " with an explicit deny in a session policy"},
		engine.ResourceLayer: {" because no resource-based policy allows the sqs:SendMessage action", " with an explicit deny in a resource-based policy"},
		engine.TrustLayer:    {" because no role trust policy allows the sqs:SendMessage action", " with an explicit deny in the role trust policy"},
		engine.SCPLayer:      {" because no service control policy allows the sqs:SendMessage action", " with an explicit deny in a service control policy"},
		engine.RCPLayer:      {" because no resource control policy allows the sqs:SendMessage action", " with an explicit deny in a resource control policy"},
		engine.EndpointLayer: {" because no VPC endpoint policy allows the sqs:SendMessage action", " with an explicit deny in a VPC endpoint policy"},
	}
	r := &engine.Request{Principal: user(), Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:111122223333:q"}
	for layer := engine.NoLayer; layer == engine.NoLayer || layer.String() != ""; layer++ {
		want, ok := words[layer]
		if !ok {
			t.Errorf("the layer %v has no words here", layer)
		}
		if got := (engine.Decision{Effect: engine.ImplicitDeny, Layer: layer}).Message(r); got != who+want.implicit {
			t.Errorf("%v: %s", layer, got)
		}
		if got := (engine.Decision{Effect: engine.ExplicitDeny, Layer: layer}).Message(r); got != who+want.explicit {
			t.Errorf("%v: %s", layer, got)
		}
		if got := (engine.Decision{Effect: engine.Allow, Layer: layer}).Message(r); got != "" {
			t.Errorf("%v: an Allow says %s", layer, got)
		}
	}
}

// What depends on who asks for what.
func TestMessagesOfRequests(t *testing.T) {
	ann := user()
	session := engine.Principal{Kind: engine.AssumedRole, Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/R/s", SessionName: "s", RoleARN: "arn:aws:iam::111122223333:role/t/R"}
	const role = "arn:aws:iam::111122223333:role/R"
	for _, tt := range []struct {
		principal              engine.Principal
		action, resource, want string
		layer                  engine.Layer
		effect                 engine.Effect
	}{
		{ann, "s3:GetObject", "arn:aws:s3:::b/k", `User: ` + ann.ARN + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`, engine.IdentityLayer, engine.ImplicitDeny},
		{ann, "s3:ListAllMyBuckets", "*", "User: " + ann.ARN + " is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action", engine.IdentityLayer, engine.ImplicitDeny},
		{session, "iam:GetRole", role, "User: " + session.ARN + " is not authorized to perform: iam:GetRole on resource: " + role + " because no session policy allows the iam:GetRole action", engine.SessionLayer, engine.ImplicitDeny},
		{ann, "sts:AssumeRole", role, "User: " + ann.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + role, engine.TrustLayer, engine.ImplicitDeny},
		{ann, "sts:AssumeRole", role, "User: " + ann.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + role, engine.IdentityLayer, engine.ImplicitDeny},
		{ann, "sts:AssumeRole", role, "User: " + ann.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + role + " with an explicit deny in the role trust policy", engine.TrustLayer, engine.ExplicitDeny},
		{ann, "sts:TagSession", role, "User: " + ann.ARN + " is not authorized to perform: sts:TagSession on resource: " + role + " because no role trust policy allows the sts:TagSession action", engine.TrustLayer, engine.ImplicitDeny},
		{engine.Principal{Kind: engine.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root"}, "sts:AssumeRole", role, "Roles may not be assumed by root accounts.", engine.NoLayer, engine.ImplicitDeny},
		{engine.Principal{Kind: engine.Federated, Provider: "accounts.google.com"}, "sts:AssumeRoleWithWebIdentity", role, "Not authorized to perform sts:AssumeRoleWithWebIdentity", engine.TrustLayer, engine.ImplicitDeny},
		{engine.Principal{Kind: engine.Anonymous}, "sns:Publish", "*", "User: anonymous is not authorized to perform: sns:Publish because no resource-based policy allows the sns:Publish action", engine.ResourceLayer, engine.ImplicitDeny},
		{engine.Principal{Kind: engine.Service, Service: "ec2.amazonaws.com"}, "sns:Publish", "", "User: ec2.amazonaws.com is not authorized to perform: sns:Publish because no resource-based policy allows the sns:Publish action", engine.ResourceLayer, engine.ImplicitDeny},
	} {
		r := &engine.Request{Principal: tt.principal, Action: tt.action, Resource: tt.resource}
		if got := (engine.Decision{Effect: tt.effect, Layer: tt.layer}).Message(r); got != tt.want {
			t.Errorf("%s by %v\ngot  %s\nwant %s", tt.action, tt.layer, got, tt.want)
		}
	}
}
