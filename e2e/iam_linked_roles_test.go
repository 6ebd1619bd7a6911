package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func linkedRolesBreadth(t *testing.T, c *client) {
	service, name := new("elasticbeanstalk.amazonaws.com"), new("AWSServiceRoleForElasticBeanstalk")
	made := must(c.iam.CreateServiceLinkedRole(ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: service, Description: new("beans")}))(t).Role
	equal(t, "ARN", *made.Arn, "arn:aws:iam::"+c.server.Account+":role/aws-service-role/"+*service+"/"+*name)
	equal(t, "trust", decoded(t, made.AssumeRolePolicyDocument), trust(`{"Service":"`+*service+`"}`))
	fails(c.iam.CreateServiceLinkedRole(ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: service}))(t,
		failure{400, "InvalidInput", "Service role name " + *name + " has been taken in this account, please try a different suffix."})
	must(c.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, Description: new("stalks")}))(t)
	equal(t, "description", *must(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(t).Role.Description, "stalks")
	attached := must(c.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name}))(t).AttachedPolicies
	equal(t, "policies", len(attached), 1)
	equal(t, "policy", *attached[0].PolicyArn, "arn:aws:iam::aws:policy/aws-service-role/AWSElasticBeanstalkServiceRolePolicy")
	fails(c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}))(t, failure{400, "UnmodifiableEntity", ""})

	// Who may do everything in the account still is not the service.
	jack := c.newUser(t, "jack")
	c.grant(t, "jack", document(allow(`"*"`, `"*"`)))
	fails(jack.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: made.Arn, RoleSessionName: new("climb")}))(t, failure{403, "AccessDenied", ""})

	task := must(c.iam.DeleteServiceLinkedRole(ctx, &iam.DeleteServiceLinkedRoleInput{RoleName: name}))(t).DeletionTaskId
	if !strings.HasPrefix(*task, "task/aws-service-role/"+*service+"/"+*name+"/") {
		t.Errorf("task %s", *task)
	}
	status := must(c.iam.GetServiceLinkedRoleDeletionStatus(ctx, &iam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task}))(t)
	equal(t, "status", status.Status, types.DeletionTaskStatusTypeSucceeded)
	fails(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(t, failure{404, "NoSuchEntity", ""})
}

func settingsBreadth(t *testing.T, c *client) {
	must(c.iam.SetSecurityTokenServicePreferences(ctx, &iam.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: types.GlobalEndpointTokenVersionV2Token}))(t)
	equal(t, "token version", must(c.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{}))(t).SummaryMap["GlobalEndpointTokenVersion"], 2)

	fails(c.iam.GetOutboundWebIdentityFederationInfo(ctx, &iam.GetOutboundWebIdentityFederationInfoInput{}))(t, failure{404, "FeatureDisabled", ""})
	issuer := must(c.iam.EnableOutboundWebIdentityFederation(ctx, &iam.EnableOutboundWebIdentityFederationInput{}))(t).IssuerIdentifier
	if !strings.HasPrefix(*issuer, c.server.URL+"/") {
		t.Errorf("issuer %s of %s", *issuer, c.server.URL)
	}
	info := must(c.iam.GetOutboundWebIdentityFederationInfo(ctx, &iam.GetOutboundWebIdentityFederationInfoInput{}))(t)
	equal(t, "issuer", *info.IssuerIdentifier, *issuer)
	equal(t, "enabled", info.JwtVendingEnabled, true)
	fails(c.iam.EnableOutboundWebIdentityFederation(ctx, &iam.EnableOutboundWebIdentityFederationInput{}))(t, failure{409, "FeatureEnabled", ""})
	must(c.iam.DisableOutboundWebIdentityFederation(ctx, &iam.DisableOutboundWebIdentityFederationInput{}))(t)

	must(c.iam.EnableOrganizationsRootCredentialsManagement(ctx, &iam.EnableOrganizationsRootCredentialsManagementInput{}))(t)
	must(c.iam.EnableOrganizationsRootSessions(ctx, &iam.EnableOrganizationsRootSessionsInput{}))(t)
	features := must(c.iam.ListOrganizationsFeatures(ctx, &iam.ListOrganizationsFeaturesInput{}))(t)
	equal(t, "organization", (*features.OrganizationId)[:2], "o-")
	equal(t, "features", fmt.Sprint(features.EnabledFeatures), "[RootCredentialsManagement RootSessions]")
	must(c.iam.DisableOrganizationsRootSessions(ctx, &iam.DisableOrganizationsRootSessionsInput{}))(t)
	left := must(c.iam.DisableOrganizationsRootCredentialsManagement(ctx, &iam.DisableOrganizationsRootCredentialsManagementInput{}))(t)
	equal(t, "features", len(left.EnabledFeatures), 0)
}
