package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// place is where the nth needle begins in text, counted from 0.
func place(text, needle string, nth int) Position {
	off := 0
	for ; nth > 0; nth-- {
		off += strings.Index(text[off:], needle) + 1
	}
	off += strings.Index(text[off:], needle)
	return Position{off, 1 + strings.Count(text[:off], "\n"), off - strings.LastIndex(text[:off], "\n")}
}

func TestParse(t *testing.T) {
	const text = "{\n \"Version\": \"2012-10-17\", \"Id\": \"i\\u0064\",\r\n" +
		"\t\"Statement\": [ {\"Sid\":\"s\", \"Effect\":\"Deny\", \"NotPrincipal\":{\"AWS\":[\"*\",\"123456789012\"],\"Service\":\"a.b\"},\n" +
		"\"NotAction\":\"s3:*\",\"NotResource\":[\"é\",\"*\"],\n" +
		"\"Condition\":{\"ForAnyValue:StringLikeIfExists\":{\"k\":[\"v\",1.50,false],\"K\":-0e1},\"Null\":{\"n\":[]}}} ] }\n"
	got, err := Parse(ResourceBased, text)
	if err != nil {
		t.Fatal(err)
	}
	at := func(needle string, nth int) Position { return place(text, needle, nth) }
	like := Operator{Name: "ForAnyValue:StringLikeIfExists", Pos: at(`"ForAny`, 0), Comparison: StringLike, Qualifier: ForAnyValue, IfExists: true}
	offset := func(needle string) Offset { return Offset(at(needle, 0).Offset) }
	want := &Document{
		Kind: ResourceBased, Text: text, Version: Version2012, ID: "id",
		VersionAt: offset(`"2012`), IDAt: offset(`"i\u`), StatementAt: offset(`"Statement"`),
		Statements: []Statement{{
			Sid: "s", Effect: Deny,
			Principal: &Principals{Not: true, Values: []Principal{
				{AWSPrincipal, "*", at(`"*"`, 0)},
				{AWSPrincipal, "123456789012", at(`"1234`, 0)},
				{ServicePrincipal, "a.b", at(`"a.b"`, 0)},
			}},
			Action:   Patterns{Not: true, Values: []Value{{"s3:*", at(`"s3:*"`, 0)}}},
			Resource: &Patterns{Not: true, Values: []Value{{"é", at(`"é"`, 0)}, {"*", at(`"*"`, 1)}}},
			Conditions: []Condition{
				{like, "k", at(`"k"`, 0), []Value{{"v", at(`"v"`, 0)}, {"1.50", at(`1.50`, 0)}, {"false", at(`false`, 0)}}},
				{like, "K", at(`"K"`, 0), []Value{{"-0e1", at(`-0e1`, 0)}}},
				{Operator{Name: "Null", Pos: at(`"Null"`, 0), Comparison: Null}, "n", at(`"n"`, 0), []Value{}},
			},
			Start: at(`{"Sid"`, 0), End: at(" ] }\n", 0),
			SidAt: offset(`"s",`), EffectAt: offset(`"Deny"`), PrincipalAt: offset(`"NotPrincipal"`), ActionAt: offset(`"NotAction"`),
			ResourceAt: offset(`"NotResource"`), ConditionAt: offset(`"Condition"`),
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := got.Position(got.Statements[0].ActionAt), at(`"NotAction"`, 0); got != want {
		t.Errorf("NotAction stands at %+v, want %+v", got, want)
	}
	st := got.Statements[0]
	if text[st.Start.Offset] != '{' || text[st.End.Offset-1] != '}' {
		t.Errorf("the statement is %q", text[st.Start.Offset:st.End.Offset])
	}
}

// accepted are documents that AWS stores, by kind.
var accepted = []struct {
	kind Kind
	doc  string
}{
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
	{IdentityBased, `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:x","*"],"NotResource":"arn:aws:s3:::b/${x"}]}`},
	{IdentityBased, "{\"Version\" :\r\n\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam: any text, é \",\"Resource\":\"*\"}} \n"},
	{IdentityBased, `{"Statement":[{"Sid":"","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"","Effect":"Deny","Action":"a:b","Resource":"*"}]}`},
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"s3.s-3:b","Resource":["arn:*:s33:::b","arn:aws:fdsasf","arn:aws:logs:*","arn:aws-cn:ec2:r:1:i/*"]}}`},
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:iam::*:*","arn:aws:iam::1:root","arn:aws:iam::aws:policy/*"]}}`},
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":["arn:aws:s3:us-west-2:123456789012:accesspoint/p/object/*","arn:aws:s3:*:*:*"]}}`},
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{}}}`},
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"x":{},"y":{},"DateLessThan":{"k":[]}}}}`},
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"k":"a","K":"b"},"StringEqualsIfExists":{"k":"x"}}}}`},
	{IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::b/${aws:userid, 'no}body'}/${*}${?}${$}$","Condition":{"NumericLessThan":{"k":"${"}}}}`},
	{PermissionsBoundary, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`},
	{Session, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`},
	{ServiceControl, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`},
	{ServiceControl, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"s3:*","Resource":"arn:aws:s3:::b","Condition":{"Null":{"k":true}}}]}`},
	{ResourceControl, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`},
	{ResourceControl, `{"Version":"2012-10-17","Statement":[{"Sid":"x","Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*","sts:AssumeRole"],"NotResource":"arn:aws:s3:::b"}]}`},
	{Trust, `{"Version":"2012-10-17","Statement":{"Sid":"any, thing","Effect":"Allow","Principal":{"AWS":"*","Service":["ec2.amazonaws.com"]},"Action":["sts:AssumeRole","STS:TagSession"]}}`},
	{Trust, `{"Statement":{"Effect":"Deny","Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/p"},"NotAction":"sts:AssumeRole*"}}`},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":["123456789012","arn:aws:iam::123456789012:root","AROAEXAMPLEEXAMPLE01"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":12}}}}`},
	{ResourceBased, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"execute-api:/Prod/GET/x"}}`},
	{ResourceBased, `{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::123456789012:role/a/b","arn:aws:sts::123456789012:assumed-role/b/s"]},"Action":"s3:*","Resource":"*"}}`},
	{ResourceBased, `{"Statement":{"Effect":"Allow","Principal":{"CanonicalUser":"79a5","AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},"Action":"s3:GetObject","Resource":"*"}}`},
	{Endpoint, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`},
	{IdentityBased, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":["arn:aws:iam::*:delegation-request/*","arn:aws:iam::aws:role-template/*"]}}`},
}

func TestAccepted(t *testing.T) {
	for _, tt := range accepted {
		d, err := Parse(tt.kind, tt.doc)
		if err != nil {
			t.Errorf("%s\n%v: %s", tt.doc, err, err.(*Error))
			continue
		}
		checkPrinted(t, Use{Kind: tt.kind}, d)
	}
}

// checkPrinted holds the printed forms of d against d: each is the same document,
// prints as itself, and has the same canonical form.
func checkPrinted(t interface{ Errorf(string, ...any) }, use Use, d *Document) {
	for name, print := range map[string]func(*Document) string{
		"Canonical": (*Document).Canonical, "Print": (*Document).Print, "Format": (*Document).Format,
	} {
		text := print(d)
		again, err := use.Parse(text)
		if err != nil {
			t.Errorf("%s\nis by %s\n%s\n%v", d.Text, name, text, err)
			return
		}
		if !Equal(d, again) {
			t.Errorf("%s\nis by %s\n%s\n%s", d.Text, name, text, cmp.Diff(d, again))
		}
		if twice := print(again); twice != text {
			t.Errorf("%s\nis by %s first\n%s\nand then\n%s", d.Text, name, text, twice)
		}
		if again.Canonical() != d.Canonical() {
			t.Errorf("%s\nis canonically\n%s\nand after %s\n%s", d.Text, d.Canonical(), name, again.Canonical())
		}
	}
}

// Lists of one document stand behind each other in memory; appending to one must
// not write into the next.
func TestListsAreCapped(t *testing.T) {
	d, err := Parse(IdentityBased, accepted[4].doc)
	if err != nil {
		t.Fatal(err)
	}
	st := &d.Statements[0]
	_ = append(st.Action.Values, Value{Text: "x"})
	if st.Resource.Values[0].Text != "arn:*:s33:::b" {
		t.Errorf("Resource begins with %q", st.Resource.Values[0].Text)
	}
}

func TestUnknownOperatorWithoutKeysIsDropped(t *testing.T) {
	d, err := Parse(IdentityBased, accepted[8].doc)
	if err != nil {
		t.Fatal(err)
	}
	cs := d.Statements[0].Conditions
	if len(cs) != 1 || cs[0].Operator.Comparison != DateLessThan || len(cs[0].Values) != 0 {
		t.Errorf("Conditions = %+v", cs)
	}
}
