package state

import (
	"maps"
	"sync/atomic"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Document is a policy as it is stored: its text, and what is made of it when
// somebody first asks. It is immutable, and equal documents are one where they
// can be.
type Document struct {
	Kind policy.Kind `cbor:"1,keyasint"`
	Text string      `cbor:"2,keyasint"` // as it was written; Display shows present ARNs

	// Principals are the unique ids that the principals of held accounts had
	// when the document was stored, by the text that names them; the id of a
	// role session is followed by ":" and the session's name. Accounts, foreign
	// principals and services are not among them. It is nil before Resolve, and
	// for kinds of policies that name no principals.
	Principals map[string]string `cbor:"3,keyasint,omitempty"`

	schema engine.Schema
	stored bool // it came out of the store: it is compiled when first asked for
	made   atomic.Pointer[made]
}

// made is what becomes of a text. The policy is nil only between ParseDocument
// and Resolve.
type made struct {
	parsed *policy.Document
	policy *engine.Policy
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
	doc := &Document{Kind: parsed.Kind, Text: parsed.Text, schema: schema}
	if len(parsed.AWSPrincipals()) > 0 {
		doc.made.Store(&made{parsed: parsed})
		return doc, nil
	}
	return doc, doc.compile(parsed)
}

// Parsed returns the statements of the document. Of a stored text that cannot
// be read any more it has none.
func (d *Document) Parsed() *policy.Document { return d.use().parsed }

// Policy returns the compiled document, nil between ParseDocument and Resolve.
// Of a stored document that no longer compiles it is one that denies
// everything.
func (d *Document) Policy() *engine.Policy { return d.use().policy }

func (d *Document) use() *made {
	if m := d.made.Load(); m != nil {
		return m
	}
	parsed, err := policy.Parse(d.Kind, d.Text)
	if err != nil {
		parsed = &policy.Document{Kind: d.Kind, Text: d.Text}
	} else {
		err = d.compile(parsed)
	}
	if err != nil {
		d.made.CompareAndSwap(nil, &made{parsed, engine.Unreadable("", d.Kind)})
	}
	return d.made.Load()
}

// compile sets what the document became; the first to do so wins.
func (d *Document) compile(parsed *policy.Document) error {
	p, err := engine.Compile(parsed, engine.CompileOptions{Schema: d.schema, Principals: d.resolved()})
	if err == nil {
		d.made.CompareAndSwap(nil, &made{parsed, p})
	}
	return err
}

// ready reports whether the document can be stored: its principals are
// resolved.
func (d *Document) ready() bool { return d.stored || d.Policy() != nil }

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
