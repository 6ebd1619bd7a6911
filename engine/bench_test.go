package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// compile parses and compiles, or stops the test.
func compile(tb testing.TB, kind policy.Kind, text string) *engine.Policy {
	tb.Helper()
	doc, err := policy.Parse(kind, text)
	if err != nil {
		tb.Fatalf("%v: %+v\n%s", err, err, text)
	}
	p, err := engine.Compile(doc, engine.CompileOptions{Name: "p"})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// document makes a document of n statements.
func document(n int, statement func(i int) string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = statement(i)
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",\n") + `]}`
}

// ordinaryContext has about thirty keys, as a request to a server does.
func ordinaryContext(p *engine.Principal) *engine.Context {
	c := new(engine.Context)
	c.SetPrincipal(p)
	for i := range 20 {
		c.Set(fmt.Sprintf("aws:PrincipalTag/tag%d", i), "value")
	}
	c.Set("aws:SourceIp", "203.0.113.7")
	c.Set("aws:CurrentTime", "2026-01-01T00:00:00Z")
	c.Set("aws:SecureTransport", "true")
	c.Set("aws:PrincipalTag/team", "red")
	return c
}

func user() engine.Principal {
	return engine.Principal{Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann", ID: "AIDAEXAMPLE"}
}

func request() *engine.Request {
	p := user()
	return &engine.Request{
		Principal: p, Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket-42/reports/2026/q1.pdf",
		ResourceAccount: "111122223333", Context: ordinaryContext(&p),
	}
}

func benchmarkDecide(b *testing.B, l *engine.Layers, want engine.Effect) {
	req := request()
	if d, trace := engine.Explain(req, l); d.Effect != want {
		b.Fatalf("%+v\n%s", d, describeTrace(trace))
	}
	b.ReportAllocs()
	for b.Loop() {
		engine.Decide(req, l)
	}
}

// ordinary is a document as people write them: many services, some conditions.
func ordinary(n int) string {
	services := []string{"sns", "sqs", "ec2", "dynamodb", "kms", "lambda"}
	return document(n, func(i int) string {
		if i == n-1 {
			return `{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::bucket-42/*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}`
		}
		effect := "Allow"
		if i%10 == 9 {
			effect = "Deny"
		}
		svc := services[i%len(services)]
		return fmt.Sprintf(`{"Effect":%q,"Action":["%s:Get%d*","%s:PutThing%d"],"Resource":"arn:aws:%s:*:111122223333:thing-%d/*"}`, effect, svc, i, svc, i, svc, i)
	})
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{3, 60, 1000} {
		p := compile(b, policy.IdentityBased, ordinary(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmarkDecide(b, &engine.Layers{Identity: []*engine.Policy{p}}, engine.Allow)
		})
	}
	for _, n := range []int{3, 60, 1000} {
		p := compile(b, policy.IdentityBased, document(n, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket-%d/*"}`, i+43-n)
		}))
		b.Run(fmt.Sprintf("OneAction%d", n), func(b *testing.B) {
			benchmarkDecide(b, &engine.Layers{Identity: []*engine.Policy{p}}, engine.Allow)
		})
	}
}

// BenchmarkDecideNested has 1,000 statements that all name the action, with
// wildcards inside the resource that no index can tell apart.
func BenchmarkDecideNested(b *testing.B) {
	for name, resource := range map[string]string{
		"Tail":   "arn:aws:s3:::*-%d/*/x",
		"Middle": "arn:aws:s3:::*-%d/*/20*/q?.*f",
		"Open":   "arn:aws:s3:::*a*b*c*-%d*",
	} {
		p := compile(b, policy.IdentityBased, document(1000, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Allow","Action":"s3:Get*","Resource":"`+resource+`"}`, i+1000)
		}))
		b.Run(name, func(b *testing.B) {
			benchmarkDecide(b, &engine.Layers{Identity: []*engine.Policy{p}}, engine.ImplicitDeny)
		})
	}
}

// BenchmarkDecideWorst has what makes matching slow, as much of it as a policy of
// ten kilobytes holds.
func BenchmarkDecideWorst(b *testing.B) {
	const size = 10240
	object := "arn:aws:s3:::b" + strings.Repeat("a", 1000)
	fill := func(one string) string { // as many resources as there is room for
		return strings.Repeat(`"`+one+`",`, size/(len(one)+3)) + `"arn:aws:s3:::x"`
	}
	texts := map[string]string{
		"Stars":         fill("arn:aws:s3:::" + strings.Repeat("*a", 100) + "*b*a"),
		"ShortStars":    fill("arn:aws:s3:::*a*b*"),
		"QuestionMarks": fill("arn:aws:s3:::*" + strings.Repeat("a?", 250) + "b*"),
		"ShortMarks":    fill("arn:aws:s3:::*a?a?a?b*"),
		"Variables":     fill("arn:aws:s3:::*${aws:username}?${aws:username}b*"),
	}
	for name, resources := range texts {
		p := compile(b, policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:Get*","s3:*","s3:G*"],"Resource":[`+resources+`]}}`)
		req := request()
		req.Resource = object
		req.Context.Set("aws:username", "a")
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				engine.Decide(req, &engine.Layers{Identity: []*engine.Policy{p}})
			}
		})
	}
}

