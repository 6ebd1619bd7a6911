package main

import (
	"strings"
	"testing"

	"github.com/writ-iam/writ/policy"
)

// The caret stands under the place, however long the line and whatever is in it.
func TestPrintPlace(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct {
		name, text string
		offset     int
		line       string
		caret      int // characters before it
	}{
		{"nothing", "", 0, "", 0},
		{"the end", "{", 1, "{", 1},
		{"the end of lines", "{\r\n", 3, "", 0},
		{"indented", "{\n\t  \"a\": é!", 12, `"a": é!`, 6},
		{"within the indent", "\t \t!", 1, "  !", 0},
		{"control characters", "a\x1b[31m\x7fb!", 8, "a [31m b!", 8},
		{"no UTF-8", "a\xffb!", 3, "a\ufffdb!", 3},
		{"long, at the start", "!" + long, 0, "!" + long[:118] + "…", 0},
		{"long, at the end", long + "!", 200, "…" + long[:59] + "!", 60},
		{"long, in the middle", long + "!" + long, 200, "…" + long[:59] + "!" + long[:58] + "…", 60},
		{"just not long", long[:60] + "!" + long[:59], 60, long[:60] + "!" + long[:59], 60},
	}
	for _, tt := range tests {
		before := tt.text[:tt.offset]
		pos := policy.Position{Offset: tt.offset, Line: 1 + strings.Count(before, "\n"), Column: tt.offset - strings.LastIndex(before, "\n")}
		var b strings.Builder
		printPlace(&b, tt.text, pos)
		if want := "    " + tt.line + "\n    " + strings.Repeat(" ", tt.caret) + "^\n"; b.String() != want {
			t.Errorf("%s: got\n%swant\n%s", tt.name, &b, want)
		}
	}
}

// Neither what a document says nor the name of its file moves the cursor of a
// terminal.
func TestValidateNames(t *testing.T) {
	var b strings.Builder
	name := "a\x1b[2J\u202egnp.json"
	c := policyValidateCommand{Kind: "identity"}
	reporters["human"](&b).policy(c.validate(policyText{name: name, text: "{"}))
	if got := b.String(); strings.ContainsAny(got, "\x1b\u202e") || strings.Count(got, "a [2J gnp.json:") != 2 {
		t.Errorf("got\n%q", got)
	}
}

// Every kind that can be asked for has a name in sentences.
func TestKindsHaveNames(t *testing.T) {
	for kind, use := range uses {
		if useName(use) == "" || kindOf(use) != kind {
			t.Errorf("--kind %s is named %q and %q", kind, useName(use), kindOf(use))
		}
	}
	if got := useName(policy.Use{Kind: policy.ResourceBased, Service: "sqs"}); got != "a resource-based policy of sqs" {
		t.Errorf("a queue's policy is named %q", got)
	}
}
