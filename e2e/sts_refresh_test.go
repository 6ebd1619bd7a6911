package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The SDK decides by the machine's clock when to renew credentials, and nothing
// moves that one. The server's clock is moved instead: of a session that began
// sixteen minutes ago and lasts fifteen, the SDK knows that it is over.

var (
	expiredToken  = failure{403, "ExpiredToken", "The security token included in the request is expired"}
	expiredAtS3   = failure{400, "ExpiredToken", "The provided token has expired."}
	quarterOfHour = func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName, o.Duration = "renewed", 15*time.Minute }
)

// with returns the configuration of a client whose credentials are renewed.
func (s *server) with(p aws.CredentialsProvider) aws.Config {
	c := s.as(aws.Credentials{}).config
	c.Credentials = p
	c.APIOptions = nil // what it sees is not of one key
	return c
}

// renewable is a user's client and a role that it may assume.
func renewable(t *testing.T) (*server, *client, string) {
	t.Helper()
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	role := admin.newRole(t, "Renewed", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(listBuckets))
	must(admin.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: new("Renewed"), MaxSessionDuration: aws.Int32(43200)}))(t)
	return admin.server, ann, role
}

// TestSDKRenewsSession: a client goes on when its session has ended, and keeps
// the new one.
func TestSDKRenewsSession(t *testing.T) {
	s, ann, role := renewable(t)
	cache := aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(ann.sts, role, quarterOfHour))
	s.advance(t, -16*time.Minute)
	first := must(cache.Retrieve(ctx))(t)
	arn := "arn:aws:sts::" + s.Account + ":assumed-role/Renewed/renewed"
	equal(t, "session", s.as(first).whoami(t), arn)
	s.advance(t, 16*time.Minute)
	fails(s.as(first).sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, expiredToken)

	who := must(sts.NewFromConfig(s.with(cache)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	equal(t, "renewed session", *who.Arn, arn)
	second, third := must(cache.Retrieve(ctx))(t), must(cache.Retrieve(ctx))(t)
	if first.AccessKeyID == second.AccessKeyID || second.AccessKeyID != third.AccessKeyID || second.AccountID != s.Account {
		t.Errorf("sessions %s, %s, %s of account %q", first.AccessKeyID, second.AccessKeyID, third.AccessKeyID, second.AccountID)
	}
	if d := time.Until(second.Expires); d < 14*time.Minute || d > 15*time.Minute {
		t.Errorf("the session ends in %v", d)
	}
}

// TestSDKRenewsSessionEarly: with an ExpiryWindow, before the session's end.
func TestSDKRenewsSessionEarly(t *testing.T) {
	s, ann, role := renewable(t)
	provider := stscreds.NewAssumeRoleProvider(ann.sts, role, quarterOfHour)
	late := aws.NewCredentialsCache(provider)
	early := aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 10 * time.Minute })
	renews := func(c *aws.CredentialsCache) bool {
		t.Helper()
		first := must(c.Retrieve(ctx))(t)
		s.as(first).whoami(t)
		return must(c.Retrieve(ctx))(t).AccessKeyID != first.AccessKeyID
	}
	s.advance(t, -10*time.Minute) // a session has five minutes left
	if renews(late) || !renews(early) {
		t.Error("five minutes before the end, without and with a window of ten: want the session kept and renewed")
	}
	s.advance(t, 10*time.Minute)
	if renews(late) || renews(early) {
		t.Error("a session that has just begun was renewed")
	}
}

// TestSessionEndsAtTheSecond: served in the last second, refused at the end.
func TestSessionEndsAtTheSecond(t *testing.T) {
	s, ann, role := renewable(t)
	for _, d := range []time.Duration{15 * time.Minute, time.Hour, 12 * time.Hour} {
		provider := stscreds.NewAssumeRoleProvider(ann.sts, role, quarterOfHour, func(o *stscreds.AssumeRoleOptions) { o.Duration = d })
		got := must(provider.Retrieve(ctx))(t)
		if left := time.Until(got.Expires); left < d-time.Minute || left > d {
			t.Errorf("the session of %v ends in %v", d, left)
		}
		endsAt(t, s.as(got), got.Expires)
	}
	token := must(ann.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(129600)}))(t).Credentials
	endsAt(t, s.session(token), *token.Expiration)
}

func endsAt(t *testing.T, session *client, end time.Time) {
	t.Helper()
	s := session.server
	defer s.moveClock(t, `{"reset":true}`)
	if !servedAt(t, session, end.Add(-time.Second)) {
		t.Errorf("refused in the second before %v", end)
	}
	s.setClock(t, end)
	fails(session.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, expiredToken)
	fails(session.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, expiredToken)
	fails(session.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t, expiredAtS3)
}

// servedAt reports whether a call is served within the second after that time.
// The clock runs on, so that a call which took longer tells nothing.
func servedAt(t *testing.T, session *client, at time.Time) bool {
	t.Helper()
	for range 20 {
		began := time.Now()
		session.server.setClock(t, at)
		_, err := session.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if time.Since(began) < time.Second {
			return err == nil
		}
	}
	t.Fatal("no call took less than a second")
	return false
}

// TestSDKRenewsWebIdentity: the session after the first is that of the token
// which the file then has.
func TestSDKRenewsWebIdentity(t *testing.T) {
	i := startIssuer(t)
	s := start(t, "--idp-ca", i.root(t))
	admin, host := s.admin(), strings.TrimPrefix(i.URL, "https://")
	provider := must(admin.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: &i.URL, ClientIDList: []string{"sts.amazonaws.com"}}))(t).OpenIDConnectProviderArn
	role := admin.newRole(t, "Pod", document(`{"Effect":"Allow","Principal":{"Federated":"`+*provider+`"},"Action":"sts:AssumeRoleWithWebIdentity"}`),
		document(allow(`"s3:CreateBucket"`, fmt.Sprintf(`"arn:aws:s3:::of-${%s:sub}-*"`, host))))
	file := filepath.Join(t.TempDir(), "token")
	write := func(sub string, end time.Duration) {
		now := time.Now()
		i.writeToken(t, s, file, map[string]any{"iss": i.URL, "aud": "sts.amazonaws.com", "sub": sub, "iat": now.Add(-20 * time.Minute).Unix(), "exp": now.Add(end).Unix()})
	}
	cache := aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(s.as(aws.Credentials{}).sts, role, stscreds.IdentityTokenFile(file),
		func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName, o.Duration = "pod", 15*time.Minute }))
	pod := s3.NewFromConfig(s.with(cache), func(o *s3.Options) { o.UsePathStyle = true })
	create := func(bucket string) (*s3.CreateBucketOutput, error) {
		return pod.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	}

	s.advance(t, -16*time.Minute)
	write("ann", time.Hour)
	must(create("of-ann-1"))(t)
	write("bob", time.Hour)
	must(create("of-bob-1"))(t)
	fails(create("of-ann-2"))(t, denied(""))
	s.advance(t, 16*time.Minute)
	must(create("of-bob-2"))(t)
	write("ann", time.Hour)
	must(create("of-bob-3"))(t) // the session has not ended

	write("ann", -10*time.Minute)
	cache.Invalidate()
	fails(create("of-ann-3"))(t, failure{400, "ExpiredTokenException", ""})
	write("ann", time.Hour)
	must(create("of-ann-4"))(t)
}
