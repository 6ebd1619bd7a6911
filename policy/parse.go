package policy

import "strings"

// MaxBytes bounds the text that Parse accepts. IAM's API takes documents of up to
// 131,072 characters, of at most two bytes each; quotas are far below.
const MaxBytes = 2 * 131072

// Parse takes the document text apart and checks it for its kind. The error, if
// any, is an *Error. Quotas, and whether what the document names exists, are the
// caller's affair.
//
// What a document may contain follows the grammar of the IAM User Guide:
// Statement, Action, Resource, the values of Principal and those of a condition
// are a single value or a list. A condition operator without keys is dropped.
func Parse(kind Kind, text string) (*Document, error) {
	return Use{Kind: kind}.Parse(text)
}

// ParseManaged is Parse for a customer managed policy, an identity-based policy
// that must be of version 2012-10-17.
func ParseManaged(text string) (*Document, error) {
	return Use{Kind: IdentityBased, Managed: true}.Parse(text)
}

// ParseShape takes a document apart without knowing its kind: it asks for
// well-formed JSON, the elements of the language with values of the right type,
// and what no kind does without, so that the Document says all that the text
// says. For tools that format or compare documents, or find out their kind;
// what it lets pass may be no policy at all.
func ParseShape(text string) (*Document, error) {
	p := newParser(text)
	if p.read() {
		p.checkShape()
	}
	if p.fault != nil {
		return nil, p.fault.err(Use{})
	}
	return p.doc, nil
}

func newParser(text string) *parser {
	return &parser{scanner: scanner{text: text, line: 1}, doc: &Document{Text: text}}
}

// parse reads and checks the document.
func (p *parser) parse() {
	if s := p.use.service(); s != nil && s.begins && !strings.HasPrefix(p.text, "{") {
		p.fail(p.pos(), LeadingSpace, "")
		return
	}
	if p.read() {
		p.check()
	}
}

// read reads the document. AWS reads the JSON to its end before it looks for
// elements, so a fault of the bytes comes before one of the shape.
func (p *parser) read() bool {
	if len(p.text) > MaxBytes {
		return p.fail(p.pos(), TooLarge, "")
	}
	if p.document() {
		return true
	}
	if !p.fault.code.json() {
		if f := wellFormed(p.text); f != nil {
			p.fault = f
		}
	}
	return false
}

// parser builds a Document from tokens. What depends on the kind of policy, or
// comes later in AWS's order, is left to check.
type parser struct {
	scanner
	use    Use
	doc    *Document
	drafts []draft // of each statement of doc

	// Values of all statements stand in these, one behind the other, so that a
	// document takes few allocations.
	values     []Value
	patterns   []Patterns
	principals []Principal
	conditions []Condition

	operators keySet
	condKeys  keySet
}

// draft is what check needs of a statement and a Statement does not keep: which
// elements it has, and what is wrong with it.
type draft struct {
	seen         element
	badPrincipal Offset // a key of Principal that is no type
	badOperator  Offset // a condition operator that does not exist
}

// element is an element of the document or a statement; a set of them is a sum.
type element uint16

const (
	elVersion element = 1 << iota
	elID
	elStatement
	elSid
	elEffect
	elPrincipal
	elNotPrincipal
	elAction
	elNotAction
	elResource
	elNotResource
	elCondition
)

// once notes that el was seen, and reports an element that stands twice or beside
// its other form.
func (p *parser) once(seen *element, el, other element, key string, pos Position) bool {
	if *seen&el != 0 {
		return p.fail(pos, DuplicateKey, key)
	}
	if *seen&other != 0 {
		return p.fail(pos, BothForms, strings.TrimPrefix(key, "Not"))
	}
	*seen |= el
	return true
}

// reserve makes room for what the text seems to hold. It is a guess: in policies
// that people write, one string in two is a key of a statement's Condition or
// the value of Action or Resource.
func (p *parser) reserve() {
	n := strings.Count(p.text, "Effect")
	p.doc.Statements = make([]Statement, 0, n)
	p.drafts = make([]draft, 0, n)
	p.patterns = make([]Patterns, 0, n)
	p.values = make([]Value, 0, strings.Count(p.text, `"`)/4)
	if c := strings.Count(p.text, "Condition"); c > 0 {
		p.conditions = make([]Condition, 0, 2*c)
	}
}

// document reads the whole text.
func (p *parser) document() bool {
	p.reserve()
	var seen element
	ok := p.object(func(key string, pos Position) bool { return p.topElement(&seen, key, pos) })
	if ok && p.next() != 0 {
		return p.unexpected()
	}
	if ok && seen&elStatement == 0 {
		return p.failAt(0, MissingStatement, "")
	}
	return ok
}

func (p *parser) topElement(seen *element, key string, pos Position) (ok bool) {
	switch key {
	case "Version":
		p.next()
		p.doc.VersionAt = Offset(p.off)
		var v string
		if ok = p.once(seen, elVersion, 0, key, pos); ok {
			v, ok = p.stringValue()
		}
		p.doc.Version = Version(v)
		return ok
	case "Id":
		p.next()
		p.doc.IDAt = Offset(p.off)
		if ok = p.once(seen, elID, 0, key, pos); ok {
			p.doc.ID, ok = p.stringValue()
		}
		return ok
	case "Statement":
		p.doc.StatementAt = Offset(pos.Offset)
		return p.once(seen, elStatement, 0, key, pos) && p.statements()
	}
	return p.fail(pos, UnknownKey, key)
}

// statements reads one statement or a list.
func (p *parser) statements() bool {
	if p.next() == '[' {
		return p.array(p.statement)
	}
	return p.statement()
}

// stringValue reads a string and nothing else.
func (p *parser) stringValue() (string, bool) {
	if p.next() != '"' {
		return "", p.wrongType("a string")
	}
	return p.str()
}
