// Command writ is an identity and access authority that speaks AWS.
//
//	writ dev      for a laptop or a test suite: one command, keys printed
//	writ serve    for production
//	writ demo     shows in ten seconds what this is
//
// writ --help tells the rest. What it prints and how it fails follows one
// manner: errors are lower case, have no full stop, and say the next step.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// version is set by the linker in releases.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &process{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// process is what a command may reach of the world.
type process struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	Now    func() time.Time
}

// commands are all of writ's.
type commands struct {
	Config string `help:"A JSON file of settings, one key a flag: {\"listen\": \"127.0.0.1:4600\"}." env:"WRIT_CONFIG" placeholder:"FILE"`

	Dev         devCommand         `cmd:"" help:"Run a server for development: one command, keys printed."`
	Serve       serveCommand       `cmd:"" help:"Run a server for production: no conveniences."`
	Env         envCommand         `cmd:"" help:"Print again what 'writ dev' said to paste."`
	Demo        demoCommand        `cmd:"" help:"Play roles, boundaries and denials against a server in memory, and explain each answer."`
	Events      eventsCommand      `cmd:"" help:"Show who called what, and what was denied."`
	Explain     explainCommand     `cmd:"" help:"Show why a call was allowed or denied."`
	Revoke      revokeCommand      `cmd:"" help:"End the sessions of a role that are under way."`
	Credentials credentialsCommand `cmd:"" help:"Print a role's credentials for AWS clients: a credential_process."`
	Exec        execCommand        `cmd:"" help:"Run a program with a role's credentials."`
	Console     consoleCommand     `cmd:"" help:"Open the server's pages in the browser, signed in by the credentials at hand."`
	Policy      policyCommand      `cmd:"" help:"Decide, test, format and check policies in files, without a server."`
	Account     accountCommand     `cmd:"" help:"Make and list the accounts of the installation."`
	Import      importCommand      `cmd:"" help:"Make an account as it is on AWS, from what the AWS CLI prints of it."`
	Export      exportCommand      `cmd:"" help:"Print an account as JSON or as configuration for Terraform."`
	Backup      backupCommand      `cmd:"" help:"Save a running installation into a file."`
	Restore     restoreCommand     `cmd:"" help:"Make a data folder from a backup, and verify it."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

const description = `Writ is an identity and access authority that speaks AWS: IAM, STS and S3 for unmodified AWS clients.

Start with 'writ dev', paste what it prints, and use the AWS CLI:

  writ dev
  aws iam create-user --user-name ann
  writ events`

// run runs one command line and returns the exit status.
func (p *process) run(ctx context.Context, args []string) int {
	err := p.dispatch(ctx, args)
	if err == nil {
		return 0
	}
	p.report(err)
	return statusOf(err, args)
}

// exited is kong's exit, turned into a value by dispatch.
type exited int

func (p *process) dispatch(ctx context.Context, args []string) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exited: // --help
			err = nil
		default:
			panic(r)
		}
	}()
	cli := &commands{}
	file, err := loadConfig(configPath(args, p.Getenv))
	if err != nil {
		return err
	}
	parser, err := kong.New(cli,
		kong.Name("writ"), kong.Description(description),
		kong.Writers(p.Stdout, p.Stderr), kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Resolvers(file), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Bind(p), kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return fmt.Errorf("the command line is declared wrongly: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return hint(err, "writ --help lists the commands, writ COMMAND --help what one takes")
	}
	if err := file.check(parsed); err != nil {
		return err
	}
	return parsed.Run()
}

type versionCommand struct{}

func (versionCommand) Run(p *process) error {
	fmt.Fprintln(p.Stdout, "writ", version)
	return nil
}
