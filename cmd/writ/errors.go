package main

import (
	"errors"
	"fmt"
	"strings"
)

// hinted is an error that knows the next step.
type hinted struct {
	err  error
	hint string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

// hint adds the next step to an error; nil stays nil.
func hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// silent is an error that has been told already.
type silent struct{ error }

// exitStatus is an error that ends writ with a status of its own; it is returned
// as a value, not as a pointer. Without an err nothing is printed: the output has
// told it.
type exitStatus struct {
	code int
	err  error
}

func (e exitStatus) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e exitStatus) Unwrap() error { return e.err }

// statusOf is the exit status for an error of a command line. The commands of
// "writ policy" answer with statuses 1 and 2, so what keeps them from answering,
// a wrong flag included, is 3.
func statusOf(err error, args []string) int {
	var e exitStatus
	switch {
	case errors.As(err, &e):
		return e.code
	case commandOf(args) == "policy":
		return 3
	}
	return 1
}

// commandOf is the command that a command line names, "" if none. It is needed
// when the line cannot be parsed.
func commandOf(args []string) string {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--config": // the only flag before commands that takes a value
			i++
		case !strings.HasPrefix(arg, "-"):
			return arg
		}
	}
	return ""
}

// report prints an error for a person at a terminal.
func (p *process) report(err error) {
	var e exitStatus
	if errors.As(err, &silent{}) || errors.As(err, &e) && e.err == nil {
		return
	}
	lines := strings.Split(err.Error(), "\n")
	for i := range lines { // what a document says may stand in them
		lines[i] = oneLine(lines[i])
	}
	fmt.Fprintf(p.Stderr, "writ: error: %s\n", strings.Join(lines, "\n"))
	var h *hinted
	if errors.As(err, &h) {
		fmt.Fprintf(p.Stderr, "writ: hint: %s\n", h.hint)
	}
}
