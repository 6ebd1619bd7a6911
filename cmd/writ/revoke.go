package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/stsapi"
)

// revocationPolicy is the name that AWS's console gives to the inline policy
// by which it ends sessions. See "Revoke IAM role temporary security
// credentials" in the IAM User Guide.
const revocationPolicy = "AWSRevokeOlderSessions"

type revokeCommand struct {
	Role   string `arg:"" help:"Name or ARN of the role."`
	Before string `help:"End the sessions begun before this time, such as 2030-01-02T03:04:05Z; now when not given." placeholder:"TIME"`

	cacheFolder
	connection
}

func (*revokeCommand) Help() string {
	return `From the next request on, sessions of the role that were begun before are denied everything. The role itself stays
as it is, and new sessions work. It is done as AWS's console does it, by the inline policy AWSRevokeOlderSessions:

  writ revoke Deployer
  writ revoke arn:aws:iam::123456789012:role/ci/Deployer --before 2030-01-02T03:04:05Z

What "writ exec" and "writ credentials" have kept of the role on this machine is removed, so that they begin a new session. On
other machines --no-cache does it.`
}

func (c *revokeCommand) Run(ctx context.Context, p *process) error {
	name, account, err := roleName(c.Role)
	if err != nil {
		return err
	}
	before, err := c.before()
	if err != nil {
		return err
	}
	client, err := c.client(p)
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
	before, err = advance(ctx, client, name, before, now)
	if err != nil {
		return err
	}
	at := before.Format(time.RFC3339)
	in := iamapi.PutRolePolicyInput{RoleName: name, PolicyName: revocationPolicy, PolicyDocument: revocation(at)}
	if err := call(ctx, client, &iamapi.Service, "PutRolePolicy", &in, &iamapi.PutRolePolicyOutput{}); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "sessions of %s begun before %s are denied everything\n", name, at)
	return c.forgetRole(p, caller, name)
}

// advance is the time before which the role's sessions are to be revoked: before
// if that is given, else now. It is never earlier than the present one, which
// would let sessions in again.
func advance(ctx context.Context, client *awscmd.Client, role string, before, now time.Time) (time.Time, error) {
	present, err := revokedBefore(ctx, client, role)
	switch {
	case err != nil:
		return time.Time{}, err
	case before.IsZero() && now.Before(present):
		return present, nil
	case before.IsZero():
		return now, nil
	case before.Before(present):
		err := fmt.Errorf("sessions of %s begun before %s are revoked already, and some would be let in again", role, present.Format(time.RFC3339))
		return time.Time{}, hint(err, "leave out --before or give no earlier one; to let them in again: aws iam delete-role-policy --role-name %s --policy-name %s",
			role, revocationPolicy)
	}
	return before, nil
}

// before is the time that was given, zero when none was.
func (c *revokeCommand) before() (time.Time, error) {
	if c.Before == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, c.Before)
	if err != nil {
		return at, hint(fmt.Errorf("--before: %q is no time", c.Before), "write it as 2030-01-02T03:04:05Z")
	}
	return wholeSecond(at), nil
}

// wholeSecond is the first whole second that is not before at. Sessions begin at
// whole seconds, so that the same ones were begun before both.
func wholeSecond(at time.Time) time.Time {
	whole := at.UTC().Truncate(time.Second)
	if whole.Before(at) {
		whole = whole.Add(time.Second)
	}
	return whole
}

// revokedBefore is the time before which sessions of the role are revoked by
// now, zero when there is none, or when the caller may not know.
func revokedBefore(ctx context.Context, client *awscmd.Client, role string) (time.Time, error) {
	var out iamapi.GetRolePolicyOutput
	err := call(ctx, client, &iamapi.Service, "GetRolePolicy", &iamapi.GetRolePolicyInput{RoleName: role, PolicyName: revocationPolicy}, &out)
	var answer *awscmd.AnswerError
	if errors.As(err, &answer) && (answer.Code == "NoSuchEntity" || answer.Code == "AccessDenied") {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return revocationTime(out.PolicyDocument), nil
}

// revocationTime is the time in a policy as revocation makes it or the console,
// in the encoding of IAM's answers; zero in any other.
func revocationTime(document string) time.Time {
	text, err := url.PathUnescape(document)
	if err != nil {
		return time.Time{}
	}
	var doc struct {
		Statement []struct {
			Condition struct {
				DateLessThan map[string]time.Time
			}
		}
	}
	if json.Unmarshal([]byte(text), &doc) != nil || len(doc.Statement) != 1 {
		return time.Time{}
	}
	return wholeSecond(doc.Statement[0].Condition.DateLessThan["aws:TokenIssueTime"])
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
// may be behind. The headers have whole seconds, and sessions begin at whole
// seconds.
func callerAt(ctx context.Context, client *awscmd.Client) (account string, now time.Time, err error) {
	var untold error
	watched := *client
	watched.Answered = func(h http.Header) {
		if moved := h.Get(server.TimeHeader); moved != "" {
			now, untold = time.Parse(time.RFC3339, moved)
		} else {
			now, untold = http.ParseTime(h.Get("Date"))
		}
	}
	var caller stsapi.GetCallerIdentityOutput
	if err := call(ctx, &watched, &stsapi.Service, "GetCallerIdentity", &stsapi.GetCallerIdentityInput{}, &caller); err != nil {
		return "", time.Time{}, err
	}
	if untold != nil || caller.Account == nil {
		return "", time.Time{}, fmt.Errorf("%s does not tell the time or whose credentials these are: is that a writ server?", client.Endpoint)
	}
	return *caller.Account, now.Add(time.Second), nil
}

// revocation is the policy, as the console writes it.
func revocation(before string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"` + before + `"}}}]}`
}
