package signin

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/password"
	"github.com/writ-iam/writ/internal/state"
)

// counted counts the passwords that are compared, with real hashes and in all.
type counted struct{ real, all atomic.Int64 }

// countHashes has the pages count; compare does the work.
func (w *world) countHashes(compare func(ctx context.Context, hash, secret string) (bool, error)) *counted {
	n := new(counted)
	w.signIn.matches = func(ctx context.Context, hash, secret string) (bool, error) {
		n.all.Add(1)
		if hash != password.Nobodys {
			n.real.Add(1)
		}
		return compare(ctx, hash, secret)
	}
	return n
}

// plainly compares without work, where a test tries many.
func plainly(_ context.Context, hash, given string) (bool, error) {
	return hash != password.Nobodys && given == secret, nil
}

// guesser is a browser at an address of its own.
func (w *world) guesser(n int) *browser {
	b := w.browser()
	b.from = fmt.Sprintf("198.51.%d.%d", n/250, n%250+1)
	return b
}

// tried is what a try at the first page cost and answered.
type tried struct {
	commits, hashes int64
	status          int
	text            string
	header          string
}

func (w *world) try(b *browser, hashes *counted, account, user, given string) tried {
	w.T.Helper()
	p := b.get("/signin")
	rev, before := w.DB.Snapshot().Rev, hashes.all.Load()
	p = b.submit(p, "account", account, "username", user, "password", given)
	text := typed.ReplaceAllString(strings.ReplaceAll(p.text, b.token(), "TOKEN"), "")
	p.Header.Del("X-Amzn-Requestid")
	return tried{int64(w.DB.Snapshot().Rev - rev), hashes.all.Load() - before, p.StatusCode, text, fmt.Sprint(p.Header)}
}

// typed is what a page shows again.
var typed = regexp.MustCompile(`(name="(account|username)") value="[^"]*"`)

// token is the browser's form token.
func (b *browser) token() string {
	for _, c := range b.jar.Cookies(mustURL(origin)) {
		if c.Name == "__Host-"+formCookie {
			return state.Digest("form", c.Value)
		}
	}
	return "none"
}

// TestCVE_2025_0693_Enumeration (AWS sign-in), CVE-2026-33419 (MinIO) and
// CVE-2025-6011 (Vault): whether there is an account, a user or a password shows
// neither in the answer nor in the work: so many hashes, so many commits.
func TestCVE_2025_0693_Enumeration(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	w.user("keyless", "", "")
	w.user("blocked", secret, "")
	hashes := w.countHashes(password.Matches)
	for i := range 6 {
		w.try(w.guesser(100+i), hashes, account, "blocked", "wrong")
	}
	known := w.try(w.guesser(0), hashes, account, "ann", "wrong")
	if known.status != 403 || known.hashes != 1 || known.commits != 2 {
		t.Fatalf("a wrong password of a user: %+v", known)
	}
	for i, attack := range [][3]string{
		{account, "nobody", "wrong"}, {account, "keyless", "wrong"}, {"999999999999", "ann", "wrong"}, {"no-such-alias", "ann", "wrong"},
		{account, "blocked", "wrong"}, {account, "blocked", secret}, {"", "", ""}, {account, "ann", ""}, {account, "ann", strings.Repeat("x", 100_000)},
		{account, "a\x00b", "wrong"}, {account, "ann'--", "wrong"}, {account, "ann\n", "wrong"},
	} {
		got := w.try(w.guesser(i+1), hashes, attack[0], attack[1], attack[2])
		if got != known {
			t.Errorf("%.80q: %+v", attack, got)
		}
	}
}

// TestCVE_2025_6004_LockoutBypass (Vault): no spelling of a name has guesses of
// its own.
func TestCVE_2025_6004_LockoutBypass(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	w.Update(func(tx *state.Tx) {
		a, _ := tx.Account(account)
		named := *a
		named.Aliases = []string{"acme"}
		tx.PutAccount(&named)
	})
	hashes := w.countHashes(plainly)
	for i, as := range [][2]string{
		{account, "ann"}, {"acme", "ann"}, {" " + account, "ANN"}, {"1234-5678-9012", " ann"}, {"ACME ", "Ann\t"},
		{account, "aNN"}, {"acme", "ann\n"}, {account, "anN "}, {"Acme", "ANn"},
	} {
		w.try(w.guesser(i), hashes, as[0], as[1], "wrong")
	}
	if n := hashes.real.Load(); n != 5 {
		t.Errorf("%d guesses were looked at", n)
	}
	if n := w.DB.Snapshot().NumSignInAttempts(); n != 1 {
		t.Errorf("%d counts", n)
	}
}

