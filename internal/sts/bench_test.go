package sts_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/sigv4"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func (w *world) benchmark(b *testing.B, creds sigv4.Credentials, body string) {
	w.allowed(w.Form(creds, "sts", body))
	r := httptest.NewRequest("POST", "http://writ.test/", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if _, err := sigv4.Sign(r, creds, sigv4.Target{Region: "us-east-1", Service: "sts", Time: w.Now}, sigv4.HashPayload([]byte(body))); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(body))
		w.Pipeline.ServeHTTP(discard{http.Header{}}, r)
	}
}

// The whole pipeline without the socket, with the event kept in memory.
func BenchmarkGetCallerIdentity(b *testing.B) {
	w := newWorld(b)
	w.benchmark(b, w.ann, "Action=GetCallerIdentity&Version=2011-06-15")
}

// assumes is a call of AssumeRole.
func assumes(policy string) string {
	call := url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleSessionName": {"s1"}, "RoleArn": {roleARN("r")}}
	if policy != "" {
		call.Set("Policy", policy)
	}
	return call.Encode()
}

func BenchmarkAssumeRole(b *testing.B) {
	w := newWorld(b)
	w.role(account, "r", trusts(annARN))
	w.benchmark(b, w.ann, assumes(""))
}

// With an inline session policy of the greatest length.
func BenchmarkAssumeRoleWithPolicy(b *testing.B) {
	w := newWorld(b)
	w.role(account, "r", trusts(annARN))
	const first, last = `{"Version":"2012-10-17","Statement":[`, `{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`
	policy := first
	for i := 0; ; i++ {
		next := fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":["s3:GetObject","sqs:SendMessage"],"Resource":["arn:aws:s3:::b-%x/*","arn:aws:sqs:*:%012d:q"]},`, i, i*i*7919, i*7919)
		if len(policy)+len(next)+len(last) > 2048 {
			break
		}
		policy += next
	}
	w.benchmark(b, w.ann, assumes(policy+last))
}

func BenchmarkDecodeAuthorizationMessage(b *testing.B) {
	w := newWorld(b)
	w.user(account, "bob", "")
	w.role(account, "r", trusts("arn:aws:iam::"+account+":user/bob"))
	denied := w.Form(w.ann, "sts", assumes(""))
	message := denied.Header.Get("X-Writ-Authorization-Message")
	call := url.Values{"Action": {"DecodeAuthorizationMessage"}, "Version": {"2011-06-15"}, "EncodedMessage": {message}}
	w.benchmark(b, apitest.Root, call.Encode())
}
