package engine

import (
	"errors"
	"fmt"

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
	errNoDocument = errors.New("engine: no document")
	errKind       = errors.New("engine: unknown kind of policy")
)

func compile(doc *policy.Document, opt CompileOptions, read readings) (*Policy, error) {
	if doc == nil {
		return nil, errNoDocument
	}
	if doc.Kind < policy.IdentityBased || doc.Kind > policy.Endpoint {
		return nil, errKind
	}
	p := &Policy{name: opt.Name, kind: doc.Kind, schema: opt.Schema, statements: make([]statement, len(doc.Statements))}
	x := syntax{wildcards: true, variables: doc.Version == policy.Version2012, schema: opt.Schema}
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if err := check(st, doc.Kind); err != nil {
			return nil, fmt.Errorf("engine: statement %d: %w", i, err)
		}
		p.statements[i] = newStatement(st, doc.Kind, opt.Principals, x, read)
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

func newStatement(st *policy.Statement, kind policy.Kind, ids map[string]string, x syntax, read readings) statement {
	s := statement{
		effect:     st.Effect,
		principals: newPrincipals(st.Principal, kind, ids),
		hasNot:     st.Action.Not,
		noResource: st.Resource == nil,
		source:     st,
	}
	if st.Action.Not {
		for text := range lowered(st.Action.Values) {
			if a, ok := newActionPattern(text); ok {
				s.notActions = append(s.notActions, a)
			}
		}
	}
	if st.Resource != nil {
		s.notResource = st.Resource.Not
		s.resources = make([]resourcePattern, len(st.Resource.Values))
		for i, v := range st.Resource.Values {
			s.resources[i] = newResourcePattern(v.Text, kind, x, read)
		}
	}
	if len(st.Conditions) > 0 {
		s.conditions = make([]condition, len(st.Conditions))
		for i := range st.Conditions {
			s.conditions[i] = newCondition(&st.Conditions[i], x, read)
		}
	}
	return s
}

// lowerByte puts a letter A to Z in lower case.
func lowerByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
