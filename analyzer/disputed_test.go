package analyzer

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Resources, and one for which the two readings of a "*" at the end of a part
// differ; "" where they mean the same to every resource that the actions act on.
var disputedResources = []struct{ action, resource, witness string }{
	{"sqs:*", "arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:123456789012:q"},
	{"*", "arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:123456789012:q"},
	{"sqs:SendMessage", "arn:aws:sqs:*:111122223333:q", ""},
	{"sqs:SendMessage", "arn:aws:sqs:*:*:q", ""},
	{"sqs:SendMessage", "arn:aws:sqs:eu*:q", "arn:aws:sqs:eu-west-1:123456789012:q"},
	{"sqs:SendMessage", "arn:aws:sqs:eu*:111122223333:q*", ""},
	{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:*q", "arn:aws:sqs:eu-west-1:123456789012:q"},
	{"sqs:SendMessage", "arn:aws:*:q", "arn:aws:sqs:us-east-1:123456789012:q"},
	{"sqs:SendMessage", "arn:*:111122223333:q", "arn:aws:sqs:us-east-1:111122223333:q"},
	{"sqs:SendMessage", "*:q", "arn:aws:sqs:us-east-1:123456789012:q"},
	{"sqs:SendMessage", "arn:aws:sqs:*:?", "arn:aws:sqs:us-east-1:123456789012:x"},
	{"sqs:SendMessage", "arn:aws-cn:sqs:*:q", "arn:aws-cn:sqs:us-east-1:123456789012:q"},
	{"sqs:SendMessage", "arn:aws:sqs:*:${aws:username}", ""}, // no variable before the sixth part
	{"s3:GetObject", "arn:aws:s3:*:*:b/${aws:username}", "arn:aws:s3:::x/:b/username"},
	{"sns:Publish", "arn:aws:sqs:*:q", ""}, // acts on topics
	{"sqs:ListQueues", "arn:aws:sqs:*:q", ""},
	{"sqs:FlyToTheMoon", "arn:aws:sqs:*:q", ""},
	{"sns:*", "arn:aws:sns:*:x*", "arn:aws:sns:us-east-1:123456789012:x"},
	{"*", "arn:aws*:kms:*:alias/x", "arn:aws:kms:us-east-1:123456789012:alias/x"},
	{"kms:*", "arn:aws:kms:*:*:key/*", ""},
	{"iam:*", "arn:*:iam::*:role/admin", ""}, // no name in IAM has a colon
	{"iam:*", "arn:*:role/admin", "arn:aws:iam::123456789012:role/admin"},
	{"lambda:InvokeFunction", "arn:aws:lambda:*:*:function:f", ""},
	{"lambda:InvokeFunction", "arn:aws:lambda:*:function:f", "arn:aws:lambda:us-east-1:123456789012:function:f"},
	{"logs:*", "arn:aws:logs:*:*:log-group:g:*", ""},
	{"cloudformation:*", "arn:aws:cloudformation:*:111122223333:stack/A/*", ""}, // docs/RULES.md, case 14
	{"dynamodb:*", "arn:aws:dynamodb:*:*:table/t*", ""},
	{"ec2:*", "arn:aws:ec2:*:*:instance/*", ""},
	{"s3:CreateAccessPoint", "arn:aws:s3:*:*:accesspoint/*", ""},
	{"s3:GetObject", "arn:aws:s3:*:*:b/*", "arn:aws:s3:::x/:b/"}, // keys of objects may have colons
	{"s3:GetObject", "arn:aws:s3:::b/*", ""},
	{"s3:GetObject", "arn:aws:s3:::b*/*", ""},
	{"s3:GetObject", "arn:aws:s3*", ""}, // filled up
	{"s3:GetObject", "arn:aws:s3:*", ""},
	{"s3:GetObject", "arn:aws:*", ""},
	{"s3:GetObject", "*", ""},
}

func deny(action, resource string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"` + action + `","Resource":"` + resource + `"}}`
}

// witnesses are those of the findings DisputedStar.
func witnesses(use policy.Use, text string) []string {
	var list []string
	for _, f := range Validate(use, text) {
		if f.Code == DisputedStar {
			list = append(list, f.Witness)
		}
	}
	return list
}

func TestDisputedResources(t *testing.T) {
	identity := policy.Use{Kind: policy.IdentityBased}
	for _, tt := range disputedResources {
		text := deny(tt.action, tt.resource)
		if got := strings.Join(witnesses(identity, text), " "); got != tt.witness {
			t.Errorf("%s on %s: %q, want %q", tt.action, tt.resource, got, tt.witness)
		}
		if tt.witness == "" {
			continue
		}
		// The engine denies less than it might.
		if decide(t, text, action(tt.action), tt.witness) != engine.ImplicitDeny {
			t.Errorf("%s on %s: %s is denied", tt.action, tt.resource, tt.witness)
		}
		if decide(t, deny(tt.action, tt.witness), action(tt.action), tt.witness) != engine.ExplicitDeny {
			t.Errorf("%s on %s: %s is no resource of the action", tt.action, tt.resource, tt.witness)
		}
	}
}

// action is one that a pattern matches.
func action(pattern string) string {
	if pattern == "*" {
		return "sqs:SendMessage"
	}
	return strings.Replace(pattern, "*", "Any", 1)
}

type fataler interface {
	Helper()
	Fatal(...any)
}

func decide(t fataler, text, action, resource string) engine.Effect {
	t.Helper()
	d, err := policy.ParseShape(text)
	if err != nil {
		t.Fatal(err)
	}
	d.Kind = policy.IdentityBased
	p, err := engine.Compile(d, engine.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	req := engine.Request{
		Principal: engine.Principal{Kind: engine.User, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/ann"},
		Action:    action, Resource: resource, Context: new(engine.Context),
	}
	req.Context.Set("aws:username", "username")
	return engine.Decide(&req, &engine.Layers{Identity: []*engine.Policy{p}}).Effect
}

// Which statements protect: a Deny of resources, and an Allow of all others.
func TestDisputedStatements(t *testing.T) {
	const queue = "arn:aws:sqs:us-east-1:123456789012:q"
	tests := []struct {
		use       policy.Use
		statement string
		want      bool
	}{
		{policy.Use{Kind: policy.IdentityBased}, `"Effect":"Deny","Action":"sqs:*","Resource":["*","arn:aws:sqs:*:q"]`, true},
		{policy.Use{Kind: policy.IdentityBased}, `"Effect":"Deny","NotAction":"s3:*","Resource":"arn:aws:sqs:*:q"`, true},
		{policy.Use{Kind: policy.IdentityBased}, `"Effect":"Allow","Action":"sqs:*","NotResource":"arn:aws:sqs:*:q"`, true},
		{policy.Use{Kind: policy.IdentityBased}, `"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:q"`, false},
		{policy.Use{Kind: policy.IdentityBased}, `"Effect":"Deny","Action":"sqs:*","NotResource":"arn:aws:sqs:*:q"`, false},
		{policy.Use{Kind: policy.ServiceControl}, `"Effect":"Deny","Action":"sqs:*","Resource":"arn:aws:sqs:*:q"`, true},
		{policy.Use{Kind: policy.ResourceBased}, `"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"arn:aws:sqs:*:q"`, true},
		{policy.Use{Kind: policy.ResourceControl}, `"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"arn:aws:sqs:*:q"`, false},
		{policy.Use{Kind: policy.Trust}, `"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:*"`, false},
	}
	for _, tt := range tests {
		text := `{"Version":"2012-10-17","Statement":{` + tt.statement + `}}`
		got := witnesses(tt.use, text)
		if len(got) > 1 || (len(got) == 1) != tt.want || tt.want && got[0] != queue {
			t.Errorf("kind %d: %s\ngot %q", tt.use.Kind, tt.statement, got)
		}
	}
}

