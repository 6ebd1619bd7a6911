package sigv4

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/vectors"
)

// The public signing suite of awslabs/aws-c-auth. What the policy of this
// package refuses of it stands in these two tables; canonical request, string
// to sign and signature are compared for every case all the same.

// refusedVectors are signed requests that Parse or Verify refuses.
var refusedVectors = map[string]struct {
	parse, verify Reason
	why           string
}{
	"post-sts-header-after/header": {parse: UnsignedHeaders, why: "the session token is not signed"},
	"post-sts-header-after/query":  {verify: Mismatch, why: "the session token is not signed"},

	"get-relative-relative-unnormalized/header":   {verify: Mismatch, why: notNormalized},
	"get-relative-relative-unnormalized/query":    {verify: Mismatch, why: notNormalized},
	"get-relative-unnormalized/header":            {verify: Mismatch, why: notNormalized},
	"get-relative-unnormalized/query":             {verify: Mismatch, why: notNormalized},
	"get-slash-dot-slash-unnormalized/header":     {verify: Mismatch, why: notNormalized},
	"get-slash-dot-slash-unnormalized/query":      {verify: Mismatch, why: notNormalized},
	"get-slash-pointless-dot-unnormalized/header": {verify: Mismatch, why: notNormalized},
	"get-slash-pointless-dot-unnormalized/query":  {verify: Mismatch, why: notNormalized},
	"get-slash-unnormalized/header":               {verify: Mismatch, why: notNormalized},
	"get-slash-unnormalized/query":                {verify: Mismatch, why: notNormalized},
	"get-slashes-unnormalized/header":             {verify: Mismatch, why: notNormalized},
	"get-slashes-unnormalized/query":              {verify: Mismatch, why: notNormalized},
}

const notNormalized = "the path is normalised for every service but s3"

// vectorExpiry is refused by CheckTime: the suite presigns for an hour, a
// service that is not S3 allows a quarter of one.
const vectorExpiry = BadExpires

// notHTTP are requests that net/http refuses, for the space in their target.
var notHTTP = map[string]bool{"get-space-normalized": true, "get-space-unnormalized": true}

type vectorContext struct {
	Credentials struct {
		AccessKeyID     string `json:"access_key_id"`
		SecretAccessKey string `json:"secret_access_key"`
		Token           string `json:"token"`
	} `json:"credentials"`
	Expires   int       `json:"expiration_in_seconds"`
	Normalize bool      `json:"normalize"`
	Region    string    `json:"region"`
	Service   string    `json:"service"`
	SignBody  bool      `json:"sign_body"`
	Timestamp time.Time `json:"timestamp"`
	OmitToken bool      `json:"omit_session_token"`
}

type vector struct {
	vectorContext
	dir, name string
}

func TestVectors(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(vectors.Dir(t), "sigv4", "*", "context.json"))
	if err != nil || len(dirs) != 38 {
		t.Fatalf("%d directories, want 38 (%v)", len(dirs), err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		v := vector{dir: dir, name: filepath.Base(dir)}
		if err := json.Unmarshal([]byte(v.read(t, "context.json")), &v.vectorContext); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"header", "query"} {
			t.Run(v.name+"/"+kind, func(t *testing.T) {
				v.testSign(t, kind)
				v.testVerify(t, kind)
			})
		}
	}
}