func allLayers(tb testing.TB) *engine.Layers {
	everything := func(kind policy.Kind) *engine.Policy {
		return compile(tb, kind, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	}
	everyone := func(kind policy.Kind) *engine.Policy {
		return compile(tb, kind, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`)
	}
	scp := everything(policy.ServiceControl)
	guard := compile(tb, policy.ServiceControl, document(20, func(i int) string {
		return fmt.Sprintf(`{"Effect":"Deny","Action":["s3:PutBucket%d*","ec2:*"],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin-%d"}}}`, i, i)
	}))
	rcp := compile(tb, policy.ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
		"Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"true"}}}}`)
	full, err := engine.Compile(&policy.Document{Kind: policy.ResourceControl, Version: policy.Version2012, Statements: []policy.Statement{{
		Effect: policy.Allow, Principal: &policy.Principals{Values: []policy.Principal{{Type: policy.AnyPrincipal, Value: "*"}}},
		Action:   policy.Patterns{Values: []policy.Value{{Text: "*"}}},
		Resource: &policy.Patterns{Values: []policy.Value{{Text: "*"}}},
	}}}, engine.CompileOptions{Name: "RCPFullAWSAccess"})
	if err != nil {
		tb.Fatal(err)
	}
	return &engine.Layers{
		Identity: []*engine.Policy{compile(tb, policy.IdentityBased, ordinary(20)), compile(tb, policy.IdentityBased, ordinary(60)), compile(tb, policy.IdentityBased, ordinary(10))},
		Boundary: []*engine.Policy{everything(policy.PermissionsBoundary)},
		Session:  []*engine.Policy{everything(policy.Session)},
		Resource: compile(tb, policy.ResourceBased, `{"Version":"2012-10-17","Statement":[
			{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket-42/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
			{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"arn:aws:s3:::bucket-42/*"}]}`),
		SCP:      [][]*engine.Policy{{scp}, {scp, guard}, {scp}},
		RCP:      [][]*engine.Policy{{full}, {full, rcp}, {full}},
		Endpoint: []*engine.Policy{everyone(policy.Endpoint)},
	}
}

func BenchmarkDecideAllLayers(b *testing.B) { benchmarkDecide(b, allLayers(b), engine.Allow) }

func BenchmarkExplainAllLayers(b *testing.B) {
	req, l := request(), allLayers(b)
	b.ReportAllocs()
	for b.Loop() {
		engine.Explain(req, l)
	}
}

func BenchmarkCompile60(b *testing.B) {
	doc, err := policy.Parse(policy.IdentityBased, ordinary(60))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := engine.Compile(doc, engine.CompileOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkContext(b *testing.B) {
	req := request()
	c := new(engine.Context)
	b.ReportAllocs()
	for b.Loop() {
		c.Reset()
		c.SetPrincipal(&req.Principal)
		c.Set("aws:SourceIp", "203.0.113.7")
		c.Set("aws:CurrentTime", "2026-01-01T00:00:00Z")
		c.Set("aws:SecureTransport", "true")
	}
}
