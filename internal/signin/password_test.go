package signin

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/mfa"
	"github.com/writ-iam/writ/internal/state"
)

const secret = "Correct-Horse-1"

// signIn fills in the first page.
func (b *browser) signIn(account, user, password string) *loaded {
	b.world.T.Helper()
	return b.submit(b.get("/signin?account="+account), "account", account, "username", user, "password", password)
}

// wants fails unless a page has that status and text.
func (p *loaded) wants(t testing.TB, status int, text string) *loaded {
	t.Helper()
	if p.StatusCode != status || !strings.Contains(p.text, text) {
		t.Errorf("%d, want %d with %q: %s", p.StatusCode, status, text, p.text)
	}
	return p
}

// enters fails unless a page lets the browser in, to a path.
func (p *loaded) enters(t testing.TB, path string) {
	t.Helper()
	if p.StatusCode != 303 || p.location() != path {
		t.Errorf("%d to %q, not in to %q: %s", p.StatusCode, p.location(), path, p.text)
	}
}

// inside reports whether somebody is signed in.
func (b *browser) inside() bool { return b.get(home).StatusCode == 200 }

// device enables an MFA device for a user.
func (w *world) device(u *state.User, name string) *state.MFADevice {
	w.T.Helper()
	seed, err := mfa.NewSeed(strings.NewReader(strings.Repeat(name, 40)))
	if err != nil {
		w.T.Fatal(err)
	}
	d := &state.MFADevice{
		Account: u.Account, Name: name, Path: "/", Seed: state.Secret(seed), Created: w.Now, UserID: u.ID, Enabled: w.Now,
	}
	w.Update(func(tx *state.Tx) {
		d.Seq = tx.NextSeq()
		tx.PutMFADevice(d)
	})
	return d
}

// code is what a device shows now.
func (w *world) code(d *state.MFADevice) string {
	w.T.Helper()
	code, err := mfa.Code(string(d.Seed), w.Now)
	if err != nil {
		w.T.Fatal(err)
	}
	return code
}

// login changes the password of a user.
func (w *world) login(u *state.User, change func(*state.LoginProfile)) {
	w.T.Helper()
	w.Update(func(tx *state.Tx) {
		l, _ := tx.LoginProfile(u.ID)
		changed := *l
		change(&changed)
		tx.PutLoginProfile(&changed)
	})
}

func mustChange(l *state.LoginProfile) { l.ResetRequired = true }

func (w *world) passwordPolicy(p state.PasswordPolicy) {
	w.T.Helper()
	p.Account, p.MinLength = account, 8
	w.Update(func(tx *state.Tx) { tx.PutPasswordPolicy(&p) })
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, "")
	b := w.browser()
	p := b.get("/signin?account=" + account)
	for _, want := range []string{`value="` + account + `"`, `<label for="account">`, `autocomplete="username"`, `autocomplete="current-password"`, `type="password"`} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	p = b.submit(p, "account", account, "username", "ann", "password", "wrong").wants(t, 403, incorrect)
	if !strings.Contains(p.text, `value="ann"`) || strings.Contains(p.text, "wrong") || !strings.Contains(p.text, `role="alert"`) {
		t.Errorf("the page after a wrong password: %s", p.text)
	}
	w.Now = w.Now.Add(time.Minute)
	b.submit(p, "account", account, "username", "ann", "password", secret).enters(t, home)
	if !b.inside() {
		t.Fatal("not in")
	}
	if now, _ := w.DB.Snapshot().UserByID(u.ID); !now.PasswordLastUsed.Equal(w.Now) {
		t.Errorf("password last used %v", now.PasswordLastUsed)
	}
	w.wantEvents(
		`"userIdentity":{"type":"IAMUser","principalId":"`+u.ID+`","arn":"`+u.ARN()+`","accountId":"`+account+`","userName":"ann"}`,
		`"eventName":"ConsoleLogin"`, `"requestParameters":null,"responseElements":{"ConsoleLogin":"Success"}`, `"eventType":"AwsConsoleSignIn"`,
		`"additionalEventData":{"LoginTo":"https://writ.test/_writ/console","MFAUsed":"No","MobileVersion":"No"}`,
	)
	b.get("/signin").wants(t, 200, `<a href="/_writ/console">Go on as ann</a>`)
}

