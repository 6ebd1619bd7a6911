package signin

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

func TestSigninToken(t *testing.T) {
	w := newWorld(t)
	n := w.roleSession(w.admin(), func(n *session.Session) {
		n.Tags, n.SourceIdentity, n.MFA = []session.Tag{{Key: "team", Value: "red"}}, "ann@corp", w.Now
	})
	token := w.token(n, "SessionType", "json")
	w.Now = w.Now.Add(time.Minute)
	b := w.browser()
	p := b.get(link(token, "Destination", "https://console.aws.amazon.com/"))
	if p.StatusCode != 303 || p.location() != home {
		t.Fatalf("%d %s %s", p.StatusCode, p.location(), p.text)
	}
	if got := b.who(); got != "arn:aws:sts::"+account+":assumed-role/Admin/ann" {
		t.Errorf("signed in as %s", got)
	}
	got := b.acting()
	if !got.Issued.Equal(n.Issued) || !got.Expires.Equal(n.Expires) || len(got.Tags) != 1 || got.SourceIdentity != "ann@corp" || got.MFA.IsZero() {
		t.Errorf("the session is another: %+v", got.Session)
	}
	if got.AccessKeyID == n.AccessKeyID || got.Secret == n.Secret || got.SignIn == "" {
		t.Error("the browser holds the broker's keys, or is in no sign-in")
	}
	events := w.events()
	for name, want := range map[string][]string{
		"ConsoleLogin": {`"responseElements":{"ConsoleLogin":"Success"}`, `"MFAUsed":"Yes"`},
		"GetSigninToken": {`"eventSource":"signin.amazonaws.com"`, `"eventType":"AwsConsoleSignIn"`,
			`"responseElements":{"credentials":{"accessKeyId":"` + n.AccessKeyID + `"},"GetSigninToken":"Success"}`, `"requestParameters":null`},
	} {
		for _, part := range want {
			if e := w.event(name); !strings.Contains(e, part) {
				t.Errorf("the event of %s lacks %s: %s", name, part, e)
			}
		}
	}
	for _, secret := range []string{n.Secret, token, b.jar.Cookies(mustURL(origin))[0].Value} {
		if count(events, secret) > 0 {
			t.Error("an event has a secret")
		}
	}
}

// TestSigninTokenByForm: AWS's endpoint takes the parameters by POST as well,
// and no cookie nor form of this site is needed for it.
func TestSigninTokenByForm(t *testing.T) {
	w := newWorld(t)
	body := url.Values{"Action": {"getSigninToken"}, "Session": {w.credentials(w.roleSession(w.admin()))}}.Encode()
	r := httptest.NewRequest("POST", origin+"/federation", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p := w.browser().send(r)
	if p.StatusCode != 200 || p.Header.Get("Content-Type") != "application/json" || !strings.Contains(p.text, `{"SigninToken":"`) {
		t.Errorf("%d %s", p.StatusCode, p.text)
	}
}

// TestGetSigninTokenRefuses: what is no valid credentials of a kind that signs
// in, and durations.
func TestGetSigninTokenRefuses(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	u := w.user("ann", "", allowAll)
	valid := w.credentials(w.roleSession(r))
	var parts brokered
	if err := json.Unmarshal([]byte(valid), &parts); err != nil {
		t.Fatal(err)
	}
	kind := func(kind session.Kind, principal string) string {
		return w.credentials(&session.Session{Kind: kind, Account: account, PrincipalID: principal, Name: "ann", Issued: w.Now, Expires: w.Now.Add(time.Hour)})
	}
	of := func(change func(*session.Session)) string { return w.credentials(w.roleSession(r, change)) }
	for name, test := range map[string]struct {
		session, duration string
		status            int
	}{
		"valid":                           {valid, "", 200},
		"valid for 15 minutes":            {valid, "900", 200},
		"valid for 12 hours":              {valid, "43200", 200},
		"GetFederationToken":              {kind(session.FederatedUser, u.ID), "", 200},
		"no session":                      {"", "", 400},
		"no JSON":                         {"{'sessionId': 'ASIA'}", "", 400},
		"wrong secret":                    {brokeredText(parts.ID, parts.Key[1:]+"x", parts.Token), "", 400},
		"no secret":                       {brokeredText(parts.ID, "", parts.Token), "", 400},
		"another key id":                  {brokeredText("ASIA2222222222222222", parts.Key, parts.Token), "", 400},
		"an altered token":                {brokeredText(parts.ID, parts.Key, altered(parts.Token)), "", 400},
		"a long-term key":                 {brokeredText(apitest.Root.AccessKeyID, apitest.Root.SecretAccessKey, ""), "", 400},
		"expired at the second":           {of(func(n *session.Session) { n.Expires = w.Now }), "", 400},
		"of a role that is gone":          {of(func(n *session.Session) { n.PrincipalID = "AROAAAAAAAAAAAAAAAAAA" }), "", 400},
		"GetSessionToken":                 {kind(session.SessionToken, u.ID), "", 400},
		"GetSessionToken of root":         {kind(session.SessionToken, account), "", 400},
		"AssumeRoot":                      {kind(session.RootTask, account), "", 400},
		"delegated by a user":             {kind(session.DelegatedUser, u.ID), "", 400},
		"delegated by a role":             {kind(session.DelegatedRole, r.ID), "", 400},
		"a browser's":                     {kind(session.SignedIn, u.ID), "", 400},
		"root's sign-in":                  {kind(session.SignedIn, account), "", 400},
		"too short":                       {valid, "899", 400},
		"too long":                        {valid, "43201", 400},
		"no number":                       {valid, "1h", 400},
		"duration of GetFederationToken":  {kind(session.FederatedUser, u.ID), "900", 400},
		"duration of a chained role":      {of(func(n *session.Session) { n.Chained = true }), "900", 400},
		"a chained role without duration": {of(func(n *session.Session) { n.Chained = true }), "", 200},
	} {
		fields := []string{"Action", "getSigninToken", "Session", test.session}
		if test.duration != "" {
			fields = append(fields, "SessionDuration", test.duration)
		}
		p := w.federation(fields...)
		if p.StatusCode != test.status {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.text)
		}
		if test.status == 400 && (!strings.HasPrefix(p.text, "Invalid credentials parameter: ") || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain")) {
			t.Errorf("%s: %s", name, p.text)
		}
	}
	for name, fields := range map[string][]string{
		"two sessions":  {"Action", "getSigninToken", "Session", valid, "Session", valid},
		"two durations": {"Action", "getSigninToken", "Session", valid, "SessionDuration", "900", "SessionDuration", "43200"},
		"two actions":   {"Action", "getSigninToken", "Action", "login", "Session", valid},
		"no action":     {"Session", valid},
		"its name":      {"Action", "GetSigninToken", "Session", valid},
	} {
		if p := w.federation(fields...); p.StatusCode != 400 {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.text)
		}
	}
}

