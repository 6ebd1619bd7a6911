package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/stsapi"
)

type consoleCommand struct {
	Role        string        `help:"ARN of the role to sign in as." placeholder:"ARN"`
	Name        string        `help:"Name of the session." default:"writ" name:"session-name"`
	Duration    time.Duration `help:"How long the browser stays signed in; by default an hour, or as long as temporary credentials last." placeholder:"TIME"`
	ExternalID  string        `help:"External id that the role's trust policy asks for." name:"external-id" placeholder:"ID"`
	Destination string        `help:"Page to open: a path of the server." placeholder:"PATH"`
	Print       bool          `help:"Print the link and open nothing."`

	connection
}

func (*consoleCommand) Help() string {
	return `Opens the server's pages in the browser, signed in by the credentials at hand: with --role as that role, else with temporary
credentials as whoever they are of, and with a long-term key as a federated user who may do what the key's user may, but not
switch roles. It is the way of AWS's federation endpoint, which other tools can use on this server as well:

  writ console --role arn:aws:iam::123456789012:role/Deployer
  writ console --role arn:aws:iam::123456789012:role/Deployer --duration 4h
  writ exec --role arn:aws:iam::123456789012:role/Deployer -- writ console
  writ console --print

Who has the link is signed in by it: once, within 15 minutes.`
}

func (c *consoleCommand) Run(ctx context.Context, p *process) error {
	client, err := c.client(p)
	if err != nil {
		return err
	}
	lasts := time.Duration(0) // as long as the credentials
	keys := client.Credentials
	switch {
	case c.Role != "":
		keys, err = c.assumeRole(ctx, client)
	case keys.SessionToken == "":
		keys, err = c.federate(ctx, client)
	default:
		lasts = c.Duration
	}
	if err != nil {
		return err
	}
	token, err := signinToken(ctx, client, keys, lasts)
	if err != nil {
		return err
	}
	link := loginLink(client.Endpoint, c.Destination, token)
	if c.Print {
		fmt.Fprintln(p.Stdout, link)
		return nil
	}
	fmt.Fprintf(p.Stdout, "opening %s in the browser; the link works once, within 15 minutes\n", client.Endpoint)
	return openBrowser(ctx, link)
}

// seconds is the duration to ask STS for; nil leaves it to STS.
func (c *consoleCommand) seconds() *int32 {
	d := time.Hour
	if c.Duration != 0 {
		d = c.Duration
	}
	s := int32(d / time.Second)
	return &s
}

func (c *consoleCommand) assumeRole(ctx context.Context, client *awscmd.Client) (sigv4.Credentials, error) {
	in := stsapi.AssumeRoleInput{RoleArn: c.Role, RoleSessionName: c.Name, DurationSeconds: c.seconds()}
	if c.ExternalID != "" {
		in.ExternalId = &c.ExternalID
	}
	var out stsapi.AssumeRoleOutput
	err := call(ctx, client, &stsapi.Service, "AssumeRole", &in, &out)
	return keysOf(client, out.Credentials, err)
}

// federate gets a federated user's credentials. Its session policy allows all:
// what limits it is what the key's user may.
func (c *consoleCommand) federate(ctx context.Context, client *awscmd.Client) (sigv4.Credentials, error) {
	all := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	in := stsapi.GetFederationTokenInput{Name: c.Name, Policy: &all, DurationSeconds: c.seconds()}
	var out stsapi.GetFederationTokenOutput
	err := call(ctx, client, &stsapi.Service, "GetFederationToken", &in, &out)
	return keysOf(client, out.Credentials, err)
}

func keysOf(client *awscmd.Client, k *stsapi.Credentials, err error) (sigv4.Credentials, error) {
	if err == nil && k == nil {
		err = fmt.Errorf("%s answered without credentials", client.Endpoint)
	}
	if err != nil {
		return sigv4.Credentials{}, err
	}
	return sigv4.Credentials{AccessKeyID: k.AccessKeyId, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken}, nil
}

// signinToken asks the federation endpoint for a sign-in token. The keys go in
// the body: what stands in URLs is kept by proxies.
func signinToken(ctx context.Context, client *awscmd.Client, keys sigv4.Credentials, lasts time.Duration) (string, error) {
	held, err := json.Marshal(map[string]string{
		"sessionId": keys.AccessKeyID, "sessionKey": keys.SecretAccessKey, "sessionToken": keys.SessionToken,
	})
	if err != nil {
		return "", err
	}
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(held)}}
	if lasts != 0 {
		form.Set("SessionDuration", strconv.Itoa(int(lasts/time.Second)))
	}
	unsigned := *client
	unsigned.Credentials = sigv4.Credentials{}
	req := &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/federation"},
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
	resp, err := unsigned.Do(ctx, req, "signin", strings.NewReader(form.Encode()))
	if err != nil {
		return "", unanswered(client, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", refusedLogin(body)
	}
	var answer struct{ SigninToken string }
	if err := json.Unmarshal(body, &answer); err != nil || answer.SigninToken == "" {
		return "", fmt.Errorf("%s answered without a sign-in token: is that a writ server?", client.Endpoint)
	}
	return answer.SigninToken, nil
}

// refusedLogin is the error for what the endpoint answers.
func refusedLogin(body []byte) error {
	return hint(errors.New(strings.TrimSpace(string(body))), "sign in as a role with --role ARN, or with a long-term key")
}

func loginLink(endpoint, destination, token string) string {
	q := url.Values{"Action": {"login"}, "Issuer": {"writ"}, "SigninToken": {token}}
	if destination != "" {
		q.Set("Destination", destination)
	}
	return endpoint + "/federation?" + q.Encode()
}

// openers are the programs that open a link, by operating system; others have
// that of freedesktop.org.
var openers = map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}

func openBrowser(ctx context.Context, link string) error {
	program, ok := openers[runtime.GOOS]
	if !ok {
		program = []string{"xdg-open"}
	}
	err := exec.CommandContext(ctx, program[0], append(program[1:len(program):len(program)], link)...).Run()
	if err != nil {
		return hint(fmt.Errorf("%s does not open the browser: %w", program[0], err), "writ console --print prints the link, for any browser")
	}
	return nil
}
