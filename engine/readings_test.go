package engine

import (
	"testing"

	"github.com/writ-iam/writ/policy"
)

// The disputed rules, each in both readings. disputed.go chooses.

func TestStarCrossesColons(t *testing.T) {
	tests := []struct {
		pattern, text string
		segments      bool // the first reading: a star stays in its segment
		wide          bool // the second: at the end of a segment it does not
	}{
		{"arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:q", true, true},
		{"arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", false, true},
		{"arn:aws:s3*", "arn:aws:s3:::b/k", true, true}, // filled up
		{"arn:aws:*", "arn:aws:s3:::b/k", true, true},
		{"arn:aws:sns:*:*:t", "arn:aws:sns:eu-west-1:1:x:t", false, true},
		{"arn:aws:sns:*:1:t", "arn:aws:sns:eu-west-1:1:x:t", false, false},
		{"arn:aws:sns:*:1:x:t", "arn:aws:sns:eu-west-1:1:x:t", true, true},
		{"arn:aws:sns:eu*:x:t", "arn:aws:sns:eu-west-1:1:x:t", false, true},
		{"arn:aws:sns:e*1:1:x:t", "arn:aws:sns:eu-west-1:1:x:t", true, true},
		{"arn:aws:sns:*1:x:t", "arn:aws:sns:eu-west-1:1:x:t", false, false},
		{"arn:aws:cf:*:1:stack/A/*", "arn:aws:cf:r:1:stack/B/y:1:stack/A/z", false, true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y", true, true},
		{"arn:aws:sqs:*:q", "arn:aws:sns:eu-west-1:1:q", false, false},
		{"*", "arn:aws:s3:::b", true, true},
	}
	for _, tt := range tests {
		for _, read := range []readings{{starCrossesColons: false}, {starCrossesColons: true}} {
			p := newResourcePattern(tt.pattern, policy.IdentityBased, syntax{wildcards: true}, read)
			want := tt.segments
			if read.starCrossesColons {
				want = tt.wide
			}
			if got := p.match(&resourceText{text: tt.text}, nil); got != want {
				t.Errorf("%q on %q, crossing %v: got %v, want %v", tt.pattern, tt.text, read.starCrossesColons, got, want)
			}
		}
	}
}

func TestSetOperatorRequired(t *testing.T) {
	operator := policy.Operator{Name: "StringEquals", Comparison: policy.StringEquals}
	negated := policy.Operator{Name: "StringNotEquals", Comparison: policy.StringNotEquals}
	tests := []struct {
		operator policy.Operator
		got      []string
		lenient  bool // when no set operator is required; else nothing matches
		clash    bool // in a Deny, of a key that AWS gives one value
		list     bool // in a Deny, of a multivalued key
	}{
		{operator, []string{"a", "b"}, true, true, true},
		{operator, []string{"b", "c"}, false, false, false},
		{negated, []string{"a", "b"}, false, true, false},
		{negated, []string{"b", "c"}, true, true, false},
		{operator, []string{"a"}, true, true, true},
		{negated, []string{"b"}, true, true, true},
		{negated, []string{"a"}, false, false, false},
	}
	for _, tt := range tests {
		ctx := new(Context)
		ctx.Set("k", tt.got...)
		c := policy.Condition{Operator: tt.operator, Key: "k", Values: []policy.Value{{Text: "a"}}}
		strict := newCondition(&c, syntax{}, readings{setOperatorRequired: true})
		if len(tt.got) > 1 && strict.holds(ctx, policy.Allow) {
			t.Errorf("%s on %q holds without a set operator", tt.operator.Name, tt.got)
		}
		if got := strict.holds(ctx, policy.Deny); got != tt.clash {
			t.Errorf("%s on %q in a Deny: got %v, want %v", tt.operator.Name, tt.got, got, tt.clash)
		}
		strict.list = true
		if strict.holds(ctx, policy.Allow) {
			t.Errorf("%s on %q of a multivalued key holds without a set operator", tt.operator.Name, tt.got)
		}
		if got := strict.holds(ctx, policy.Deny); got != tt.list {
			t.Errorf("%s on %q of a multivalued key in a Deny: got %v, want %v", tt.operator.Name, tt.got, got, tt.list)
		}
		lenient := newCondition(&c, syntax{}, readings{})
		if got := lenient.holds(ctx, policy.Deny); got != tt.lenient {
			t.Errorf("%s on %q, lenient: got %v, want %v", tt.operator.Name, tt.got, got, tt.lenient)
		}
	}
}

func TestVariablesInBool(t *testing.T) {
	ctx := new(Context)
	ctx.Set("k", "true")
	ctx.Set("v", "true")
	c := policy.Condition{
		Operator: policy.Operator{Name: "Bool", Comparison: policy.Bool}, Key: "k",
		Values: []policy.Value{{Text: "${v}"}},
	}
	for _, allowed := range []bool{true, false} {
		k := newCondition(&c, syntax{variables: true}, readings{variablesInBool: allowed})
		if got := k.holds(ctx, policy.Allow); got != allowed {
			t.Errorf("variables allowed %v: holds %v", allowed, got)
		}
	}
}

func TestShortARNsFilledUp(t *testing.T) {
	tests := []struct {
		value, got string
		filled     bool // the second reading: what the pattern lacks may be anything
	}{
		{"*", "arn:aws:s3:::b", true},
		{"arn:*", "arn:aws:s3:::b", true},
		{"arn:aws:s3:*", "arn:aws:s3:::b", true},
		{"arn:aws:s*", "arn:aws:s3:::b", true},
		{"arn:aws:sns:*", "arn:aws:s3:::b", false},
		{"arn:aws:s3", "arn:aws:s3:::b", false}, // no star at the end: neither reading fills it up
		{"arn:aws:*:b", "arn:aws:s3:::b", false},
		{"arn:${none, 'aws'}:*", "arn:aws:s3:::b", true},
		{"arn:${none}:*", "arn:aws:s3:::b", false},
	}
	operator := policy.Operator{Name: "ArnLike", Comparison: policy.ARNLike}
	negated := policy.Operator{Name: "ArnNotLike", Comparison: policy.ARNNotLike}
	for _, tt := range tests {
		ctx := new(Context)
		ctx.Set("k", tt.got)
		holds := func(op policy.Operator, effect policy.Effect, read readings) bool {
			c := policy.Condition{Operator: op, Key: "k", Values: []policy.Value{{Text: tt.value}}}
			k := newCondition(&c, syntax{variables: true}, read)
			return k.holds(ctx, effect)
		}
		for _, effect := range []policy.Effect{policy.Allow, policy.Deny} {
			if got := holds(operator, effect, readings{shortARNsFilledUp: true}); got != tt.filled {
				t.Errorf("ArnLike %q on %q, filled up, in effect %d: got %v", tt.value, tt.got, effect, got)
			}
			if got := holds(negated, effect, readings{shortARNsFilledUp: true}); got == tt.filled {
				t.Errorf("ArnNotLike %q on %q, filled up, in effect %d: got %v", tt.value, tt.got, effect, got)
			}
		}
		// The first reading matches nothing, but a Deny is met as in the second too.
		if holds(operator, policy.Allow, readings{}) || holds(operator, policy.Deny, readings{}) != tt.filled {
			t.Errorf("ArnLike %q on %q", tt.value, tt.got)
		}
		if holds(negated, policy.Allow, readings{}) == tt.filled || !holds(negated, policy.Deny, readings{}) {
			t.Errorf("ArnNotLike %q on %q", tt.value, tt.got)
		}
	}
}

// Rule 24 of short ARNs, by kind of policy [ICS resource.ts].
func TestShortARN(t *testing.T) {
	tests := []struct {
		kind            policy.Kind
		plain, wildcard bool
	}{
		{policy.IdentityBased, true, true},
		{policy.PermissionsBoundary, true, true},
		{policy.Session, true, true},
		{policy.ResourceBased, false, true},
		{policy.Endpoint, false, true},
		{policy.ServiceControl, false, true},
		{policy.ResourceControl, false, false},
	}
	text := resourceText{text: "arn:aws:s3:::b/k"}
	for _, tt := range tests {
		for pattern, want := range map[string]bool{"arn:aws:s3": tt.plain, "arn:aws:s3:*": tt.wildcard, "arn:aws:sqs:*": false} {
			p := newResourcePattern(pattern, tt.kind, syntax{wildcards: true}, readings{})
			if got := p.match(&text, nil); got != want {
				t.Errorf("kind %d, %q: got %v, want %v", tt.kind, pattern, got, want)
			}
		}
	}
}
