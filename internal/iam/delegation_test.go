package iam_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

// delegation makes a request of the other account for the main one.
func (in *installation) delegation(workflow string) (id string) {
	in.t.Helper()
	status, body := in.call(in.root(otherAccount), "CreateDelegationRequest", values(
		"OwnerAccountId="+account, "Description=d", "RequestorWorkflowId="+workflow, "SessionDuration=3600",
		"NotificationChannel=arn:aws:sns:us-east-1:"+otherAccount+":t",
		"Permissions.PolicyTemplateArn=arn:aws:iam::aws:delegation-template/example.com/Logs"))
	m := regexp.MustCompile(`<DelegationRequestId>(.*)</DelegationRequestId>`).FindStringSubmatch(body)
	if status != http.StatusOK || m == nil {
		in.t.Fatalf("CreateDelegationRequest: %d %s", status, body)
	}
	return m[1]
}

// TestExplicitDenyBindsTheOwner: what an owner may do by default is still
// subject to a policy that denies it.
func TestExplicitDenyBindsTheOwner(t *testing.T) {
	in := start(t, nil)
	id := in.delegation("workflow")
	ann := in.probe("ann", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":["iam:GetDelegationRequest","iam:ListDelegationRequests"],"Resource":"*"}}`)
	mine := values("OwnerId=arn:aws:iam::" + account + ":user/ann")
	if status, body := in.call(ann, "AssociateDelegationRequest", values("DelegationRequestId="+id)); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	for operation, p := range map[string]map[string][]string{"GetDelegationRequest": values("DelegationRequestId=" + id), "ListDelegationRequests": mine} {
		if status, body := in.call(ann, operation, p); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", operation, status, body)
		}
	}
}

// TestRecycledNameOwnsNothing: who has the name of a deleted owner is not the
// owner.
func TestRecycledNameOwnsNothing(t *testing.T) {
	in := start(t, nil)
	id := in.delegation("workflow")
	nothing := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	ann := in.probe("ann", nothing)
	get := values("DelegationRequestId=" + id)
	for _, operation := range []string{"AssociateDelegationRequest", "GetDelegationRequest"} {
		if status, body := in.call(ann, operation, get); status != http.StatusOK {
			t.Fatalf("%s: %d %s", operation, status, body)
		}
	}
	in.ok("DeleteUserPolicy", "UserName=ann", "PolicyName=p")
	in.ok("DeleteAccessKey", "UserName=ann", "AccessKeyId="+ann.AccessKeyID)
	in.ok("DeleteUser", "UserName=ann")
	if status, body := in.call(in.probe("ann", nothing), "GetDelegationRequest", get); status != http.StatusForbidden {
		t.Errorf("%d %s", status, body)
	}
}

// TestStrangersCannotTakeUp: a request for one account is nobody else's, even
// of an administrator of another.
func TestStrangersCannotTakeUp(t *testing.T) {
	in := start(t, nil)
	id := values("DelegationRequestId=" + in.delegation("workflow"))
	for _, operation := range []string{"GetDelegationRequest", "AssociateDelegationRequest", "AcceptDelegationRequest", "RejectDelegationRequest"} {
		if status, body := in.call(in.root(otherAccount), operation, id); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", operation, status, body)
		}
	}
}

