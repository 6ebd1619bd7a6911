package engine_test

import (
	"fmt"

	"github.com/writ-iam/writ/catalog"
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

// Why a request is denied: the statement that nearly allowed it, and the values
// that were compared.
func ExampleExplain() {
	doc, err := policy.Parse(policy.IdentityBased, `{
  "Version": "2012-10-17",
  "Statement": {
    "Sid": "Office", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
    "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
  }
}`)
	if err != nil {
		panic(err)
	}
	p, err := engine.Compile(doc, engine.CompileOptions{Name: "office", Schema: catalog.Schema{}})
	if err != nil {
		panic(err)
	}
	ann := engine.Principal{Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann"}
	context := new(engine.Context)
	context.SetPrincipal(&ann)
	context.Set("aws:SourceIp", "203.0.113.9")
	req := &engine.Request{Principal: ann, Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/cat.jpg", Context: context}

	d, trace := engine.Explain(req, &engine.Layers{Identity: []*engine.Policy{p}})
	fmt.Println(d.Effect, "by", d.Layer)
	for _, layer := range trace.Layers {
		for _, miss := range layer.Failed {
			for _, c := range miss.Conditions {
				fmt.Printf("%s, line %d: %s %s wants %s, got %s\n", miss.Statement.Sid, c.Pos.Line, c.Operator, c.Key, c.Want[0].Text, c.Got[0])
			}
		}
	}
	// Output:
	// ImplicitDeny by identity
	// Office, line 5: IpAddress aws:SourceIp wants 10.0.0.0/8, got 203.0.113.9
}