// TestSessionWithoutRoom: a session that its tags fill to the last byte is told
// so by the broker, not when the link is opened.
func TestSessionWithoutRoom(t *testing.T) {
	w := newWorld(t)
	n := w.roleSession(w.admin())
	w.credentials(n) // from here on only the tag's size counts
	noise := make([]byte, 8<<10)
	rand.Read(noise)
	text := hex.EncodeToString(noise)
	sealed := func(size int) (string, error) {
		n.Tags = []session.Tag{{Key: "team", Value: text[:size]}}
		token, _, err := w.Sessions.Seal(w.DB.Snapshot(), n)
		return brokeredText(n.AccessKeyID, n.Secret, token), err
	}
	size := sort.Search(len(text), func(size int) bool {
		_, err := sealed(size)
		return err != nil
	})
	full, err := sealed(size - 1)
	if err != nil {
		t.Fatal(err)
	}
	if p := w.federation("Action", "getSigninToken", "Session", full); p.StatusCode != 400 || !strings.Contains(p.text, "so large") {
		t.Errorf("%d bytes: %d %s", size, p.StatusCode, p.text)
	}
	smaller, err := sealed(size - 200)
	if err != nil {
		t.Fatal(err)
	}
	if p := w.federation("Action", "getSigninToken", "Session", smaller); p.StatusCode != 200 {
		t.Errorf("with room: %d %s", p.StatusCode, p.text)
	}
}

// altered changes one character of a token.
func altered(token string) string {
	c := "A"
	if token[40] == 'A' {
		c = "B"
	}
	return token[:40] + c + token[41:]
}

