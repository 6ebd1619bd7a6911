package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/stsapi"
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
	name, account, err := roleName(c.Role)
	if err != nil {
		return err
	}
	caller, now, err := callerAt(ctx, client)
	if err != nil {
		return err
	}
	if account != "" && account != caller {
		return hint(fmt.Errorf("%s is a role of account %s, and the credentials are of account %s", c.Role, account, caller),
			"revoke it with credentials of account %s: no other can change its roles", account)
	}
	before := c.Before
	if before.IsZero() {
		before = now
	}
	at := before.UTC().Format(time.RFC3339)
	in := iamapi.PutRolePolicyInput{RoleName: name, PolicyName: revocationPolicy, PolicyDocument: revocation(at)}
	if err := call(ctx, client, &iamapi.Service, "PutRolePolicy", &in, &iamapi.PutRolePolicyOutput{}); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "sessions of %s begun before %s are denied everything\n", name, at)
	return nil
}

// roleName is the name and the account in a role's ARN, or the name itself,
// which is of no account in particular.
func roleName(role string) (name, account string, err error) {
	if !strings.HasPrefix(role, "arn:") {
		return role, "", nil
	}
	a, err := arn.Parse(role)
	if err == nil {
		if kind, _, name, ok := a.Entity(); ok && kind == "role" {
			return name, a.Account, nil
		}
	}
	return "", "", hint(fmt.Errorf("%s names no role", role), "give the name of a role or an ARN such as arn:aws:iam::123456789012:role/NAME")
}

// callerAt is the caller's account, and a time on the server's clock after which
// no session that the server has made until now was begun: this machine's clock
// may be behind. The Date header has whole seconds, and sessions begin at whole
// seconds.
func callerAt(ctx context.Context, client *awscmd.Client) (account string, now time.Time, err error) {
	told := *client
	told.Answered = func(h http.Header) { now, err = http.ParseTime(h.Get("Date")) }
	var caller stsapi.GetCallerIdentityOutput
	if err := call(ctx, &told, &stsapi.Service, "GetCallerIdentity", &stsapi.GetCallerIdentityInput{}, &caller); err != nil {
		return "", time.Time{}, err
	}
	if err != nil || caller.Account == nil {
		return "", time.Time{}, fmt.Errorf("%s does not tell the time or whose credentials these are: is that a writ server?", client.Endpoint)
	}
	return *caller.Account, now.Add(time.Second), nil
}

// revocation is the policy, as the console writes it.
func revocation(before string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"` + before + `"}}}]}`
}