// TestGuessesAtOnce: of a hundred at the same time no more than five are looked
// at, though the right one is among them.
func TestGuessesAtOnce(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	all := make(chan struct{})
	hashes := w.countHashes(func(ctx context.Context, hash, given string) (bool, error) {
		<-all
		return plainly(ctx, hash, given)
	})
	var guessing sync.WaitGroup
	var in atomic.Int64
	for i := range 100 {
		b := w.guesser(i)
		p := b.get("/signin")
		guessing.Go(func() {
			if b.submit(p, "account", account, "username", "ann", "password", fmt.Sprint("guess", i)).StatusCode == 303 {
				in.Add(1)
			}
		})
	}
	close(all)
	guessing.Wait()
	if n := hashes.real.Load(); n != 5 || hashes.all.Load() != 100 {
		t.Errorf("%d of %d guesses were looked at", n, hashes.all.Load())
	}
	if in.Load() != 0 {
		t.Error("one got in")
	}
	w.guesser(200).signIn(account, "ann", secret).wants(t, 403, incorrect)
	w.Now = w.Now.Add(30 * time.Second)
	w.guesser(201).signIn(account, "ann", secret).enters(t, home)
	w.guesser(202).signIn(account, "ann", "wrong").wants(t, 403, incorrect)
	w.guesser(203).signIn(account, "ann", secret).enters(t, home) // the right one took all back
}

