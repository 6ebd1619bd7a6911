package engine_test

import (
	"fmt"
	"slices"
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

// worst is a problem made to be slow: a policy as long as AWS accepts, and a
// request that it takes long to find no match for.
type worst struct {
	name    string
	policy  string
	request func(*engine.Request)
}

// sizeOfRole is how many characters the inline policies of a role may have.
const sizeOfRole = 10240

// worstResources are policies full of one resource pattern, against an S3 object
// with a key of two kilobytes.
func worstResources() []worst {
	// Cheap tests for what every match needs find it at the beginning.
	a := "-b-c" + strings.Repeat("a", 2044)
	var list []worst
	for _, w := range []struct{ name, pattern, key string }{
		{"Stars", strings.Repeat("*a", 100) + "*b*a", a},
		{"ShortStars", "*a*b*", a},
		{"Literals", "*ab*", a},
		{"LongLiterals", "*" + strings.Repeat("a", 60) + "b*", a},
		{"LongestLiterals", "*" + strings.Repeat("a", 1000) + "b*", a},
		{"QuestionMarks", "*" + strings.Repeat("a?", 250) + "b*", a},
		{"ShortMarks", "*a?a?a?b*", a},
		{"ShortMarksWide", "*a?a?a?b*", "-b-" + strings.Repeat("é", 511) + a[:1023]},
		{"RareMarks", "*" + strings.Repeat("a", 31) + "?" + strings.Repeat("a", 31) + "b*", strings.Repeat(strings.Repeat("a", 62)+"b", 32)},
		{"LateMarks", strings.Repeat("*a?b?c", 40) + "*a?c*", strings.Repeat(strings.Repeat("a", 44)+"a-b-c-", 40)},
		{"Beginnings", "*a?b*", a},
		{"Variables", "*${aws:username}?${aws:username}b*", a},
		{"LongVariables", "*${aws:referer}?b*", a},
	} {
		one := "arn:aws:s3:::" + w.pattern
		var resources strings.Builder
		for n := 0; resources.Len()+len(one)+3 < sizeOfRole-150; n++ {
			if w.name == "Beginnings" { // no two texts to look in are alike
				one = "arn:aws:s3:::" + a[:n%200] + w.pattern
			}
			fmt.Fprintf(&resources, `"%s",`, one)
		}
		list = append(list, worst{
			name: w.name,
			policy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:Get*","s3:*","s3:G*"],"Resource":[` +
				resources.String() + `"arn:aws:s3:::x"]}}`,
			request: func(r *engine.Request) {
				r.Resource = "arn:aws:s3:::" + w.key
				r.Context.Set("aws:username", "a")
				r.Context.Set("aws:referer", a[1024:])
			},
		})
	}
	return list
}

// worstConditions are policies full of one value of a condition, which leaves room
// for more of them.
func worstConditions() []worst {
	a := "-b" + strings.Repeat("a", 2046)
	var list []worst
	for _, w := range []struct{ name, operator, value, agent string }{
		{"StringLike", "StringLike", "*a?b*", a},
		{"StringLikeLiterals", "StringLike", "*ab*", a},
		{"StringLikeVariables", "StringLike", "*${aws:referer}?b*", a},
		{"StringEqualsVariables", "StringEquals", "${aws:referer}b", a[1024:] + a[1024:] + "b"},
		{"IgnoreCase", "StringEqualsIgnoreCase", "${aws:referer}b", strings.ToUpper(a[1000:])},
		{"ArnLike", "ArnLike", "arn:*:*:*:*:*a?b*", "arn:aws:s3:::" + a},
		{"ArnLikeTwoParts", "ArnLike", "arn:*a?a*:*:*:*:*a?b*", "arn:" + a[:1024] + ":s3:::" + a[:1024]},
		{"ArnLikeVariables", "ArnLike", "arn:*:*:${aws:username}*:*:a?b*", "arn:aws:s3:::" + a},
		{"ArnLikeMoreVariables", "ArnLike", "arn:*:*:*" + strings.Repeat("${aws:username}?", 100) + "b*:*:*", "arn:aws:s3:" + a[2:] + "::b"},
		{"ArnLikeMostVariables", "ArnLike", "arn:*:*:*" + strings.Repeat("${aws:username}?", 600) + "b*:*:*", "arn:aws:s3:" + a[2:] + "::b"},
		{"ArnLikeLongVariables", "ArnLike", "arn:*:*:*" + strings.Repeat("${aws:referer}", 600) + "b*:*:*", "arn:aws:s3:" + a[2:] + "::b"},
	} {
		list = append(list, worst{
			name: w.name,
			policy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"` + w.operator +
				`":{"aws:UserAgent":[` + strings.Repeat(`"`+w.value+`",`, (sizeOfRole-150)/(len(w.value)+3)) + `"x"]}}}}`,
			request: func(r *engine.Request) {
				r.Context.Set("aws:UserAgent", w.agent)
				r.Context.Set("aws:username", "a")
				r.Context.Set("aws:referer", a[1024:])
			},
		})
	}
	var keys []string // the longest that a request can have, fifty of them
	for i := range 50 {
		keys = append(keys, fmt.Sprintf("00%s%02d", a[:124], i))
	}
	for _, operator := range []string{"StringLike", "StringEqualsIgnoreCase", "ArnLike", "NumericEquals", "DateEquals", "IpAddress"} {
		value := map[string]string{
			"StringLike": "*a?b*", "StringEqualsIgnoreCase": "${aws:username}", "ArnLike": "arn:*:*:*:*:*a?b*",
			"NumericEquals": "1", "DateEquals": "2026-01-01", "IpAddress": "10.0.0.1",
		}[operator]
		list = append(list, worst{
			name: "Many" + operator,
			policy: document((sizeOfRole-50)/100, func(i int) string {
				return `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:` + operator + `":{"aws:TagKeys":"` + value + `"}}}`
			}),
			request: func(r *engine.Request) {
				r.Context.Set("aws:TagKeys", keys...)
				r.Context.Set("aws:username", "00"+a[:124]+"b")
			},
		})
	}
	arns := make([]string, len(keys))
	for i, k := range keys {
		arns[i] = "arn:aws:s3:::" + k[:115]
	}
	for _, w := range []struct {
		operator, value string
		values          []string
	}{
		{"StringLike", "*a?b*", keys},
		{"StringEqualsIgnoreCase", "${aws:username}b", keys},
		{"ArnLike", "arn:*:*:*:*:*a?b*", arns},
	} {
		list = append(list, worst{
			name: "ManyPatternsManyValues" + w.operator,
			policy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:` + w.operator +
				`":{"aws:TagKeys":[` + strings.Repeat(`"`+w.value+`",`, (sizeOfRole-150)/(len(w.value)+3)) + `"x"]}}}}`,
			request: func(r *engine.Request) {
				r.Context.Set("aws:TagKeys", w.values...)
				r.Context.Set("aws:username", "00"+a[:124])
			},
		})
	}
	return list
}

// worstActions are policies full of one action pattern, against the longest action
// that Decide takes.
func worstActions() []worst {
	a := "-b-" + strings.Repeat("a", 122)
	var list []worst
	for _, w := range []struct{ name, pattern string }{
		{"ActionStars", "s3:*a*ab*"},
		{"ActionMarks", "s3:*a?a?a?b*"},
		{"ActionLiterals", "s3:*" + a[60:120] + "b*"},
	} {
		for _, element := range []string{"Action", "NotAction"} {
			var actions strings.Builder
			for n := 0; actions.Len()+len(w.pattern)+3 < sizeOfRole-150; n++ {
				fmt.Fprintf(&actions, `"%s%d*",`, w.pattern, n)
			}
			effect := "Allow"
			if element == "NotAction" {
				effect = "Deny"
			}
			list = append(list, worst{
				name:    strings.Replace(w.name, "Action", element, 1),
				policy:  `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","` + element + `":[` + actions.String() + `"sns:x"],"Resource":"*"}}`,
				request: func(r *engine.Request) { r.Action = "s3:" + a },
			})
		}
	}
	return list
}

func worstCases() []worst {
	return slices.Concat(worstResources(), worstConditions(), worstActions())
}

// BenchmarkDecideWorst has what makes matching slow, as much of it as the inline
// policies of a role may hold.
func BenchmarkDecideWorst(b *testing.B) {
	for _, w := range worstCases() {
		b.Run(w.name, func(b *testing.B) {
			req, l := request(), &engine.Layers{Identity: []*engine.Policy{compile(b, policy.IdentityBased, w.policy)}}
			w.request(req)
			if d := engine.Decide(req, l); d.Effect == engine.Allow {
				b.Fatalf("%+v", d)
			}
			b.ReportAllocs()
			for b.Loop() {
				engine.Decide(req, l)
			}
		})
	}
}

// BenchmarkDecideWorstRole has as much of it as a role may have attached: the
// inline policies and ten managed ones.
func BenchmarkDecideWorstRole(b *testing.B) {
	for _, w := range worstCases() {
		if w.name != "QuestionMarks" && w.name != "StringLike" {
			continue
		}
		b.Run(w.name, func(b *testing.B) {
			l := new(engine.Layers)
			for range (sizeOfRole + 10*6144) / sizeOfRole {
				l.Identity = append(l.Identity, compile(b, policy.IdentityBased, w.policy))
			}
			req := request()
			w.request(req)
			b.ReportAllocs()
			for b.Loop() {
				engine.Decide(req, l)
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
