package federation

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds of a document, far above those of any in use.
const (
	maxDocument   = 10_000_000 // bytes, as IAM's model has it
	maxDepth      = 64
	maxElements   = 20_000
	maxAttributes = 64  // of an element
	maxBindings   = 128 // of prefixes, in scope together
)

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// element is an element of a document. Names have namespaces where they had
// prefixes.
type element struct {
	name     xml.Name
	attrs    []xml.Attr // without declarations of namespaces
	children []*element
	text     []byte   // its own
	comment  bool     // one stands in it
	tag      xml.Name // as it is written: a prefix and a name
	bindings int      // of prefixes in scope around it
}

// attr returns an attribute without a namespace.
func (e *element) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// named returns the children of a name.
func (e *element) named(space, local string) []*element {
	var found []*element
	for _, c := range e.children {
		if c.name == (xml.Name{Space: space, Local: local}) {
			found = append(found, c)
		}
	}
	return found
}

// parseDocument reads a document that has elements, text and comments alone.
// Declarations (DTDs, and with them entities) and processing instructions are
// errors; so is what "Namespaces in XML 1.0" forbids, an attribute that an
// element has twice, and an ID that two elements have.
func parseDocument(text string) (*element, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("more than %d bytes", maxDocument)
	}
	p := &parser{decoder: xml.NewDecoder(strings.NewReader(text)), ids: make(map[string]bool)}
	for {
		start := p.decoder.InputOffset()
		token, err := p.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = p.take(token, start)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(p.open) > 0 {
		return nil, fmt.Errorf("the element %s does not end", p.open[len(p.open)-1].name.Local)
	}
	if p.root == nil {
		return nil, errors.New("no element")
	}
	return p.root, nil
}

// parser builds the tree of a document. The decoder splits it into tokens and
// does no more: names are resolved and tags are matched here.
type parser struct {
	decoder  *xml.Decoder
	root     *element
	open     []*element
	bindings []binding // in scope, the innermost last
	ids      map[string]bool
	elements int
}

// binding is a prefix, "" for the default, and the namespace it stands for.
type binding struct{ prefix, space string }

// take takes a token that stands at an offset.
func (p *parser) take(token xml.Token, at int64) error {
	switch t := token.(type) {
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		return p.end(t)
	case xml.CharData:
		if len(p.open) > 0 {
			e := p.open[len(p.open)-1]
			e.text = append(e.text, t...)
		} else if strings.Trim(string(t), " \t\r\n") != "" {
			return errors.New("text outside the root element")
		}
	case xml.Comment:
		if len(p.open) > 0 {
			p.open[len(p.open)-1].comment = true
		}
	case xml.ProcInst:
		if t.Target != "xml" || at != 0 {
			return errors.New("a processing instruction")
		}
	case xml.Directive:
		return errors.New("a declaration, as of a DTD")
	}
	return nil
}

func (p *parser) start(t xml.StartElement) error {
	if p.elements++; p.elements > maxElements {
		return fmt.Errorf("more than %d elements", maxElements)
	}
	if len(p.open) == maxDepth {
		return fmt.Errorf("elements more than %d deep", maxDepth)
	}
	if len(t.Attr) > maxAttributes {
		return fmt.Errorf("an element with more than %d attributes", maxAttributes)
	}
	e := &element{tag: t.Name, bindings: len(p.bindings)}
	if err := p.bind(t.Attr); err != nil {
		return err
	}
	var err error
	if e.name, err = p.resolve(t.Name, true); err != nil {
		return err
	}
	if e.attrs, err = p.attributes(t.Attr); err != nil {
		return err
	}
	switch {
	case len(p.open) > 0:
		up := p.open[len(p.open)-1]
		up.children = append(up.children, e)
	case p.root == nil:
		p.root = e
	default:
		return errors.New("two root elements")
	}
	p.open = append(p.open, e)
	return nil
}

func (p *parser) end(t xml.EndElement) error {
	last := len(p.open) - 1
	if last < 0 || p.open[last].tag != t.Name {
		return fmt.Errorf("an end tag of %s that nothing began", t.Name.Local)
	}
	p.bindings = p.bindings[:p.open[last].bindings]
	p.open = p.open[:last]
	return nil
}

// bind takes in the declarations among the attributes of an element.
func (p *parser) bind(attrs []xml.Attr) error {
	for _, a := range attrs {
		b := binding{space: a.Value}
		switch {
		case a.Name.Space == "xmlns":
			b.prefix = a.Name.Local
		case a.Name.Space != "" || a.Name.Local != "xmlns":
			continue
		}
		reserved := b.space == xmlNamespace || b.space == xmlnsNamespace
		if b.prefix == "xml" && b.space == xmlNamespace {
			continue
		}
		if reserved || b.prefix == "xml" || b.prefix == "xmlns" || b.prefix != "" && b.space == "" {
			return fmt.Errorf("the prefix %q must not stand for %q", b.prefix, b.space)
		}
		if p.bindings = append(p.bindings, b); len(p.bindings) > maxBindings {
			return fmt.Errorf("more than %d prefixes", maxBindings)
		}
	}
	return nil
}

// resolve gives a name its namespace. The default one is for elements.
func (p *parser) resolve(name xml.Name, isElement bool) (xml.Name, error) {
	prefix := name.Space
	if strings.Contains(name.Local, ":") || prefix == "xmlns" {
		return name, fmt.Errorf("the name %q", name.Local)
	}
	switch {
	case prefix == "" && !isElement:
		return name, nil
	case prefix == "xml":
		return xml.Name{Space: xmlNamespace, Local: name.Local}, nil
	}
	for _, b := range slices.Backward(p.bindings) {
		if b.prefix == prefix {
			return xml.Name{Space: b.space, Local: name.Local}, nil
		}
	}
	if prefix != "" {
		return name, fmt.Errorf("the prefix %q is not declared", prefix)
	}
	return name, nil
}

// attributes resolves the attributes of an element, and leaves out what
// declares namespaces.
func (p *parser) attributes(raw []xml.Attr) ([]xml.Attr, error) {
	var attrs []xml.Attr
	seen := make(map[xml.Name]bool, len(raw))
	for _, a := range raw {
		name := a.Name
		declares := name.Space == "xmlns" || name.Space == "" && name.Local == "xmlns"
		if !declares {
			var err error
			if name, err = p.resolve(name, false); err != nil {
				return nil, err
			}
		}
		if seen[name] {
			return nil, fmt.Errorf("the attribute %s twice", name.Local)
		}
		seen[name] = true
		if declares {
			continue
		}
		if name == (xml.Name{Local: "ID"}) || name == (xml.Name{Space: xmlNamespace, Local: "id"}) {
			if p.ids[a.Value] {
				return nil, fmt.Errorf("the ID %q twice", a.Value)
			}
			p.ids[a.Value] = true
		}
		attrs = append(attrs, xml.Attr{Name: name, Value: a.Value})
	}
	return attrs, nil
}
