package analyzer

import (
	"cmp"
	"errors"
	"slices"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/policy"
)

// Finding is one thing that is wrong with a document, or surprising.
type Finding struct {
	Code     Code
	Severity Severity
	Pos      policy.Position
	Detail   string // what is the matter here, in our words
	Answer   string // what AWS answers to who stores the document, "" where it stores it or the words are not known
	Witness  string // a resource, or claims of a token, for which Detail comes true, "" where it speaks of none
}

// Severity is how bad a finding is.
type Severity uint8

// AWS refuses a document with an Error. One with a Warning it stores.
const (
	Warning Severity = iota + 1
	Error
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Validate returns the findings about the document text, which is meant for use,
// in the order of their places. Of what AWS refuses it reports the first fault,
// as AWS does, and further findings only when the document can be taken apart
// all the same. The work it does is bounded, whatever the text.
func Validate(use policy.Use, text string) []Finding {
	v := validation{use: use}
	v.validate(text)
	return v.findings
}

func (v *validation) validate(text string) {
	var err error
	if v.doc, err = v.use.Parse(text); err != nil {
		v.refused(err)
		if v.doc, err = policy.ParseShape(text); err != nil {
			return
		}
	}
	v.bucket()
	v.trust()
	v.quotas()
	for i := range v.doc.Statements {
		st := &v.doc.Statements[i]
		v.actions(st)
		v.variables(st)
		v.conditions(st)
		v.disputed(st)
	}
	slices.SortStableFunc(v.findings, func(a, b Finding) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
}

// validation is one call of Validate.
type validation struct {
	use      policy.Use
	doc      *policy.Document
	findings []Finding
	refusal  *policy.Error // the reason why AWS does not store it, nil if it does
	steps    int           // that searches for witnesses have taken
	asked    int           // how often a name was looked for that might be meant

	every []shape                           // everyShape's answer
	lower map[*catalog.ServiceInfo][]string // the names of a service's actions in lower case
}

// warn adds a warning about what stands at pos.
func (v *validation) warn(code Code, pos policy.Position, detail string) {
	v.findings = append(v.findings, Finding{Code: code, Severity: Warning, Pos: pos, Detail: detail})
}

// refused adds the reason why AWS does not store the document.
func (v *validation) refused(err error) {
	if e, ok := errors.AsType[*policy.Error](err); ok {
		v.refusal = e
		v.findings = append(v.findings, Finding{Code: Code(e.Code), Severity: Error, Pos: e.Pos, Detail: e.Detail, Answer: e.Text})
	}
}
