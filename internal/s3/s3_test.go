package s3_test

import (
	"bytes"
	"crypto/rand"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/s3"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

const (
	account = apitest.Account
	other   = "210987654321"
)

var root = apitest.Root

// nobody sends requests without a signature.
var nobody sigv4.Credentials

// world is an installation that serves S3, with a second account.
type world struct {
	*apitest.Env
	files *s3.Files
}

func newWorld(t testing.TB) *world { return newWorldIn(t, "") }

// newWorldIn keeps contents in a folder.
func newWorldIn(t testing.TB, folder string) *world {
	t.Helper()
	w := &world{}
	var err error
	if w.files, err = s3.OpenFiles(folder); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.files.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
		return []*api.Table{service(w.files).Table()}
	})
	w.Update(func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: other, Name: "other"}) })
	return w
}

func service(files *s3.Files) *s3.Service {
	return s3.New(s3.Options{Files: files, Rand: rand.Reader, Schema: catalog.Schema{}, Actions: actions(), Reserved: []string{"federation"}})
}

// actions are those of the service reference.
func actions() []s3.Action {
	info, _ := catalog.Service("s3")
	var all []s3.Action
	for _, a := range info.Actions {
		on := func(kind string) bool {
			return slices.ContainsFunc(a.Resources, func(r catalog.ActionResource) bool { return r.Name == kind })
		}
		all = append(all, s3.Action{Name: a.Name, Bucket: on("bucket"), Object: on("object")})
	}
	return all
}

// user makes a user of an account with an inline policy, "" for none.
func (w *world) user(account, name, inline string) sigv4.Credentials {
	w.T.Helper()
	creds := sigv4.Credentials{SecretAccessKey: "secret-of-" + name}
	w.Update(func(tx *state.Tx) {
		u := &state.User{Account: account, ID: tx.NewID(awsid.User), Name: name, Path: "/", Created: tx.Now()}
		if inline != "" {
			doc, err := state.ParseDocument(policy.IdentityBased, inline, w.Schema)
			if err != nil {
				w.T.Fatal(err)
			}
			u.Inline = []state.InlinePolicy{{Name: "p", Document: doc}}
		}
		tx.PutUser(u)
		creds.AccessKeyID = tx.NewAccessKeyID(awsid.AccessKey, account)
		tx.PutAccessKey(&state.AccessKey{
			ID: creds.AccessKeyID, Account: account, UserID: u.ID, Secret: state.Secret(creds.SecretAccessKey),
			Active: true, Created: tx.Now(), Seq: tx.NextSeq(),
		})
	})
	return creds
}

func allow(actions, resources string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":` + list(actions) + `,"Resource":` + list(resources) + `}}`
}

func list(words string) string { return `["` + strings.Join(strings.Fields(words), `","`) + `"]` }

// answer is what the pipeline said, byte by byte.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request to target, a path with a query, signed unless creds are
// nobody's. headers are names and values in turn.
func (w *world) do(creds sigv4.Credentials, method, target, body string, headers ...string) answer {
	w.T.Helper()
	r := httptest.NewRequest(method, "http://writ.test"+target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if creds != nobody {
		hash := sigv4.HashPayload([]byte(body))
		r.Header.Set("X-Amz-Content-Sha256", hash)
		if _, err := sigv4.Sign(r, creds, w.target(), hash); err != nil {
			w.T.Fatal(err)
		}
	}
	return w.send(r)
}

func (w *world) target() sigv4.Target {
	return sigv4.Target{Region: "us-east-1", Service: "s3", Time: w.Now}
}

func (w *world) send(r *http.Request) answer {
	rec := httptest.NewRecorder()
	w.Pipeline.ServeHTTP(rec, r)
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.T.Error(err)
	}
	header := http.Header{}
	for name, values := range res.Header {
		header[http.CanonicalHeaderKey(name)] = values // as a client reads them
	}
	return answer{res.StatusCode, header, string(body)}
}

// must is do for what has to succeed.
func (w *world) must(creds sigv4.Credentials, method, target, body string, headers ...string) answer {
	w.T.Helper()
	a := w.do(creds, method, target, body, headers...)
	if a.status >= 300 {
		w.T.Fatalf("%s %s: %d %s", method, target, a.status, a.body)
	}
	return a
}

// refused holds an answer against the error it should be.
func (w *world) refused(a answer, status int, code string) {
	w.T.Helper()
	if a.status != status || code != "" && a.errorCode() != code {
		w.T.Errorf("answered %d %s\n%s\nwant %d %s", a.status, a.errorCode(), a.body, status, code)
	}
}

func (a answer) errorCode() string { return a.text("Code") }

// text returns the text of the first element of a name.
func (a answer) text(name string) string {
	all := a.texts(name)
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func (a answer) texts(name string) []string {
	var found []string
	d := xml.NewDecoder(bytes.NewReader([]byte(a.body)))
	for {
		tok, err := d.Token()
		if err != nil {
			return found
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if d.DecodeElement(&text, &start) == nil {
				found = append(found, text)
			}
		}
	}
}

// bucket makes a bucket of the management account.
func (w *world) bucket(name string) {
	w.T.Helper()
	w.must(root, "PUT", "/"+name, "")
}

func (w *world) versioning(bucket, status string) {
	w.T.Helper()
	w.must(root, "PUT", "/"+bucket+"?versioning", "<VersioningConfiguration><Status>"+status+"</Status></VersioningConfiguration>")
}

// policy takes the public access block off and sets a policy.
func (w *world) policy(bucket, text string) {
	w.T.Helper()
	w.must(root, "DELETE", "/"+bucket+"?publicAccessBlock", "")
	w.must(root, "PUT", "/"+bucket+"?policy", text)
}
