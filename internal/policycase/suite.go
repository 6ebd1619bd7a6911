package policycase

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/writ-iam/writ/engine"
)

// Outcome is a case with its answer. A case that could not be read has an Err,
// and only ID and Line.
type Outcome struct {
	Case     *Case
	Decision engine.Decision
	Trace    engine.Trace
	Err      error
}

// Passed reports whether the answer is what the case wants.
func (o *Outcome) Passed() bool { return o.Err == nil && o.Case.Matches(o.Decision) }

var errNoWant = errors.New("the case wants nothing: write \"want\":\"Allow\", \"ImplicitDeny\" or \"ExplicitDeny\"")

// Lines runs the cases of a file, one a line, and hands each outcome to report,
// which may use it until it returns.
func Lines(file string, data []byte, accounts Accounts, report func(*Outcome)) {
	r := &Reader{Accounts: accounts}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		o := Outcome{}
		o.Case, o.Err = r.Line(line)
		if o.Err != nil {
			o.Case = &Case{ID: r.idText()}
		}
		o.Case.Line = number
		if o.Case.ID == "" {
			o.Case.ID = fmt.Sprintf("%s:%d", file, number)
		}
		o.run()
		report(&o)
	}
}

// Run runs the cases of an archive.
func (a *Archive) Run(report func(*Outcome)) {
	for _, c := range a.Cases {
		o := Outcome{Case: c}
		o.run()
		report(&o)
	}
}

func (o *Outcome) run() {
	switch {
	case o.Err != nil:
	case o.Case.Want == "" && o.Case.Message == "":
		o.Err = errNoWant
	default:
		o.Decision, o.Trace = engine.Explain(&o.Case.Request, &o.Case.Layers)
	}
}
