package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const logsTemplate = "arn:aws:iam::aws:delegation-template/example.com/Logs"

// policyTemplates writes the policy templates of a product provider.
func policyTemplates(t *testing.T, account string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "templates.json")
	text := `[{"arn":"` + logsTemplate + `","account":"` + account + `","provider":"Example Corp","template":` +
		document(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::@{bucketName}/*"}`) + `}]`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (c *client) delegation(t *testing.T, workflow string) *string {
	t.Helper()
	return must(c.iam.CreateDelegationRequest(ctx, &iam.CreateDelegationRequestInput{
		OwnerAccountId: &c.server.Account, Description: new("Reads logs."), RequestorWorkflowId: &workflow, SessionDuration: new(int32(3600)),
		NotificationChannel: new("arn:aws:sns:us-east-1:" + c.server.Account + ":delegations"),
		Permissions: &types.DelegationPermission{PolicyTemplateArn: new(logsTemplate), Parameters: []types.PolicyParameter{
			{Name: new("bucketName"), Type: types.PolicyParameterTypeEnumString, Values: []string{"logs"}},
		}},
	}))(t).DelegationRequestId
}

// delegationBreadth: the product provider is the account itself, whose user
// takes the request up without any permission of its own.
func delegationBreadth(t *testing.T, c *client) {
	lou := c.newUser(t, "lou")
	id := c.delegation(t, "workflow-1")
	must(lou.iam.AssociateDelegationRequest(ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: id}))(t)
	got := must(lou.iam.GetDelegationRequest(ctx, &iam.GetDelegationRequestInput{DelegationRequestId: id, DelegationPermissionCheck: true}))(t)
	equal(t, "state", got.DelegationRequest.State, types.StateTypeAssigned)
	equal(t, "check", got.PermissionCheckResult, types.PermissionCheckResultTypeUnsure)
	equal(t, "policy", *got.DelegationRequest.PermissionPolicy, document(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}`))
	summary := must(lou.iam.GetHumanReadableSummary(ctx, &iam.GetHumanReadableSummaryInput{EntityArn: new("arn:aws:iam::" + c.server.Account + ":delegation-request/" + *id)}))(t)
	if !strings.Contains(*summary.SummaryContent, "It may do s3:GetObject on arn:aws:s3:::logs/*.") {
		t.Errorf("summary: %s", *summary.SummaryContent)
	}
	fails(lou.iam.AcceptDelegationRequest(ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id}))(t, failure{403, "AccessDenied", ""})
	must(lou.iam.UpdateDelegationRequest(ctx, &iam.UpdateDelegationRequestInput{DelegationRequestId: id, Notes: new("please")}))(t)
	must(c.iam.AcceptDelegationRequest(ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id}))(t)
	must(lou.iam.SendDelegationToken(ctx, &iam.SendDelegationTokenInput{DelegationRequestId: id}))(t)
	equal(t, "owned", len(must(lou.iam.ListDelegationRequests(ctx, &iam.ListDelegationRequestsInput{OwnerId: new(lou.whoami(t))}))(t).DelegationRequests), 1)

	other := c.delegation(t, "workflow-2")
	must(lou.iam.AssociateDelegationRequest(ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: other}))(t)
	must(lou.iam.RejectDelegationRequest(ctx, &iam.RejectDelegationRequestInput{DelegationRequestId: other, Notes: new("no")}))(t)

	status, body := c.page(t, http.MethodGet, "/_writ/delegations", "")
	var told []struct{ Type, RequestId, State, ExchangeToken string }
	if err := json.Unmarshal(body, &told); err != nil || status != http.StatusOK || len(told) != 3 {
		t.Fatalf("notifications: %d %s", status, body)
	}
	c.server.seen.secret(told[1].ExchangeToken)
	equal(t, "token of", told[1].RequestId, *id)
	equal(t, "state", told[2].State, "REJECTED")
	exchanged := must(c.sts.GetDelegatedAccessToken(ctx, &sts.GetDelegatedAccessTokenInput{TradeInToken: &told[1].ExchangeToken}))(t)
	equal(t, "approver", *exchanged.AssumedPrincipal, c.whoami(t))
	session := c.server.session(exchanged.Credentials)
	equal(t, "delegated", session.whoami(t), c.whoami(t))
	fails(session.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied(""))
	fails(c.sts.GetDelegatedAccessToken(ctx, &sts.GetDelegatedAccessTokenInput{TradeInToken: &told[1].ExchangeToken}))(t,
		failure{400, "ExpiredTradeInTokenException", ""})
	if status, body := lou.page(t, http.MethodGet, "/_writ/delegations", ""); status != http.StatusForbidden {
		t.Errorf("whoever may not ask reads notifications: %d %s", status, body)
	}
}
