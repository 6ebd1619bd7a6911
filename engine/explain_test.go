package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

func TestExplain(t *testing.T) {
	identity := compile(t, policy.IdentityBased, `{"Version":"2012-10-17","Statement":[
 {"Sid":"Office","Effect":"Allow","Action":"s3:*","Resource":"*",
  "Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]},"StringEquals":{"aws:ResourceTag/Team":"${aws:PrincipalTag/Team}"}}},
 {"Effect":"Allow","Action":"sqs:*","Resource":"*"},
 {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"},
 {"Sid":"NoMFA","Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]}`)
	bucket := compile(t, policy.ResourceBased, `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`)
	p := user()
	r := &engine.Request{Principal: p, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Context: new(engine.Context)}
	r.Context.Set("aws:SourceIp", "203.0.113.7")
	d, got := engine.Explain(r, &engine.Layers{
		Identity: []*engine.Policy{engine.Unreadable("gone", policy.IdentityBased), identity},
		Resource: bucket,
	})
	ref := func(kind policy.Kind, place, index int, sid string) engine.StatementRef {
		return engine.StatementRef{Policy: "p", Kind: kind, Place: place, Index: index, Sid: sid}
	}
	want := engine.Trace{
		Layers: []engine.LayerTrace{{
			Layer: engine.ResourceLayer, Effect: engine.Allow,
			Matched: []engine.Match{{
				Statement: ref(policy.ResourceBased, 0, 1, ""), Effect: policy.Allow, Named: engine.NamesAccount,
				Action: value("s3:GetObject"), Resource: value("arn:aws:s3:::b/*"),
			}},
			Failed: []engine.Miss{{Statement: ref(policy.ResourceBased, 0, 0, ""), Effect: policy.Allow, Principal: true}},
		}, {
			Layer: engine.IdentityLayer, Effect: engine.ExplicitDeny,
			Matched: []engine.Match{
				{Statement: engine.StatementRef{Policy: "gone", Kind: policy.IdentityBased, Index: -1}, Effect: policy.Deny, Named: engine.NamesCaller},
				{
					Statement: ref(policy.IdentityBased, 1, 2, ""), Effect: policy.Allow, Named: engine.NamesCaller,
					Action: value("s3:Get*"), Resource: value("arn:aws:s3:::b/*"),
				},
			},
			Failed: []engine.Miss{{
				Statement: ref(policy.IdentityBased, 1, 0, "Office"), Effect: policy.Allow,
				Conditions: []engine.TestedCondition{
					{Operator: "IpAddress", Key: "aws:SourceIp", Want: values("10.0.0.0/8", "192.168.0.0/16"), Got: []string{"203.0.113.7"}},
					{Operator: "StringEquals", Key: "aws:ResourceTag/Team", Want: values("${aws:PrincipalTag/Team}"), Absent: true},
				},
			}, {
				Statement: ref(policy.IdentityBased, 1, 3, "NoMFA"), Effect: policy.Deny,
				Conditions: []engine.TestedCondition{
					{Operator: "Bool", Key: "aws:MultiFactorAuthPresent", Want: values("false"), Absent: true},
				},
			}},
		}},
		Missing: []string{"aws:ResourceTag/Team", "aws:PrincipalTag/Team", "aws:MultiFactorAuthPresent"},
	}
	positions := cmpopts.IgnoreTypes(policy.Position{})
	if diff := cmp.Diff(want, got, positions, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
	if d.Effect != engine.ExplicitDeny || d.Statement.Policy != "gone" {
		t.Errorf("got %+v", d)
	}
	if pos := got.Layers[1].Failed[0].Conditions[0].Pos; pos.Line != 3 {
		t.Errorf("the condition stands at %+v", pos)
	}
	if start := got.Layers[1].Failed[1].Statement.Start; start.Line != 6 || start.Column != 2 {
		t.Errorf("the statement stands at %+v", start)
	}
}

func value(text string) policy.Value { return policy.Value{Text: text} }

func values(texts ...string) []policy.Value {
	list := make([]policy.Value, len(texts))
	for i, s := range texts {
		list[i] = value(s)
	}
	return list
}

// Of the statements that match, those that decided are told apart: an Allow that
// only delegates did not when another names the caller, nor one of another layer.
func TestDeciding(t *testing.T) {
	identity := compile(t, policy.IdentityBased, `{"Version":"2012-10-17","Statement":[
 {"Sid":"Read","Effect":"Allow","Action":"s3:*","Resource":"*"},
 {"Sid":"Guard","Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}`)
	bucket := compile(t, policy.ResourceBased, `{"Version":"2012-10-17","Statement":[
 {"Sid":"Account","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"},
 {"Sid":"Ann","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"},"Action":"s3:Put*","Resource":"*"},
 {"Sid":"Any","Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"*"},
 {"Sid":"Never","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"*"}]}`)
	l := &engine.Layers{Identity: []*engine.Policy{identity}, Resource: bucket}
	for action, want := range map[string][]string{
		"s3:GetObject":    {"identity Read"},
		"s3:PutObject":    {"resource Ann", "resource Any"},
		"s3:DeleteObject": {"resource Never", "identity Guard"},
		"sqs:SendMessage": nil,
	} {
		r := &engine.Request{Principal: user(), Action: action, Resource: "arn:aws:s3:::b/k"}
		d, trace := engine.Explain(r, l)
		var got []string
		for _, s := range trace.Deciding(d) {
			got = append(got, s.Layer.String()+" "+s.Statement.Sid)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", action, diff)
		}
	}
}

func TestStatementRefPlaces(t *testing.T) {
	all := compile(t, policy.ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	deny := compile(t, policy.ServiceControl, `{"Version":"2012-10-17","Statement":{"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"*"}}`)
	r := request()
	d := engine.Decide(r, &engine.Layers{SCP: [][]*engine.Policy{{all}, {all, all, deny}}})
	want := engine.StatementRef{Policy: "p", Kind: policy.ServiceControl, Level: 1, Place: 2, Sid: "No"}
	if diff := cmp.Diff(want, d.Statement, cmpopts.IgnoreTypes(policy.Position{})); diff != "" {
		t.Error(diff)
	}
}

// Keys that stand as variables are asked for only where variables are replaced.
func TestMissingVariables(t *testing.T) {
	p := compile(t, policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{
 "NumericEquals":{"s3:max-keys":"${aws:PrincipalTag/a}"},"IpAddress":{"aws:SourceIp":"${aws:PrincipalTag/b}"},
 "StringLike":{"aws:UserAgent":"${aws:PrincipalTag/c}*"},"ArnLike":{"aws:PrincipalArn":"${aws:PrincipalTag/d}"},"Bool":{"aws:SecureTransport":"${aws:PrincipalTag/e}"}}}}`)
	r := request()
	r.Context.Set("s3:max-keys", "1")
	r.Context.Set("aws:UserAgent", "x")
	_, trace := engine.Explain(r, &engine.Layers{Identity: []*engine.Policy{p}})
	want := []string{"aws:PrincipalTag/c", "aws:PrincipalTag/d", "aws:PrincipalTag/e"}
	if diff := cmp.Diff(want, trace.Missing); diff != "" {
		t.Error(diff)
	}
}
