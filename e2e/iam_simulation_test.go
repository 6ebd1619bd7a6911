package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func simulationBreadth(t *testing.T, c *client) {
	c.newUser(t, "lea")
	c.grant(t, "lea", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`)
	lea := must(c.iam.GetUser(ctx, &iam.GetUserInput{UserName: new("lea")}))(t).User.Arn

	keys := must(c.iam.GetContextKeysForPrincipalPolicy(ctx, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: lea}))(t).ContextKeyNames
	equal(t, "keys", len(keys), 2)
	equal(t, "first key", keys[0], "aws:username")
	custom := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}`
	keys = must(c.iam.GetContextKeysForCustomPolicy(ctx, &iam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{custom}}))(t).ContextKeyNames
	equal(t, "key of the custom policy", keys[0], "aws:SecureTransport")

	in := &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: lea, ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::b/lea/x", "arn:aws:s3:::b/kim/x"},
		ContextEntries: []types.ContextEntry{{ContextKeyName: new("aws:SourceIp"), ContextKeyType: types.ContextKeyTypeEnumIp, ContextKeyValues: []string{"10.0.0.1"}}},
	}
	result := must(c.iam.SimulatePrincipalPolicy(ctx, in))(t).EvaluationResults[0]
	equal(t, "decision", result.EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
	equal(t, "organizations", result.OrganizationsDecisionDetail.AllowedByOrganizations, true)
	own := result.ResourceSpecificResults[0]
	equal(t, "decision on the own", own.EvalResourceDecision, types.PolicyEvaluationDecisionTypeAllowed)
	equal(t, "source", *own.MatchedStatements[0].SourcePolicyId, "user_lea_own")
	equal(t, "column", own.MatchedStatements[0].StartPosition.Column, 38)
	equal(t, "decision on another's", result.ResourceSpecificResults[1].EvalResourceDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
	in.PolicySourceArn = new("arn:aws:sts::000000000000:assumed-role/r/s")
	fails(c.iam.SimulatePrincipalPolicy(ctx, in))(t, failure{403, "AccessDenied", ""})

	pages := iam.NewSimulateCustomPolicyPaginator(c.iam, &iam.SimulateCustomPolicyInput{
		PolicyInputList: []string{custom}, ActionNames: []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"}, MaxItems: new(int32(2)),
		ContextEntries: []types.ContextEntry{{ContextKeyName: new("aws:SecureTransport"), ContextKeyType: types.ContextKeyTypeEnumBoolean, ContextKeyValues: []string{"false"}}},
	})
	n := 0
	for pages.HasMorePages() {
		for _, r := range must(pages.NextPage(ctx))(t).EvaluationResults {
			equal(t, *r.EvalActionName, r.EvalDecision, types.PolicyEvaluationDecisionTypeExplicitDeny)
			n++
		}
	}
	equal(t, "results", n, 3)
	fails(c.iam.SimulateCustomPolicy(ctx, &iam.SimulateCustomPolicyInput{PolicyInputList: []string{"{"}, ActionNames: []string{"s3:GetObject"}}))(t, failure{400, "InvalidInput", "Syntax errors in policy."})
}

// TestSimulationAgreesWithS3: with the bucket's policy, the simulator says of
// a user what S3 then does.
func TestSimulationAgreesWithS3(t *testing.T) {
	s := start(t)
	admin := s.admin()
	admin.newBucket(t, "box")
	max := admin.newUser(t, "max")
	admin.grant(t, "max", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::box/${aws:username}/*"}]}`)
	user := must(admin.iam.GetUser(ctx, &iam.GetUserInput{UserName: new("max")}))(t).User.Arn
	bucket := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + *user + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::box/shared/*"},` +
		`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::box/max/locked"}]}`
	must(admin.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: new("box"), Policy: &bucket}))(t)
	want := map[string]types.PolicyEvaluationDecisionType{
		"max/x": types.PolicyEvaluationDecisionTypeAllowed, "shared/x": types.PolicyEvaluationDecisionTypeAllowed,
		"max/locked": types.PolicyEvaluationDecisionTypeExplicitDeny, "kim/x": types.PolicyEvaluationDecisionTypeImplicitDeny,
	}
	for key, decision := range want {
		admin.put(t, "box", key, "content")
		result := must(admin.iam.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
			PolicySourceArn: user, ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::box/" + key}, ResourcePolicy: &bucket,
		}))(t).EvaluationResults[0]
		equal(t, key, result.EvalDecision, decision)
		_, err := max.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: new("box"), Key: &key})
		equal(t, "S3 gives "+key, err == nil, decision == types.PolicyEvaluationDecisionTypeAllowed)
	}
}