// A variable has colons of its own, which do not end a part.
func TestSplitPattern(t *testing.T) {
	tests := []struct {
		in        string
		variables bool
		want      string
	}{
		{"arn:aws:s3:::b", true, "arn|aws|s3|||b"},
		{"a:b", true, "a|b"},
		{"arn:aws:s3:::${aws:username}/${*}${x, 'd:e'}$", true, "arn|aws|s3|||username/-e'$"},
		{"arn:aws:s3:::${aws:username}", false, "arn|aws|s3|||${aws:username}"},
		{"arn:aws:${aws:x}:r:1:q", true, "arn|aws|${aws:x}|r|1|q"},
		{"arn:aws:${aws:x}:r:1:q", false, "arn|aws|${aws|x}|r|1:q"},
		{"arn:aws:s3:::${", true, "arn|aws|s3|||"},
	}
	for _, tt := range tests {
		if got := strings.Join(splitPattern(tt.in, tt.variables), "|"); got != tt.want {
			t.Errorf("splitPattern(%q, %t) = %q, want %q", tt.in, tt.variables, got, tt.want)
		}
	}
}

// The two readings, as the tests of package engine have them.
func TestReadings(t *testing.T) {
	tests := []struct {
		pattern, text  string
		segments, wide bool
	}{
		{"arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:q", true, true},
		{"arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", false, true},
		{"arn:aws:sns:*:*:t", "arn:aws:sns:eu-west-1:1:x:t", false, true},
		{"arn:aws:sns:*:1:t", "arn:aws:sns:eu-west-1:1:x:t", false, false},
		{"arn:aws:sns:*:1:x:t", "arn:aws:sns:eu-west-1:1:x:t", true, true},
		{"arn:aws:sns:eu*:x:t", "arn:aws:sns:eu-west-1:1:x:t", false, true},
		{"arn:aws:sns:e*1:*:t", "arn:aws:sns:eu-west-1:1:x:t", false, true},
		{"arn:aws:sns:*1:x*:t", "arn:aws:sns:eu-west-1:1:x:t", false, false},
		{"arn:aws:cf:*:1:stack/A/*", "arn:aws:cf:r:1:stack/B/y:1:stack/A/z", false, true},
	}
	for _, tt := range tests {
		p, ok := newReadings(tt.pattern, true, policy.IdentityBased)
		if !ok {
			t.Errorf("%q has one reading", tt.pattern)
			continue
		}
		if got := p.segments.match(tt.text); got != tt.segments {
			t.Errorf("%q on %q, segments: %t", tt.pattern, tt.text, got)
		}
		if got := p.wide.match(tt.text); got != tt.wide {
			t.Errorf("%q on %q, wide: %t", tt.pattern, tt.text, got)
		}
	}
}

