package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/stsapi"
)

// refreshBefore is how long before their end cached credentials are replaced.
const refreshBefore = 5 * time.Minute

// assumption are the flags of commands that assume a role.
type assumption struct {
	Role       string        `help:"ARN of the role." required:"" placeholder:"ARN"`
	Name       string        `help:"Name of the session." default:"writ" name:"session-name"`
	Duration   time.Duration `help:"How long the session lasts." default:"1h"`
	ExternalID string        `help:"External id that the role's trust policy asks for." name:"external-id" placeholder:"ID"`
	NoCache    bool          `help:"Assume the role anew and keep nothing: what was kept of it is removed."`

	cacheFolder
	connection
}

// roleCredentials are credentials in the form of a credential_process. See
// "Sourcing credentials with an external process" in the AWS CLI's guide.
type roleCredentials struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

// credentials are those of the role: cached ones that last long enough, or new
// ones.
func (a *assumption) credentials(ctx context.Context, p *process) (*roleCredentials, *awscmd.Client, error) {
	client, err := a.client(p)
	if err != nil {
		return nil, nil, err
	}
	file := a.cacheFile(p, client)
	if a.NoCache {
		if err := forget(file); err != nil {
			return nil, nil, err
		}
		file = ""
	}
	if kept, ok := readCached(file); ok && kept.Expiration.After(p.Now().Add(refreshBefore)) {
		return &kept.roleCredentials, client, nil
	}
	seconds := int32(a.Duration / time.Second)
	in := stsapi.AssumeRoleInput{RoleArn: a.Role, RoleSessionName: a.Name, DurationSeconds: &seconds}
	if a.ExternalID != "" {
		in.ExternalId = &a.ExternalID
	}
	var out stsapi.AssumeRoleOutput
	if err := call(ctx, client, &stsapi.Service, "AssumeRole", &in, &out); err != nil {
		return nil, nil, err
	}
	if out.Credentials == nil {
		return nil, nil, fmt.Errorf("%s answered without credentials", client.Endpoint)
	}
	k := out.Credentials
	made := &roleCredentials{1, k.AccessKeyId, k.SecretAccessKey, k.SessionToken, k.Expiration.UTC()}
	if file == "" {
		return made, client, nil
	}
	return made, client, a.keep(file, made)
}

type credentialsCommand struct {
	assumption
}

func (*credentialsCommand) Help() string {
	return `For a profile in ~/.aws/config, so that every AWS client gets the role's credentials and renews them:

  [profile deployer]
  endpoint_url = http://127.0.0.1:4600
  credential_process = writ credentials --role arn:aws:iam::123456789012:role/Deployer

They are kept in the user's cache folder, readable by the owner alone, until five minutes before they expire. "writ revoke" of the
role removes them; after it was revoked elsewhere, --no-cache does.`
}

func (c *credentialsCommand) Run(ctx context.Context, p *process) error {
	k, _, err := c.credentials(ctx, p)
	if err != nil {
		return err
	}
	return json.NewEncoder(p.Stdout).Encode(k)
}

type execCommand struct {
	assumption

	Command []string `arg:"" help:"The program and its arguments, after --." passthrough:""`
}

func (*execCommand) Help() string {
	return `The program finds the credentials in its environment, and its exit status is writ's; 127 is of a program that
is not found, 126 of one that cannot be run:

  writ exec --role arn:aws:iam::123456789012:role/Deployer -- aws s3 ls

The credentials are kept as "writ credentials" keeps them.`
}

func (c *execCommand) Run(ctx context.Context, p *process) error {
	args := c.Command
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return hint(errors.New("there is no program to run"), "writ exec --role ARN -- PROGRAM ARGUMENTS")
	}
	k, client, err := c.credentials(ctx, p)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, p.Stdout, p.Stderr
	cmd.Env = append(withoutKeys(os.Environ()), k.variables(client)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends in its own time
	if err := cmd.Start(); err != nil {
		return notStarted(err)
	}
	err = cmd.Wait()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return exitStatus{code: max(1, ended.ExitCode())}
	}
	return err
}

// notStarted ends writ, when the program did not start, with the status that
// POSIX has a shell end with.
func notStarted(err error) error {
	code := 126 // found, and not to be run
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		code = 127
	}
	return exitStatus{code: code, err: err}
}

// withoutKeys leaves out what would make a client use other credentials, or
// these at AWS. An endpoint of one service, such as a store that trusts this
// server, stays.
func withoutKeys(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{
			"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
			"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CREDENTIAL_EXPIRATION",
			"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		}, name)
	})
}

func (k *roleCredentials) variables(client *awscmd.Client) []string {
	vars := []string{
		"AWS_ENDPOINT_URL=" + client.Endpoint, "AWS_ACCESS_KEY_ID=" + k.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + k.SecretAccessKey,
		"AWS_SESSION_TOKEN=" + k.SessionToken, "AWS_CREDENTIAL_EXPIRATION=" + k.Expiration.Format(time.RFC3339),
	}
	if client.Region != "" {
		vars = append(vars, "AWS_REGION="+client.Region, "AWS_DEFAULT_REGION="+client.Region)
	}
	return vars
}
