package main

import (
	"testing"

	"github.com/writ-iam/writ/internal/authz"
)

func TestStatementIsDescribedByWhatIsKnown(t *testing.T) {
	for want, s := range map[string]authz.Statement{
		"statement 1 at 1:38":           {Line: 1, Column: 38},
		"Allow statement 2 of p at 3:4": {Policy: "p", Index: 1, Effect: "Allow", Line: 3, Column: 4},
		"Deny Sid of p at 3:4":          {Policy: "p", Sid: "Sid", Effect: "Deny", Line: 3, Column: 4},
	} {
		if got := describe(&s); got != want {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
}
