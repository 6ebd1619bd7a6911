package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/writ-iam/writ/policy"
)

// Policy is a document that Decide can use. It is immutable.
type Policy struct {
	name       string
	kind       policy.Kind
	schema     Schema
	unreadable bool // denies every request
	statements []statement
	allow      *index // nil when there is no such statement
	deny       *index
}

// CompileOptions are what Compile needs to know besides the document.
type CompileOptions struct {
	Name   string // what StatementRef calls the policy
	Schema Schema // nil: no fact about services is known

	// Principals maps the users, roles and role sessions that the document
	// names (policy.Document.AWSPrincipals) to unique ids: of a session the id
	// of its role; a canonical user id to its account. With a map, one that is
	// not in it matches no principal. Nil compares ARNs as text.
	Principals map[string]string
}

// Compile prepares a document for Decide. It fails when the document lacks what
// every policy of its kind has; policy.Parse lets no such document pass. The
// Policy keeps hold of doc.
func Compile(doc *policy.Document, opt CompileOptions) (*Policy, error) {
	return compile(doc, opt, chosen())
}

// Unreadable stands for a policy that cannot be compiled. It denies every
// request, because it might have denied any.
func Unreadable(name string, kind policy.Kind) *Policy {
	return &Policy{name: name, kind: kind, unreadable: true}
}

// Name is the name given to Compile.
func (p *Policy) Name() string { return p.name }

// Kind is the kind of the document.
func (p *Policy) Kind() policy.Kind { return p.kind }

// Readable reports whether p is a document that was compiled, and does not
// stand for one that could not be.
func (p *Policy) Readable() bool { return !p.unreadable }

// statement is one statement, ready to be matched.
type statement struct {
	effect      policy.Effect
	principals  *principals // nil in policies of the caller, where it is known
	notActions  []actionPattern
	hasNot      bool // NotAction stands in place of Action
	resources   []resourcePattern
	notResource bool
	noResource  bool // there is no Resource, as in trust policies: all match
	conditions  []condition

	source *policy.Statement
}

var (
	errNoDocument = errors.New("engine: the document is nil")
	errKind       = errors.New("engine: the document is of an unknown kind")
)

func compile(doc *policy.Document, opt CompileOptions, read readings) (*Policy, error) {
	if doc == nil {
		return nil, errNoDocument
	}
	if doc.Kind < policy.IdentityBased || doc.Kind > policy.Endpoint {
		return nil, errKind
	}
	p := &Policy{name: opt.Name, kind: doc.Kind, schema: opt.Schema, statements: make([]statement, len(doc.Statements))}
	c := newCompiler(doc, opt, read)
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if err := check(st, doc.Kind); err != nil {
			return nil, fmt.Errorf("engine: statement %d: %w", i, err)
		}
		c.compile(st, &p.statements[i])
	}
	p.allow = newIndex(p.statements, policy.Allow)
	p.deny = newIndex(p.statements, policy.Deny)
	return p, nil
}

// namesPrincipals reports whether statements of a kind say whom they concern.
func namesPrincipals(k policy.Kind) bool {
	switch k {
	case policy.ResourceBased, policy.Trust, policy.ResourceControl, policy.Endpoint:
		return true
	}
	return false
}

// needsResource reports whether statements of a kind must say what they are about.
func needsResource(k policy.Kind) bool {
	return k != policy.Trust && k != policy.ResourceBased
}

func check(st *policy.Statement, k policy.Kind) error {
	switch {
	case st.Effect != policy.Allow && st.Effect != policy.Deny:
		return errors.New("no effect")
	case namesPrincipals(k) != (st.Principal != nil):
		return errors.New("a principal is missing or out of place")
	case needsResource(k) && st.Resource == nil:
		return errors.New("no resource")
	}
	return nil
}

// compiler compiles the statements of a document. What it makes of them lies
// together: a policy of many statements is made of few pieces of memory.
type compiler struct {
	kind       policy.Kind
	ids        map[string]string
	syntax     syntax
	read       readings
	resources  []resourcePattern // for all statements
	conditions []condition
}

func newCompiler(doc *policy.Document, opt CompileOptions, read readings) *compiler {
	c := &compiler{kind: doc.Kind, ids: opt.Principals, read: read}
	c.syntax = syntax{wildcards: true, variables: doc.Version == policy.Version2012, schema: opt.Schema}
	resources, conditions := 0, 0
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if st.Resource != nil {
			resources += len(st.Resource.Values)
		}
		conditions += len(st.Conditions)
	}
	c.resources = make([]resourcePattern, resources)
	c.conditions = make([]condition, conditions)
	return c
}

func (c *compiler) compile(st *policy.Statement, s *statement) {
	*s = statement{
		effect:     st.Effect,
		principals: newPrincipals(st.Principal, c.kind, c.ids),
		hasNot:     st.Action.Not,
		noResource: st.Resource == nil,
		source:     st,
	}
	if st.Action.Not {
		var lower lowered
		lower.Grow(sizeOf(st.Action.Values))
		for _, v := range st.Action.Values {
			if a, ok := newActionPattern(lower.add(v.Text)); ok {
				s.notActions = append(s.notActions, a)
			}
		}
	}
	if st.Resource != nil {
		s.notResource = st.Resource.Not
		s.resources = cut(&c.resources, len(st.Resource.Values))
		for i, v := range st.Resource.Values {
			s.resources[i] = newResourcePattern(v.Text, c.kind, c.syntax, c.read)
		}
	}
	if len(st.Conditions) > 0 {
		s.conditions = cut(&c.conditions, len(st.Conditions))
		for i := range st.Conditions {
			s.conditions[i] = newCondition(&st.Conditions[i], c.syntax, c.read)
		}
	}
}

// cut takes the first n values off the front of from.
func cut[T any](from *[]T, n int) []T {
	first := (*from)[:n:n]
	*from = (*from)[n:]
	return first
}

// lowered puts texts in lower case, which share one allocation.
type lowered struct{ strings.Builder }

func (l *lowered) add(s string) string {
	var buf [64]byte
	lower, from := buf[:0], l.Len()
	for i := range len(s) {
		lower = append(lower, lowerByte(s[i]))
	}
	l.Write(lower)
	return l.String()[from:]
}

func sizeOf(values []policy.Value) (n int) {
	for _, v := range values {
		n += len(v.Text)
	}
	return n
}

// lowerByte puts a letter A to Z in lower case.
func lowerByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
