package signin

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// member is another account of the installation.
const member = "210987654321"

// switcher is a user who may assume every role that trusts the account.
func (w *world) switcher() *state.User { return w.user("ann", "", allowAll) }

func roleARN(name string) string {
	return "arn:aws:sts::" + account + ":assumed-role/" + name + "/ann"
}

func TestSwitchRole(t *testing.T) {
	w := newWorld(t)
	w.admin(func(r *state.Role) { r.Path = "/ops/" })
	b := w.browser()
	b.enter(w.switcher())
	p := b.get("/switchrole?" + url.Values{"account": {account}, "roleName": {"ops/Admin"}, "displayName": {"Ops <1>"}, "color": {"F2B0A9"}}.Encode())
	if p.StatusCode != 200 || b.who() != "arn:aws:iam::"+account+":user/ann" {
		t.Fatalf("the link alone: %d, now %s", p.StatusCode, b.who())
	}
	if p := b.submit(p, "account", account, "roleName", "ops/Admin", "displayName", "Ops <1>"); p.StatusCode != 303 || p.location() != home {
		t.Fatalf("%d %s", p.StatusCode, p.text)
	}
	if b.who() != roleARN("Admin") {
		t.Fatalf("acts as %s", b.who())
	}
	if fail := b.call("iam", "ListUsers", &iamapi.ListUsersInput{}); fail != nil {
		t.Errorf("as the role: %v", fail)
	}
	page := b.get(home)
	for _, want := range []string{"Admin/ann", "Ops &lt;1&gt;", "Switch back to ann", "Switch to another role"} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the first page lacks %s: %s", want, page.text)
		}
	}
	back, ok := page.formOf("/switchrole/back")
	if !ok {
		t.Fatal("there is no way back")
	}
	if p := b.post(back.action, back.fields); p.StatusCode != 303 || b.who() != "arn:aws:iam::"+account+":user/ann" {
		t.Errorf("back: %d, now %s", p.StatusCode, b.who())
	}
	if p := b.get(home); strings.Contains(p.text, "Switch back") || !strings.Contains(p.text, `href="/switchrole"`) {
		t.Errorf("after the way back: %s", p.text)
	}
	for name, want := range map[string][]string{
		"AssumeRole": {`"arn":"arn:aws:iam::` + account + `:user/ann"`, `"roleSessionName":"ann"`},
		"SwitchRole": {`"eventSource":"signin.amazonaws.com"`, `"eventType":"AwsConsoleSignIn"`, `"arn":"` + roleARN("Admin") + `"`,
			`"responseElements":{"SwitchRole":"Success"}`, `"SwitchFrom":"arn:aws:iam::` + account + `:user/ann"`, `"requestParameters":null`},
		"ListUsers": {`"arn":"` + roleARN("Admin") + `"`},
		"ExitRole": {`"eventType":"AwsConsoleSignIn"`, `"arn":"` + roleARN("Admin") + `"`, `"responseElements":{"ExitRole":"Success"}`,
			`"RedirectTo":"https://writ.test/_writ/console"`},
	} {
		for _, part := range want {
			if e := w.event(name); !strings.Contains(e, part) {
				t.Errorf("the event of %s lacks %s: %s", name, part, e)
			}
		}
	}
}

// TestSwitchRoleLeadsToSignIn: who is not signed in comes back to the form
// filled in.
func TestSwitchRoleLeadsToSignIn(t *testing.T) {
	w := newWorld(t)
	p := w.browser().get("/switchrole?account=" + account + "&roleName=Admin&displayName=A+B&color=F2B0A9")
	at := mustURL(p.location())
	if p.StatusCode != 303 || at.Path != "/signin" {
		t.Fatalf("%d %s", p.StatusCode, p.location())
	}
	path, ok := local(origin, at.Query().Get("destination"))
	if q := mustURL(path).Query(); !ok || q.Get("account") != account || q.Get("roleName") != "Admin" || q.Get("displayName") != "A B" {
		t.Errorf("back to %s", path)
	}
}

