package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	Cache      string        `help:"Folder of cached credentials; by default one in the user's cache folder." env:"WRIT_CACHE" placeholder:"DIR"`
	NoCache    bool          `help:"Assume the role anew, and keep nothing."`

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
	if kept, ok := readCached(file); ok && kept.Expiration.After(p.Now().Add(refreshBefore)) {
		return kept, client, nil
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
	return made, client, made.cache(file)
}

// cacheFile is where the credentials are kept, "" for nowhere. Its name depends
// on all that they depend on, and tells none of it.
func (a *assumption) cacheFile(p *process, client *awscmd.Client) string {
	folder := a.Cache
	if xdg := p.Getenv("XDG_CACHE_HOME"); folder == "" && filepath.IsAbs(xdg) {
		folder = filepath.Join(xdg, "writ")
	}
	if home := p.Getenv("HOME"); folder == "" && home != "" {
		folder = filepath.Join(home, ".cache", "writ")
	}
	if a.NoCache || folder == "" {
		return ""
	}
	key, err := json.Marshal([]string{
		client.Endpoint, client.Credentials.AccessKeyID, client.Credentials.SecretAccessKey, a.Role, a.Name, a.Duration.String(), a.ExternalID,
	})
	if err != nil {
		return ""
	}
	hash := sha256.Sum256(key)
	return filepath.Join(folder, hex.EncodeToString(hash[:])+".json")
}

// readCached reads cached credentials. A file that others can read or that is
// no plain file is left alone: it is not one that was written here.
func readCached(file string) (*roleCredentials, bool) {
	info, err := os.Lstat(file)
	if file == "" || err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, false
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	k := &roleCredentials{}
	if err := json.Unmarshal(text, k); err != nil || k.Version != 1 || k.AccessKeyID == "" {
		return nil, false
	}
	return k, true
}

// cache keeps the credentials for the owner's eyes.
func (k *roleCredentials) cache(file string) error {
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return hint(err, "name another folder with --cache, or go without with --no-cache")
	}
	return hint(writePrivate(file, text), "name another folder with --cache, or go without with --no-cache")
}

type credentialsCommand struct {
	assumption
}

func (*credentialsCommand) Help() string {
	return `For a profile in ~/.aws/config, so that every AWS client gets the role's credentials and renews them:

  [profile deployer]
  endpoint_url = http://127.0.0.1:4600
  credential_process = writ credentials --role arn:aws:iam::123456789012:role/Deployer

They are kept in the user's cache folder, readable by the owner alone, until five minutes before they expire.`
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
	return `The program finds the credentials in its environment, and its exit status is writ's:

  writ exec --role arn:aws:iam::123456789012:role/Deployer -- aws s3 ls`
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
	err = cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return exitStatus{code: max(1, ended.ExitCode())}
	}
	return err
}

// withoutKeys leaves out what would make a client use other credentials.
func withoutKeys(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{
			"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
			"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CREDENTIAL_EXPIRATION",
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
