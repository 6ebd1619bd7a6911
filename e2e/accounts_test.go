package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// newAccount makes a member account and returns its root user.
func (c *client) newAccount(t *testing.T, name string) (root *client, id string) {
	t.Helper()
	status, body := c.page(t, http.MethodPost, "/_writ/accounts", `{"name":"`+name+`","rootKey":true}`)
	var made struct{ AccountID, AccessKeyID, SecretAccessKey string }
	if err := json.Unmarshal(body, &made); err != nil || status != http.StatusOK {
		t.Fatalf("account: %d %s", status, body)
	}
	c.server.seen.secret(made.SecretAccessKey)
	return c.server.as(aws.Credentials{AccessKeyID: made.AccessKeyID, SecretAccessKey: made.SecretAccessKey}), made.AccountID
}

func TestStory5SecondAccount(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	other, otherID := admin.newAccount(t, "other")
	if otherID == admin.server.Account {
		t.Fatal("both accounts have one id")
	}
	role := other.newRole(t, "Vendor", document(`{"Effect":"Allow","Principal":{"AWS":"`+ann.whoami(t)+`"},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"sts:ExternalId":"unique-17"}}}`), document(listBuckets))
	other.newBucket(t, "of-the-other")

	refused := denied("User: " + ann.whoami(t) + " is not authorized to perform: sts:AssumeRole on resource: " + role)
	assume := func(externalID *string) (*sts.AssumeRoleOutput, error) {
		return ann.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("visit"), ExternalId: externalID})
	}
	fails(assume(new("unique-17")))(t, refused) // ann's own account does not allow it yet
	admin.grant(t, "ann", document(allow(`"sts:AssumeRole"`, `"`+role+`"`)))
	fails(assume(nil))(t, refused)
	fails(assume(new("unique-18")))(t, refused)
	must(assume(new("unique-17")))(t)

	visit := ann.assume(t, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("visit"), ExternalId: new("unique-17")})
	if want := "arn:aws:sts::" + otherID + ":assumed-role/Vendor/visit"; visit.whoami(t) != want {
		t.Errorf("the session is %s, want %s", visit.whoami(t), want)
	}
	if got := bucketNames(t, visit); got != "of-the-other" {
		t.Errorf("buckets of the other account: %q", got)
	}
}

func TestAccountsKnowNothingOfEachOther(t *testing.T) {
	admin := start(t).admin()
	admin.newUser(t, "ann")
	other, otherID := admin.newAccount(t, "other")
	must(other.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: new("ann")}))(t)
	admin.newBucket(t, "taken")
	if users := must(other.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t).Users; len(users) != 1 || !strings.Contains(*users[0].Arn, otherID) {
		t.Errorf("the other account lists %v", names(users))
	}
	if got := bucketNames(t, other); got != "" {
		t.Errorf("the other account lists the buckets %q", got)
	}
	fails(other.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("taken")}))(t, denied(""))
	fails(other.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("taken")}))(t, failure{409, "BucketAlreadyExists", ""})
	fails(other.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: new("nobody")}))(t, failure{404, "NoSuchEntity", "The role with name nobody cannot be found."})

	// The management account reaches a new account through the role that
	// Organizations makes in each.
	boss := admin.newUser(t, "boss")
	role := "arn:aws:iam::" + otherID + ":role/OrganizationAccountAccessRole"
	admin.grant(t, "boss", document(allow(`"sts:AssumeRole"`, `"`+role+`"`)))
	visit := boss.assume(t, &sts.AssumeRoleInput{RoleArn: &role})
	must(visit.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t)
}

func names(users []types.User) (names []string) {
	for _, u := range users {
		names = append(names, *u.UserName)
	}
	return names
}