// TestEventsOfGuessesAreBounded: what is not looked at is not recorded, and of
// names that nobody has only so many are; the name is not.
func TestEventsOfGuessesAreBounded(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, "")
	w.countHashes(plainly)
	for i := range 20 {
		w.guesser(i).signIn(account, "ann", "wrong")
	}
	if n := len(w.events()); n != 5 {
		t.Errorf("%d events of twenty guesses", n)
	}
	w.wantEvents(`"userIdentity":{"type":"IAMUser","principalId":"`+u.ID+`","accountId":"`+account+`","userName":"ann"}`,
		`"errorMessage":"Failed authentication"`, `"responseElements":{"ConsoleLogin":"Failure"}`)
	w.guesser(0).signIn("999999999999", "ann", "wrong")
	if n := len(w.events()); n != 5 {
		t.Errorf("an event of no account: %s", w.events()[0])
	}
	for i := range 2 * imaginaryEvents {
		w.guesser(100+i).signIn(account, fmt.Sprint("My-Password-", i), "wrong")
	}
	w.wantEvents(`"userIdentity":{"type":"IAMUser","accountId":"`+account+`","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
		`"errorMessage":"No username found in supplied account"`, `"responseElements":{"ConsoleLogin":"Failure"}`)
	if n := len(w.events()); n != 5+imaginaryEvents {
		t.Errorf("%d events of names that nobody has", n-5)
	}
	if strings.Contains(strings.Join(w.events(), ""), "My-Password") {
		t.Error("what was typed as a name is recorded")
	}
}

// TestHangingUpIsAGuess: who does not wait for the answer has guessed, and is
// recorded.
func TestHangingUpIsAGuess(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	for i := range 6 {
		b := w.guesser(i)
		fields := b.get("/signin").forms[0].fields
		for name, value := range map[string]string{"account": account, "username": "ann", "password": "wrong"} {
			fields.Set(name, value)
		}
		ctx, hangUp := context.WithCancel(t.Context())
		w.signIn.matches = func(context.Context, string, string) (bool, error) {
			hangUp()
			return false, nil
		}
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, origin+"/signin", strings.NewReader(fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.send(r)
	}
	if n := len(w.events()); n != 5 {
		t.Errorf("%d events of six guesses", n)
	}
}

// TestFloodWaitsItsTurn: a guess that waits too long for a hash is answered, and
// nobody is told anything.
func TestFloodWaitsItsTurn(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	w.signIn.matches = func(ctx context.Context, _, _ string) (bool, error) {
		if until, ok := ctx.Deadline(); !ok || time.Until(until) > hashWait {
			t.Errorf("it may wait until %v", until)
		}
		return true, context.DeadlineExceeded
	}
	b := w.browser()
	b.signIn(account, "ann", secret).wants(t, 503, tooBusy)
	if b.inside() {
		t.Error("in")
	}
}

// TestTriesOfOneAddress: ten in a minute, whoever they are for; nobody else
// pays for it.
func TestTriesOfOneAddress(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	hashes := w.countHashes(plainly)
	b := w.browser()
	b.from = "[2001:db8:1:2::1]"
	for i := range 20 {
		b.from = fmt.Sprintf("[2001:db8:1:2::%x]", i+1) // one customer has all of these
		b.signIn(account, fmt.Sprint("user", i), "wrong")
	}
	if n := hashes.all.Load(); n != triesAMinute {
		t.Errorf("%d tries were looked at", n)
	}
	p := b.signIn(account, "ann", secret).wants(t, 429, tooOften)
	if p.Header.Get("Retry-After") == "" || !strings.Contains(p.text, `<input id="password"`) {
		t.Errorf("%v %s", p.Header, p.text)
	}
	b.from = "[2001:db8:1:3::1]"
	b.signIn(account, "ann", secret).enters(t, home)
	b.from = "[2001:db8:1:2::1]"
	w.Now = w.Now.Add(time.Minute)
	b.signIn(account, "ann", secret).enters(t, home)
}

// TestForwardedForIsNotBelieved: nobody gets tries by inventing addresses.
func TestForwardedForIsNotBelieved(t *testing.T) {
	w := newWorld(t)
	hashes := w.countHashes(plainly)
	b := w.browser()
	for i := range 20 {
		fields := b.get("/signin").forms[0].fields
		r := httptest.NewRequest(http.MethodPost, origin+"/signin", strings.NewReader(fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip"} {
			r.Header.Set(name, fmt.Sprintf("203.0.113.%d", i))
		}
		b.send(r)
	}
	if n := hashes.all.Load(); n != triesAMinute {
		t.Errorf("%d tries were looked at", n)
	}
}

// TestAddressesAreBounded: in memory, and without letting the busiest go.
func TestAddressesAreBounded(t *testing.T) {
	var limits tries
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	busy := netip.MustParseAddr("192.0.2.1")
	for range triesAMinute {
		limits.allow(busy, now)
	}
	for i := range 3 * addressesYoung {
		limits.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
		if i%addressesYoung == 0 && limits.allow(busy, now) {
			t.Fatal("the busy address begins anew")
		}
	}
	if n := len(limits.young) + len(limits.old); n > 2*addressesYoung {
		t.Errorf("%d addresses are kept", n)
	}
	if limits.allow(netip.Addr{}, now); limits.young[netip.Prefix{}] == nil {
		t.Error("an unknown address is not limited")
	}
}

// TestCVE_2025_6015_MFALimitBypass and -6014 (Vault): codes are counted by the
// device. Beginning anew with the password gives no new guesses, and a code is
// taken once.
func TestCVE_2025_6015_MFALimitBypass(t *testing.T) {
	w := newWorld(t)
	d := w.device(w.user("ann", secret, ""), "d")
	w.countHashes(plainly)
	events := 0
	for i := range 10 {
		b := w.guesser(i)
		b.submit(b.signIn(account, "ann", secret), "code", fmt.Sprintf("%06d", i)).wants(t, 403, incorrect)
		if strings.Contains(w.events()[0], "Failure") {
			events++
		}
	}
	if events != 5 {
		t.Errorf("%d events of failures", events)
	}
	b := w.guesser(20)
	p := b.signIn(account, "ann", secret)
	b.submit(p, "code", w.code(d)).wants(t, 403, incorrect) // blocked: the right one as a wrong one
	w.Now = w.Now.Add(time.Minute)
	b.submit(p, "code", w.code(d)).enters(t, home)
	c := w.guesser(21)
	c.submit(c.signIn(account, "ann", secret), "code", w.code(d)).wants(t, 403, incorrect)
}

// TestCodeOfOneDeviceDoesNotCountForOthers: who has two devices is not locked
// out of one by using the other.
func TestCodeOfOneDeviceDoesNotCountForOthers(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, "")
	w.countHashes(plainly)
	w.device(u, "first")
	d := w.device(u, "second")
	for range 7 {
		b := w.browser()
		b.submit(b.signIn(account, "ann", secret), "code", w.code(d)).enters(t, home)
		w.Now = w.Now.Add(time.Minute)
	}
	if first := w.DB.Snapshot().MFADevicesOf(u.ID)[0]; first.Attempts.Failed != 0 {
		t.Errorf("%d wrong guesses at the other device", first.Attempts.Failed)
	}
}

// TestStepReplay: a step leads in once, though each time with a right code.
func TestStepReplay(t *testing.T) {
	w := newWorld(t)
	d := w.device(w.user("ann", secret, ""), "d")
	b := w.browser()
	p := b.signIn(account, "ann", secret)
	b.submit(p, "code", w.code(d)).enters(t, home)
	w.Now = w.Now.Add(time.Minute)
	b.submit(p, "code", w.code(d)).wants(t, 403, beginAnew)
}

// TestStepOfAnotherBrowser and other forgeries lead nowhere.
func TestStepOfAnotherBrowser(t *testing.T) {
	w := newWorld(t)
	d := w.device(w.user("ann", secret, ""), "d")
	w.login(w.user("bob", secret, mayChange), mustChange)
	b, thief := w.browser(), w.browser()
	p, q := b.signIn(account, "ann", secret), b.signIn(account, "bob", secret)
	own := thief.get("/signin").forms[0].fields
	for name, step := range map[string]string{
		"another browser's": p.forms[0].fields.Get("step"), "none": "", "no step": "AAAA", "cut": p.forms[0].fields.Get("step")[:40],
	} {
		thief.post("/signin/mfa", own, "step", step, "code", w.code(d)).wants(t, 403, beginAnew)
		thief.post("/signin/password", own, "step", step, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").
			wants(t, 403, beginAnew)
		if thief.inside() {
			t.Errorf("%s: in", name)
		}
	}
	// A step towards a code is none towards a new password, nor the other way.
	b.post("/signin/password", p.forms[0].fields, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").wants(t, 403, beginAnew)
	b.post("/signin/mfa", q.forms[0].fields, "code", w.code(d)).wants(t, 403, beginAnew)
	changed := p.forms[0].fields.Get("step")
	other := byte('A')
	if changed[50] == other {
		other = 'B'
	}
	b.post("/signin/mfa", p.forms[0].fields, "step", changed[:50]+string(other)+changed[51:], "code", w.code(d)).wants(t, 403, beginAnew)
	b.post("/signin/mfa", p.forms[0].fields, "step", changed[:50]+"\r\n"+changed[50:], "code", w.code(d)).wants(t, 403, beginAnew)
	b.submit(p, "code", w.code(d)).enters(t, home)
}

// TestLoginCSRFByPassword: nobody is signed in as somebody else by another site's form.
func TestLoginCSRFByPassword(t *testing.T) {
	w := newWorld(t)
	w.user("eve", secret, "")
	w.countHashes(plainly)
	eves := w.browser()
	foreign := eves.get("/signin").forms[0].fields
	victim := w.browser()
	own := victim.get("/signin").forms[0].fields
	for name, attack := range map[string]struct {
		fields url.Values
		site   string
	}{"no token": {url.Values{}, "same-origin"}, "eve's token": {foreign, "same-origin"}, "another site": {own, "cross-site"}, "a sister site": {own, "same-site"}} {
		form := url.Values{"account": {account}, "username": {"eve"}, "password": {secret}, "form_token": attack.fields["form_token"]}
		r := httptest.NewRequest(http.MethodPost, origin+"/signin", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", attack.site)
		if p := victim.send(r); p.StatusCode != 403 || victim.inside() {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
	}
	r := httptest.NewRequest(http.MethodGet, origin+"/signin?"+url.Values{"account": {account}, "username": {"eve"}, "password": {secret}}.Encode(), nil)
	if p := victim.send(r); p.StatusCode != 200 || victim.inside() || strings.Contains(p.text, secret) {
		t.Errorf("by a link: %d %s", p.StatusCode, p.text)
	}
}

// TestClickjacking: no page of signing in shows in a frame.
func TestClickjacking(t *testing.T) {
	w := newWorld(t)
	w.device(w.user("ann", secret, ""), "d")
	b := w.browser()
	for _, p := range []*loaded{b.get("/signin"), b.signIn(account, "ann", "wrong"), b.signIn(account, "ann", secret), b.get("/signin/mfa")} {
		if h := p.Header; h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			h.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", p.StatusCode, h)
		}
	}
}

// TestXSSInSignIn: what was typed, or stands in a link, is text.
func TestXSSInSignIn(t *testing.T) {
	w := newWorld(t)
	w.countHashes(plainly)
	const attack = `"><script>alert(1)</script>`
	b := w.browser()
	q := url.QueryEscape(attack)
	for _, p := range []*loaded{
		b.get("/signin?account=" + q + "&destination=%2F" + q),
		b.signIn(q, attack, attack),
		b.post("/signin/mfa", b.get("/signin").forms[0].fields, "step", attack, "destination", "/"+attack),
	} {
		if strings.Contains(p.text, "<script") || p.StatusCode >= 500 {
			t.Errorf("%d %s", p.StatusCode, p.text)
		}
	}
	b.get("/signin?account=a&destination=javascript:alert(1)").wants(t, 200, `value="/_writ/console"`)
}

// TestOversizedFields are refused, or looked at like any other.
func TestOversizedFields(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	b := w.browser()
	long := strings.Repeat("a", 100_000)
	p := b.signIn(account, long, long).wants(t, 403, incorrect)
	if strings.Contains(p.text, "aaaaaaaa") {
		t.Error("a long name is shown again")
	}
	if p := b.get("/signin?account=" + long); strings.Contains(p.text, "aaaaaaaa") {
		t.Error("a long account is shown again")
	}
	b.signIn(account, "ann", strings.Repeat("a", maxForm)).wants(t, 413, "too large")
	p = b.get("/signin")
	for _, name := range []string{"account", "username", "password", "destination"} {
		r := httptest.NewRequest(http.MethodPost, origin+"/signin", strings.NewReader(
			p.forms[0].fields.Encode()+"&account="+account+"&username=ann&password="+secret+"&"+name+"=other"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.send(r).wants(t, 400, "twice")
	}
	if b.inside() {
		t.Error("in")
	}
}