func (v *vector) read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(v.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// request reads one of the suite's requests as net/http reads it from a wire.
func (v *vector) request(t *testing.T, file string) (*http.Request, []byte) {
	t.Helper()
	text := strings.TrimRight(v.read(t, file), "\n")
	line, rest, _ := strings.Cut(text, "\n")
	method, target, _ := strings.Cut(strings.TrimSuffix(line, " HTTP/1.1"), " ")
	wire := target
	if notHTTP[v.name] {
		wire = "/"
	}
	text = method + " " + wire + " HTTP/1.1\n" + rest + "\n\n"
	if strings.Contains(rest, "\n\n") {
		text = strings.TrimSuffix(text, "\n\n")
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if notHTTP[v.name] {
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
		r.URL.RawPath = r.URL.Path
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

func (v *vector) rule() pathRule {
	if v.Normalize {
		return normalizedPath
	}
	return objectPath
}

func (v *vector) target() Target {
	return Target{Region: v.Region, Service: v.Service, Time: v.Timestamp}
}

func (v *vector) credentials() Credentials {
	c := Credentials{AccessKeyID: v.Credentials.AccessKeyID, SecretAccessKey: v.Credentials.SecretAccessKey}
	if !v.OmitToken {
		c.SessionToken = v.Credentials.Token
	}
	return c
}

// testSign signs the plain request and compares each step.
func (v *vector) testSign(t *testing.T, kind string) {
	r, body := v.request(t, "request.txt")
	hash := emptyHash
	if v.SignBody {
		hash = HashPayload(body)
		if kind == "header" {
			r.Header.Set(headerContentSHA256, hash)
		}
	}
	s, err := v.sign(r, kind, hash)
	if err != nil {
		t.Fatal(err)
	}
	sc := getScratch()
	defer sc.release()
	if err := s.buildCanonical(sc, r, v.rule(), []byte(hash)); err != nil {
		t.Fatal(err)
	}
	canonical := string(sc.canonical)
	toSign := string(s.buildStringToSign(sc))
	mac := DeriveKey(v.Credentials.SecretAccessKey, s.Date(), s.Region, s.Service).sign([]byte(toSign))

	if diff := cmp.Diff(v.read(t, kind+"-canonical-request.txt"), canonical); diff != "" {
		t.Errorf("canonical request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(v.read(t, kind+"-string-to-sign.txt"), toSign); diff != "" {
		t.Errorf("string to sign (-want +got):\n%s", diff)
	}
	want := v.read(t, kind+"-signature.txt")
	if got := hex.EncodeToString(mac[:]); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	if v.Normalize && hex.EncodeToString(s.mac[:]) != want {
		t.Errorf("Sign and Presign make %x, want %s", s.mac, want)
	}
}

func (v *vector) sign(r *http.Request, kind, hash string) (*Signature, error) {
	if kind == "header" {
		return Sign(r, v.credentials(), v.target(), hash)
	}
	return Presign(r, v.credentials(), v.target(), time.Duration(v.Expires)*time.Second, hash)
}

// testVerify verifies the suite's signed request.
func (v *vector) testVerify(t *testing.T, kind string) {
	refused := refusedVectors[v.name+"/"+kind]
	r, body := v.request(t, kind+"-signed-request.txt")
	s, err := Parse(r)
	if refused.parse != 0 {
		if !errors.Is(err, &Error{Reason: refused.parse}) {
			t.Errorf("Parse: %v, want %v: %s", err, refused.parse, refused.why)
		}
		return
	}
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	key := DeriveKey(v.Credentials.SecretAccessKey, s.Date(), s.Region, s.Service)
	err = s.Verify(key, r, body)
	if refused.verify == 0 && err != nil {
		t.Errorf("Verify: %v", err)
	}
	if refused.verify != 0 && !errors.Is(err, &Error{Reason: refused.verify}) {
		t.Errorf("Verify: %v, want %v: %s", err, refused.verify, refused.why)
	}
	if err := s.verify(key, r, []byte(HashPayload(body)), v.rule()); err != nil && !v.OmitToken {
		t.Errorf("verifying with the suite's path rule: %v", err)
	}
	err = s.CheckTime(v.Timestamp.Add(time.Minute))
	if kind == "header" && err != nil || kind == "query" && !errors.Is(err, &Error{Reason: vectorExpiry}) {
		t.Errorf("CheckTime: %v", err)
	}
	if s.AccessKeyID != v.Credentials.AccessKeyID || !s.Time.Equal(v.Timestamp) || s.SecurityToken != v.Credentials.Token {
		t.Errorf("parsed %+v", s)
	}
}
