package sts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

const (
	member    = "210987654321"
	auditTask = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
	s3Task    = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
)

// centralRoot is an organization with a member, whose root access dan manages.
func centralRoot(t *testing.T) (w *world, dan sigv4.Credentials) {
	w = newWorld(t)
	w.Update(func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: member, Name: "member"}) })
	w.features(true, true)
	dan, _ = w.user(account, "dan", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoot","Resource":"arn:aws:iam::*:root"}}`)
	return w, dan
}

func (w *world) features(credentials, sessions bool) {
	w.Update(func(tx *state.Tx) {
		o := *tx.Organization()
		o.RootCredentials, o.RootSessions = credentials, sessions
		tx.PutOrganization(&o)
	})
}

func (w *world) assumeRoot(creds sigv4.Credentials, target, task string, params ...string) apitest.Answer {
	w.T.Helper()
	return w.call(creds, "AssumeRoot", append([]string{"TargetPrincipal", target, "TaskPolicyArn.arn", task}, params...)...)
}

func TestAssumeRoot(t *testing.T) {
	w, dan := centralRoot(t)
	a := w.assumeRoot(dan, member, auditTask)
	w.allowed(a, "<AccessKeyId>ASIA", "<Expiration>2030-01-02T03:19:05Z</Expiration>")
	session := w.credentials(a)
	w.allowed(w.call(session, "GetCallerIdentity"), "<Arn>arn:aws:iam::"+member+":root</Arn>", "<Account>"+member+"</Account>")
	w.refused(w.call(session, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID), 403, "AccessDenied", "User: arn:aws:iam::"+member+
		":root is not authorized to perform: sts:GetAccessKeyInfo with an explicit deny in a session policy")
	w.refused(w.call(session, "GetSessionToken"), 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	w.Now = w.Now.Add(15 * time.Minute)
	w.refused(w.call(session, "GetCallerIdentity"), 403, "ExpiredToken", "The security token included in the request is expired")

	w.allowed(w.assumeRoot(dan, "arn:aws:iam::"+member+":root", s3Task, "DurationSeconds", "60"), "<Expiration>2030-01-02T03:20:05Z</Expiration>")
	if a := w.assumeRoot(dan, member, auditTask, "DurationSeconds", "901"); a.Status != 400 || !strings.Contains(a.Body, "less than or equal to 900") {
		t.Errorf("901 s: %s", a.Body)
	}
}

// TestAssumeRootRefused: nobody reaches a root user past the organization.
func TestAssumeRootRefused(t *testing.T) {
	w, dan := centralRoot(t)
	denied := func(creds sigv4.Credentials, who, target string) {
		t.Helper()
		w.refused(w.assumeRoot(creds, target, auditTask), 403, "AccessDenied",
			"User: "+who+" is not authorized to perform: sts:AssumeRoot on resource: "+target)
	}
	const danARN = "arn:aws:iam::" + account + ":user/dan"
	denied(dan, danARN, "arn:aws:iam::"+account+":root")  // the management account itself
	denied(dan, danARN, "arn:aws:iam::999988887777:root") // an account of somebody else

	any := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoot","Resource":"*"}}`
	admin, _ := w.user(account, "admin", any)
	for _, target := range []string{"arn:aws:iam::" + member + ":user/x", "arn:aws:iam::" + member + ":root/x", "arn:aws:sts::" + member + ":root", "arn:aws:iam:us-east-1:" + member + ":root"} {
		denied(admin, "arn:aws:iam::"+account+":user/admin", target)
	}
	inside, _ := w.user(member, "inside", any)
	denied(inside, "arn:aws:iam::"+member+":user/inside", "arn:aws:iam::"+member+":root")

	w.refused(w.assumeRoot(apitest.Root, member, auditTask), 403, "AccessDenied", "Root users may not call AssumeRoot.")
	if a := w.assumeRoot(w.ann, member, auditTask); a.Status != 403 {
		t.Errorf("without a permission: %d %s", a.Status, a.Body)
	}
	for _, task := range []string{"arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/root-task/Nothing", "arn:aws:iam::" + account + ":policy/root-task/S3UnlockBucketPolicy"} {
		w.refused(w.assumeRoot(dan, member, task), 400, "ValidationError", "TaskPolicyArn must be one of the AWS managed policies for root tasks.")
	}
}

// TestRootTasksNeedTheFeature: each of the organization's two features is for
// its own tasks.
func TestRootTasksNeedTheFeature(t *testing.T) {
	w, dan := centralRoot(t)
	for _, tt := range []struct{ credentials, sessions bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		w.features(tt.credentials, tt.sessions)
		if got := w.assumeRoot(dan, member, auditTask).Status == 200; got != tt.credentials {
			t.Errorf("%+v: audit %t", tt, got)
		}
		if got := w.assumeRoot(dan, member, s3Task).Status == 200; got != tt.sessions {
			t.Errorf("%+v: S3 %t", tt, got)
		}
	}
}

func TestTaskPolicyCondition(t *testing.T) {
	w, _ := centralRoot(t)
	eve, _ := w.user(account, "eve", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoot","Resource":"arn:aws:iam::`+member+`:root",
		"Condition":{"ArnEquals":{"sts:TaskPolicyArn":"`+auditTask+`"}}}}`)
	w.allowed(w.assumeRoot(eve, member, auditTask))
	if a := w.assumeRoot(eve, member, s3Task); a.Status != 403 {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
}

// TestSourceIdentityReachesRoot: what the calling session is bound to stays,
// and events tell an assumed root user from one with its own key.
func TestSourceIdentityReachesRoot(t *testing.T) {
	w, _ := centralRoot(t)
	w.role(account, "r", trusts(annARN), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoot","Resource":"*"}}`)}}
	})
	a := w.assumeRoot(w.assume(w.ann, "r", "SourceIdentity", "annie"), member, auditTask)
	w.allowed(a, "<SourceIdentity>annie</SourceIdentity>")
	session := w.credentials(a)
	w.allowed(w.call(session, "GetCallerIdentity"))
	w.eventsLack("AssumeRoot", session.SecretAccessKey, session.SessionToken)
	found := false
	for r, err := range w.Events.Lookup(t.Context(), audit.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		found = found || strings.Contains(string(r.CloudTrail), `"sourceIdentity":"annie","assumedRoot":"true"`)
	}
	if !found {
		t.Error("no event tells of the assumed root user")
	}
}
