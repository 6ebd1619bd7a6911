package e2e

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// dex is a running Dex, an OpenID Connect provider that Writ knows nothing of,
// with the clients sts.amazonaws.com and other, and the users ann and bob.
type dex struct {
	Issuer string

	http             *http.Client
	secret, password string
	command          func(t *testing.T, name string)
	seen             *sightings
}

// buildDex builds the command in the folder dex, once for all tests.
var buildDex = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(writ), "dex")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir = "dex"
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build dex: %v\n%s", err, out)
	}
	return path, nil
})

// startDex starts Dex on a free port and a Writ that trusts its certificate.
func startDex(t *testing.T) (*dex, *server) {
	t.Helper()
	cert, key, roots := certificate(t)
	s := start(t, "--idp-ca", cert)
	d := &dex{secret: rand.Text(), password: rand.Text(), seen: s.seen}
	d.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	cmd := exec.Command(must(buildDex())(t))
	log := &lines{}
	cmd.Stderr = log
	in := must(cmd.StdinPipe())(t)
	out := json.NewDecoder(must(cmd.StdoutPipe())(t))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
		defer stuck.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("dex ended with %v\n%s", err, log)
		}
	})
	tell := func(t *testing.T, what any) {
		t.Helper()
		if err := json.NewEncoder(in).Encode(what); err != nil {
			t.Fatal(err)
		}
		stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
		defer stuck.Stop()
		if err := out.Decode(d); err != nil {
			t.Fatalf("dex did not answer: %v\n%s", err, log)
		}
	}
	d.command = func(t *testing.T, name string) { t.Helper(); tell(t, name) }
	tell(t, map[string]any{
		"certificate": cert, "key": key, "clients": []string{"sts.amazonaws.com", "other"}, "secret": d.secret,
		"users": []string{"ann@example.org", "bob@example.org"}, "password": d.password,
	})
	return d, s
}

// token signs a user in at a client, by the password grant (RFC 6749, section
// 4.3), and returns the ID token.
func (d *dex) token(t *testing.T, client, user string) string {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "scope": {"openid email federated:id"}, "username": {user + "@example.org"}, "password": {d.password}}
	r := must(http.NewRequest(http.MethodPost, d.Issuer+"/token", strings.NewReader(form.Encode())))(t)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(client, d.secret)
	answer := must(d.http.Do(r))(t)
	body := read(t, answer.Body)
	var got struct {
		Token string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Token == "" {
		t.Fatalf("Dex answered %d %s", answer.StatusCode, body)
	}
	d.seen.secret(strings.Split(got.Token, ".")...)
	return got.Token
}

// part is a member of a token's header (0) or claims (1).
func part(t *testing.T, token string, i int, name string) string {
	t.Helper()
	members := map[string]any{}
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i]))(t), &members); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(members[name])
}

// trustDex registers Dex, and makes a role for one of its users, whom the trust
// policy knows by Dex's sub and by a claim within a claim.
func trustDex(t *testing.T, admin *client, d *dex, name, user string) (role, provider string) {
	t.Helper()
	made := must(admin.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: &d.Issuer, ClientIDList: []string{"sts.amazonaws.com"}}))(t)
	provider = *made.OpenIDConnectProviderArn
	host := strings.TrimPrefix(d.Issuer, "https://")
	return admin.newRole(t, name, document(`{"Effect":"Allow","Principal":{"Federated":"`+provider+`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
		"`+host+`:aud":"sts.amazonaws.com","`+host+`:sub":"`+part(t, d.token(t, "sts.amazonaws.com", user), 1, "sub")+`",
		"`+host+`:federated_claims/user_id":"id-of-`+user+`@example.org"}}}`), document(listBuckets)), provider
}

