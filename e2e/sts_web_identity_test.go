package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// tokenIssuer is an OpenID Connect provider on loopback, of the standard library
// alone.
type tokenIssuer struct {
	*httptest.Server
	key atomic.Pointer[issuerKey]
}

type issuerKey struct {
	id      string
	private *ecdsa.PrivateKey
}

func startIssuer(t *testing.T) *tokenIssuer {
	i := &tokenIssuer{}
	i.setKey(t, "one")
	i.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var document any
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			document = map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys"}
		case "/keys":
			k := i.key.Load()
			point := must(k.private.PublicKey.Bytes())(t)
			document = map[string]any{"keys": []any{
				map[string]any{"kty": "EC", "crv": "P-256", "kid": k.id, "alg": "ES256", "use": "sig", "x": raw64(point[1:33]), "y": raw64(point[33:])},
			}}
		}
		json.NewEncoder(w).Encode(document)
	}))
	t.Cleanup(i.Server.Close)
	return i
}

func (i *tokenIssuer) setKey(t *testing.T, id string) {
	i.key.Store(&issuerKey{id, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)})
}

func raw64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *tokenIssuer) token(t *testing.T, claims map[string]any) string {
	k := i.key.Load()
	text := raw64(must(json.Marshal(map[string]any{"alg": "ES256", "kid": k.id}))(t)) + "." + raw64(must(json.Marshal(claims))(t))
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + raw64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// root is a file with the certificate that vouches for the issuer's server.
func (i *tokenIssuer) root(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// writeToken puts a token into the file from which clients take theirs.
func (i *tokenIssuer) writeToken(t *testing.T, s *server, file string, claims map[string]any) {
	t.Helper()
	text := i.token(t, claims)
	s.seen.secret(strings.Split(text, ".")...)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWebIdentityFile: the SDK's provider for token files, as workloads in
// clusters and pipelines use it, over a server whose root is given by --idp-ca.
func TestWebIdentityFile(t *testing.T) {
	i := startIssuer(t)
	s := start(t, "--idp-ca", i.root(t))
	webIdentity(t, s.admin(), i)
	s.checkEvents(t)
}

// webIdentityBreadth: the thumbprint vouches for a server that no root does.
func webIdentityBreadth(t *testing.T, c *client) {
	i := startIssuer(t)
	sum := sha1.Sum(i.Certificate().Raw)
	webIdentity(t, c, i, hex.EncodeToString(sum[:]))
}

func webIdentity(t *testing.T, c *client, i *tokenIssuer, thumbprints ...string) {
	provider := must(c.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
		Url: &i.URL, ClientIDList: []string{"sts.amazonaws.com"}, ThumbprintList: thumbprints,
	}))(t).OpenIDConnectProviderArn
	defer func() {
		must(c.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider}))(t)
	}()
	host := strings.TrimPrefix(i.URL, "https://")
	role := c.newRole(t, "Pod", document(`{"Effect":"Allow","Principal":{"Federated":"`+*provider+`"},"Action":"sts:AssumeRoleWithWebIdentity",
		"Condition":{"StringEquals":{"`+host+`:aud":"sts.amazonaws.com","`+host+`:sub":"system:serviceaccount:ns:app"}}}`), document(listBuckets))
	claims := map[string]any{
		"iss": i.URL, "aud": []string{"sts.amazonaws.com"}, "sub": "system:serviceaccount:ns:app",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	nobody := c.server.as(aws.Credentials{})
	file := filepath.Join(t.TempDir(), "token")
	i.writeToken(t, c.server, file, claims)
	p := stscreds.NewWebIdentityRoleProvider(nobody.sts, role, stscreds.IdentityTokenFile(file), func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = "pod" })
	session := c.server.as(must(p.Retrieve(ctx))(t))
	equal(t, "session", session.whoami(t), "arn:aws:sts::"+c.server.Account+":assumed-role/Pod/pod")
	must(session.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)

	token := i.token(t, claims)
	out := must(nobody.sts.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{RoleArn: &role, RoleSessionName: new("pod"), WebIdentityToken: &token}))(t)
	equal(t, "answer", *out.Audience+" "+*out.Provider+" "+*out.SubjectFromWebIdentityToken, "sts.amazonaws.com "+*provider+" system:serviceaccount:ns:app")

	claims["sub"] = "system:serviceaccount:ns:other"
	i.writeToken(t, c.server, file, claims)
	fails(p.Retrieve(ctx))(t, denied("Not authorized to perform sts:AssumeRoleWithWebIdentity"))
	claims["aud"] = "other"
	i.writeToken(t, c.server, file, claims)
	fails(p.Retrieve(ctx))(t, failure{400, "InvalidIdentityToken", "Incorrect token audience"})
}
