package engine

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/policy"
)

// Random policies and requests, over few words, so that they often meet.

const (
	home    = "111122223333"
	foreign = "444455556666"
)

var (
	someActions  = []string{"s3:GetObject", "s3:GetObjectAcl", "S3:putobject", "sqs:SendMessage", "kms:Decrypt", "sts:AssumeRole", "iam:DeleteRole", "sts:GetCallerIdentity"}
	actionValues = []string{"*", "s3:*", "s3:Get*", "s3:get?bject", "s?s:*", "*:*Object*", "s3:GetObject", "S3:GETOBJECT", "sqs:SendMessage", "kms:*", "sts:*", "iam:*", "nothing", "s3:Get*Acl"}
	someTexts    = []string{
		"arn:aws:s3:::b/k", "arn:aws:s3:::b/ann/x", "arn:aws:s3:::b", "arn:aws:kms:eu:" + home + ":key/k",
		"arn:aws:iam::" + home + ":role/R", "arn:aws:iam::" + foreign + ":role/R", "*", "arn:aws-cn:s3:::b/k",
	}
	resourceValues = []string{
		"*", "arn:aws:s3:::*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/?", "arn:aws:s3:::b/k", "arn:aws:s3:::*/x", "arn:*:s3:::b*",
		"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/${aws:none}", "arn:aws:s3:::b/${aws:none, 'k'}", "arn:aws:*:*:*:*",
		"arn:aws:kms:*:" + home + ":key/*", "arn:aws:iam::*:role/?", "arn:aws:s3", "arn:aws:s3:::*a*n*n*", "arn:aws:s3:::b/k*",
	}
	principalValues = []policy.Principal{
		{Type: policy.AnyPrincipal, Value: "*"},
		{Type: policy.AWSPrincipal, Value: "*"},
		{Type: policy.AWSPrincipal, Value: home},
		{Type: policy.AWSPrincipal, Value: "arn:aws:iam::" + foreign + ":root"},
		{Type: policy.AWSPrincipal, Value: "arn:aws:iam::" + home + ":user/ann"},
		{Type: policy.AWSPrincipal, Value: "arn:aws:iam::" + home + ":role/R"},
		{Type: policy.AWSPrincipal, Value: "arn:aws:sts::" + home + ":assumed-role/R/s"},
		{Type: policy.AWSPrincipal, Value: "arn:aws:sts::" + home + ":federated-user/ann"},
		{Type: policy.ServicePrincipal, Value: "ec2.amazonaws.com"},
		{Type: policy.FederatedPrincipal, Value: "id.example.com"},
	}
	callers = []Principal{
		{Kind: Anonymous},
		{Kind: Root, Account: home, ARN: "arn:aws:iam::" + home + ":root"},
		{Kind: User, Account: home, ARN: "arn:aws:iam::" + home + ":user/ann", ID: "AIDAANN"},
		{Kind: User, Account: foreign, ARN: "arn:aws:iam::" + foreign + ":user/ann", Management: true},
		{Kind: AssumedRole, Account: home, ARN: "arn:aws:sts::" + home + ":assumed-role/R/s", RoleARN: "arn:aws:iam::" + home + ":role/R", SessionName: "s", ID: "AROAR"},
		{Kind: AssumedRole, Account: home, ARN: "arn:aws:sts::" + home + ":assumed-role/L/s", RoleARN: "arn:aws:iam::" + home + ":role/L", SessionName: "s", ServiceLinked: true},
		{Kind: FederatedUser, Account: home, ARN: "arn:aws:sts::" + home + ":federated-user/ann", IssuerARN: "arn:aws:iam::" + home + ":user/ann"},
		{Kind: Service, Service: "ec2.amazonaws.com"},
		{Kind: Federated, Provider: "id.example.com"},
	}
	operators = []policy.Operator{
		{Name: "StringEquals", Comparison: policy.StringEquals},
		{Name: "StringNotEquals", Comparison: policy.StringNotEquals},
		{Name: "StringLikeIfExists", Comparison: policy.StringLike, IfExists: true},
		{Name: "ForAllValues:StringLike", Comparison: policy.StringLike, Qualifier: policy.ForAllValues},
		{Name: "ForAnyValue:StringNotLike", Comparison: policy.StringNotLike, Qualifier: policy.ForAnyValue},
		{Name: "NumericLessThan", Comparison: policy.NumericLessThan},
		{Name: "DateGreaterThan", Comparison: policy.DateGreaterThan},
		{Name: "NotIpAddress", Comparison: policy.NotIPAddress},
		{Name: "ArnNotLike", Comparison: policy.ARNNotLike},
		{Name: "Bool", Comparison: policy.Bool},
		{Name: "Null", Comparison: policy.Null},
		{Name: "StringSounds"},
	}
	someKeys        = []string{"a:k", "A:K", "aws:username", "aws:none", "a:list"}
	conditionValues = []string{"", "a", "ann", "${aws:username}", "${aws:none}", "a*", "1", "true", "false", "2026-01-01", "10.0.0.0/8", "arn:aws:s3:::*"}
	keyValues       = []string{"", "a", "ann", "0", "7", "true", "10.0.0.1", "arn:aws:s3:::b", "2026-02-01T00:00:00Z"}
)

