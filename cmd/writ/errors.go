package main

import (
	"errors"
	"fmt"
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

// report prints an error for a person at a terminal.
func (p *process) report(err error) {
	if errors.As(err, &silent{}) {
		return
	}
	fmt.Fprintf(p.Stderr, "writ: error: %v\n", err)
	var h *hinted
	if errors.As(err, &h) {
		fmt.Fprintf(p.Stderr, "writ: hint: %s\n", h.hint)
	}
}
