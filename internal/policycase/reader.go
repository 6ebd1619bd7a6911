package policycase

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/edits"
	"github.com/writ-iam/writ/policy"
)

// Reader reads cases from lines of JSON. It is used by one goroutine at a time.
type Reader struct {
	// Accounts, if any, give the policies of principals whose cases have none.
	Accounts Accounts

	compiler compiler
	line     bytes.Reader
	tokens   *jsontext.Decoder
	document []byte // of the policy being read
	c        Case
	given    givenRequest
}

// givenRequest is what a case says of its request, before it is understood: keys
// come in any order.
type givenRequest struct {
	id        jsontext.Value // as written
	principal string
	issuer    string
	resource  jsontext.Value // the document
}

// Line reads the case that text, one JSON object, holds. It belongs to the
// Reader and is good until the next call. The error says what is wrong in words
// for the person who wrote the case; ID tells its id all the same, if it was
// read before the fault.
func (r *Reader) Line(text []byte) (*Case, error) {
	r.reset(text)
	if err := r.object("the case", r.member); err != nil {
		return nil, jsonError(err)
	}
	if _, err := r.tokens.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the case: one object stands on a line")
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	return &r.c, nil
}

// ID is the id of the last line as JSON, nil when none was read.
func (r *Reader) ID() []byte { return r.given.id }

// idText is the id, "" when none was read. A number is its text.
func (r *Reader) idText() string {
	switch id := r.given.id; {
	case len(id) == 0 || id.Kind() == 'n':
		return ""
	case id.Kind() == '"':
		text, _ := jsontext.AppendUnquote(nil, id) // it was read as a string
		return string(text)
	default:
		return string(id)
	}
}

func (r *Reader) reset(text []byte) {
	r.c.context.Reset()
	r.c = Case{context: r.c.context, own: r.c.own}
	r.given = givenRequest{id: r.given.id[:0], resource: r.given.resource[:0]}
	r.line.Reset(text)
	if r.tokens == nil {
		r.tokens = jsontext.NewDecoder(&r.line)
		return
	}
	r.tokens.Reset(&r.line)
}

