package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	identity     = "Action=GetCallerIdentity&Version=2011-06-15"
	badSignature = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	badSignatureS3 = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
	badTokenText   = "The security token included in the request is invalid."
)

// refused is what STS, IAM and S3 answer to one kind of bad credential.
type refused struct{ sts, iam, s3 failure }

func (want refused) check(t *testing.T, c *client) {
	t.Helper()
	fails(c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, want.sts)
	fails(c.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, want.iam)
	fails(c.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t, want.s3)
}

func TestStory8Credentials(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	session := ann.assume(t, &sts.AssumeRoleInput{RoleArn: new(admin.newRole(t, "R", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(allow(`"*"`, `"*"`))))})
	session.whoami(t)

	unknown := failure{403, "InvalidClientTokenId", badTokenText}
	unknownKey := refused{unknown, unknown, failure{403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."}}
	wrong := failure{403, "SignatureDoesNotMatch", badSignature}
	wrongSecret := refused{wrong, wrong, failure{403, "SignatureDoesNotMatch", badSignatureS3}}
	badToken := refused{unknown, unknown, failure{400, "InvalidToken", "The provided token is malformed or otherwise invalid."}}

	wrongSecret.check(t, ann.withSecret(strings.Repeat("x", 40)))
	wrongSecret.check(t, session.withSecret(ann.SecretAccessKey))
	unknownKey.check(t, admin.server.nobody())
	token := session.SessionToken
	badToken.check(t, session.withToken(alter(token)))
	badToken.check(t, session.withToken(token[:len(token)-4]))
	badToken.check(t, session.withToken(token+"AAAA"))
	unknownKey.check(t, session.withToken("")) // ASIA without its token
	badToken.check(t, ann.withToken(token))    // AKIA with a token

	must(admin.iam.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: new("ann"), AccessKeyId: &ann.AccessKeyID, Status: types.StatusTypeInactive}))(t)
	unknownKey.check(t, ann)
	must(admin.iam.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: new("ann"), AccessKeyId: &ann.AccessKeyID, Status: types.StatusTypeActive}))(t)
	ann.whoami(t)

	admin.server.advance(t, 61*time.Minute)
	late := failure{403, "ExpiredToken", "The security token included in the request is expired"}
	refused{late, late, failure{400, "ExpiredToken", "The provided token has expired."}}.check(t, session)
	ann.whoami(t) // the moved clock judges no signature
}

// alter changes one character in the middle.
func alter(token string) string {
	b := []byte(token)
	i := len(b) / 2
	if b[i]++; b[i] == '{' || b[i] == '[' || b[i] == ':' {
		b[i] = 'A'
	}
	return string(b)
}

func TestStory8Clock(t *testing.T) {
	admin := start(t).admin()
	s := admin.server
	for _, minutes := range []time.Duration{-14, 0, 14} {
		at := time.Now().Add(minutes * time.Minute)
		if status, _, body := s.send(t, admin.signed(t, "sts", at, http.MethodPost, "/", identity)); status != http.StatusOK {
			t.Errorf("%d minutes off: %d %s", minutes, status, body)
		}
		if status, _, body := s.send(t, admin.signed(t, "s3", at, http.MethodGet, "/", "")); status != http.StatusOK {
			t.Errorf("S3, %d minutes off: %d %s", minutes, status, body)
		}
	}
	for _, tt := range []struct {
		off  time.Duration
		text string
	}{
		{-20 * time.Minute, `Signature expired: %s is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)`},
		{20 * time.Minute, `Signature not yet current: %s is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)`},
	} {
		at := time.Now().Add(tt.off)
		status, header, body := s.send(t, admin.signed(t, "sts", at, http.MethodPost, "/", identity))
		failure{403, "SignatureDoesNotMatch", ""}.checkXML(t, status, body)
		if want := fmt.Sprintf(tt.text, at.UTC().Format("20060102T150405Z")); !regexp.MustCompile(want).Match(body) {
			t.Errorf("%v off: %s\nwant %s", tt.off, body, want)
		}
		if header.Get("Date") == "" {
			t.Error("no Date: an SDK corrects its clock by it")
		}
		status, _, body = s.send(t, admin.signed(t, "s3", at, http.MethodGet, "/", ""))
		failure{403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."}.checkXML(t, status, body)
	}
}

func TestStory8Replay(t *testing.T) {
	admin := start(t).admin()
	s := admin.server
	admin.newBucket(t, "replayed")
	must(admin.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("replayed"), Key: new("k"), Body: strings.NewReader("v")}))(t)
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }

	// STS: 15 minutes after X-Amz-Date, whatever X-Amz-Expires says.
	for _, path := range []string{"/?" + identity, "/?" + identity + "&X-Amz-Expires=60"} {
		if status, _, body := s.get(t, admin.presigned(t, "sts", ago(14*time.Minute), path)); status != http.StatusOK {
			t.Errorf("%s within its time: %d %s", path, status, body)
		}
		status, _, body := s.get(t, admin.presigned(t, "sts", ago(16*time.Minute), path))
		failure{403, "SignatureDoesNotMatch", ""}.checkXML(t, status, body)
	}
	// S3: as long as X-Amz-Expires says, be it more or less.
	good := admin.presigned(t, "s3", ago(20*time.Minute), "/replayed/k?X-Amz-Expires=1500")
	if status, _, body := s.get(t, good); status != http.StatusOK || string(body) != "v" {
		t.Errorf("within its time: %d %s", status, body)
	}
	status, _, body := s.get(t, admin.presigned(t, "s3", ago(10*time.Minute), "/replayed/k?X-Amz-Expires=300"))
	failure{403, "AccessDenied", "Request has expired"}.checkXML(t, status, body)

	longer := strings.Replace(good, "X-Amz-Expires=1500", "X-Amz-Expires=9000", 1)
	status, _, body = s.get(t, longer)
	failure{403, "SignatureDoesNotMatch", badSignatureS3}.checkXML(t, status, body)
	status, _, body = s.get(t, strings.Replace(good, "/replayed/k", "/replayed/other", 1))
	failure{403, "SignatureDoesNotMatch", badSignatureS3}.checkXML(t, status, body)
}

