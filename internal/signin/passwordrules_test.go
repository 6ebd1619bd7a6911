package signin

import (
	"html"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/state"
)

// TestPasswordRules: the page says what the account asks, and a password that
// keeps to all of it but one rule is refused.
func TestPasswordRules(t *testing.T) {
	for name, c := range map[string]struct {
		policy  *state.PasswordPolicy
		rules   []string
		refused []string
	}{
		"default": {nil, []string{"At least 8 characters", "Three of these four: one uppercase letter", "Not the name or the email address of the account"},
			[]string{"Abcde-1", "abcdefgh-"}},
		"all": {&state.PasswordPolicy{Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, Reuse: 3},
			[]string{"At least 8 characters", "At least one uppercase letter (A to Z)", "At least one lowercase letter (a to z)",
				"At least one digit", "At least one of the symbols ! @ #", "None of your last 3 passwords"},
			[]string{"Abcd-12", "abcdefg-1", "ABCDEFG-1", "Abcdefgh-", "Abcdefgh1", secret}},
		"one former": {&state.PasswordPolicy{Reuse: 1}, []string{"At least 8 characters", "Not your last password"}, []string{secret}},
		"length":     {&state.PasswordPolicy{}, []string{"At least 8 characters"}, []string{"abcdefg"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			u := w.user("ann", secret, mayChange)
			w.login(u, mustChange)
			forgive := func() { w.login(u, func(l *state.LoginProfile) { l.Attempts = state.Attempts{} }) }
			if c.policy != nil {
				w.passwordPolicy(*c.policy)
			}
			b := w.browser()
			if p := b.signIn(account, "ann", "wrong"); strings.Contains(p.text, "At least") {
				t.Errorf("who does not know the password is told: %s", p.text)
			}
			p := b.signIn(account, "ann", secret)
			text := html.UnescapeString(p.text)
			for _, rule := range c.rules {
				if !strings.Contains(text, "<li>"+rule) {
					t.Errorf("the page lacks %q", rule)
				}
			}
			if n := strings.Count(text, "<li>"); n != len(c.rules) {
				t.Errorf("%d rules: %s", n, text)
			}
			for _, next := range c.refused {
				forgive()
				again := b.submit(p, "old_password", secret, "new_password", next, "repeated", next).wants(t, 400, "does not conform")
				if !strings.Contains(again.text, "<li>At least 8 characters") {
					t.Errorf("after %s the page lacks the rules: %s", next, again.text)
				}
			}
			forgive()
			b.submit(p, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").enters(t, home)
		})
	}
}