// wantEvents fails unless the newest event has all of the texts.
func (w *world) wantEvents(texts ...string) {
	w.T.Helper()
	newest := w.events()[0]
	for _, text := range texts {
		if !strings.Contains(newest, text) {
			w.T.Errorf("the event lacks %s: %s", text, newest)
		}
	}
}

func TestSignInByAlias(t *testing.T) {
	w := newWorld(t)
	w.user("Ann", secret, "")
	w.Update(func(tx *state.Tx) {
		a, _ := tx.Account(account)
		named := *a
		named.Aliases = []string{"acme"}
		tx.PutAccount(&named)
	})
	for _, as := range [][2]string{{"acme", "Ann"}, {"+ACME+", "ann"}, {"1234-5678-9012", "+ANN+"}} {
		typed := func(s string) string { return strings.ReplaceAll(s, "+", " ") }
		b := w.browser()
		b.submit(b.get("/signin?account="+as[0]), "account", typed(as[0]), "username", typed(as[1]), "password", secret).enters(t, home)
	}
}

func TestSignInLeadsToDestination(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	for destination, want := range map[string]string{
		"%2Fv1%2Fauthorize%3Fstate%3Da%26b": "/v1/authorize?state=a&b", "https%3A%2F%2Fevil.test%2F": home, "%2F%2Fevil.test": home,
		"%2F%5Cevil.test": home, "javascript%3Aalert(1)": home, "%2F" + strings.Repeat("a", 5000): home, "": home,
	} {
		w.Now = w.Now.Add(time.Minute)
		b := w.browser()
		p := b.get("/signin?destination=" + destination)
		b.submit(p, "account", account, "username", "ann", "password", secret).enters(t, want)
		if want != home {
			w.wantEvents(`"LoginTo":"https://writ.test/v1/authorize"`)
		}
	}
	b := w.browser()
	b.post("/signin", b.get("/signin").forms[0].fields, "account", account, "username", "ann", "password", secret, "destination", "https://evil.test").enters(t, home)
}

func TestSignInWithMFA(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}}}`)
	w.device(u, "first")
	d := w.device(u, "second")
	b := w.browser()
	p := b.signIn(account, "ann", secret).wants(t, 200, `autocomplete="one-time-code"`)
	w.wantEvents(`"userIdentity":{"type":"IAMUser","principalId":"`+u.ID+`","accountId":"`+account+`","userName":"ann"}`,
		`"eventName":"CheckMfa"`, `"responseElements":{"CheckMfa":"Success"}`, `"additionalEventData":{"MfaType":"Virtual MFA"}`, `"eventType":"AwsConsoleSignIn"`)
	if b.inside() {
		t.Fatal("in without a code")
	}
	p = b.submit(p, "code", "000000").wants(t, 403, incorrect)
	w.wantEvents(`"eventName":"ConsoleLogin"`, `"errorMessage":"Failed authentication"`, `"responseElements":{"ConsoleLogin":"Failure"}`, `"MFAUsed":"Yes"`)
	code := w.code(d)
	b.submit(p, "code", code[:3]+" "+code[3:]).enters(t, home)
	w.wantEvents(`"MFAIdentifier":"`+d.ARN()+`","MFAUsed":"Yes"`, `"responseElements":{"ConsoleLogin":"Success"}`)
	b.get(home).wants(t, 200, "with MFA")
	if _, fail := w.signIn.Pipeline.Invoke(b.request(home), b.session(), "iam", "GetUser", getUser); fail != nil {
		t.Errorf("by a session with MFA: %v", fail)
	}
	w.Now = w.Now.Add(time.Hour)
	if _, fail := w.signIn.Pipeline.Invoke(b.request(home), b.session(), "iam", "GetUser", getUser); fail == nil || fail.Code != "AccessDenied" {
		t.Errorf("an hour later: %v", fail)
	}
}

// TestSessionWithoutMFASaysSo: the key is there, and false.
func TestSessionWithoutMFASaysSo(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}}`)
	b := w.browser()
	b.signIn(account, "ann", secret).enters(t, home)
	if _, fail := w.signIn.Pipeline.Invoke(b.request(home), b.session(), "iam", "GetUser", getUser); fail != nil {
		t.Error(fail)
	}
}

