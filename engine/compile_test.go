package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

func TestCompileErrors(t *testing.T) {
	all := policy.Patterns{Values: []policy.Value{{Text: "*"}}}
	everybody := &policy.Principals{Values: []policy.Principal{{Type: policy.AnyPrincipal, Value: "*"}}}
	tests := []struct {
		name string
		doc  *policy.Document
	}{
		{"no document", nil},
		{"no kind", &policy.Document{}},
		{"unknown kind", &policy.Document{Kind: policy.Endpoint + 1}},
		{"no effect", &policy.Document{Kind: policy.IdentityBased, Statements: []policy.Statement{{Action: all, Resource: &all}}}},
		{"no resource", &policy.Document{Kind: policy.IdentityBased, Statements: []policy.Statement{{Effect: policy.Allow, Action: all}}}},
		{"a principal out of place", &policy.Document{Kind: policy.IdentityBased, Statements: []policy.Statement{{Effect: policy.Allow, Action: all, Resource: &all, Principal: everybody}}}},
		{"no principal", &policy.Document{Kind: policy.ResourceBased, Statements: []policy.Statement{{Effect: policy.Allow, Action: all, Resource: &all}}}},
	}
	for _, tt := range tests {
		if p, err := engine.Compile(tt.doc, engine.CompileOptions{}); err == nil || p != nil {
			t.Errorf("%s: got %v, %v", tt.name, p, err)
		}
	}
}

// What is not said is not allowed.
func TestZeroValues(t *testing.T) {
	all := &engine.Layers{
		Identity: []*engine.Policy{compile(t, policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)},
		Resource: compile(t, policy.ResourceBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`),
	}
	ann := user()
	noAccount := ann
	noAccount.Account = ""
	requests := map[string]*engine.Request{
		"nil":          nil,
		"zero":         {},
		"no kind":      {Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"},
		"unknown kind": {Principal: engine.Principal{Kind: 99, Account: "111122223333"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"},
		"no account":   {Principal: noAccount, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"},
		"no action":    {Principal: ann, Resource: "arn:aws:s3:::b/k"},
		"no name":      {Principal: ann, Action: "s3:", Resource: "arn:aws:s3:::b/k"},
	}
	for name, r := range requests {
		d, trace := engine.Explain(r, all)
		if diff := cmp.Diff(engine.Decision{}, d); diff != "" || len(trace.Layers) > 0 {
			t.Errorf("%s: %s", name, diff)
		}
	}
	r := &engine.Request{Principal: ann, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"}
	if d := engine.Decide(r, nil); d != (engine.Decision{}) {
		t.Errorf("no layers: %+v", d)
	}
	if d := engine.Decide(r, &engine.Layers{}); d.Effect != engine.ImplicitDeny {
		t.Errorf("empty layers: %+v", d)
	}
	if d := engine.Decide(r, all); d.Effect != engine.Allow {
		t.Errorf("got %+v", d)
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	l := allLayers(t)
	r := request()
	if n := testing.AllocsPerRun(100, func() { engine.Decide(r, l) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// No operator allocates, with any qualifier, whether it is met or not or its key
// is missing.
func TestOperatorsAllocateNothing(t *testing.T) {
	operators := []struct{ key, value, operators string }{
		{"aws:PrincipalTag/team", "r${aws:PrincipalTag/tag1, 'x'}*", "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike"},
		{"s3:max-keys", "10.5", "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals"},
		{"aws:CurrentTime", "2026-06-01T00:00:00Z", "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals"},
		{"aws:SecureTransport", "true", "Bool"},
		{"kms:EncryptionContext:k", "QUJD", "BinaryEquals"},
		{"aws:SourceIp", "203.0.113.0/24", "IpAddress NotIpAddress"},
		{"aws:PrincipalArn", "arn:aws:iam::*:user/${aws:username}", "ArnEquals ArnLike ArnNotEquals ArnNotLike"},
		{"aws:MultiFactorAuthAge", "true", "Null"},
	}
	r := request()
	r.Context.Set("s3:max-keys", "10", "11")
	r.Context.Set("kms:EncryptionContext:k", "QUJD")
	seen := map[policy.Comparison]bool{}
	for _, o := range operators {
		for operator := range strings.FieldsSeq(o.operators) {
			names := []string{operator}
			if operator != "Null" {
				names = append(names, operator+"IfExists", "ForAllValues:"+operator, "ForAnyValue:"+operator)
			}
			for _, name := range names {
				text := document(2, func(i int) string {
					return `{"Effect":"` + []string{"Allow", "Deny"}[i] + `","Action":"s3:*","Resource":"*","Condition":{"` + name + `":{"` + o.key + `":["` + o.value + `","` + o.value + `"],"no:suchkey":"` + o.value + `"}}}`
				})
				p := compile(t, policy.IdentityBased, text)
				doc, err := policy.Parse(policy.IdentityBased, text)
				if err != nil {
					t.Fatal(err)
				}
				seen[doc.Statements[0].Conditions[0].Operator.Comparison] = true
				l := &engine.Layers{Identity: []*engine.Policy{p}}
				if n := testing.AllocsPerRun(50, func() { engine.Decide(r, l) }); n != 0 {
					t.Errorf("%s: %v allocations", name, n)
				}
			}
		}
	}
	for c := policy.StringEquals; c <= policy.Null; c++ {
		if !seen[c] {
			t.Errorf("operator %d is not among them", c)
		}
	}
}
