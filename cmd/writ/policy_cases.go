package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/writ-iam/writ/internal/policycase"
)

// policyTestCommand runs case files: unit tests for policies.
type policyTestCommand struct {
	Paths   []string `arg:"" name:"path" help:"Case files, *.jsonl or *.txtar, or folders that hold some."`
	Account []string `help:"A downloaded account; see writ policy eval --help." sep:"none" placeholder:"FILE"`
	Verbose bool     `help:"List the cases that pass too." short:"v"`
}

func (*policyTestCommand) Help() string {
	return `Runs case files and prints what is answered otherwise than wanted, with the statements and values that led to it.

  writ policy test readers.txtar
  writ policy test -v tests/

A *.jsonl file has the cases of "writ policy eval --cases", each with a "want". A *.txtar file is for writing by hand:

  # readers may read, and nobody deletes
  -- identity/readers --
  file: ../policies/readers.json
  -- scp/0/guard --
  {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
   {"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}
  -- requests --
  principal: arn:aws:iam::111122223333:user/ann
  action: s3:GetObject
  resource: arn:aws:s3:::photos/cat.jpg
  context: aws:SourceIp=10.0.0.7
  want: Allow

  principal: arn:aws:iam::111122223333:user/ann
  action: s3:DeleteObject
  resource: arn:aws:s3:::photos/cat.jpg
  want: ExplicitDeny scp guard#1

The policies are identity/NAME, boundary/NAME, session/NAME, scp/LEVEL/NAME, rcp/LEVEL/NAME, endpoint/NAME, resource and trust: the document, or "file: PATH" of one. resource is a role's trust policy for sts:AssumeRole and its kin; trust is one always. A name that ends in a slash (boundary/, scp/1/, rcp/0/) makes a layer or a level that is there and allows nothing. That is so of rcp too; every other level of rcp has RCPFullAWSAccess besides what it lists, and rcp/LEVEL/NAME with the text "full" has it alone. unreadable/LAYER/NAME stands for a policy that cannot be read, which denies everything. A file "ids" has lines "ARN ID": the unique ids that principals in policies stand for.

Requests are blocks of lines, with an empty line between them; # begins a remark:

  principal:   as in cases                 action:     s3:GetObject
  resource:    an ARN                      account:    the resource's
  context:     KEY=VALUE, KEY=A|B for several values, KEY= for an empty one, KEY for none; repeat it for more keys
  role:        the ARN of a session's role, with its path
  issuer:      who called GetFederationToken
  id:          the principal's unique id   issuer-id:  the issuer's
  linked: yes  the role is linked to a service
  management: yes  the principal's account is the management account

In the values of resource and context \n is the end of a line, \| a bar and \\ a backslash. "want" has the effect, and after it as much as should be compared: the layer, and policy#index, where statements count from 0. "message" compares the text of the denial. docs/CASES.md in the repository has the rest.

Exit status: 0 all as wanted, 1 some not, 3 a file cannot be read, or there is no case.`
}

func (c *policyTestCommand) Run(p *process) error {
	accounts, err := readAccounts(p, c.Account)
	if err != nil {
		return err
	}
	files, err := caseFiles(c.Paths)
	if err != nil {
		return err
	}
	t := tally{out: bufio.NewWriter(p.Stdout), verbose: c.Verbose}
	for _, file := range files {
		if err := t.run(file, accounts); err != nil {
			return errors.Join(err, t.out.Flush())
		}
	}
	switch {
	case t.passed+t.failed == 0:
		return errors.New("the files hold no case")
	case t.failed > 0:
		fmt.Fprintf(t.out, "%d passed, %d failed\n", t.passed, t.failed)
		if err := t.out.Flush(); err != nil {
			return err
		}
		return exitStatus{code: 1}
	}
	fmt.Fprintf(t.out, "%d passed\n", t.passed)
	return t.out.Flush()
}

// caseFiles lists the case files among paths and in folders below them.
func caseFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		before := len(files)
		err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && (name == path || isCaseFile(name)) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("failed to look for case files: %w", err)
		}
		if len(files) == before {
			return nil, hint(fmt.Errorf("%s holds no case file", path), "case files end in .jsonl or .txtar; writ policy test --help shows one")
		}
	}
	return files, nil
}

func isCaseFile(name string) bool {
	return strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".txtar")
}

// tally prints outcomes and counts them.
type tally struct {
	out            *bufio.Writer
	verbose        bool
	passed, failed int
}

func (t *tally) run(file string, accounts policycase.Accounts) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("failed to read the cases: %w", err)
	}
	report := func(o *policycase.Outcome) { t.outcome(file, o) }
	if strings.HasSuffix(file, ".txtar") {
		a, err := policycase.ParseArchive(file, data, func(path string) ([]byte, error) {
			return readDocumentFile(filepath.Join(filepath.Dir(file), path))
		}, accounts)
		if err != nil {
			return err
		}
		a.Run(report)
		return nil
	}
	policycase.Lines(file, data, accounts, report)
	return nil
}

func (t *tally) outcome(file string, o *policycase.Outcome) {
	out, c := t.out, o.Case
	if o.Passed() {
		t.passed++
		if t.verbose {
			printLine(out, "ok   %s\n", c.ID)
		}
		return
	}
	t.failed++
	printLine(out, "FAIL %s:%d", file, c.Line)
	if !strings.HasPrefix(c.ID, file) {
		printLine(out, " %s", c.ID)
	}
	fmt.Fprintln(out)
	if o.Err != nil {
		printLine(out, "  %s\n\n", o.Err.Error())
		return
	}
	printLine(out, "  %s on %s\n  by %s\n", c.Request.Action, c.Request.Resource, principalName(c))
	printLine(out, "  want %s\n", strings.TrimSpace(c.Want+" "+c.Message))
	fmt.Fprint(out, "  got  ")
	_ = printDecision(out, c, o.Decision, &o.Trace) // out keeps the error for Flush
	fmt.Fprintln(out)
}

func principalName(c *policycase.Case) string {
	p := &c.Request.Principal
	for _, name := range []string{p.ARN, p.Service, p.Provider} {
		if name != "" {
			return name
		}
	}
	return "anonymous"
}