// asRegexp is a value of Resource in one of the readings, spelled as a regular
// expression.
func asRegexp(parts []string, wide bool) *regexp.Regexp {
	for i := len(parts); i < 6 && !wide; i++ {
		parts = append(parts, "*")
	}
	exprs := make([]string, len(parts))
	for i, part := range parts {
		expr := strings.NewReplacer(`\*`, `[^:]*`, `\?`, `[^:]`).Replace(regexp.QuoteMeta(part))
		switch {
		case i == 5 || i == len(parts)-1 && wide:
			expr = strings.ReplaceAll(expr, "[^:]", "(?s:.)")
		case wide && strings.HasSuffix(part, "*"):
			expr = strings.TrimSuffix(expr, "[^:]*") + "(?s:.*)"
		}
		exprs[i] = expr
	}
	return regexp.MustCompile("^(?:" + strings.Join(exprs, ":") + ")$")
}

func TestGlobsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[ab*?é]{0,3}`)
		parts := rapid.SliceOfN(part, 1, 6).Draw(t, "parts")
		text := rapid.StringMatching(`[abé]{0,2}(:[abé]{0,2}){4}:[ab:é]{0,4}`).Draw(t, "text")
		p, ok := newReadings(strings.Join(parts, ":"), false, policy.IdentityBased)
		if !ok {
			return
		}
		segments, wide := p.segments.match(text), p.wide.match(text)
		if want := asRegexp(parts, false).MatchString(text); segments != want {
			t.Errorf("%q on %q, segments: %t", parts, text, segments)
		}
		if want := asRegexp(parts, true).MatchString(text); wide != want {
			t.Errorf("%q on %q, wide: %t", parts, text, wide)
		}
		denied := decide(t, deny("a:b", strings.Join(parts, ":")), "a:b", text) == engine.ExplicitDeny
		if strings.HasPrefix(text, ":") { // the engine reads it as no ARN at all
			return
		}
		if denied != segments {
			t.Errorf("%q on %q: the engine denies: %t", parts, text, denied)
		}
	})
}

// Where newReadings sees but one reading, there is but one.
func TestOneReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[ab*?]{0,2}`)
		parts := rapid.SliceOfN(part, 1, 6).Draw(t, "parts")
		text := rapid.StringMatching(`[ab]{0,2}(:[ab]{0,2}){4}:[ab:]{0,4}`).Draw(t, "text")
		pattern := strings.Join(parts, ":")
		if _, ok := newReadings(pattern, false, policy.IdentityBased); ok || !strings.Contains(pattern, "*") {
			return
		}
		if segments, wide := asRegexp(parts, false).MatchString(text), asRegexp(parts, true).MatchString(text); wide && !segments {
			t.Errorf("%q on %q: segments %t, wide %t", parts, text, segments, wide)
		}
	})
}