// TestApproverIsKept: the delegated session has to be made of what the
// approver was when it accepted.
func TestApproverIsKept(t *testing.T) {
	in := start(t, nil)
	id := in.delegation("workflow")
	in.ok("CreateRole", "RoleName=approver", "AssumeRolePolicyDocument="+trustEC2)
	in.ok("PutRolePolicy", "RoleName=approver", "PolicyName=p",
		`PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*Delegation*","Resource":"*"}}`)
	session := in.role("approver")
	for _, operation := range []string{"AssociateDelegationRequest", "AcceptDelegationRequest", "SendDelegationToken"} {
		if status, body := in.call(session, operation, values("DelegationRequestId="+id)); status != http.StatusOK {
			t.Fatalf("%s: %d %s", operation, status, body)
		}
	}
	role, _ := in.db.Snapshot().Role(account, "approver")
	r, _ := in.db.Snapshot().DelegationRequest(id)
	arn := "arn:aws:sts::" + account + ":assumed-role/approver/test"
	if a := r.Approver; a.ARN != arn || a.PrincipalID != role.ID || a.SessionName != "test" || r.Owner != arn || r.OwnerID != role.ID+":test" {
		t.Errorf("%+v accepted, the owner is %s (%s)", a, r.Owner, r.OwnerID)
	}
	if !r.TokenExpires().Equal(epoch.Add(time.Hour)) || !strings.HasPrefix(string(r.Token), id+".") {
		t.Errorf("the token ends at %v", r.TokenExpires())
	}
}

// TestTransitiveTagsOfApprover: which tags of the approver's session further
// sessions have is kept too.
func TestTransitiveTagsOfApprover(t *testing.T) {
	in := start(t, nil)
	id := in.delegation("workflow")
	in.ok("CreateRole", "RoleName=approver", "AssumeRolePolicyDocument="+trustEC2)
	in.ok("PutRolePolicy", "RoleName=approver", "PolicyName=p",
		`PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*Delegation*","Resource":"*"}}`)
	snap := in.db.Snapshot()
	role, _ := snap.Role(account, "approver")
	who := in.seal(&session.Session{
		Kind: session.AssumedRole, Account: account, PrincipalID: role.ID, Name: "test",
		Tags: []session.Tag{{Key: "tenant", Value: "red"}}, TransitiveTagKeys: []string{"tenant"},
	})
	for _, operation := range []string{"AssociateDelegationRequest", "AcceptDelegationRequest"} {
		if status, body := in.call(who, operation, values("DelegationRequestId="+id)); status != http.StatusOK {
			t.Fatalf("%s: %d %s", operation, status, body)
		}
	}
	r, _ := in.db.Snapshot().DelegationRequest(id)
	if a := r.Approver; len(a.SessionTags) != 1 || len(a.TransitiveKeys) != 1 || a.TransitiveKeys[0] != "tenant" {
		t.Errorf("%+v", a)
	}
}

// TestTokensEnd: the product provider reads its token until the delegated
// session would end, and nobody else reads it.
func TestTokensEnd(t *testing.T) {
	in := start(t, nil)
	id := in.delegation("workflow")
	for _, operation := range []string{"AssociateDelegationRequest", "AcceptDelegationRequest", "SendDelegationToken"} {
		in.ok(operation, "DelegationRequestId="+id)
	}
	token := func(owner string) bool {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "http://iam.test/_writ/delegations", nil)
		_, err := sigv4.Sign(r, in.root(owner), sigv4.Target{Region: "us-east-1", Service: "writ", Time: in.now}, sigv4.HashPayload(nil))
		must(t, err)
		w := httptest.NewRecorder()
		in.pipeline.ServePage(w, r, iam.DelegationPage())
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		return strings.Contains(w.Body.String(), `"ExchangeToken":"`+id)
	}
	if !token(otherAccount) || token(account) {
		t.Error("the token is not with the provider alone")
	}
	in.now = in.now.Add(time.Hour - time.Second)
	if !token(otherAccount) {
		t.Error("the token ended early")
	}
	in.now = in.now.Add(time.Second)
	if token(otherAccount) {
		t.Error("the token did not end")
	}
	in.now = in.now.Add(-time.Minute)
	must(t, in.db.Update(t.Context(), func(tx *state.Tx) error {
		r, _ := tx.DelegationRequest(id)
		used := *r
		used.Exchanged = tx.Now()
		tx.PutDelegationRequest(&used)
		return nil
	}))
	if token(otherAccount) {
		t.Error("a used token is still told")
	}
}
