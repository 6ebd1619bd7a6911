package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/server"
)

type demoCommand struct{}

func (*demoCommand) Help() string {
	return `Starts a server in memory, on a port of its own, and plays against it what AWS's guides teach: a user without permissions, a role, another account, a session policy, a boundary, role chaining. Each command is one of the AWS CLI's. It ends with status 1 if a step is answered otherwise than on AWS.`
}

func (*demoCommand) Run(ctx context.Context, p *process) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	srv, err := server.New(ctx, server.Config{Listen: "127.0.0.1:0", Dev: true, Root: server.Root{Account: demoAccount}})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	d := newDemo(p, srv)
	err = d.play(ctx, demoChapters)
	cancel()
	return errors.Join(err, <-ended, srv.Close())
}

// The accounts of the demo, fixed so that its output is the same each time.
const (
	demoAccount    = "111111111111"
	partnerAccount = "222222222222"
)

// chapter is a part of the demo.
type chapter struct {
	title string
	steps []step
}

// step is one command of the demo.
type step struct {
	as   string   // whose keys are used
	args []string // of the AWS command line
	why  string   // one line of explanation
	want string   // regular expression on what is printed
	fail bool     // the command is to fail
	save string   // name for the keys that are printed
}

// demo plays steps and keeps the keys that they make.
type demo struct {
	process *process
	url     string
	keys    map[string]*access
	tokens  map[string]string
}

func newDemo(p *process, srv *server.Server) *demo {
	root := srv.Root()
	return &demo{process: p, url: srv.URL(), tokens: map[string]string{}, keys: map[string]*access{
		"admin": {Endpoint: srv.URL(), AccessKeyID: root.AccessKeyID, SecretAccessKey: root.SecretAccessKey, Region: region},
	}}
}

func (d *demo) play(ctx context.Context, chapters []chapter) error {
	for i, c := range chapters {
		fmt.Fprintf(d.process.Stdout, "%d. %s\n\n", i+1, c.title)
		for _, s := range c.steps {
			if err := d.step(ctx, &s); err != nil {
				return err
			}
		}
	}
	return nil
}

// step runs a command, prints it with its answer and explanation, and compares
// the answer with what AWS's would be.
func (d *demo) step(ctx context.Context, s *step) error {
	out := d.process.Stdout
	fmt.Fprintf(out, "%s$ %s\n", s.as, commandLine(s.args))
	printed, failed := "", false
	if s.args[0] == "writ" {
		err := d.newPartner(ctx)
		failed = err != nil
		printed = "account " + partnerAccount + " made\n"
		if failed {
			printed = err.Error()
		}
	} else {
		printed, failed = d.aws(ctx, s)
	}
	fmt.Fprint(out, shorten(printed))
	fmt.Fprintf(out, "  -- %s\n\n", s.why)
	if failed != s.fail || !regexp.MustCompile(s.want).MatchString(printed) {
		return fmt.Errorf("the last answer is not what AWS answers: want it to match %q", s.want)
	}
	if s.save != "" {
		return d.remember(s.save, printed)
	}
	return nil
}

func (d *demo) aws(ctx context.Context, s *step) (printed string, failed bool) {
	env := map[string]string{}
	for _, v := range d.keys[s.as].variables() {
		env[v[0]] = v[1]
	}
	env["AWS_SESSION_TOKEN"] = d.tokens[s.as]
	var both bytes.Buffer
	c := &awscmd.Command{
		Getenv: func(name string) string { return env[name] }, Dir: os.TempDir(),
		Stdin: strings.NewReader(demoObject), Stdout: &both, Stderr: &both,
	}
	code := c.Run(ctx, s.args...)
	return strings.TrimPrefix(both.String(), "\n"), code != 0
}

const demoObject = "a report\n"

// newPartner makes the second account with a key for its root user.
func (d *demo) newPartner(ctx context.Context) error {
	in := map[string]any{"name": "partner", "accountId": partnerAccount, "rootKey": true}
	made := &access{Endpoint: d.url, Region: region}
	d.keys["partner"] = made
	return pageJSON(ctx, d.keys["admin"].client(d.process), http.MethodPost, "/_writ/accounts", nil, in, made)
}

// remember keeps the keys in an answer of CreateAccessKey or AssumeRole.
func (d *demo) remember(name, answer string) error {
	type key struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	var a struct{ AccessKey, Credentials key }
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		return err
	}
	k := a.AccessKey
	if k.AccessKeyID == "" {
		k = a.Credentials
	}
	d.keys[name] = &access{Endpoint: d.url, AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, Region: region}
	d.tokens[name] = k.SessionToken
	return nil
}

// commandLine prints arguments as one types them.
func commandLine(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = quoteShell(a)
	}
	if args[0] != "writ" {
		words = append([]string{"aws"}, words...)
	}
	return strings.Join(words, " ")
}

// long are texts that nobody wants to read: the rest of them is left out.
var long = regexp.MustCompile(`("(?:SessionToken|SecretAccessKey)": ".{8})[^"]*`)

// shorten makes an answer short enough to read.
func shorten(answer string) string {
	return long.ReplaceAllString(answer, "$1…")
}
