package signin

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

const (
	allowAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	// trustAll trusts the users of the account.
	trustAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"]}}`
)

// roleSession is an hour's session of a role.
func (w *world) roleSession(r *state.Role, change ...func(*session.Session)) *session.Session {
	n := &session.Session{
		Kind: session.AssumedRole, Account: r.Account, PrincipalID: r.ID, Name: "ann", Issued: w.Now, Expires: w.Now.Add(time.Hour),
	}
	for _, f := range change {
		f(n)
	}
	return n
}

// admin is a role that may do everything.
func (w *world) admin(change ...func(*state.Role)) *state.Role {
	return w.role("Admin", trustAll, append([]func(*state.Role){func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "all", Document: w.document(policy.IdentityBased, allowAll)}}
	}}, change...)...)
}

// credentials seals a session and is it as Session of getSigninToken.
func (w *world) credentials(n *session.Session) string {
	w.T.Helper()
	token, _, err := w.Sessions.Issue(w.DB.Snapshot(), n)
	if err != nil {
		w.T.Fatal(err)
	}
	return brokeredText(n.AccessKeyID, n.Secret, token)
}

func brokeredText(id, key, token string) string {
	b, err := json.Marshal(brokered{ID: id, Key: key, Token: token})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// federation asks /federation, as a program does: names and values.
func (w *world) federation(fields ...string) *loaded {
	w.T.Helper()
	return w.browser().get(federationURL(fields...))
}

func federationURL(fields ...string) string {
	q := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		q.Add(fields[i], fields[i+1])
	}
	return "/federation?" + q.Encode()
}

// token gets a sign-in token.
func (w *world) token(n *session.Session, fields ...string) string {
	w.T.Helper()
	p := w.federation(append([]string{"Action", "getSigninToken", "Session", w.credentials(n)}, fields...)...)
	var answer struct{ SigninToken string }
	if err := json.Unmarshal([]byte(p.text), &answer); err != nil || p.StatusCode != 200 || answer.SigninToken == "" {
		w.T.Fatalf("no sign-in token: %d %s", p.StatusCode, p.text)
	}
	return answer.SigninToken
}

// link is the link that a sign-in token stands in.
func link(token string, fields ...string) string {
	return federationURL(append([]string{"Action", "login", "Issuer", "https://broker.test/", "SigninToken", token}, fields...)...)
}

// federate signs the browser in by a sign-in token.
func (b *browser) federate(n *session.Session, fields ...string) {
	b.world.T.Helper()
	if p := b.get(link(b.world.token(n, fields...))); p.StatusCode != 303 {
		b.world.T.Fatalf("not signed in: %d %s", p.StatusCode, p.text)
	}
}

// visit is a visit by the browser, recognized.
func (b *browser) visit() *visit {
	r := httptest.NewRequest(http.MethodGet, origin+home, nil)
	r.TLS = new(tls.ConnectionState)
	for _, c := range b.jar.Cookies(mustURL(origin)) {
		r.AddCookie(c)
	}
	v := &visit{w: httptest.NewRecorder(), r: r, snap: b.world.DB.Snapshot(), now: b.world.Now}
	b.world.signIn.recognize(v)
	return v
}

// acting is the session that the browser acts with.
func (b *browser) acting() *authz.Session {
	b.world.T.Helper()
	v := b.visit()
	if v.acting == nil {
		b.world.T.Fatal("nobody is signed in")
	}
	return v.acting
}

// who is whom the browser acts as, "" for nobody.
func (b *browser) who() string {
	if v := b.visit(); v.caller != nil {
		return v.caller.ARN
	}
	return ""
}

// call carries out an operation as whoever is signed in.
func (b *browser) call(service, operation string, in any) *shape.Error {
	b.world.T.Helper()
	v := b.visit()
	_, fail := b.world.Pipeline.Invoke(v.r, v.acting, service, operation, in)
	return fail
}

// switchTo fills in the form of /switchrole.
func (b *browser) switchTo(role string) *loaded {
	b.world.T.Helper()
	return b.submit(b.get("/switchrole"), "account", account, "roleName", role)
}

// formOf is the form of a page that leads to a path.
func (p *loaded) formOf(action string) (form, bool) {
	for _, f := range p.forms {
		if f.action == action {
			return f, true
		}
	}
	return form{}, false
}

// revoke ends the sessions of a role as AWS's console does.
func (w *world) revoke(r *state.Role) *state.Role {
	w.T.Helper()
	revoked := *r
	revoked.Inline = append([]state.InlinePolicy{{Name: "AWSRevokeOlderSessions", Document: w.document(policy.IdentityBased,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"`+w.Now.Format(time.RFC3339)+`"}}}}`)}},
		r.Inline...)
	w.Update(func(tx *state.Tx) { tx.PutRole(&revoked) })
	return &revoked
}

// event is the newest recorded event of a name; "" without one.
func (w *world) event(name string) string {
	w.T.Helper()
	for _, e := range w.events() {
		if strings.Contains(e, `"eventName":"`+name+`"`) {
			return e
		}
	}
	return ""
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// count is how many of the recorded events have a part.
func count(events []string, part string) int {
	n := 0
	for _, e := range events {
		if strings.Contains(e, part) {
			n++
		}
	}
	return n
}
