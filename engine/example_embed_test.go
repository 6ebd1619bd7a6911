package engine_test

import (
	"errors"
	"fmt"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// The whole way from the text of a policy to an answer, as README.md shows it.
func ExampleDecide() {
	ask := func(text string) error {
		doc, err := policy.Parse(policy.IdentityBased, text) // err says line, column and AWS's words
		if err != nil {
			return err
		}
		p, err := engine.Compile(doc, engine.CompileOptions{Name: "readers", Schema: catalog.Schema{}})
		if err != nil {
			return err
		}

		ann := engine.Principal{Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann"}
		var ctx engine.Context
		ctx.SetPrincipal(&ann)
		ctx.Set("aws:SourceIp", "10.0.0.7")
		req := &engine.Request{Principal: ann, Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/ann/cat.jpg", Context: &ctx}

		d := engine.Decide(req, &engine.Layers{Identity: []*engine.Policy{p}}) // no allocation: a few hundred nanoseconds
		if d.Effect != engine.Allow {
			return errors.New(d.Message(req)) // the text AWS gives; engine.Explain has every reason
		}
		return nil
	}
	const readers = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*",
  "Resource": "arn:aws:s3:::photos/${aws:username}/*", "Condition": {"IpAddress": {"aws:SourceIp": "%s"}}}}`
	fmt.Println(ask(fmt.Sprintf(readers, "10.0.0.0/8")))
	fmt.Println(ask(fmt.Sprintf(readers, "192.0.2.0/24")))
	// Output:
	// <nil>
	// User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::photos/ann/cat.jpg" because no identity-based policy allows the s3:GetObject action
}
