package signin

import (
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/session"
)

// TestFederatedSignInEnds after the 12 hours of AWS's console, though
// GetFederationToken gives credentials for 36.
func TestFederatedSignInEnds(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", "", allowAll)
	b := w.browser()
	b.federate(&session.Session{
		Kind: session.FederatedUser, Account: account, PrincipalID: u.ID, Name: "guest", Issued: w.Now, Expires: w.Now.Add(36 * time.Hour),
	})
	w.Now = w.Now.Add(longest - time.Second)
	if b.who() != "arn:aws:sts::"+account+":federated-user/guest" {
		t.Errorf("before its end: %q", b.who())
	}
	w.Now = w.Now.Add(time.Second)
	if b.who() != "" {
		t.Error("it lasts longer than 12 hours")
	}
}

// TestLoginCSRFByKin: the link of a session that has something in common with
// the one signed in asks too.
func TestLoginCSRFByKin(t *testing.T) {
	w := newWorld(t)
	u, admin := w.user("ann", "", allowAll), w.admin()
	other := w.role("Other", trustAll)
	federated := &session.Session{Kind: session.FederatedUser, Account: account, PrincipalID: u.ID, Name: "ann", Issued: w.Now, Expires: w.Now.Add(time.Hour)}
	asRole := func(b *browser) { b.federate(w.roleSession(admin)) }
	asUser := func(b *browser) { b.enter(u) }
	for name, test := range map[string]struct {
		present func(b *browser)
		next    *session.Session
		asks    bool
	}{
		"the same session":              {asRole, w.roleSession(admin), false},
		"another session of the role":   {asRole, w.roleSession(admin, func(n *session.Session) { n.Name = "eve" }), true},
		"another role":                  {asRole, w.roleSession(other), true},
		"a federated user of one's own": {asUser, federated, true},
	} {
		b := w.browser()
		test.present(b)
		before := b.who()
		p := b.get(link(w.token(test.next)))
		if _, asks := p.formOf("/federation/login"); asks != test.asks || asks && b.who() != before {
			t.Errorf("%s: %d, now %s", name, p.StatusCode, b.who())
		}
	}
}
