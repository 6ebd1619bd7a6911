package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/iamapi"
)

// revocationPolicy is the name that AWS's console gives to the inline policy
// by which it ends sessions. See "Revoke IAM role temporary security
// credentials" in the IAM User Guide.
const revocationPolicy = "AWSRevokeOlderSessions"

type revokeCommand struct {
	Role   string    `arg:"" help:"Name or ARN of the role."`
	Before time.Time `help:"End the sessions begun before this time; now when not given." placeholder:"TIME"`

	connection
}

func (*revokeCommand) Help() string {
	return `From the next request on, sessions of the role that were begun before are denied everything. The role itself stays
as it is, and new sessions work. It is done as AWS's console does it, by the inline policy AWSRevokeOlderSessions:

  writ revoke Deployer
  writ revoke arn:aws:iam::123456789012:role/ci/Deployer --before 2030-01-02T03:04:05Z`
}

func (c *revokeCommand) Run(ctx context.Context, p *process) error {
	client, err := c.client(p)
	if err != nil {
		return err
	}
	name, err := roleName(c.Role)
	if err != nil {
		return err
	}
	before := c.Before
	if before.IsZero() {
		if before, err = serverTime(ctx, client); err != nil {
			return err
		}
	}
	at := before.UTC().Format(time.RFC3339)
	in := iamapi.PutRolePolicyInput{RoleName: name, PolicyName: revocationPolicy, PolicyDocument: revocation(at)}
	if err := call(ctx, client, &iamapi.Service, "PutRolePolicy", &in, &iamapi.PutRolePolicyOutput{}); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "sessions of %s begun before %s are denied everything\n", name, at)
	return nil
}

// roleName is the name in a role's ARN, or the name itself.
func roleName(role string) (string, error) {
	if !strings.HasPrefix(role, "arn:") {
		return role, nil
	}
	a, err := arn.Parse(role)
	if err == nil {
		if kind, _, name, ok := a.Entity(); ok && kind == "role" {
			return name, nil
		}
	}
	return "", hint(fmt.Errorf("%s names no role", role), "give the name of a role or an ARN such as arn:aws:iam::123456789012:role/NAME")
}

// serverTime is a time on the server's clock after which no session that the
// server has made until now was begun: this machine's clock may be behind. The
// Date header has whole seconds, and sessions begin at whole seconds.
func serverTime(ctx context.Context, client *awscmd.Client) (time.Time, error) {
	req := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
	resp, err := client.Do(ctx, req, "sts", strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15"))
	if err != nil {
		return time.Time{}, hint(err, "is the server running? start it with: writ dev")
	}
	resp.Body.Close()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, hint(fmt.Errorf("%s does not tell the time", client.Endpoint), "give a time with --before")
	}
	return at.Add(time.Second), nil
}

// revocation is the policy, as the console writes it.
func revocation(before string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"` + before + `"}}}]}`
}