func drawValues(t *rapid.T, from []string, most int, label string) []policy.Value {
	texts := rapid.SliceOfN(rapid.SampledFrom(from), 1, most).Draw(t, label)
	values := make([]policy.Value, len(texts))
	for i, s := range texts {
		values[i].Text = s
	}
	return values
}

func drawStatement(t *rapid.T, kind policy.Kind) policy.Statement {
	st := policy.Statement{
		Effect: rapid.SampledFrom([]policy.Effect{policy.Allow, policy.Allow, policy.Deny}).Draw(t, "effect"),
		Action: policy.Patterns{Values: drawValues(t, actionValues, 3, "actions"), Not: rapid.IntRange(0, 5).Draw(t, "not") == 0},
	}
	if kind != policy.Trust {
		st.Resource = &policy.Patterns{
			Values: drawValues(t, resourceValues, 12, "resources"), Not: rapid.IntRange(0, 5).Draw(t, "not") == 0,
		}
	}
	if namesPrincipals(kind) {
		st.Principal = &policy.Principals{
			Values: rapid.SliceOfN(rapid.SampledFrom(principalValues), 1, 4).Draw(t, "principals"),
			Not:    st.Effect == policy.Deny && rapid.IntRange(0, 3).Draw(t, "not") == 0,
		}
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "conditions") {
		st.Conditions = append(st.Conditions, policy.Condition{
			Operator: rapid.SampledFrom(operators).Draw(t, "operator"),
			Key:      rapid.SampledFrom(someKeys).Draw(t, "key"),
			Values:   drawValues(t, conditionValues, 3, "values"),
		})
	}
	return st
}

func drawDocument(t *rapid.T, kind policy.Kind) *policy.Document {
	doc := &policy.Document{Kind: kind, Version: policy.Version2012}
	if rapid.IntRange(0, 9).Draw(t, "old") == 0 {
		doc.Version = policy.Version2008
	}
	for range rapid.IntRange(0, 6).Draw(t, "statements") {
		doc.Statements = append(doc.Statements, drawStatement(t, kind))
	}
	return doc
}

func mustCompile(t fataler, doc *policy.Document) *Policy {
	p, err := Compile(doc, CompileOptions{Name: "p"})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return p
}

type fataler interface{ Fatalf(string, ...any) }

func drawPolicy(t *rapid.T, kind policy.Kind) *Policy { return mustCompile(t, drawDocument(t, kind)) }

// drawLayer is absent half of the time, and empty now and then.
func drawLayer(t *rapid.T, kind policy.Kind) []*Policy {
	if rapid.Bool().Draw(t, "absent") {
		return nil
	}
	list := []*Policy{}
	for range rapid.IntRange(0, 2).Draw(t, "policies") {
		list = append(list, drawPolicy(t, kind))
	}
	return list
}

func drawLevels(t *rapid.T, kind policy.Kind) [][]*Policy {
	if rapid.IntRange(0, 3).Draw(t, "absent") > 0 {
		return nil
	}
	levels := [][]*Policy{}
	for range rapid.IntRange(0, 2).Draw(t, "levels") {
		all := allowAll(t, kind)
		levels = append(levels, append(drawLayer(t, kind), all))
	}
	return levels
}

func allowAll(t fataler, kind policy.Kind) *Policy {
	everything := policy.Patterns{Values: []policy.Value{{Text: "*"}}}
	st := policy.Statement{Effect: policy.Allow, Action: everything, Resource: &everything}
	if namesPrincipals(kind) {
		st.Principal = &policy.Principals{Values: principalValues[:1]}
	}
	return mustCompile(t, &policy.Document{Kind: kind, Version: policy.Version2012, Statements: []policy.Statement{st}})
}

func drawLayers(t *rapid.T) *Layers {
	l := &Layers{
		Identity: drawLayer(t, policy.IdentityBased),
		Boundary: drawLayer(t, policy.PermissionsBoundary),
		Session:  drawLayer(t, policy.Session),
		SCP:      drawLevels(t, policy.ServiceControl),
		RCP:      drawLevels(t, policy.ResourceControl),
	}
	if rapid.Bool().Draw(t, "resource policy") {
		l.Resource = drawPolicy(t, policy.ResourceBased)
	}
	if rapid.IntRange(0, 4).Draw(t, "endpoint") == 0 {
		l.Endpoint = drawLayer(t, policy.Endpoint)
	}
	return l
}

func drawRequest(t *rapid.T) *Request {
	r := &Request{
		Principal:       rapid.SampledFrom(callers).Draw(t, "caller"),
		Action:          rapid.SampledFrom(someActions).Draw(t, "action"),
		Resource:        rapid.SampledFrom(someTexts).Draw(t, "resource"),
		ResourceAccount: rapid.SampledFrom([]string{"", home, foreign}).Draw(t, "account"),
		Context:         new(Context),
	}
	r.Context.SetPrincipal(&r.Principal)
	for range rapid.IntRange(0, 3).Draw(t, "keys") {
		values := rapid.SliceOfN(rapid.SampledFrom(keyValues), 0, 2).Draw(t, "values")
		r.Context.Set(rapid.SampledFrom(someKeys).Draw(t, "key"), values...)
	}
	return r
}

func (r *Request) String() string {
	s := fmt.Sprintf("%+v %s on %q of %q;", r.Principal, r.Action, r.Resource, r.ResourceAccount)
	for key, values := range r.Context.All() {
		s += fmt.Sprintf(" %s=%q", key, values)
	}
	return s
}
