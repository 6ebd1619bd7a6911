package shape

import (
	"strconv"
	"strings"
)

// Violation is a constraint of the model that a member of an input breaks.
type Violation struct {
	// Path is the member as AWS writes it: lower-first names, elements of a
	// list counted from 1: "tags.1.member.key".
	Path string

	Value      string // the member's value, as far as it may be repeated
	Constraint string // as AWS words it: "Member must …"

	// NoValue is set when Value says nothing: the member is a secret, or a
	// list of structures.
	NoValue bool
}

// NotNull is the constraint that an absent required member breaks.
const NotNull = "Member must not be null"

// Missing is the violation of a required member that is absent.
func Missing(path string) Violation {
	return Violation{Path: path, Constraint: NotNull, NoValue: true}
}

// Message words violations as AWS does. With echo the values are repeated, as
// STS does; IAM leaves them out. The values of secrets are never repeated.
func Message(vs []Violation, echo bool) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(len(vs)))
	b.WriteString(" validation error")
	if len(vs) != 1 {
		b.WriteByte('s')
	}
	b.WriteString(" detected: ")
	for i, v := range vs {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString("Value ")
		switch {
		case echo && v.Constraint == NotNull:
			b.WriteString("null ")
		case echo && !v.NoValue:
			b.WriteString("'" + v.Value + "' ")
		}
		b.WriteString("at '" + v.Path + "' failed to satisfy constraint: " + v.Constraint)
	}
	return b.String()
}
