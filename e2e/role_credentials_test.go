package e2e

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestCredentialProcess: the SDK's own provider runs "writ credentials", and
// "writ revoke" ends what it got.
func TestCredentialProcess(t *testing.T) {
	s := start(t)
	admin := s.admin()
	ann := admin.newUser(t, "ann")
	role := admin.newRole(t, "Deployer", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(listBuckets))
	environment := func(c *client) []string {
		return append(os.Environ(), "AWS_ENDPOINT_URL="+c.server.URL, "AWS_REGION=us-east-1",
			"AWS_ACCESS_KEY_ID="+c.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+c.SecretAccessKey, "WRIT_CACHE="+t.TempDir())
	}
	provider := processcreds.NewProviderCommand(processcreds.NewCommandBuilderFunc(func(ctx context.Context) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, writ, "credentials", "--role", role, "--session-name", "process")
		cmd.Env = environment(ann)
		return cmd, nil
	}))
	got := must(provider.Retrieve(ctx))(t)
	if !got.CanExpire {
		t.Error("the SDK does not know when the credentials end")
	}
	s.seen.secret(got.SecretAccessKey)
	s.seen.secret(got.SessionToken)
	session := s.as(got)
	equal(t, "session", session.whoami(t), "arn:aws:sts::"+s.Account+":assumed-role/Deployer/process")
	must(session.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	cmd := exec.Command(writ, "revoke", "Deployer")
	cmd.Env = environment(admin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	fails(session.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t, denied(""))
}