// jsonError words what the JSON decoder says.
func jsonError(err error) error {
	var e *jsontext.SyntacticError
	if errors.As(err, &e) {
		where := ""
		if e.JSONPointer != "" {
			where = " in " + string(e.JSONPointer)
		}
		return fmt.Errorf("not valid JSON at byte %d%s: %w", e.ByteOffset, where, e.Err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("not valid JSON: it ends too early")
	}
	return err
}

// member reads a member of the case. Those with names of others' own are passed
// over, but not those that look like ours.
func (r *Reader) member(key string) error {
	switch key {
	case "id":
		id, err := r.tokens.ReadValue()
		if err != nil {
			return err
		}
		if k := id.Kind(); k != '"' && k != '0' && k != 'n' {
			return errors.New("id must be a string")
		}
		r.given.id = append(r.given.id[:0], id...)
		return nil
	case "want":
		want, err := r.str("want")
		r.c.Want = want
		return err
	case "request":
		return r.object("request", r.requestMember)
	case "policies":
		if r.tokens.PeekKind() == 'n' {
			return r.tokens.SkipValue()
		}
		return r.object("policies", r.policiesMember)
	}
	for _, known := range []string{"id", "request", "policies", "want"} {
		if near(key, known) || known == "policies" && near(key, "policy") {
			return fmt.Errorf("unknown key %q: is %q meant?", key, known)
		}
	}
	return r.tokens.SkipValue()
}

// near reports whether key is known but for letters' case and a letter or two.
func near(key, known string) bool {
	const most = 2
	return edits.Distance(strings.ToLower(key), known, most+1) <= min(most, len(known)/3)
}

func (r *Reader) requestMember(key string) (err error) {
	q := &r.c.Request
	switch key {
	case "principal":
		r.given.principal, err = r.str("principal")
	case "action":
		q.Action, err = r.str("action")
	case "resource":
		q.Resource, err = r.optional("resource")
	case "resourceAccount":
		q.ResourceAccount, err = r.optional("resourceAccount")
	case "issuer":
		r.given.issuer, err = r.optional("issuer")
	case "managementAccount":
		if r.tokens.PeekKind() == 'n' {
			return r.tokens.SkipValue()
		}
		q.Principal.Management, err = r.boolean("managementAccount")
	case "context":
		if r.tokens.PeekKind() == 'n' {
			return r.tokens.SkipValue()
		}
		err = r.object("context", r.contextMember)
	default:
		err = fmt.Errorf("unknown key %q in request: it has principal, action, resource, resourceAccount, context, issuer and managementAccount", key)
	}
	return err
}

// contextMember reads the values of a condition key: a list, or one value.
func (r *Reader) contextMember(key string) error {
	if _, twice := r.c.context.Get(key); twice {
		return fmt.Errorf("the condition key %q stands twice: case does not tell keys apart", key)
	}
	if r.tokens.PeekKind() == 'n' {
		return r.tokens.SkipValue()
	}
	var few [4]string
	values := few[:0]
	err := r.list("the values of "+key, func() error {
		v, err := r.scalar(key)
		values = append(values, v)
		return err
	})
	r.c.context.Set(key, values...)
	return err
}

func (r *Reader) policiesMember(key string) (err error) {
	at, l := inLines(key), &r.c.Layers
	switch {
	case at == nil:
		return fmt.Errorf("unknown key %q in policies: it has %s", key,
			layerNames(func(at *caseLayer) string { return layerName(at.layer) }))
	case r.tokens.PeekKind() == 'n': // the layer takes no part
		return r.tokens.SkipValue()
	case at.list != nil:
		*at.list(l), err = r.layer(key, at.kind)
	case at.levels != nil:
		*at.levels(l), err = r.levels(key, at.kind)
	default: // the resource's: the action, which may come later, tells its kind
		var doc jsontext.Value
		doc, err = r.tokens.ReadValue()
		r.given.resource = append(r.given.resource[:0], doc...)
	}
	return err
}

// layer reads a list of policies. It is not nil, even when it is empty.
func (r *Reader) layer(name string, kind policy.Kind) ([]*engine.Policy, error) {
	list := []*engine.Policy{}
	if r.tokens.PeekKind() != '[' {
		return nil, fmt.Errorf("%s must be a list of {\"name\", \"document\"}", name)
	}
	err := r.list(name, func() error {
		p, err := r.policy(name, len(list), kind)
		list = append(list, p)
		return err
	})
	return list, err
}

// levels reads a list of levels, each a list of policies.
func (r *Reader) levels(name string, kind policy.Kind) ([][]*engine.Policy, error) {
	list := [][]*engine.Policy{}
	if r.tokens.PeekKind() != '[' {
		return nil, fmt.Errorf("%s must be a list of levels", name)
	}
	err := r.list(name, func() error {
		level, err := r.layer("each level of "+name, kind)
		list = append(list, level)
		return err
	})
	return list, err
}

// policy reads {"name", "document"}. A document may stand in a string, as some of
// AWS's answers have it.
func (r *Reader) policy(layer string, place int, kind policy.Kind) (*engine.Policy, error) {
	name, hasName := "", false
	document := r.document[:0]
	err := r.object("a policy of "+layer, func(key string) (err error) {
		switch key {
		case "name":
			name, err = r.str("name")
			hasName = true
		case "document":
			var v jsontext.Value
			v, err = r.tokens.ReadValue()
			document = append(document[:0], v...)
		default:
			err = fmt.Errorf("unknown key %q in a policy of %s: it has name and document", key, layer)
		}
		return err
	})
	r.document = document
	if err != nil {
		return nil, err
	}
	if !hasName {
		name = fmt.Sprintf("%s[%d]", layer, place)
	}
	if len(document) == 0 {
		return nil, fmt.Errorf("policy %s has no document", name)
	}
	return r.compile(kind, name, document)
}

func (r *Reader) compile(kind policy.Kind, name string, document jsontext.Value) (*engine.Policy, error) {
	if document.Kind() == '"' {
		text, err := jsontext.AppendUnquote(nil, document)
		if err != nil {
			return nil, err
		}
		document = text
	}
	return r.compiler.compile(kind, name, document)
}

// finish makes a case of what was read.
func (r *Reader) finish() error {
	c, q := &r.c, &r.c.Request
	switch {
	case r.given.principal == "":
		return errors.New("the request has no principal")
	case q.Action == "":
		return errors.New("the request has no action")
	case q.ResourceAccount != "" && !arn.IsAccount(q.ResourceAccount):
		return fmt.Errorf("resourceAccount %q is not twelve digits", q.ResourceAccount)
	}
	c.ID = r.idText()
	if err := c.ask(r.given.principal, r.given.issuer); err != nil {
		return err
	}
	if len(r.given.resource) > 0 {
		p, err := r.compile(ofResource(c.Layers.Trust).kind, "resource", r.given.resource)
		if err != nil {
			return err
		}
		c.Layers.Resource = p
	}
	return c.finish(r.Accounts)
}
