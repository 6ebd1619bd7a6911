package shape

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	letters = Pattern{Text: `[a-z]+`, Class: &Class{ASCII: [2]uint64{0, 0x7fffffe00000000}}, Min: 1}
	name    = TextRule{Min: 2, Max: 4, Pattern: &letters, Each: "[the rule]"}
	status  = TextRule{Enum: []string{"Active", "Inactive"}, Each: "[the enum]"}
)

// constraints are what c found, in the form path: constraint.
func constraints(c *Checker) []string {
	var out []string
	for _, v := range c.Violations() {
		out = append(out, v.Path+": "+v.Constraint)
	}
	return out
}

const (
	tooLong  = "n: Member must have length less than or equal to 4"
	tooShort = "n: Member must have length greater than or equal to 2"
	noMatch  = "n: Member must satisfy regular expression pattern: [a-z]+"
)

func TestText(t *testing.T) {
	for _, test := range []struct {
		rule  *TextRule
		value string
		want  []string
	}{
		{&name, "ab", nil},
		{&name, "abcd", nil},
		{&name, "abcde", []string{tooLong}},
		{&name, "a", []string{tooShort}},
		{&name, "", []string{tooShort, noMatch}},
		{&name, "ABCDE", []string{tooLong, noMatch}},
		{&TextRule{Min: 2, Max: 4}, "éé", nil}, // characters, not bytes
		{&TextRule{Min: 2, Max: 4}, "éééé", nil},
		{&TextRule{Min: 2, Max: 4}, "ééééé", []string{tooLong}},
		{&TextRule{Min: 2, Max: 4}, "é", []string{tooShort}},
		{&TextRule{}, strings.Repeat("x", 1e6), nil},
		{&status, "Active", nil},
		{&status, "active", []string{"n: Member must satisfy enum value set: [Active, Inactive]"}},
		{&status, "", []string{"n: Member must satisfy enum value set: [Active, Inactive]"}},
	} {
		var c Checker
		c.Text(nil, "n", test.value, test.rule)
		if diff := cmp.Diff(test.want, constraints(&c)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.value, diff)
		}
	}
}

func TestNumber(t *testing.T) {
	rule := &NumberRule{Min: 900, Max: 43200}
	for value, want := range map[int64][]Violation{
		900:   nil,
		43200: nil,
		899:   {{Path: "n", Value: "899", Constraint: "Member must have value greater than or equal to 900"}},
		43201: {{Path: "n", Value: "43201", Constraint: "Member must have value less than or equal to 43200"}},
	} {
		var c Checker
		c.Number(nil, "n", value, rule)
		if diff := cmp.Diff(want, c.Violations()); diff != "" {
			t.Errorf("%d (-want +got):\n%s", value, diff)
		}
	}
}

func TestCheckTexts(t *testing.T) {
	count := &CountRule{Min: 1, Max: 2}
	secret := &TextRule{Max: 1, Secret: true, Each: "[the rule]"}
	for _, test := range []struct {
		name  string
		list  []string
		count *CountRule
		each  *TextRule
		want  []Violation
	}{
		{"fine", []string{"ab", "cd"}, count, &name, nil},
		{"no rules", []string{""}, nil, nil, nil},
		{"too few", []string{}, count, &name,
			[]Violation{{Path: "l", Value: "[]", Constraint: "Member must have length greater than or equal to 1"}}},
		{"too many", []string{"ab", "cd", "ef"}, count, nil,
			[]Violation{{Path: "l", Value: "[ab, cd, ef]", Constraint: "Member must have length less than or equal to 2"}}},
		{"an element", []string{"ab", "C", "D"}, nil, &name,
			[]Violation{{Path: "l", Value: "[ab, C, D]", Constraint: "Member must satisfy constraint: [the rule]"}}},
		{"an enum", []string{"Deleted"}, nil, &status,
			[]Violation{{Path: "l", Value: "[Deleted]", Constraint: "Member must satisfy constraint: [the enum]"}}},
		{"secrets", []string{"ab"}, nil, secret,
			[]Violation{{Path: "l", NoValue: true, Constraint: "Member must satisfy constraint: [the rule]"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c Checker
			CheckTexts(&c, nil, "l", test.list, test.count, test.each)
			if diff := cmp.Diff(test.want, c.Violations()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCount(t *testing.T) {
	var c Checker
	c.Count(nil, "tags", 50, &CountRule{Max: 50})
	c.Count(nil, "tags", 51, &CountRule{Max: 50})
	want := []Violation{{Path: "tags", NoValue: true, Constraint: "Member must have length less than or equal to 50"}}
	if diff := cmp.Diff(want, c.Violations()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPath(t *testing.T) {
	config := &Path{Name: "config"}
	rule := &Path{Up: config, Name: "rules", Index: 2}
	for want, p := range map[string]*Path{
		"name":                       nil,
		"config.name":                config,
		"config.rules.2.member.name": rule,
	} {
		if got := p.of("name"); got != want {
			t.Errorf("path = %s, want %s", got, want)
		}
	}
}
