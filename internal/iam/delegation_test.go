package iam_test

import (
	"net/http"
	"regexp"
	"testing"
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
