package engine

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/policy"
)

func TestParseDecimal(t *testing.T) {
	for _, s := range []string{"", "-", ".5", "5.", "1e", "e3", "1e309", "1e-309", "1e999999999999999999999", "1e3.5", "0x10", "10abc", " 1", "1 ", "--1", "1.2.3", "٣", "NaN"} {
		if _, ok := parseDecimal(s); ok {
			t.Errorf("%q is read as a number", s)
		}
	}
	for _, pair := range [][2]string{{"0", "-0"}, {"1", "+1"}, {"007", "7"}, {"1.50", "1.5"}, {"-0.0", "0"}, {"1e3", "1000"}, {"1.25E-2", "0.0125"}, {"12e-1", "1.2"}, {"-5e+0", "-5"}} {
		a, _ := parseDecimal(pair[0])
		b, ok := parseDecimal(pair[1])
		if !ok || a.compare(b) != 0 {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
}

func TestDecimalsAreExact(t *testing.T) {
	number := rapid.StringMatching(`-?[0-9]{1,25}(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, okx := parseDecimal(a)
		y, oky := parseDecimal(b)
		p, _ := new(big.Rat).SetString(a)
		q, _ := new(big.Rat).SetString(b)
		if !okx || !oky || x.compare(y) != p.Cmp(q) {
			t.Fatalf("%s and %s: got %d, want %d", a, b, x.compare(y), p.Cmp(q))
		}
	})
}

func TestParseDate(t *testing.T) {
	tests := []struct {
		text string
		want string // RFC 3339; "" for what is no date
	}{
		{"2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z"},
		{"2026-02-03T04:05:06.789Z", "2026-02-03T04:05:06.789Z"},
		{"2026-02-03T04:05:06+02:30", "2026-02-03T01:35:06Z"},
		{"2026-02-03T04:05:06-02:30", "2026-02-03T06:35:06Z"},
		{"2026-02-03T04:05Z", "2026-02-03T04:05:00Z"},
		{"2026-02-03T04:05:06", "2026-02-03T04:05:06Z"},
		{"2026-02-03", "2026-02-03T00:00:00Z"},
		{"2026-02", "2026-02-01T00:00:00Z"},
		{"0", "1970-01-01T00:00:00Z"},
		{"1767225600", "2026-01-01T00:00:00Z"},
		{"-1", "1969-12-31T23:59:59Z"},
		{"2024", "1970-01-01T00:33:44Z"}, // seconds: a date has dashes
		{"2026-02-30", ""},
		{"2026-13-01", ""},
		{"2026-02-03T24:00:00Z", ""},
		{"2026-02-03T04:60:00Z", ""},
		{"2026-02-03T04:05:06.Z", "2026-02-03T04:05:06Z"}, // these forms AWS stores too
		{"2026-2-3t4:5:6z", "2026-02-03T04:05:06Z"},
		{"2026-02-03T04+0230", "2026-02-03T01:30:00Z"},
		{"2026-02-03T04:05:06-08", "2026-02-03T12:05:06Z"},
		{"2026-02-03T", "2026-02-03T00:00:00Z"},
		{"26-02-03", "0026-02-03T00:00:00Z"},
		{"2026-02-03T04:05.5Z", ""},
		{"2026-02-03T04:05:06+2430", ""},
		{"2026-02-03T04:05:06+02:3", ""},
		{"2026-99999999999-01", ""},
		{"2026-02-03 04:05:06Z", ""},
		{"20260203T040506Z", ""},
		{"1767225600.5", ""},
		{"9999999999999999999", ""},
		{"tomorrow", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, ok := parseDate(tt.text)
		if tt.want == "" {
			if ok {
				t.Errorf("%q is read as %v", tt.text, got)
			}
			continue
		}
		want, err := time.Parse(time.RFC3339Nano, tt.want)
		if err != nil {
			t.Fatal(err)
		}
		if !ok || got.seconds != want.Unix() || got.nanos != int64(want.Nanosecond()) {
			t.Errorf("%q: got %v, %v, want %v", tt.text, got, ok, want)
		}
	}
}

func TestParseNetwork(t *testing.T) {
	tests := map[string]string{
		"10.0.0.1": "10.0.0.1/32", "10.1.2.3/8": "10.0.0.0/8", "2001:DB8::1": "2001:db8::1/128", "2001:db8::/32": "2001:db8::/32",
		"0.0.0.0/0": "0.0.0.0/0", "::ffff:10.0.0.1": "10.0.0.1/32", "::ffff:10.1.0.0/104": "10.0.0.0/8", "::/0": "::/0", "10.0.0": "", "10.0.0.1/33": "", "010.0.0.1": "", "fe80::1%eth0": "", "": "", "10.0.0.1/": "", "${a}": "",
	}
	for text, want := range tests {
		p, ok := parseNetwork(text)
		if ok != (want != "") || ok && p.String() != want {
			t.Errorf("%q: got %v, %v, want %q", text, p, ok, want)
		}
	}
}

func TestParsePattern(t *testing.T) {
	x := syntax{wildcards: true, variables: true}
	tests := []struct{ text, want string }{
		{"a${b}c", "'a' ${b} 'c'"},
		{"${a, 'x y'}", "${a|x y}"},
		{"${a,'x'}", "${a|x}"},
		{"${a, ''}", "${a|}"},
		{"${a, '}'}", "${a|}}"},
		{"${*}${?}${$}", "'*?$'"},
		{"${}", "'${}'"},
		{"${a", "'${a'"},
		{"${a, x}", "'${a, x}'"},
		{"${a, 'x", "'${a, 'x'"},
		{"$a{b}", "'$a{b}'"},
		{"**?*", "? *"},
		{"*a*?b", "* 'a' ? * 'b'"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := x.parse(tt.text).print(); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
	}
}

// print writes a pattern for people.
func (p pattern) print() string {
	var words []string
	for _, e := range p {
		switch {
		case e.kind == literal:
			words = append(words, "'"+e.text+"'")
		case e.kind == anyChar:
			words = append(words, "?")
		case e.kind == star:
			words = append(words, "*")
		case e.hasDefault:
			words = append(words, "${"+e.written+"|"+e.text+"}")
		default:
			words = append(words, "${"+e.written+"}")
		}
	}
	return strings.Join(words, " ")
}

// Trip case 19: an operator that nobody knows never grants, and a Deny with it
// denies.
func TestUnknownOperator(t *testing.T) {
	statement := func(effect policy.Effect) policy.Statement {
		return policy.Statement{
			Effect: effect, Action: policy.Patterns{Values: []policy.Value{{Text: "s3:*"}}},
			Resource:   &policy.Patterns{Values: []policy.Value{{Text: "*"}}},
			Conditions: []policy.Condition{{Operator: policy.Operator{Name: "StringSounds"}, Key: "aws:username", Values: []policy.Value{{Text: "ann"}}}},
		}
	}
	r := &Request{Principal: callers[2], Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Context: new(Context)}
	r.Context.SetPrincipal(&r.Principal)
	for effect, want := range map[policy.Effect]Effect{policy.Allow: ImplicitDeny, policy.Deny: ExplicitDeny} {
		doc := &policy.Document{Kind: policy.IdentityBased, Version: policy.Version2012, Statements: []policy.Statement{statement(effect)}}
		l := &Layers{Identity: []*Policy{mustCompile(t, doc)}}
		if d := Decide(r, l); d.Effect != want {
			t.Errorf("effect %d: got %+v, want %v", effect, d, want)
		}
		l.Identity = append(l.Identity, allowAll(t, policy.IdentityBased))
		if d := Decide(r, l); (d.Effect == ExplicitDeny) != (effect == policy.Deny) {
			t.Errorf("effect %d beside an allow: got %+v", effect, d)
		}
	}
}
