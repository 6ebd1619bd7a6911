package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/writ-iam/writ/policy"
)

// policyFmtCommand formats policies, as gofmt does Go.
type policyFmtCommand struct {
	Paths     []string `arg:"" optional:"" name:"file" help:"Policies, or folders with *.json files; none, or -, is standard input."`
	Write     bool     `help:"Write the result back to the file." short:"w"`
	List      bool     `help:"List files whose formatting differs; exits with 1 if any does." short:"l"`
	Diff      bool     `help:"Print what would change as a diff; exits with 1 if anything would." short:"d"`
	Canonical bool     `help:"One line, every list an array, values as strings: equal policies print the same."`
}

func (*policyFmtCommand) Help() string {
	return `Formats policies: two spaces of indent, an element a line, and elements in the order of AWS's reference. Single values, lists, numbers, escapes and the order of lists stay as they were written; the meaning never changes.

  writ policy fmt policy.json
  writ policy fmt -l policies/             in a build: fails when a file is not formatted
  writ policy fmt -w policies/
  aws iam get-policy-version … --query PolicyVersion.Document | writ policy fmt

A file is replaced as a whole, or not at all. It keeps its owner and its permissions, but not access control lists and other extended attributes. Whatever kind of policy it is, the document is only asked for its shape: "writ policy validate" checks the rest.

Exit status: 0 done, 1 with -l or -d and without -w: some file differs, 3 a document is malformed, or a file cannot be read or written.`
}

func (c *policyFmtCommand) Run(p *process) error {
	paths := c.Paths
	if len(paths) == 0 {
		paths = []string{"-"}
	}
	differ, failed := false, false
	read := p.eachPolicy(paths, func(in policyText) {
		changed, err := c.format(p, in)
		if err != nil {
			p.report(err)
			failed = true
		}
		differ = differ || changed
	})
	switch {
	case failed || !read:
		return exitStatus{code: 3}
	case differ && (c.List || c.Diff) && !c.Write:
		return exitStatus{code: 1}
	}
	return nil
}

// format does with one policy what the flags say, and reports whether its text
// differs from what was written.
func (c *policyFmtCommand) format(p *process, in policyText) (differs bool, err error) {
	d, err := policy.ParseShape(in.text)
	if err != nil {
		return false, policy.Locate(in.name, 0, err)
	}
	out := d.Format()
	if c.Canonical {
		out = d.Canonical() + "\n"
	}
	if again, err := policy.ParseShape(out); err != nil || !policy.Equal(d, again) {
		return false, fmt.Errorf("%s: left as it is, because formatting would change its meaning: this is an error of writ", in.name)
	}
	differs = out != in.text
	if differs && c.List {
		fmt.Fprintln(p.Stdout, in.name)
	}
	if differs && c.Diff {
		p.Stdout.Write(diff.Diff(in.name+".orig", []byte(in.text), in.name, []byte(out)))
	}
	switch {
	case c.Write && in.piped:
		return differs, hint(errors.New("standard input cannot be written back"), "name a file, or leave -w out")
	case c.Write && differs:
		err = replaceFile(in.name, out)
	case !c.Write && !c.List && !c.Diff:
		_, err = io.WriteString(p.Stdout, out)
	}
	return differs, err
}

// replaceFile puts text in the place of what the file has, all or nothing: the
// new file has the old one's owner and permissions and takes its name. Of a
// symbolic link it replaces the file that the link leads to.
func replaceFile(name, text string) (err error) {
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return fmt.Errorf("failed to write: %w", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("failed to write: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("failed to write: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("failed to write: %w", err)
		}
	}()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	if err := keepOwner(f, info); err != nil { // it may take permissions away
		return err
	}
	if err := f.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
