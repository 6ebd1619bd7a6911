package signin

import (
	"fmt"

	"github.com/writ-iam/writ/internal/state"
)

// passwordRules says what the account asks of a password, as IAM judges it. See
// "Set an account password policy for IAM users" in the IAM User Guide.
func passwordRules(snap *state.Snapshot, account string) []string {
	p, ok := snap.PasswordPolicy(account)
	if !ok {
		return []string{
			"At least 8 characters",
			"Three of these four: " + upperRule + ", " + lowerRule + ", " + digitRule + ", " + symbolRule,
			"Not the name or the email address of the account",
		}
	}
	rules := []string{fmt.Sprintf("At least %d characters", p.MinLength)}
	for _, r := range []struct {
		asked bool
		text  string
	}{{p.Uppercase, upperRule}, {p.Lowercase, lowerRule}, {p.Numbers, digitRule}, {p.Symbols, symbolRule}} {
		if r.asked {
			rules = append(rules, "At least "+r.text)
		}
	}
	switch {
	case p.Reuse == 1:
		rules = append(rules, "Not your last password")
	case p.Reuse > 1:
		rules = append(rules, fmt.Sprintf("None of your last %d passwords", p.Reuse))
	}
	return rules
}

const (
	upperRule  = "one uppercase letter (A to Z)"
	lowerRule  = "one lowercase letter (a to z)"
	digitRule  = "one digit"
	symbolRule = "one of the symbols ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '"
)