func TestStory8Unsigned(t *testing.T) {
	s := start(t)
	status, _, body := s.get(t, s.URL+"/?"+identity)
	failure{403, "MissingAuthenticationToken", "Request is missing Authentication Token"}.checkXML(t, status, body)
	status, _, body = s.get(t, s.URL+"/")
	failure{403, "AccessDenied", ""}.checkXML(t, status, body)
	status, _, body = s.get(t, s.URL+"/bucket/key")
	if status != http.StatusForbidden && status != http.StatusNotFound {
		t.Errorf("an object for anybody: %d %s", status, body)
	}
	for _, page := range []string{"events", "explain", "backup", "clock", "reset", "accounts", "nothing"} {
		if status, _, _ := s.get(t, s.URL+"/_writ/"+page); status < 400 {
			t.Errorf("page %s is open to anybody: %d", page, status)
		}
	}
}

func TestOnlyRootMovesTheClock(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	admin.grant(t, "ann", document(allow(`"*"`, `"*"`)))
	other, _ := admin.newAccount(t, "other")
	for _, c := range []*client{ann, other} {
		for _, page := range []string{"/_writ/clock", "/_writ/reset"} {
			if status, body := c.page(t, http.MethodPost, page, `{"advance":"1h"}`); status != http.StatusForbidden {
				t.Errorf("%s by %s: %d %s", page, c.whoami(t), status, body)
			}
		}
	}
}

func TestReset(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	admin.newBucket(t, "gone")
	role := admin.newRole(t, "R", trust(`{"AWS":"`+ann.whoami(t)+`"}`), "")
	session := ann.assume(t, &sts.AssumeRoleInput{RoleArn: &role})
	if status, body := admin.page(t, http.MethodPost, "/_writ/reset", ""); status >= 300 {
		t.Fatalf("reset: %d %s", status, body)
	}
	if users := must(admin.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t).Users; len(users) != 0 {
		t.Errorf("users after a reset: %v", names(users))
	}
	if got := bucketNames(t, admin); got != "" {
		t.Errorf("buckets after a reset: %s", got)
	}
	invalid := failure{403, "InvalidClientTokenId", badTokenText}
	fails(ann.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, invalid)
	fails(session.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, invalid)
	for _, e := range admin.server.events(t) {
		if e.EventName == "CreateUser" {
			t.Error("an event from before the reset is still there")
		}
	}
}

func TestRevocation(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	role := new(admin.newRole(t, "R", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(allow(`"*"`, `"*"`))))
	session := ann.assume(t, &sts.AssumeRoleInput{RoleArn: role})
	must(session.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t)
	// What the console's "Revoke active sessions" attaches.
	admin.server.advance(t, 5*time.Second)
	before := time.Now().Add(3 * time.Second).UTC().Format(time.RFC3339)
	must(admin.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: new("R"), PolicyName: new("AWSRevokeOlderSessions"), PolicyDocument: new(
		document(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` + before + `"}}}`))}))(t)
	fails(session.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied("User: "+session.whoami(t)+
		" is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::"+admin.server.Account+":user/ with an explicit deny in an identity-based policy"))
	later := ann.assume(t, &sts.AssumeRoleInput{RoleArn: role})
	must(later.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t)

	// A role made anew under the name of a deleted one has no part in its sessions.
	for _, policy := range []string{"own", "AWSRevokeOlderSessions"} {
		must(admin.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: new("R"), PolicyName: &policy}))(t)
	}
	must(admin.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: new("R")}))(t)
	admin.newRole(t, "R", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(allow(`"*"`, `"*"`)))
	fails(later.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, failure{403, "InvalidClientTokenId", badTokenText})
}
