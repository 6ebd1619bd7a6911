package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/writ-iam/writ/internal/accountfile"
	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/server"
)

type importCommand struct {
	File    string `arg:"" help:"What \"aws iam get-account-authorization-details\" printed; - is standard input."`
	Apply   bool   `help:"Make it so. Without it, only the differences are shown."`
	Name    string `help:"Name of the account, when it is not there yet." default:"imported"`
	RootKey bool   `help:"Also make an access key for the account's root user."`
	Account string `help:"Its id, for a file that holds no entity of the account." placeholder:"ID"`

	connection
}

func (*importCommand) Help() string {
	return `Makes an account here as it is on AWS: users, groups, roles and managed policies with their unique ids, dates and versions. Only the root user of the management account may.

  aws iam get-account-authorization-details > account.json
  writ import account.json               shows what would change
  writ import account.json --apply

What only the account here has stays. Access keys, passwords, and the descriptions and session durations of roles are not in the file. An import that was interrupted goes on when it is run again.`
}

func (c *importCommand) Run(ctx context.Context, p *process) error {
	want, account, err := c.read(p)
	if err != nil {
		return err
	}
	client, err := c.client(p)
	if err != nil {
		return err
	}
	have, err := fetchDetails(ctx, client, account)
	isNew := false
	var answer *awscmd.AnswerError
	if errors.As(err, &answer) && answer.Code == "AccountNotFoundException" {
		have, err, isNew = &accountfile.Details{}, nil, true
	}
	if err != nil {
		return err
	}
	changes := accountfile.Compare(want, have)
	plan := showPlan(p.Stdout, account, isNew, changes)
	switch {
	case plan.conflicts > 0:
		return hint(fmt.Errorf("%d of the names belong to others here", plan.conflicts), "delete those here first, or import into an installation without them")
	case !c.Apply && (plan.due > 0 || isNew):
		fmt.Fprintln(p.Stdout, "\nNothing was changed. Make it so with --apply.")
		return nil
	case !c.Apply:
		return nil
	}
	return c.apply(ctx, p, client, account, isNew, accountfile.Steps(want, changes))
}

// read reads the file and says all that is wrong with it.
func (c *importCommand) read(p *process) (*accountfile.Details, string, error) {
	text, err := p.readFile(c.File)
	if err != nil {
		return nil, "", err
	}
	d, account, err := accountfile.Read(text)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", c.File, err)
	}
	if account == "" {
		account = c.Account
	}
	if account == "" {
		return nil, "", hint(fmt.Errorf("%s holds no entity of an account", c.File), "say which account it is with --account")
	}
	if c.Account != "" && c.Account != account {
		return nil, "", fmt.Errorf("%s is of account %s, not of %s", c.File, account, c.Account)
	}
	if err := accountfile.Check(d, server.Here(p.Now())); err != nil {
		return nil, "", fmt.Errorf("%s: nothing was imported:\n%w", c.File, err)
	}
	for _, old := range accountfile.Outdated(d) {
		fmt.Fprintf(p.Stderr, "writ: warning: %s: IAM keeps this policy, and would not store it today: %v\n", c.File, old)
	}
	return d, account, nil
}

// plan counts the changes.
type plan struct{ due, conflicts int }

// showPlan prints the differences as a diff and counts them.
func showPlan(w io.Writer, account string, isNew bool, changes []accountfile.Change) plan {
	count := map[accountfile.Difference]int{}
	if isNew {
		fmt.Fprintf(w, "+ account %s\n", account)
	}
	for _, c := range changes {
		count[c.Difference]++
		switch c.Difference {
		case accountfile.Added:
			fmt.Fprintf(w, "+ %s %s\n", c.Kind, c.Name)
		case accountfile.Changed:
			fmt.Fprintf(w, "~ %s %s\n", c.Kind, c.Name)
			for line := range strings.Lines(c.Diff) {
				if !strings.HasPrefix(line, "diff ") && !strings.HasPrefix(line, "--- ") && !strings.HasPrefix(line, "+++ ") {
					fmt.Fprint(w, "    ", line)
				}
			}
		case accountfile.Other:
			fmt.Fprintf(w, "! %s %s is %s here, and %s in the file\n", c.Kind, c.Name, c.HaveID, c.WantID)
		case accountfile.OnlyHere:
			fmt.Fprintf(w, "  %s %s is only here, and stays\n", c.Kind, c.Name)
		}
	}
	fmt.Fprintf(w, "account %s: %d to add, %d to change, %d as they are\n", account, count[accountfile.Added], count[accountfile.Changed], count[accountfile.Same])
	return plan{due: count[accountfile.Added] + count[accountfile.Changed], conflicts: count[accountfile.Other]}
}

// apply carries the steps out, the first of which makes the account.
func (c *importCommand) apply(ctx context.Context, p *process, client *awscmd.Client, account string, isNew bool, steps []*accountfile.Details) error {
	if len(steps) == 0 && (isNew || c.RootKey) {
		steps = append(steps, &accountfile.Details{})
	}
	for i, step := range steps {
		query := url.Values{"account": {account}}
		if i == 0 && isNew {
			query.Set("create", c.Name)
		}
		if i == 0 && c.RootKey {
			query.Set("rootKey", "true")
		}
		var made struct{ AccessKeyID, SecretAccessKey string }
		if err := pageJSON(ctx, client, http.MethodPut, detailsPage, query, json.RawMessage(accountfile.Append(nil, step)), &made); err != nil {
			return hint(fmt.Errorf("step %d of %d failed; those before it are done: %w", i+1, len(steps), err), "mend what it says and run the same command again: it goes on from there")
		}
		fmt.Fprintf(p.Stderr, "writ: step %d of %d done\n", i+1, len(steps))
		if made.AccessKeyID != "" {
			a := access{Endpoint: client.Endpoint, AccessKeyID: made.AccessKeyID, SecretAccessKey: made.SecretAccessKey, Region: region}
			fmt.Fprint(p.Stdout, "the root user's key, shown this once:\n\n")
			formats["env"](p.Stdout, &a)
		}
	}
	fmt.Fprintf(p.Stdout, "account %s is as the file has it\n", account)
	return nil
}
