package state

import (
	"maps"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Document is a policy as it is stored: its text, and what was made of it.
// It is immutable, and equal documents are one where they can be.
type Document struct {
	Kind policy.Kind `cbor:"1,keyasint"`
	Text string      `cbor:"2,keyasint"` // as it was written; Display shows present ARNs

	// Principals are the unique ids that the principals of held accounts had
	// when the document was stored, by the text that names them; the id of a
	// role session is followed by ":" and the session's name. Accounts, foreign
	// principals and services are not among them. It is nil before Resolve, and
	// for kinds of policies that name no principals.
	Principals map[string]string `cbor:"3,keyasint,omitempty"`

	Parsed *policy.Document `cbor:"-"`

	// Policy is nil only between ParseDocument and Resolve. Of a stored
	// document that no longer compiles it is one that denies everything.
	Policy *engine.Policy `cbor:"-"`
}

// ParseDocument parses a policy. It compiles it too unless it names principals
// that must be resolved first; pass every document through Resolve. The error
// is a *policy.Error. Call it outside Update.
func ParseDocument(kind policy.Kind, text string, schema engine.Schema) (*Document, error) {
	parsed, err := policy.Parse(kind, text)
	if err != nil {
		return nil, err
	}
	return NewDocument(parsed, schema)
}

// NewDocument is ParseDocument for a document that is parsed already.
func NewDocument(parsed *policy.Document, schema engine.Schema) (*Document, error) {
	doc := &Document{Kind: parsed.Kind, Text: parsed.Text, Parsed: parsed}
	if len(parsed.AWSPrincipals()) > 0 {
		return doc, nil
	}
	return doc.compile(schema)
}

// compile sets the compiled policy of a document that nobody shares yet.
func (d *Document) compile(schema engine.Schema) (*Document, error) {
	p, err := engine.Compile(d.Parsed, engine.CompileOptions{Schema: schema, Principals: d.resolved()})
	if err != nil {
		return nil, err
	}
	d.Policy = p
	return d, nil
}

// resolved is the mapping for the engine: not nil where the kind of policy
// names principals, so that one that was not resolved matches nobody.
func (d *Document) resolved() map[string]string {
	if d.Principals == nil && namesPrincipals(d.Kind) {
		return map[string]string{}
	}
	return d.Principals
}

// namesPrincipals reports whether policies of a kind have principals to be
// resolved. Those of endpoints and RCPs name everybody.
func namesPrincipals(k policy.Kind) bool {
	return k == policy.Trust || k == policy.ResourceBased
}

// equal reports whether the two say the same of the same principals.
func (d *Document) equal(other *Document) bool {
	return d.Kind == other.Kind && d.Text == other.Text && maps.Equal(d.Principals, other.Principals)
}
