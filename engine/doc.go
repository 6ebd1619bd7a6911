// Package engine decides whether a request is allowed, by AWS's rules for IAM
// policies, and says which statement of which policy decided.
//
// Start with Compile, which takes a parsed policy.Document apart once; then ask
// Decide for each Request, with the policies that apply as Layers. Explain
// answers the same question and lists everything that was looked at. Message,
// on the Decision, is the text that AWS gives to a caller who was refused.
//
//	p, err := engine.Compile(doc, engine.CompileOptions{Name: "readers"})
//	...
//	d := engine.Decide(&engine.Request{
//		Principal: engine.Principal{Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann"},
//		Action:    "s3:GetObject",
//		Resource:  "arn:aws:s3:::photos/cat.jpg",
//	}, &engine.Layers{Identity: []*engine.Policy{p}})
//	if d.Effect != engine.Allow {
//		return d.Message(req)
//	}
//
// A program that embeds the engine assembles three things for each request:
// who calls (Principal), what is asked (action, resource, Context), and which
// policies apply (Layers). Compiled policies are immutable and may be used by
// any number of goroutines; a Request and its Context belong to one caller at
// a time. Decide allocates nothing in the ordinary course, so it can stand before
// every operation. A Context is not emptied from one request to the next: Reset
// does it.
//
// What cannot be understood never grants: the zero Decision is an implicit
// deny, a policy that does not compile is replaced by Unreadable, which denies,
// and a Deny with a condition that nobody knows applies.
//
// The package reads no files, no network and no clock: the time comes as the
// context key aws:CurrentTime. It finds no policies, checks no quotas, verifies
// no signatures and knows no service; facts about services come in as a Schema.
// Documents are taken as policy.Parse gives them: their grammar is not checked
// again.
//
// Sources: "Policy evaluation logic" and "IAM JSON policy elements" in the IAM
// User Guide. Places where AWS's documents and observations disagree are in
// disputed.go, exceptions of single services in exceptions.go.
package engine