const mayChange = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"arn:aws:iam::*:user/${aws:username}"}}`

func TestSignInChangesPassword(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, mayChange)
	w.login(u, mustChange)
	b := w.browser()
	p := b.signIn(account, "ann", secret).wants(t, 200, "You must change your password to continue")
	if b.inside() {
		t.Fatal("in with a password that must be changed")
	}
	change := func(old, next, repeated string) *loaded {
		return b.submit(p, "old_password", old, "new_password", next, "repeated", repeated)
	}
	change(secret, "Other-Secret-1", "Other-Secret-2").wants(t, 400, "differ")
	change(secret, "short", "short").wants(t, 400, "Password does not conform to the account password policy.")
	change("wrong", "Other-Secret-1", "Other-Secret-1").wants(t, 403, "The old password was incorrect.")
	change(secret, "Other-Secret-1", "Other-Secret-1").enters(t, home)
	if !b.inside() {
		t.Fatal("not in with the new password")
	}
	all := strings.Join(w.events(), "\n")
	for _, hidden := range []string{secret, "Other-Secret-1"} {
		if strings.Contains(all, hidden) {
			t.Errorf("%s stands in an event", hidden)
		}
	}
	w.wantEvents(`"eventName":"ConsoleLogin"`)
	if e := w.events()[1]; !strings.Contains(e, `"eventName":"ChangePassword"`) || !strings.Contains(e, `"userName":"ann"`) {
		t.Errorf("the event before: %s", e)
	}
	if l, _ := w.DB.Snapshot().LoginProfile(u.ID); l.ResetRequired {
		t.Error("it must be changed again")
	}
}

// TestChangingNeedsPermission, by the user's policies or the password policy.
func TestChangingNeedsPermission(t *testing.T) {
	w := newWorld(t)
	w.login(w.user("ann", secret, ""), mustChange)
	b := w.browser()
	p := b.signIn(account, "ann", secret)
	b.submit(p, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").
		wants(t, 403, "is not authorized to perform: iam:ChangePassword").wants(t, 403, "IAMUserChangePassword permits it")
	w.passwordPolicy(state.PasswordPolicy{UsersChange: true})
	b.submit(p, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").enters(t, home)
}

func TestExpiredPassword(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, mayChange)
	hard := false
	w.passwordPolicy(state.PasswordPolicy{MaxAge: 30, HardExpiry: &hard})
	w.Now = w.Now.AddDate(0, 0, 30)
	b := w.browser()
	p := b.signIn(account, "ann", secret).wants(t, 200, "You must change your password to continue")
	yes := true
	w.passwordPolicy(state.PasswordPolicy{MaxAge: 30, HardExpiry: &yes})
	b.submit(p, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").wants(t, 403, "administrator")
	b.signIn(account, "ann", secret).wants(t, 403, hasExpired)
	b.signIn(account, "ann", "wrong").wants(t, 403, incorrect) // and who does not know it learns nothing
	if b.inside() {
		t.Fatal("in with an expired password")
	}
	w.passwordPolicy(state.PasswordPolicy{MaxAge: 30})
	b.submit(p, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").enters(t, home)
}

// TestMFAComesBeforeChange: the code is asked for first, and holds for the
// sign-in that follows the change.
func TestMFAComesBeforeChange(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, mayChange)
	w.login(u, mustChange)
	d := w.device(u, "d")
	b := w.browser()
	p := b.submit(b.signIn(account, "ann", secret), "code", w.code(d)).wants(t, 200, "You must change your password to continue")
	b.submit(p, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").enters(t, home)
	b.get(home).wants(t, 200, "with MFA")
}

// TestAnotherPasswordEndsSignIns by the one before.
func TestAnotherPasswordEndsSignIns(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, "")
	b := w.browser()
	b.signIn(account, "ann", secret).enters(t, home) // all in one second
	w.login(u, func(l *state.LoginProfile) { l.SetHash(string(l.Hash)+"x", w.Now) })
	if b.inside() {
		t.Error("in by a password that is another now")
	}
}

func deletePassword(w *world, u *state.User) {
	w.Update(func(tx *state.Tx) {
		l, _ := tx.LoginProfile(u.ID)
		tx.DeleteLoginProfile(l)
	})
}

func deleteUser(w *world, u *state.User) {
	deletePassword(w, u)
	w.Update(func(tx *state.Tx) {
		for _, d := range tx.MFADevicesOf(u.ID) {
			tx.DeleteMFADevice(d)
		}
		tx.DeleteUser(u)
	})
}

// TestWhatChangesDuringTheHash counts: the password that was right is no longer
// enough.
func TestWhatChangesDuringTheHash(t *testing.T) {
	for name, meanwhile := range map[string]func(w *world, u *state.User){
		"deleted": deleteUser, "no password": deletePassword,
		"another password": func(w *world, u *state.User) {
			w.login(u, func(l *state.LoginProfile) { l.SetHash(string(l.Hash)+"x", w.Now) })
		},
		"must be changed": func(w *world, u *state.User) { w.login(u, mustChange) },
	} {
		w := newWorld(t)
		u := w.user("ann", secret, "")
		w.signIn.matches = func(context.Context, string, string) (bool, error) {
			meanwhile(w, u)
			return true, nil
		}
		b := w.browser()
		if b.signIn(account, "ann", secret).wants(t, 403, beginAnew); b.inside() {
			t.Errorf("%s: in", name)
		}
	}
	w := newWorld(t)
	u := w.user("ann", secret, "")
	w.signIn.matches = func(context.Context, string, string) (bool, error) {
		w.device(u, "d")
		return true, nil
	}
	w.browser().signIn(account, "ann", secret).wants(t, 200, "one-time-code")
}

// TestStepsEndWithWhatTheyStoodOn: between two pages the user is deleted, the
// password changed, a device enabled, or too much time passes.
func TestStepsEndWithWhatTheyStoodOn(t *testing.T) {
	for name, meanwhile := range map[string]func(w *world, u *state.User){
		"deleted": deleteUser, "no password": deletePassword,
		"another password in the same second": func(w *world, u *state.User) {
			w.login(u, func(l *state.LoginProfile) { l.SetHash(string(l.Hash)+"x", w.Now) })
		},
		"five minutes": func(w *world, _ *state.User) { w.Now = w.Now.Add(stepLasts) },
	} {
		w := newWorld(t)
		u := w.user("ann", secret, mayChange)
		d := w.device(u, "d")
		v := w.user("bob", secret, mayChange)
		w.login(v, mustChange)
		b, c := w.browser(), w.browser()
		code, change := b.signIn(account, "ann", secret), c.signIn(account, "bob", secret)
		meanwhile(w, u)
		b.submit(code, "code", w.code(d)).wants(t, 403, beginAnew)
		if name != "five minutes" {
			meanwhile(w, v)
		}
		c.submit(change, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").wants(t, 403, beginAnew)
		if b.inside() || c.inside() {
			t.Errorf("%s: in", name)
		}
	}
}

// TestDeviceEnabledMeanwhile: who began without a code ends with one.
func TestDeviceEnabledMeanwhile(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, mayChange)
	w.login(u, mustChange)
	b := w.browser()
	p := b.signIn(account, "ann", secret)
	w.device(u, "d")
	before, _ := w.DB.Snapshot().LoginProfile(u.ID)
	b.submit(p, "old_password", secret, "new_password", "Other-Secret-1", "repeated", "Other-Secret-1").wants(t, 403, beginAnew)
	if now, _ := w.DB.Snapshot().LoginProfile(u.ID); now.Hash != before.Hash {
		t.Error("the password was changed without a code")
	}
}

var getUser = &iamapi.GetUserInput{}
