// Package awscmd is a small AWS command line, made from the generated tables of
// iam, sts and s3: it signs and sends real requests, and prints what the AWS
// CLI prints, so that transcripts written for one run with the other.
//
// Start at Command.Run. It knows the operations of the tables with pagination,
// --query for plain paths, and of the high-level s3 commands ls, cp, mb, rb and
// rm. It reads no configuration files, retries nothing, checks no lengths
// before sending, holds bodies in memory, and calls no endpoint but the one it
// is given.
package awscmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"
)

// Exit statuses, as the AWS CLI has them.
const (
	exitS3     = 1   // a transfer of a high-level s3 command failed
	exitUsage  = 252 // the command line is not understood
	exitClient = 253 // the environment lacks something
	exitAnswer = 254 // the service answered with an error
	exitOther  = 255
)

// Command is one run of the command line.
type Command struct {
	Getenv func(string) string // AWS_… variables; nil has none
	Dir    string              // folder of relative file names; "" is the process's
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	HTTP   *http.Client     // nil is one that follows no redirects and trusts what AWS_CA_BUNDLE says
	Now    func() time.Time // nil is time.Now
}

// usageError is a command line that is not understood.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// setupError is something that the environment lacks.
type setupError struct{ text string }

func (e *setupError) Error() string { return e.text }

// exitError ends a command that has printed its own message.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Run runs a command line, without the program's name, and returns the exit
// status.
func (c *Command) Run(ctx context.Context, args ...string) int {
	err := c.run(ctx, args)
	var answer *AnswerError
	var usage *usageError
	var setup *setupError
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &answer):
		fmt.Fprintf(c.Stderr, "\n%v\n", answer)
		return exitAnswer
	case errors.As(err, &usage):
		fmt.Fprintf(c.Stderr, "usage: aws [options] <service> <operation> [parameters]\n\naws: error: %v\n", usage)
		return exitUsage
	case errors.As(err, &setup):
		fmt.Fprintf(c.Stderr, "\n%v\n", setup)
		return exitClient
	}
	fmt.Fprintf(c.Stderr, "\n%v\n", err)
	return exitOther
}

func (c *Command) run(ctx context.Context, args []string) error {
	g, rest, err := parseGlobals(args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usagef("the following arguments are required: command")
	}
	if rest[0] == "s3" {
		return c.runS3(ctx, g, rest[1:])
	}
	svc, ok := services[rest[0]]
	if !ok {
		return usagef("argument command: Invalid choice: %q; there are iam, sts, s3api and s3", rest[0])
	}
	if len(rest) < 2 {
		return usagef("the following arguments are required: operation")
	}
	op, ok := findOperation(svc, rest[1])
	if !ok {
		return usagef("argument operation: Invalid choice: %q", rest[1])
	}
	return c.runOperation(ctx, g, svc, op, rest[2:])
}

func (c *Command) getenv(name string) string {
	if c.Getenv == nil {
		return ""
	}
	return c.Getenv(name)
}

// path resolves a file name that stands on the command line.
func (c *Command) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}
