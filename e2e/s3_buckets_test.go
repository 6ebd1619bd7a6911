package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// put writes an object and returns the answer.
func (c *client) put(t *testing.T, bucket, key, body string) *s3.PutObjectOutput {
	t.Helper()
	return must(c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}))(t)
}

func bucketsBreadth(t *testing.T, c *client) {
	b := new("breadth")
	made := must(c.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: b}))(t)
	equal(t, "location", *made.Location, "/breadth")
	head := must(c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: b}))(t)
	equal(t, "region", *head.BucketRegion, c.server.Region)
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: new("breadth-not")})
	equal(t, "status of no bucket", failureOf(err).status, 404)
	fails(c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("breadth-not")}))(t, failure{404, "NoSuchBucket", "The specified bucket does not exist"})
	fails(c.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("No_Bucket")}))(t, failure{400, "InvalidBucketName", "The specified bucket is not valid."})
	equal(t, "region of us-east-1", must(c.s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: b}))(t).LocationConstraint, "")
	must(c.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("breadth-eu"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}}))(t)
	equal(t, "region", must(c.s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: new("breadth-eu")}))(t).LocationConstraint, "eu-west-1")
	must(c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: new("breadth-eu")}))(t)
	bucketConfiguration(t, c, b)
	bucketPolicies(t, c, b)
	c.put(t, *b, "k", "v")
	fails(c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: b}))(t, failure{409, "BucketNotEmpty", "The bucket you tried to delete is not empty"})
}

func bucketConfiguration(t *testing.T, c *client, b *string) {
	tags := &types.Tagging{TagSet: []types.Tag{{Key: new("k"), Value: new("a&b")}}}
	fails(c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: b}))(t, failure{404, "NoSuchTagSet", "The TagSet does not exist"})
	must(c.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: b, Tagging: tags}))(t)
	equal(t, "tag", *must(c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: b}))(t).TagSet[0].Value, "a&b")
	must(c.s3.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: b}))(t)

	equal(t, "versioning", must(c.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: b}))(t).Status, "")
	must(c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: b, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended}}))(t)
	equal(t, "versioning", must(c.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: b}))(t).Status, types.BucketVersioningStatusSuspended)

	owned := &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}}}
	must(c.s3.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{Bucket: b, OwnershipControls: owned}))(t)
	equal(t, "ownership", must(c.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: b}))(t).OwnershipControls.Rules[0].ObjectOwnership, types.ObjectOwnershipBucketOwnerEnforced)
	must(c.s3.DeleteBucketOwnershipControls(ctx, &s3.DeleteBucketOwnershipControlsInput{Bucket: b}))(t)

	acl := must(c.s3.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: b}))(t)
	equal(t, "grant", acl.Grants[0].Permission, types.PermissionFullControl)
	equal(t, "grantee", *acl.Grants[0].Grantee.ID, *acl.Owner.ID)
	equal(t, "grantee type", acl.Grants[0].Grantee.Type, types.TypeCanonicalUser)
	rule := must(c.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: b}))(t).ServerSideEncryptionConfiguration.Rules[0]
	equal(t, "encryption", rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAes256)
}

func bucketPolicies(t *testing.T, c *client, b *string) {
	block := must(c.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: b}))(t).PublicAccessBlockConfiguration
	equal(t, "public policies are blocked from the start", *block.BlockPublicPolicy && *block.RestrictPublicBuckets, true)
	fails(c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: b}))(t, failure{404, "NoSuchBucketPolicy", "The bucket policy does not exist"})
	open := document(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::breadth/*"}`)
	fails(c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: b, Policy: &open}))(t, failure{403, "AccessDenied", ""})
	must(c.s3.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: b}))(t)
	fails(c.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: b}))(t, failure{404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"})
	must(c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: b, Policy: &open}))(t)
	equal(t, "policy", *must(c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: b}))(t).Policy, open)
	equal(t, "public", *must(c.s3.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: b}))(t).PolicyStatus.IsPublic, true)

	c.put(t, *b, "open", "for all")
	if status, _, body := c.server.get(t, c.server.URL+"/breadth/open"); status != 200 || string(body) != "for all" {
		t.Errorf("a public object: %d %s", status, body)
	}
	shut := &types.PublicAccessBlockConfiguration{RestrictPublicBuckets: new(true)}
	must(c.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: b, PublicAccessBlockConfiguration: shut}))(t)
	if status, _, body := c.server.get(t, c.server.URL+"/breadth/open"); status != 403 {
		t.Errorf("a restricted public object: %d %s", status, body)
	}
	must(c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: b}))(t)
}
