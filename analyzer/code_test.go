package analyzer

import (
	"testing"

	"github.com/writ-iam/writ/policy"
)

// Every code has a sentence and an example, and the example has that finding and
// no other.
func TestCodes(t *testing.T) {
	for _, info := range Codes() {
		got := Validate(info.Use, info.Example)
		if len(got) != 1 || got[0].Code != info.Code || got[0].Severity != info.Severity {
			t.Errorf("%s: the example has %+v", info.Code, got)
		}
		if info.Sentence == "" || info.Code.Sentence() != info.Sentence {
			t.Errorf("%s: the sentence is %q", info.Code, info.Code.Sentence())
		}
	}
	if got := Code(policy.BadSid).Sentence(); got != policy.BadSid.Sentence() {
		t.Errorf("the sentence of a code of package policy is %q", got)
	}
	if got := Code("none").Sentence(); got != "" {
		t.Errorf("a code that is none has the sentence %q", got)
	}
}
