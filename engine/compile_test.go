package engine_test

import (
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
