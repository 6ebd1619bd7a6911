package e2e

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func reportsBreadth(t *testing.T, c *client) {
	name := new("ruth")
	must(c.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: name}))(t)
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:GetUser","s3:ListAllMyBuckets","s3:CreateBucket","sts:*","lambda:*"],"Resource":"*"}}`
	must(c.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: new("own"), PolicyDocument: &policy}))(t)
	lea := must(c.iam.GetUser(ctx, &iam.GetUserInput{UserName: name}))(t).User

	user := c.newKey(t, "ruth")
	must(user.iam.GetUser(ctx, &iam.GetUserInput{}))(t)
	must(user.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	must(user.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)

	state := must(c.iam.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{}))(t).State
	equal(t, "state", state, types.ReportStateTypeStarted)
	state = must(c.iam.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{}))(t).State
	equal(t, "state", state, types.ReportStateTypeComplete)
	report := must(c.iam.GetCredentialReport(ctx, &iam.GetCredentialReportInput{}))(t)
	recent(t, "GeneratedTime", report.GeneratedTime)
	equal(t, "format", report.ReportFormat, types.ReportFormatTypeTextCsv)
	rows := must(csv.NewReader(strings.NewReader(string(report.Content))).ReadAll())(t)
	equal(t, "the first row", rows[1][0], "<root_account>")
	for _, row := range rows {
		equal(t, "columns", len(row), 22)
		if row[0] == "ruth" {
			equal(t, "last used by", row[12], "sts")
		}
	}

	job := must(c.iam.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{
		Arn: lea.Arn, Granularity: types.AccessAdvisorUsageGranularityTypeActionLevel,
	}))(t).JobId
	details := must(c.iam.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: job}))(t)
	equal(t, "status", details.JobStatus, types.JobStatusTypeCompleted)
	equal(t, "services", len(details.ServicesLastAccessed), 4)
	for _, s := range details.ServicesLastAccessed {
		if *s.ServiceNamespace == "lambda" {
			equal(t, "users of lambda", *s.TotalAuthenticatedEntities, 0)
			continue
		}
		recent(t, "use of "+*s.ServiceNamespace, s.LastAuthenticated)
		equal(t, "user", *s.LastAuthenticatedEntity, *lea.Arn)
		equal(t, "users", *s.TotalAuthenticatedEntities, 1)
		for _, a := range s.TrackedActionsLastAccessed {
			used := *a.ActionName == "GetUser" || *a.ActionName == "GetCallerIdentity"
			equal(t, *a.ActionName+" was used", a.LastAccessedTime != nil, used)
		}
	}
	entities := must(c.iam.GetServiceLastAccessedDetailsWithEntities(ctx, &iam.GetServiceLastAccessedDetailsWithEntitiesInput{
		JobId: job, ServiceNamespace: new("s3"),
	}))(t).EntityDetailsList
	equal(t, "entities", len(entities), 1)
	equal(t, "entity", *entities[0].EntityInfo.Id, *lea.UserId)

	granting := must(c.iam.ListPoliciesGrantingServiceAccess(ctx, &iam.ListPoliciesGrantingServiceAccessInput{
		Arn: lea.Arn, ServiceNamespaces: []string{"s3", "ec2"},
	}))(t).PoliciesGrantingServiceAccess
	equal(t, "services", len(granting), 2)
	equal(t, "policy", *granting[0].Policies[0].PolicyName, "own")
	equal(t, "policies for ec2", len(granting[1].Policies), 0)

	fails(c.iam.GenerateOrganizationsAccessReport(ctx, &iam.GenerateOrganizationsAccessReportInput{
		EntityPath: new("o-a1b2c3d4e5/r-f6g7"),
	}))(t, failure{403, "AccessDenied", ""})
	job = must(c.iam.GenerateOrganizationsAccessReport(ctx, &iam.GenerateOrganizationsAccessReportInput{EntityPath: new(c.orgPath(t))}))(t).JobId
	org := must(c.iam.GetOrganizationsAccessReport(ctx, &iam.GetOrganizationsAccessReportInput{
		JobId: job, SortKey: types.SortKeyTypeLastAuthenticatedTimeDescending,
	}))(t)
	equal(t, "status", org.JobStatus, types.JobStatusTypeCompleted)
	equal(t, "used", *org.NumberOfServicesAccessible-*org.NumberOfServicesNotAccessed > 0, true)
	recent(t, "use by the account", org.AccessDetails[0].LastAuthenticatedTime)
}

// orgPath is the path of the caller's account in the organization.
func (c *client) orgPath(t *testing.T) string {
	t.Helper()
	status, body := c.page(t, http.MethodGet, "/_writ/accounts", "")
	var list struct {
		Accounts []struct{ AccountID, Path string }
	}
	if err := json.Unmarshal(body, &list); err != nil || status != http.StatusOK {
		t.Fatalf("accounts: %d %s", status, body)
	}
	for _, a := range list.Accounts {
		if a.AccountID == c.server.Account {
			return a.Path
		}
	}
	t.Fatalf("the account is not listed: %s", body)
	return ""
}
