package engine

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/policy"
)

// A summary tells what the trace tells.
func TestSummaryAgreesWithExplain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, l := drawRequest(t), drawLayers(t)
		s := Summarize(r, l)
		d, trace := Explain(r, l)
		if s.Decision != d {
			t.Fatalf("%v: %+v and %+v", r, s.Decision, d)
		}
		deciding := trace.Deciding(d)
		if s.bothSides() {
			for _, m := range trace.layer(IdentityLayer).Matched {
				if m.Effect == policy.Allow {
					deciding = append(deciding, DecidingStatement{IdentityLayer, m.Statement})
				}
			}
		}
		if !slices.Equal(s.Deciding, deciding) {
			t.Fatalf("%v: %+v and %+v", r, s.Deciding, deciding)
		}
		e := evaluation{req: r, layers: l, ctx: r.Context}
		across := e.prepare() && e.across
		for layer, got := range map[Layer]Effect{IdentityLayer: s.Identity, BoundaryLayer: s.Boundary, ResourceLayer: s.Resource} {
			if lt := trace.layer(layer); lt != nil && (across || layer == BoundaryLayer) && lt.Effect != got {
				t.Fatalf("%v: %v says %v and %v", r, layer, got, lt.Effect)
			}
		}
		if want := trace.scp(); s.SCP != want && (l.SCP == nil || len(l.SCP) > 0) { // no levels allow nothing
			t.Fatalf("%v: SCPs say %v and %v", r, s.SCP, want)
		}
	})
}

// bothSides reports whether the accounts of caller and resource both had to
// allow the request, and did by their policies.
func (s *Summary) bothSides() bool {
	return s.Decision.Effect == Allow && (s.Decision.Layer == ResourceLayer || s.Decision.Layer == TrustLayer) &&
		slices.ContainsFunc(s.Deciding, func(d DecidingStatement) bool { return d.Layer == IdentityLayer })
}

func (t *Trace) layer(l Layer) *LayerTrace {
	for i := range t.Layers {
		if t.Layers[i].Layer == l || l == ResourceLayer && t.Layers[i].Layer == TrustLayer {
			return &t.Layers[i]
		}
	}
	return nil
}

// scp is what all levels of SCPs say together.
func (t *Trace) scp() Effect {
	effect, levels := Allow, 0
	for _, lt := range t.Layers {
		if lt.Layer != SCPLayer {
			continue
		}
		levels++
		switch {
		case lt.Effect == ExplicitDeny:
			return ExplicitDeny
		case lt.Effect == ImplicitDeny:
			effect = ImplicitDeny
		}
	}
	return effect
}

// A request that both accounts allow names the statements of both.
func TestSummaryAcrossAccounts(t *testing.T) {
	l := &Layers{
		Identity: []*Policy{allowAll(t, policy.IdentityBased)},
		Resource: allowAll(t, policy.ResourceBased),
	}
	r := &Request{Principal: Principal{Kind: User, Account: home, ARN: "arn:aws:iam::" + home + ":user/ann"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: foreign}
	var got []Layer
	for _, d := range Summarize(r, l).Deciding {
		got = append(got, d.Layer)
	}
	if diff := cmp.Diff([]Layer{ResourceLayer, IdentityLayer}, got); diff != "" {
		t.Error(diff)
	}
	if s := Summarize(nil, nil); s.Decision != (Decision{}) || s.Deciding != nil {
		t.Errorf("nothing: %+v", s)
	}
}

// A policy of many statements names all that decide.
func TestSummaryOfManyStatements(t *testing.T) {
	doc := &policy.Document{Kind: policy.IdentityBased, Version: policy.Version2012}
	everything := policy.Patterns{Values: []policy.Value{{Text: "*"}}}
	for range fewStatements + 2 {
		doc.Statements = append(doc.Statements, policy.Statement{Effect: policy.Allow, Action: everything, Resource: &everything})
	}
	l := &Layers{Identity: []*Policy{mustCompile(t, doc), Unreadable("u", policy.IdentityBased)}}
	r := &Request{Principal: Principal{Kind: User, Account: home}, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"}
	s := Summarize(r, l)
	if s.Decision.Effect != ExplicitDeny || len(s.Deciding) != 1 || s.Deciding[0].Statement.Index != -1 {
		t.Errorf("with a policy that cannot be read: %+v", s)
	}
	l.Identity = l.Identity[:1]
	if s = Summarize(r, l); s.Decision.Effect != Allow || len(s.Deciding) != len(doc.Statements) {
		t.Errorf("%d statements decide, %v", len(s.Deciding), s.Decision.Effect)
	}
}

func TestContextKeys(t *testing.T) {
	parse := func(text string) *policy.Document {
		t.Helper()
		doc, err := policy.Parse(policy.IdentityBased, text)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	for text, want := range map[string][]string{
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:us-west-2:128716708097:table/${aws:username}",
			"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}`: {"aws:username", "aws:CurrentTime"},
		`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}"}}`: {},
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${*}/${ aws:userid }/${aws:PrincipalTag/t, 'x'}",
			"Condition":{"StringLike":{"s3:prefix":["${aws:USERID}/*","a"]},"NumericLessThan":{"s3:max-keys":"${aws:no}"}}},
			{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"AWS:SecureTransport":"false"},"Null":{"S3:PREFIX":"true"}}}]}`: {
			"aws:userid", "aws:PrincipalTag/t", "s3:prefix", "s3:max-keys", "AWS:SecureTransport"},
	} {
		if diff := cmp.Diff(want, ContextKeys(parse(text))); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

func TestReads(t *testing.T) {
	for c, values := range map[policy.Comparison][2][]string{
		policy.StringEquals:  {{"", "a"}},
		policy.NumericEquals: {{"0", "-1.5", "1e3"}, {"", "ten", "1 "}},
		policy.DateEquals:    {{"2026-01-02T03:04:05Z", "2026-01-02", "1767322800"}, {"", "tomorrow", "02.01.2026"}},
		policy.BinaryEquals:  {{"", "QUJD"}, {"QUJ", "*"}},
		policy.IPAddress:     {{"10.0.0.1", "2001:db8::1"}, {"", "10.0.0.0/8", "10.0.0"}},
	} {
		for i, list := range values {
			for _, v := range list {
				if got := Reads(c, v); got != (i == 0) {
					t.Errorf("Reads(%d, %q) = %v", c, v, got)
				}
			}
		}
	}
	if Reads(policy.UnknownComparison, "a") {
		t.Error("an unknown comparison reads")
	}
}
