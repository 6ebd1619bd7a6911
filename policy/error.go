package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Error says what is wrong with a document and where. Text is what AWS answers,
// which often hides the reason; Detail gives the reason in our words, for people
// who wrote the document.
type Error struct {
	Pos    Position
	Code   Code
	Text   string
	Detail string
}

// Error returns AWS's text.
func (e *Error) Error() string { return e.Text }

// String returns the position, the code and the detail, for tools.
func (e *Error) String() string {
	return strconv.Itoa(e.Pos.Line) + ":" + strconv.Itoa(e.Pos.Column) + ": " + string(e.Code) + ": " + e.Detail
}

// Locate words an error of Parse for the person who wrote the document:
// "NAME:LINE:COLUMN: CODE: DETAIL". Before the document there may be so many
// lines of what name names. Other errors have the name put before them; nil stays
// nil. What err wraps, the result wraps too.
func Locate(name string, before int, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		at := *e
		at.Pos.Line += before
		return &located{name + ":" + at.String(), err}
	}
	return fmt.Errorf("%s: %w", name, err)
}

// located is an error with other words.
type located struct {
	text string
	err  error
}

func (l *located) Error() string { return l.text }
func (l *located) Unwrap() error { return l.err }

// fault is a reason found in a document before it is put into AWS's words. arg is
// the part of the document at fault, or what AWS's text names.
type fault struct {
	code Code
	pos  Position
	arg  string
}

// err words f for a use of the document.
func (f *fault) err(u Use) *Error {
	detail := sentences[f.code]
	if f.arg != "" {
		detail += ": " + oneLine(f.arg)
	}
	return &Error{Pos: f.pos, Code: f.code, Text: wording(u, f), Detail: detail}
}

// UnknownPrincipal is the error for a principal that is well formed but names
// nobody. Parse cannot know; whoever stores the policy reports it with this.
func UnknownPrincipal(k Kind, p Principal) *Error {
	f := fault{BadPrincipal, p.Pos, principalArg(p)}
	e := f.err(Use{Kind: k})
	e.Detail = "the principal does not exist: " + oneLine(f.arg)
	return e
}

// oneLine is s, quoted where it has control characters: what a document says must
// not look like another line of a list of faults.
func oneLine(s string) string {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return strconv.Quote(s)
	}
	return s
}