// TestRoleEnumeration: one answer to all roles that one cannot switch to,
// whether they exist or not.
func TestRoleEnumeration(t *testing.T) {
	w := newWorld(t)
	u := w.switcher()
	w.role("Closed", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`)
	w.role("External", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+u.ARN()+`"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}}}`)
	w.role("Factor", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+u.ARN()+`"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`)
	w.admin(func(r *state.Role) { r.Path = "/ops/" })
	b := w.browser()
	b.enter(u)
	first := ""
	for _, role := range [][2]string{
		{account, "Closed"}, {account, "External"}, {account, "Factor"}, {account, "Missing"}, {account, "Admin"}, {account, "/ops/Missing"},
		{"999999999999", "Admin"}, {"no-such-alias", "Admin"}, {"", "Admin"}, {account, ""}, {account, "a b"}, {account, "arn:aws:iam::" + account + ":role/ops/Admin"},
		{account, "ops//Admin"}, {account, "../Admin"}, {account, strings.Repeat("a", 65)},
	} {
		p := b.submit(b.get("/switchrole"), "account", role[0], "roleName", role[1])
		said, _, _ := strings.Cut(p.text, "<form")
		if first == "" {
			first = said
		}
		if p.StatusCode != 403 || !strings.Contains(said, badRole) || said != first {
			t.Errorf("%s: %d %s", role, p.StatusCode, said)
		}
	}
	for name, display := range map[string]string{"long": strings.Repeat("x", 65), "with a line end": "a\nb", "turned round": "a\u202eb"} {
		if p := b.submit(b.get("/switchrole"), "account", account, "roleName", "ops/Admin", "displayName", display); p.StatusCode != 403 {
			t.Errorf("a name that is %s: %d", name, p.StatusCode)
		}
	}
	if b.who() != u.ARN() {
		t.Errorf("acts as %s", b.who())
	}
	if p := b.get("/switchrole?account=1&account=2"); p.StatusCode != 400 {
		t.Errorf("two accounts: %d", p.StatusCode)
	}
}

// TestAliasThatIsAnotherAccountsID: an account that was given another's id as
// its alias draws nobody who means the other.
func TestAliasThatIsAnotherAccountsID(t *testing.T) {
	w := newWorld(t)
	w.Update(func(tx *state.Tx) {
		a := *tx.CreateAccount(state.Account{ID: member, Name: "member"})
		a.Aliases = []string{account}
		tx.PutAccount(&a)
	})
	w.admin()
	w.role("Admin", trustAll, func(r *state.Role) { r.Account = member })
	b := w.browser()
	b.enter(w.switcher())
	if p := b.submit(b.get("/switchrole"), "account", account, "roleName", "Admin"); p.StatusCode != 303 {
		t.Fatalf("%d %s", p.StatusCode, p.text)
	}
	if got := b.acting(); got.Account != account {
		t.Errorf("acts in %s", got.Account)
	}
}

// TestSwitchRoleCSRF: no form but the page's own switches, or goes back.
func TestSwitchRoleCSRF(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.browser()
	b.enter(w.switcher())
	if p := b.post("/switchrole", nil, "account", account, "roleName", "Admin"); p.StatusCode != 403 || b.who() == roleARN("Admin") {
		t.Errorf("switch: %d", p.StatusCode)
	}
	b.switchTo("Admin")
	if p := b.post("/switchrole/back", nil); p.StatusCode != 403 || b.who() != roleARN("Admin") {
		t.Errorf("back: %d", p.StatusCode)
	}
}

// TestWhoCannotSwitch: root users and federated users.
func TestWhoCannotSwitch(t *testing.T) {
	w := newWorld(t)
	w.admin()
	u := w.switcher()
	for name, n := range map[string]*session.Session{
		"root":              {Kind: session.SignedIn, Account: account, PrincipalID: account},
		"a federated user":  {Kind: session.FederatedUser, Account: account, PrincipalID: u.ID, Name: "fred", Policy: allowAll},
		"root's federation": {Kind: session.FederatedUser, Account: account, PrincipalID: account, Name: "fred", Policy: allowAll},
	} {
		n.Issued, n.Expires = w.Now, w.Now.Add(time.Hour)
		caller, ok := authz.ForSession(w.DB.Snapshot(), &authz.Session{Session: n})
		if !ok {
			t.Fatal(name)
		}
		b := w.browser()
		b.begin(&beginning{caller: caller, session: n})
		page := b.get(home)
		if strings.Contains(page.text, "/switchrole") {
			t.Errorf("%s: the first page leads to it", name)
		}
		form := b.get("/federation?Action=logout").forms[0].fields
		if p := b.get("/switchrole"); p.StatusCode != 403 {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
		if p := b.post("/switchrole", form, "account", account, "roleName", "Admin"); p.StatusCode != 403 || b.who() != caller.ARN {
			t.Errorf("%s: %d, now %s", name, p.StatusCode, b.who())
		}
	}
}

// TestSwitchRoleByHome: what counts is what whoever signed in may do, and not
// the role switched to before.
func TestSwitchRoleByHome(t *testing.T) {
	w := newWorld(t)
	first := w.role("First", trustAll)
	w.role("Second", trustAll)
	w.role("OnlyFirst", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+first.ARN()+`"},"Action":"sts:AssumeRole"}}`)
	b := w.browser()
	b.enter(w.switcher())
	b.switchTo("First")
	if p := b.switchTo("OnlyFirst"); p.StatusCode != 403 || b.who() != roleARN("First") {
		t.Errorf("what only the role may: %d, now %s", p.StatusCode, b.who())
	}
	if p := b.switchTo("Second"); p.StatusCode != 303 || b.who() != roleARN("Second") {
		t.Errorf("what only the user may: %d, now %s", p.StatusCode, b.who())
	}
	if b.acting().Chained {
		t.Error("the session counts as chained")
	}
	if n := count(w.events(), `"SwitchFrom":"arn:aws:iam::`+account+`:user/ann"`); n != 2 {
		t.Errorf("%d events name the user", n)
	}
}

func TestSwitchRoleToAnotherAccount(t *testing.T) {
	w := newWorld(t)
	w.Update(func(tx *state.Tx) {
		a := *tx.CreateAccount(state.Account{ID: member, Name: "member"})
		a.Aliases = []string{"the-member"}
		tx.PutAccount(&a)
	})
	w.role("Audit", trustAll, func(r *state.Role) { r.Account = member })
	for _, name := range []string{member, "the-member"} {
		b := w.browser()
		b.enter(w.user("ann-of-"+name, "", allowAll))
		if p := b.submit(b.get("/switchrole"), "account", name, "roleName", "Audit"); p.StatusCode != 303 {
			t.Fatalf("%s: %d %s", name, p.StatusCode, p.text)
		}
		if got := b.acting(); got.Account != member {
			t.Errorf("%s: acts in %s", name, got.Account)
		}
		if p := b.get(home); !strings.Contains(p.text, "Audit @ "+name) || !strings.Contains(p.text, "the-member ("+member+")") {
			t.Errorf("%s: %s", name, p.text)
		}
	}
	stranger := w.browser()
	stranger.enter(w.user("eve", "", "")) // trusted, but without the permission in her own account
	if p := stranger.submit(stranger.get("/switchrole"), "account", member, "roleName", "Audit"); p.StatusCode != 403 || !strings.Contains(p.text, badRole) {
		t.Errorf("without permission: %d", p.StatusCode)
	}
	if !slices.ContainsFunc(w.events(), func(e string) bool {
		return strings.Contains(e, `"eventName":"SwitchRole"`) && strings.Contains(e, `"recipientAccountId":"`+member+`"`)
	}) {
		t.Error("the role's account has no event")
	}
}

func TestSwitchedSession(t *testing.T) {
	for name, test := range map[string]struct {
		max, left, want time.Duration
		role            bool // whoever signed in is a role
	}{
		"the role's longest":        {max: 2 * time.Hour, left: 12 * time.Hour, want: 2 * time.Hour},
		"the rest of the sign-in":   {max: 12 * time.Hour, left: 3 * time.Hour, want: 3 * time.Hour},
		"less than a session lasts": {max: time.Hour, left: 5 * time.Minute, want: 5 * time.Minute},
		"an hour from a role":       {max: 12 * time.Hour, left: 4 * time.Hour, want: time.Hour, role: true},
	} {
		w := newWorld(t)
		w.role("Ops", trustAll, func(r *state.Role) { r.MaxSession = test.max })
		n := &session.Session{Kind: session.SignedIn, Account: account, PrincipalID: w.switcher().ID, Issued: w.Now, Expires: w.Now.Add(test.left)}
		if test.role {
			n = w.roleSession(w.admin(), func(n *session.Session) {
				n.Expires, n.SourceIdentity, n.Tags = w.Now.Add(test.left), "ann@corp", []session.Tag{{Key: "team", Value: "red"}}
			})
		}
		caller, ok := authz.ForSession(w.DB.Snapshot(), &authz.Session{Session: n})
		if !ok {
			t.Fatal(name)
		}
		b := w.browser()
		b.begin(&beginning{caller: caller, session: n})
		if p := b.switchTo("Ops"); p.StatusCode != 303 {
			t.Fatalf("%s: %d %s", name, p.StatusCode, p.text)
		}
		got, in := b.acting(), b.visit().signIn
		if d := got.Expires.Sub(w.Now); d != test.want {
			t.Errorf("%s: it lasts %v", name, d)
		}
		if got.SignIn != in.ID || got.Name != "ann" || got.Chained != test.role || got.SourceIdentity != n.SourceIdentity || len(got.Tags) != 0 {
			t.Errorf("%s: %+v", name, got.Session)
		}
	}
}

// TestSwitchRoleWithMFA: the device used for signing in counts for the role's
// trust policy, and only there.
func TestSwitchRoleWithMFA(t *testing.T) {
	w := newWorld(t)
	u := w.switcher()
	w.role("Factor", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+u.ARN()+`"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`)
	b := w.browser()
	b.begin(&beginning{caller: authz.ForUser(u), session: &session.Session{
		Kind: session.SignedIn, Account: account, PrincipalID: u.ID, Issued: w.Now, Expires: w.Now.Add(longest), MFA: w.Now,
	}})
	if p := b.switchTo("Factor"); p.StatusCode != 303 || b.who() != roleARN("Factor") {
		t.Errorf("%d %s", p.StatusCode, p.text)
	}
}

// TestSwitchedRoleEnds: whose role has ended is who signed in, and gets back
// without a trace of the role.
func TestSwitchedRoleEnds(t *testing.T) {
	for name, end := range map[string]func(*world, *state.Role){
		"expired": func(w *world, _ *state.Role) { w.Now = w.Now.Add(time.Hour) },
		"deleted": func(w *world, r *state.Role) { w.Update(func(tx *state.Tx) { tx.DeleteRole(r) }) },
	} {
		w := newWorld(t)
		r := w.admin()
		b := w.browser()
		u := w.switcher()
		b.enter(u)
		b.switchTo("Admin")
		back, _ := b.get(home).formOf("/switchrole/back")
		end(w, r)
		if b.who() != u.ARN() {
			t.Errorf("%s: acts as %s", name, b.who())
		}
		if p := b.get(home); strings.Contains(p.text, "Admin") {
			t.Errorf("%s: %s", name, p.text)
		}
		if p := b.post(back.action, back.fields); p.StatusCode != 303 {
			t.Errorf("%s: the way back: %d %s", name, p.StatusCode, p.text)
		}
		if in := b.visit().signIn; in.Switched != "" || in.Name != "" {
			t.Errorf("%s: the role is kept", name)
		}
		if e := w.event("ExitRole"); !strings.Contains(e, u.ARN()) {
			t.Errorf("%s: %s", name, e)
		}
		before := len(w.events())
		if p := b.post(back.action, back.fields); p.StatusCode != 303 || len(w.events()) != before {
			t.Errorf("%s: back twice: %d, %d events", name, p.StatusCode, len(w.events())-before)
		}
	}
}

// TestSwitchedRoleEndsWithItsUser: the role's session ends with the sign-in
// under it.
func TestSwitchedRoleEndsWithItsUser(t *testing.T) {
	w := newWorld(t)
	w.admin(func(r *state.Role) { r.MaxSession = 12 * time.Hour })
	b := w.browser()
	u := w.switcher()
	b.enter(u)
	b.switchTo("Admin")
	w.Now = w.Now.Add(longest)
	if b.who() != "" {
		t.Errorf("after the sign-in's end: %s", b.who())
	}
}

// TestTwoTabs: one tab signs out, or in as another, while the other switches.
func TestTwoTabs(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.browser()
	b.enter(w.switcher())
	form := b.get("/switchrole")
	stale := b.visit()
	held, _, _ := w.signIn.open(stale, string(stale.signIn.Home))
	token, fail := w.signIn.assume(stale, held, "arn:aws:iam::"+account+":role/Admin")
	if fail != nil {
		t.Fatal(fail)
	}
	b.submit(b.get(home)) // signs out
	if fail := w.signIn.actAs(stale, token, "Admin"); fail == nil || fail.Status != 403 {
		t.Errorf("while signing out: %v", fail)
	}
	if w.DB.Snapshot().NumSignIns() != 0 {
		t.Error("switching has brought the sign-in back")
	}
	if p := b.submit(form, "account", account, "roleName", "Admin"); p.StatusCode != 303 || !strings.HasPrefix(p.location(), "/signin?") {
		t.Errorf("after signing out: %d %s", p.StatusCode, p.location())
	}
	b.enter(w.user("eve", "", ""))
	w.role("Ann", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+account+`:user/ann"},"Action":"sts:AssumeRole"}}`)
	if p := b.submit(form, "account", account, "roleName", "Ann"); p.StatusCode != 403 || !strings.HasSuffix(b.who(), ":user/eve") {
		t.Errorf("as another: %d, now %s", p.StatusCode, b.who())
	}
	if count(w.events(), `"eventName":"SwitchRole"`) != 1 { // the one that failed
		t.Error("a switch is recorded that did not happen")
	}
}

// TestSwitchedRoleIsRevoked: what ends a role's sessions reaches browsers.
func TestSwitchedRoleIsRevoked(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	b := w.browser()
	b.enter(w.switcher())
	b.switchTo("Admin")
	w.Now = w.Now.Add(time.Minute)
	w.revoke(r)
	if fail := b.call("iam", "ListUsers", &iamapi.ListUsersInput{}); fail == nil || fail.Code != "AccessDenied" {
		t.Errorf("after the revocation: %v", fail)
	}
	b.switchTo("Admin")
	if fail := b.call("iam", "ListUsers", &iamapi.ListUsersInput{}); fail != nil {
		t.Errorf("a new session: %v", fail)
	}
}

// TestActsArePaidFor: acts in a browser come out of the account's rate, as calls
// do.
func TestActsArePaidFor(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.switcher())
	o := w.Pipeline.Options
	o.Limits = api.Limits{Rate: 0.001, Burst: 2}
	limited, v := api.New(o), b.visit()
	act := func() *shape.Error { return limited.Perform(v.r, v.caller, &api.Act{Name: "Logout"}) }
	for range 2 {
		if fail := act(); fail != nil {
			t.Fatal(fail)
		}
	}
	if fail := act(); fail == nil || fail.Code != "Throttling" {
		t.Errorf("the third: %v", fail)
	}
}
