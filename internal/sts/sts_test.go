package sts_test

import (
	"crypto/rand"
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/policy"
)

const account = apitest.Account

// world is an installation with a user ann, who may do nothing by herself.
type world struct {
	*apitest.Env
	sts   *sts.Service
	ann   sigv4.Credentials
	annID string
}

func newWorld(t testing.TB) *world {
	w := &world{}
	w.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
		w.sts = sts.New(e.Sessions, e.Events, rand.Reader)
		return []*api.Table{w.sts.Table()}
	})
	w.ann, w.annID = w.user(account, "ann", "")
	return w
}

// user makes a user with an inline policy, "" for none.
func (w *world) user(account, name, inline string) (sigv4.Credentials, string) {
	w.T.Helper()
	creds := sigv4.Credentials{SecretAccessKey: "secret-of-" + name}
	var id string
	w.Update(func(tx *state.Tx) {
		u := &state.User{Account: account, ID: tx.NewID(awsid.User), Name: name, Path: "/", Created: tx.Now()}
		id = u.ID
		if inline != "" {
			u.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, inline)}}
		}
		tx.PutUser(u)
		creds.AccessKeyID = tx.NewAccessKeyID(awsid.AccessKey, account)
		tx.PutAccessKey(&state.AccessKey{
			ID: creds.AccessKeyID, Account: account, UserID: u.ID, Secret: state.Secret(creds.SecretAccessKey),
			Active: true, Created: tx.Now(), Seq: tx.NextSeq(),
		})
	})
	return creds, id
}

func (w *world) document(kind policy.Kind, text string) *state.Document {
	w.T.Helper()
	d, err := state.ParseDocument(kind, text, w.Schema)
	if err != nil {
		w.T.Fatal(err)
	}
	return d
}

// role makes a role with a trust policy.
func (w *world) role(account, name, trust string, change ...func(*state.Role)) {
	w.T.Helper()
	doc := w.document(policy.Trust, trust)
	w.Update(func(tx *state.Tx) {
		resolved, err := tx.Resolve(doc)
		if err != nil {
			w.T.Fatal(err)
		}
		r := &state.Role{Account: account, ID: tx.NewID(awsid.Role), Name: name, Path: "/", Created: tx.Now(), MaxSession: time.Hour, Trust: resolved}
		for _, f := range change {
			f(r)
		}
		tx.PutRole(r)
	})
}

func trusts(arn string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}`
}

const annARN = "arn:aws:iam::" + account + ":user/ann"

func roleARN(name string) string { return "arn:aws:iam::" + account + ":role/" + name }

func (w *world) call(creds sigv4.Credentials, action string, params ...string) apitest.Answer {
	w.T.Helper()
	v := url.Values{"Action": {action}, "Version": {"2011-06-15"}}
	for i := 0; i < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	return w.Form(creds, "sts", v.Encode())
}

// assume assumes a role of the first account and returns the session's
// credentials.
func (w *world) assume(creds sigv4.Credentials, role string, params ...string) sigv4.Credentials {
	w.T.Helper()
	a := w.call(creds, "AssumeRole", append([]string{"RoleArn", roleARN(role), "RoleSessionName", "s1"}, params...)...)
	return w.credentials(a)
}

func (w *world) credentials(a apitest.Answer) sigv4.Credentials {
	w.T.Helper()
	if a.Status != 200 {
		w.T.Fatalf("%d: %s", a.Status, a.Body)
	}
	var c struct{ AccessKeyId, SecretAccessKey, SessionToken string }
	d := xml.NewDecoder(strings.NewReader(a.Body))
	for {
		token, err := d.Token()
		if err != nil {
			w.T.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "Credentials" {
			if err := d.DecodeElement(&c, &start); err != nil {
				w.T.Fatal(err)
			}
			return sigv4.Credentials{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
		}
	}
}

// refused checks an error answer.
func (w *world) refused(a apitest.Answer, status int, code, text string) {
	w.T.Helper()
	if a.Status != status || !strings.Contains(a.Body, "<Code>"+code+"</Code>") || !strings.Contains(a.Body, "<Message>"+text+"</Message>") {
		w.T.Errorf("got %d %s\nwant %d %s: %s", a.Status, a.Body, status, code, text)
	}
}

// allowed checks that an answer says all of texts.
func (w *world) allowed(a apitest.Answer, texts ...string) {
	w.T.Helper()
	if a.Status != 200 {
		w.T.Errorf("got %d: %s", a.Status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			w.T.Errorf("the answer lacks %s:\n%s", text, a.Body)
		}
	}
}
