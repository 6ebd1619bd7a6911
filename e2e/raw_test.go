package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signed is a request signed by the SDK's signer at a time one chooses, which
// the SDK's clients do not let one do.
func (c *client) signed(t *testing.T, service string, at time.Time, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost && service != "s3" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	if err := v4.NewSigner(pathAsIs(service)).SignHTTP(ctx, c.Credentials, r, hash, service, c.server.Region, at); err != nil {
		t.Fatal(err)
	}
	return r
}

// presigned is a URL signed at a time one chooses, good for GET.
func (c *client) presigned(t *testing.T, service string, at time.Time, path string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	hash := hex.EncodeToString(sha256.New().Sum(nil))
	if service == "s3" {
		hash = "UNSIGNED-PAYLOAD"
	}
	url, _, err := v4.NewSigner(pathAsIs(service)).PresignHTTP(ctx, c.Credentials, r, hash, service, c.server.Region, at)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// pathAsIs: S3's paths are signed as they are, all others escaped once more.
func pathAsIs(service string) func(*v4.SignerOptions) {
	return func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }
}

// send sends a request and returns the answer's status, header and body.
func (s *server) send(t *testing.T, r *http.Request) (int, http.Header, []byte) {
	t.Helper()
	answer, err := s.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, body
}

// get fetches a URL without signing anything.
func (s *server) get(t *testing.T, url string, header ...string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return s.send(t, r)
}

// page calls one of Writ's own pages.
func (c *client) page(t *testing.T, method, path, body string) (int, []byte) {
	t.Helper()
	status, _, answer := c.server.send(t, c.signed(t, "writ", time.Now(), method, path, body))
	return status, answer
}

// advance moves the server's clock, forward or back.
func (s *server) advance(t *testing.T, by time.Duration) {
	t.Helper()
	s.moveClock(t, `{"advance":"`+by.String()+`"}`)
}

// setClock moves the server's clock to a time, from which it runs on.
func (s *server) setClock(t *testing.T, to time.Time) {
	t.Helper()
	s.moveClock(t, `{"set":"`+to.Format(time.RFC3339)+`"}`)
}

func (s *server) moveClock(t *testing.T, how string) {
	t.Helper()
	if status, body := s.admin().page(t, http.MethodPost, "/_writ/clock", how); status != http.StatusOK {
		t.Fatalf("clock: %d %s", status, body)
	}
}

// checkXML checks an error that came as XML: S3's root element is Error, that
// of IAM and STS ErrorResponse.
func (f failure) checkXML(t *testing.T, status int, body []byte) {
	t.Helper()
	var answer struct {
		Code    string
		Message string
		Error   struct{ Code, Message string }
	}
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(&answer); err != nil {
		t.Errorf("%v in %q", err, body)
		return
	}
	got := failure{status, answer.Code + answer.Error.Code, answer.Message + answer.Error.Message}
	if f.message == "" {
		got.message = ""
	}
	if got != f {
		t.Errorf("got  %d %s: %s\nwant %d %s: %s", got.status, got.code, got.message, f.status, f.code, f.message)
	}
}

// withToken is c with another session token.
func (c *client) withToken(token string) *client {
	changed := c.Credentials
	changed.SessionToken = token
	return c.server.as(changed)
}

// withSecret is c with another secret.
func (c *client) withSecret(secret string) *client {
	changed := c.Credentials
	changed.SecretAccessKey = secret
	return c.server.as(changed)
}

// nobody has a key that was never made.
func (s *server) nobody() *client {
	return s.as(aws.Credentials{AccessKeyID: "AKIAQQQQQQQQQQQQQQQQ", SecretAccessKey: strings.Repeat("x", 40)})
}
