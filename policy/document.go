package policy

import "strings"

// Kind says in what role a document is used. The grammar differs by kind: an
// identity-based policy has no Principal, a trust policy has no Resource.
type Kind uint8

// The kinds of policy documents, in AWS's terms.
const (
	IdentityBased Kind = iota + 1
	ResourceBased
	Trust
	PermissionsBoundary
	Session
	ServiceControl  // SCP
	ResourceControl // RCP
	Endpoint        // VPC endpoint policy
)

// Version is the version of the policy language. A document without a Version
// element has Version "" and is read as Version2008.
type Version string

// The two versions of the language. Policy variables exist in Version2012 only.
const (
	Version2008 Version = "2008-10-17"
	Version2012 Version = "2012-10-17"
)

// Effect of a statement.
type Effect uint8

// A statement allows or denies.
const (
	Allow Effect = iota + 1
	Deny
)

// Position is a place in the text of a document. Line and Column count from 1,
// Column in bytes; Offset counts from 0.
type Position struct {
	Offset, Line, Column int
}

// Offset is a place in the text of a document, of which Document.Position gives
// line and column. It is 0 for an element that is not there: a document begins
// with a brace.
type Offset int32

// Document is a parsed policy. It is immutable after Parse: whoever holds one
// shares it.
type Document struct {
	Kind       Kind   // 0 after ParseShape
	Text       string // as it was written
	Version    Version
	ID         string
	Statements []Statement

	VersionAt, IDAt Offset // of the values
	StatementAt     Offset // of the key
}

// Position returns the line and column of a place in the text.
func (d *Document) Position(at Offset) Position { return positionIn(d.Text, int(at)) }

func positionIn(text string, offset int) Position {
	before := text[:offset]
	return Position{offset, 1 + strings.Count(before, "\n"), offset - strings.LastIndexByte(before, '\n')}
}

// Statement is one statement of a document.
type Statement struct {
	Sid        string
	Effect     Effect
	Principal  *Principals // nil when the statement has neither Principal nor NotPrincipal
	Action     Patterns
	Resource   *Patterns // nil when the statement has neither Resource nor NotResource
	Conditions []Condition
	Start, End Position // of the statement's braces in the text; End is behind the last byte

	SidAt, EffectAt       Offset // of the values
	PrincipalAt, ActionAt Offset // of the keys, of the Not forms too
	ResourceAt            Offset // likewise
	ConditionAt           Offset // of the key
}

// Patterns are the values of Action or Resource, or with Not of NotAction or
// NotResource.
type Patterns struct {
	Not    bool
	Values []Value
}

// Value is a string of the document and where it stands (its opening quote).
type Value struct {
	Text string
	Pos  Position
}

// Principals are the values of Principal, or with Not of NotPrincipal.
type Principals struct {
	Not    bool
	Values []Principal
}

// PrincipalType is the key under which a principal is named.
type PrincipalType uint8

// The types of principals. "*" by itself is AnyPrincipal; {"AWS":"*"} is
// AWSPrincipal with Value "*" and means the same in a resource-based policy.
const (
	AnyPrincipal PrincipalType = iota + 1
	AWSPrincipal
	ServicePrincipal
	FederatedPrincipal
	CanonicalUserPrincipal
)

// Principal is one named principal: an account id, an ARN, a service name, …
type Principal struct {
	Type  PrincipalType
	Value string
	Pos   Position
}

// Condition is one key of one operator of a Condition block: all conditions of
// a statement must hold, one of the values of each must match (for negated
// operators none may).
type Condition struct {
	Operator Operator
	Key      string // as written; keys are compared without regard to case
	KeyPos   Position
	Values   []Value // numbers and booleans as their JSON text
}

// Comparison is the comparison an operator makes, without its modifiers.
type Comparison uint8

// The comparisons of "IAM JSON policy elements: Condition operators". Negated
// forms are comparisons of their own. UnknownComparison never comes from Parse.
const (
	UnknownComparison Comparison = iota
	StringEquals
	StringNotEquals
	StringEqualsIgnoreCase
	StringNotEqualsIgnoreCase
	StringLike
	StringNotLike
	NumericEquals
	NumericNotEquals
	NumericLessThan
	NumericLessThanEquals
	NumericGreaterThan
	NumericGreaterThanEquals
	DateEquals
	DateNotEquals
	DateLessThan
	DateLessThanEquals
	DateGreaterThan
	DateGreaterThanEquals
	Bool
	BinaryEquals
	IPAddress
	NotIPAddress
	ARNEquals
	ARNLike
	ARNNotEquals
	ARNNotLike
	Null
)

// SetQualifier is the prefix of an operator for multivalued keys.
type SetQualifier uint8

// The set qualifiers; NoQualifier is an operator without a prefix.
const (
	NoQualifier SetQualifier = iota
	ForAllValues
	ForAnyValue
)

// Operator is a condition operator as written and as taken apart.
type Operator struct {
	Name       string // as written: "ForAnyValue:StringLikeIfExists"
	Pos        Position
	Comparison Comparison
	Qualifier  SetQualifier
	IfExists   bool
}
