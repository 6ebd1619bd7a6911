package signin

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

// TestPKCE: a code is worth nothing to who saw it pass.
func TestPKCE(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	code := c.code(b)
	for name, verifier := range map[string]string{"another": strings.Repeat("x", 54), "the challenge itself": c.challenge(), "the verifier and more": c.verifier + "x"} {
		in := c.redemption(code)
		in.CodeVerifier = verifier
		c.token(in, c.proof(nil)).invalid(t, name)
	}
	c.redeem(code).good(t) // a stranger's attempts do not spend it
}

// TestCodesOfOthers: a code is good for the client and the address that it was
// made for.
func TestCodesOfOthers(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	code := c.code(b)
	in := c.redemption(code)
	in.RedirectURI = "http://127.0.0.1:53038/oauth/callback"
	c.token(in, c.proof(nil)).invalid(t, "another port")
	in = c.redemption(code)
	in.ClientID = crossDevice.id
	c.token(in, c.proof(nil)).invalid(t, "another client")
	elsewhere := newWorld(t)
	far := elsewhere.cli()
	far.redeem(code).refused(t, "another installation", 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
	for name, forged := range map[string]string{
		"rubbish": "x", "cut": code[:len(code)-1], "longer": code + "A", "with a line end": code + "\n", "a session token": c.login(b).AccessToken.SessionToken, "too long": strings.Repeat("A", 513),
	} {
		c.redeem(forged).refused(t, name, 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
	}
	w.Now = w.Now.Add(codeLife)
	c.redeem(code).refused(t, "ten minutes later", 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
}

// TestCodesFitClients: AWS's clients take at most 512 characters.
func TestCodesFitClients(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.remoteCLI()
	b.enter(w.user(strings.Repeat("a", 64), "", mayLogIn))
	if code := c.code(b); len(code) > maxCode {
		t.Errorf("%d characters", len(code))
	}
}

// TestCodeReplay: a code works once, and who uses it again with all that its
// client knew ends what it began (RFC 6749, 4.1.2).
func TestCodeReplay(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	code := c.code(b)
	a := c.redeem(code).good(t)
	in := c.redemption(code)
	in.CodeVerifier = strings.Repeat("x", 54)
	c.token(in, c.proof(nil)).invalid(t, "without the verifier")
	c.refresh(a.RefreshToken).good(t)
	thief := w.cli()
	thief.redeem(code).refused(t, "with the verifier", 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
	c.refresh(a.RefreshToken).refused(t, "after that", 401, "AccessDeniedException", "TOKEN_EXPIRED")
	if e := w.eventWith(`"errorCode":"AccessDeniedException"`); !strings.Contains(e, `"success":"false"`) {
		t.Errorf("the event of it: %s", e)
	}
	c.redeem(code).refused(t, "once more", 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
	if b.get(home).StatusCode != 200 {
		t.Error("the browser's sign-in ended")
	}
}

// TestCodeReplayAfterSigningOut ends what the code began, too.
func TestCodeReplayAfterSigningOut(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	code := c.code(b)
	a := c.redeem(code).good(t)
	b.submit(b.get(home))
	w.cli().redeem(code).refused(t, "a replay", 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
	c.refresh(a.RefreshToken).refused(t, "after that", 401, "AccessDeniedException", "TOKEN_EXPIRED")
}

// TestCodeReplayAtOnce: of many who redeem a code at the same time one gets
// credentials at the most, and nobody can renew them.
func TestCodeReplayAtOnce(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	in := c.redemption(c.code(b))
	good := atOnce(func() bool { return c.token(in, c.proof(nil)).status == 200 })
	if good > 1 {
		t.Errorf("%d got credentials", good)
	}
	if n := w.DB.Snapshot().NumSignIns(); n != 1 { // the browser's
		t.Errorf("%d sign-ins are kept", n)
	}
}

// atOnce does something eight times at once and counts how often it is true.
func atOnce(do func() bool) int {
	var wg sync.WaitGroup
	results := make(chan bool, 8)
	for range cap(results) {
		wg.Go(func() { results <- do() })
	}
	wg.Wait()
	close(results)
	good := 0
	for ok := range results {
		if ok {
			good++
		}
	}
	return good
}

// signedIn is the sign-in of the browser.
func (b *browser) signedIn() *state.SignIn {
	b.world.T.Helper()
	for _, c := range b.jar.Cookies(mustURL(origin)) {
		if in, ok := b.world.DB.Snapshot().SignIn(state.Digest("sign-in", c.Value)); ok {
			return in
		}
	}
	b.world.T.Fatal("the browser has no sign-in")
	return nil
}

// TestCodeOfFormerRole: a code acts as who was shown when it was made.
func TestCodeOfFormerRole(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	u := w.user("ann", "", mayLogIn)
	b.enter(u)
	code := c.code(b)
	in := b.signedIn()
	other := *in
	token, _, err := w.Sessions.Issue(w.DB.Snapshot(), &session.Session{
		Kind: session.SignedIn, Account: account, PrincipalID: u.ID, Issued: w.Now, Expires: w.Now.Add(time.Hour), SignIn: in.ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	other.Switched = state.Secret(token)
	w.Update(func(tx *state.Tx) { tx.PutSignIn(&other) })
	c.redeem(code).refused(t, "after a switch", 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
}
