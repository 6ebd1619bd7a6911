package engine_test

import (
	"fmt"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// A user whose policy covers a home folder, within a permissions boundary that
// only reads.
func Example_decide() {
	mustCompile := func(kind policy.Kind, name, text string) *engine.Policy {
		doc, err := policy.Parse(kind, text)
		if err != nil {
			panic(err)
		}
		p, err := engine.Compile(doc, engine.CompileOptions{Name: name})
		if err != nil {
			panic(err)
		}
		return p
	}
	layers := &engine.Layers{
		Identity: []*engine.Policy{mustCompile(policy.IdentityBased, "home", `{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "s3:*Object", "Resource": "arn:aws:s3:::photos/${aws:username}/*"}
}`)},
		Boundary: []*engine.Policy{mustCompile(policy.PermissionsBoundary, "readers", `{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
}`)},
	}

	ann := engine.Principal{Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann"}
	context := new(engine.Context)
	for _, action := range []string{"s3:GetObject", "s3:PutObject"} {
		context.Reset() // a Context is used again for each request
		context.SetPrincipal(&ann)
		req := &engine.Request{Principal: ann, Action: action, Resource: "arn:aws:s3:::photos/ann/cat.jpg", Context: context}
		d := engine.Decide(req, layers)
		fmt.Printf("%s by %s %q\n", d.Effect, d.Layer, d.Statement.Policy)
		if d.Effect != engine.Allow {
			fmt.Println(d.Message(req))
		}
	}
	// Output:
	// Allow by identity "home"
	// ImplicitDeny by boundary ""
	// User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::photos/ann/cat.jpg" because no permissions boundary allows the s3:PutObject action
}