// TestDexUserAssumesRole: who signed in at Dex gets the role that trusts that
// user at that client, and nobody else does.
func TestDexUserAssumesRole(t *testing.T) {
	d, s := startDex(t)
	admin, nobody := s.admin(), s.as(aws.Credentials{})
	role, provider := trustDex(t, admin, d, "OfAnn", "ann")
	file := filepath.Join(t.TempDir(), "token")
	p := stscreds.NewWebIdentityRoleProvider(nobody.sts, role, stscreds.IdentityTokenFile(file), func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = "ann" })
	retrieve := func(token string) (aws.Credentials, error) {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		return p.Retrieve(ctx)
	}
	anns := d.token(t, "sts.amazonaws.com", "ann")
	session := s.as(must(retrieve(anns))(t))
	equal(t, "session", session.whoami(t), "arn:aws:sts::"+s.Account+":assumed-role/OfAnn/ann")
	must(session.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	fails(session.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied(""))
	fromEnvironment(t, s, map[string]string{"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ROLE_SESSION_NAME": "pod"}, "OfAnn/pod")
	out := must(nobody.sts.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{RoleArn: &role, RoleSessionName: new("ann"), WebIdentityToken: &anns}))(t)
	equal(t, "answer", *out.Audience+" "+*out.Provider+" "+*out.SubjectFromWebIdentityToken, "sts.amazonaws.com "+provider+" "+part(t, anns, 1, "sub"))

	notAuthorized := denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	fails(retrieve(d.token(t, "sts.amazonaws.com", "bob")))(t, notAuthorized)
	elsewhere := d.token(t, "other", "ann")
	fails(retrieve(elsewhere))(t, failure{400, "InvalidIdentityToken", "Incorrect token audience"})
	must(admin.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &provider, ClientID: new("other")}))(t)
	fails(retrieve(elsewhere))(t, notAuthorized) // by the role, which names the audience too
	parts := strings.Split(anns, ".")
	parts[1] = strings.Split(d.token(t, "sts.amazonaws.com", "bob"), ".")[1]
	fails(retrieve(strings.Join(parts, ".")))(t, failure{400, "InvalidIdentityToken", "The signature of the web identity token is not valid."})
	must(retrieve(anns))(t)
	s.checkEvents(t)
}

// fromEnvironment checks whose session the SDK gets by the variables that
// clusters set.
func fromEnvironment(t *testing.T, s *server, variables map[string]string, want string) {
	t.Helper()
	variables["AWS_ENDPOINT_URL_STS"], variables["AWS_REGION"] = s.URL, s.Region // no other endpoint counts before there are credentials
	for name, value := range variables {
		t.Setenv(name, value)
	}
	cfg := must(config.LoadDefaultConfig(ctx))(t)
	who := must(sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	equal(t, "session by the environment", *who.Arn, "arn:aws:sts::"+s.Account+":assumed-role/"+want)
}

// TestDexRotatesKeys: a token that a new key signed is taken as soon as the
// issuer may be asked again, and tokens of a key only as long as Dex publishes
// it.
func TestDexRotatesKeys(t *testing.T) {
	d, s := startDex(t)
	role, _ := trustDex(t, s.admin(), d, "OfAnn", "ann")
	nobody := s.as(aws.Credentials{})
	assume := func(token string) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		return nobody.sts.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{RoleArn: &role, RoleSessionName: new("ann"), WebIdentityToken: &token})
	}
	next := func(command string) (token string) {
		d.command(t, command)
		s.advance(t, 10*time.Second)
		return d.token(t, "sts.amazonaws.com", "ann")
	}
	first := d.token(t, "sts.amazonaws.com", "ann")
	must(assume(first))(t)
	second := next("rotate")
	must(assume(second))(t)
	must(assume(first))(t)
	third := next("restart")
	must(assume(third))(t)
	for _, old := range []string{first, second} {
		fails(assume(old))(t, failure{400, "InvalidIdentityToken", "The signature of the web identity token is not valid."})
	}
	if a, b, c := part(t, first, 0, "kid"), part(t, second, 0, "kid"), part(t, third, 0, "kid"); a == b || b == c || c == a {
		t.Errorf("the tokens were signed with the keys %s, %s and %s", a, b, c)
	}
	s.checkEvents(t)
}
