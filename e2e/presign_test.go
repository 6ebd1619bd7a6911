package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// follow sends what a presign client made.
func (s *server) follow(t *testing.T, p *v4.PresignedHTTPRequest, body string) (int, http.Header, []byte) {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequest(p.Method, p.URL, content)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range p.SignedHeader {
		if name != "Host" {
			r.Header[name] = values
		}
	}
	return s.send(t, r)
}

// TestPresignedIdentity signs what `aws eks get-token` and
// aws-iam-authenticator hand to a cluster: GetCallerIdentity with the
// cluster's name among the signed headers.
func TestPresignedIdentity(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	presign := sts.NewPresignClient(ann.sts)
	cluster := func(o *sts.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, sts.WithAPIOptions(
			smithyhttp.SetHeaderValue("x-k8s-aws-id", "cluster-1"), smithyhttp.SetHeaderValue("X-Amz-Expires", "60")))
	}
	p := must(presign.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, cluster))(t)
	if !strings.Contains(p.URL, "x-k8s-aws-id") {
		t.Fatalf("the cluster's name is not signed: %s", p.URL)
	}
	status, header, body := admin.server.get(t, p.URL, "x-k8s-aws-id", "cluster-1", "Accept", "application/json")
	var answer struct {
		GetCallerIdentityResponse struct {
			GetCallerIdentityResult struct{ Account, Arn, UserId string }
			ResponseMetadata        struct{ RequestId string }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	got := answer.GetCallerIdentityResponse
	if got.GetCallerIdentityResult.Arn != ann.whoami(t) || got.GetCallerIdentityResult.Account != admin.server.Account ||
		got.ResponseMetadata.RequestId != header.Get("X-Amzn-Requestid") {
		t.Errorf("answer %+v, request id %s", got, header.Get("X-Amzn-Requestid"))
	}
	status, _, body = admin.server.get(t, p.URL, "x-k8s-aws-id", "cluster-2")
	failure{403, "SignatureDoesNotMatch", badSignature}.checkXML(t, status, body)
	status, _, body = admin.server.get(t, p.URL)
	if status != http.StatusForbidden {
		t.Errorf("without the signed header: %d %s", status, body)
	}
	// As the SDK presigns by itself: with no X-Amz-Expires.
	plain := must(presign.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	status, header, body = admin.server.follow(t, plain, "")
	if status != http.StatusOK || header.Get("Content-Type") != "text/xml" || !strings.Contains(string(body), "<Arn>"+ann.whoami(t)+"</Arn>") {
		t.Errorf("%d %s %s", status, header.Get("Content-Type"), body)
	}
}

func TestPresignedObject(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	admin.newBucket(t, "presigned")
	admin.grant(t, "ann", document(allow(`["s3:PutObject","s3:GetObject"]`, `"arn:aws:s3:::presigned/in/*"`)))
	for _, style := range []struct {
		name string
		path bool
	}{{"path", true}, {"virtual host", false}} {
		t.Run(style.name, func(t *testing.T) { presignedObject(t, ann, style.path) })
	}
}

func presignedObject(t *testing.T, ann *client, path bool) {
	client := s3.NewFromConfig(ann.config, func(o *s3.Options) {
		o.UsePathStyle, o.BaseEndpoint = path, new(strings.Replace(ann.server.URL, "127.0.0.1", "localhost", 1))
	})
	presign := s3.NewPresignClient(client, s3.WithPresignExpires(5*time.Minute))
	key := new("in/ä b+c?.txt")
	put := must(presign.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: new("presigned"), Key: key, ContentType: new("text/plain")}))(t)
	if !path && !strings.Contains(put.URL, "presigned.localhost") {
		t.Fatalf("not in front of the host: %s", put.URL)
	}
	if status, _, body := ann.server.follow(t, put, "by link"); status != http.StatusOK {
		t.Fatalf("put: %d %s", status, body)
	}
	get := must(presign.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: new("presigned"), Key: key, ResponseContentType: new("text/x-special")}))(t)
	status, header, body := ann.server.follow(t, get, "")
	if status != http.StatusOK || string(body) != "by link" || header.Get("Content-Type") != "text/x-special" {
		t.Errorf("get: %d %s %q", status, header.Get("Content-Type"), body)
	}
	out := must(presign.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: new("presigned"), Key: new("out/k")}))(t)
	status, _, body = ann.server.follow(t, out, "") // a link grants what its maker may
	failure{403, "AccessDenied", "User: " + ann.whoami(t) +
		` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::presigned/out/k" because no identity-based policy allows the s3:GetObject action`}.checkXML(t, status, body)
}

// TestPathsOfOthers: HashiCorp Vault posts to "//", some configurations have
// the service's name in the path, and GET is as good as POST.
func TestPathsOfOthers(t *testing.T) {
	admin := start(t).admin()
	for _, path := range []string{"/", "//", "/sts", "/sts/", "/a/../"} {
		r := admin.signed(t, "sts", time.Now(), http.MethodPost, "/", identity)
		r = r.Clone(context.Background())
		r.URL.Opaque = strings.TrimPrefix(admin.server.URL, "http:") + path
		if path == "/sts" || path == "/sts/" {
			r = admin.signed(t, "sts", time.Now(), http.MethodPost, path, identity)
		}
		r.Header.Set("X-Unsigned", "ok")
		if status, _, body := admin.server.send(t, r); status != http.StatusOK {
			t.Errorf("POST %s: %d %s", path, status, body)
		}
	}
	if status, _, body := admin.server.send(t, admin.signed(t, "sts", time.Now(), http.MethodGet, "/?"+identity, "")); status != http.StatusOK {
		t.Errorf("GET: %d %s", status, body)
	}
}