// TestSigninTokenReplay: a token signs in once, the link also when 32 open it at
// the same time.
func TestSigninTokenReplay(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	first := link(w.token(w.roleSession(r)))
	if p := w.browser().get(first); p.StatusCode != 303 {
		t.Fatal(p.text)
	}
	thief := w.browser()
	if p := thief.get(first); p.StatusCode != 400 || !strings.Contains(p.text, "works once") || thief.who() != "" {
		t.Errorf("the second time: %d %s", p.StatusCode, p.text)
	}
	again := link(w.token(w.roleSession(r)))
	before := w.DB.Snapshot().NumSignIns()
	var won atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			rec := httptest.NewRecorder()
			w.signIn.ServeHTTP(rec, httptest.NewRequest("GET", origin+again, nil))
			if rec.Code == http.StatusSeeOther {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || w.DB.Snapshot().NumSignIns() != before+1 {
		t.Errorf("%d of 32 signed in, %d sign-ins", won.Load(), w.DB.Snapshot().NumSignIns()-before)
	}
}

func TestSigninTokenEndsAtTheSecond(t *testing.T) {
	for ahead, status := range map[time.Duration]int{tokenLasts - time.Second: 303, tokenLasts: 400} {
		w := newWorld(t)
		token := w.token(w.roleSession(w.admin()))
		w.Now = w.Now.Add(ahead)
		if p := w.browser().get(link(token)); p.StatusCode != status {
			t.Errorf("after %v: %d %s", ahead, p.StatusCode, p.text)
		}
	}
	w := newWorld(t) // the credentials end before the token
	token := w.token(w.roleSession(w.admin(), func(n *session.Session) { n.Expires = w.Now.Add(time.Minute) }), "SessionDuration", "3600")
	w.Now = w.Now.Add(time.Minute)
	if p := w.browser().get(link(token)); p.StatusCode != 400 {
		t.Errorf("after the credentials' end: %d", p.StatusCode)
	}
}

// TestSigninTokenForgery: what is sealed for something else, altered or spelled
// in another way signs nobody in.
func TestSigninTokenForgery(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	token := w.token(w.roleSession(r))
	held, _, err := w.Sessions.Seal(w.DB.Snapshot(), w.roleSession(r))
	if err != nil {
		t.Fatal(err)
	}
	message, err := w.Sessions.SealMessage(w.DB.Snapshot(), authz.Message{Account: account, RequestID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(purpose session.Purpose, v any) string {
		text, err := w.Sessions.SealFor(w.DB.Snapshot(), purpose, v)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := signInToken{ID: "x", Session: held, Ends: w.Now.Add(time.Minute)}
	for name, forged := range map[string]string{
		"none":                     "",
		"altered":                  altered(token),
		"cut":                      token[:len(token)-4],
		"with a line end":          token[:8] + "\n" + token[8:],
		"padded":                   token + "=",
		"a session token":          held,
		"an authorization message": message,
		"of another purpose":       sealed("another", good),
		"with more in it":          sealed(tokenPurpose, map[string]any{"i": "x", "s": held, "e": good.Ends, "admin": true}),
		"without an end":           sealed(tokenPurpose, signInToken{ID: "x", Session: held}),
		"without a session":        sealed(tokenPurpose, signInToken{ID: "x", Ends: good.Ends}),
	} {
		b := w.browser()
		if p := b.get(link(forged)); p.StatusCode != 400 || b.who() != "" {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.text)
		}
	}
	if p := w.browser().get(link(token, "SigninToken", token)); p.StatusCode != 400 {
		t.Errorf("twice: %d", p.StatusCode)
	}
	if p := w.browser().get(link(token)); p.StatusCode != 303 {
		t.Errorf("the token itself: %d", p.StatusCode)
	}
}

func TestConsoleSessionDuration(t *testing.T) {
	for name, test := range map[string]struct {
		role, age, left, asked, want time.Duration
	}{
		"with the credentials":      {time.Hour, 0, 20 * time.Minute, 0, 20 * time.Minute},
		"longer than they last":     {4 * time.Hour, 0, time.Hour, 3 * time.Hour, 3 * time.Hour},
		"shorter than they last":    {4 * time.Hour, 0, time.Hour, 15 * time.Minute, 15 * time.Minute},
		"as long as the role's":     {2 * time.Hour, 0, time.Hour, 12 * time.Hour, 2 * time.Hour},
		"since they were issued":    {2 * time.Hour, 30 * time.Minute, 30 * time.Minute, 12 * time.Hour, 90 * time.Minute},
		"the role's is shorter now": {time.Hour, 2 * time.Hour, time.Hour, 12 * time.Hour, time.Hour},
		"as long as there can be":   {12 * time.Hour, 0, time.Hour, 12 * time.Hour, 12 * time.Hour},
	} {
		w := newWorld(t)
		r := w.admin(func(r *state.Role) { r.MaxSession = test.role })
		n := w.roleSession(r, func(n *session.Session) {
			n.Issued, n.Expires = w.Now.Add(-test.age), w.Now.Add(test.left)
		})
		b := w.browser()
		if test.asked == 0 {
			b.federate(n)
		} else {
			b.federate(n, "SessionDuration", seconds(test.asked))
		}
		w.Now = w.Now.Add(test.want - time.Second)
		if b.who() == "" {
			t.Errorf("%s: it ends before %v", name, test.want)
		}
		w.Now = w.Now.Add(time.Second)
		if b.who() != "" {
			t.Errorf("%s: it lasts longer than %v", name, test.want)
		}
	}
}
