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

// TestLoginCSRFWithinRole: another session of the same role is somebody else,
// whose link asks too.
func TestLoginCSRFWithinRole(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	b := w.browser()
	b.federate(w.roleSession(r))
	p := b.get(link(w.token(w.roleSession(r, func(n *session.Session) { n.Name = "eve" }))))
	if _, asks := p.formOf("/federation/login"); p.StatusCode != 200 || !asks || b.who() != roleARN("Admin") {
		t.Errorf("%d, now %s: %s", p.StatusCode, b.who(), p.text)
	}
}
