package state

import (
	"maps"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// UnknownPrincipalError says that a document names a principal of an account
// that is held here, and that does not exist.
type UnknownPrincipalError struct {
	Kind      policy.Kind
	Principal policy.Principal
}

func (e *UnknownPrincipalError) Error() string {
	return "state: no such principal: " + e.Principal.Value
}

// Unwrap gives AWS's words for it, a *policy.Error.
func (e *UnknownPrincipalError) Unwrap() error { return policy.UnknownPrincipal(e.Kind, e.Principal) }

// Resolve replaces the principals that a document names by the unique ids they
// have now: a principal made anew under an old name is another principal. It
// returns doc itself when nothing changes by it, so that a document resolved
// on a snapshot costs little when it is resolved again in the transaction. The
// error is an *UnknownPrincipalError.
//
// Principals of accounts that are not held here stay text. So do those that
// have no unique id: accounts, federated users, identity providers, services.
func (s *Snapshot) Resolve(doc *Document) (*Document, error) { return s.resolveDocument(doc, false) }

// ResolveStored is Resolve for a document that was stored elsewhere: a unique id
// that nobody has is that of a principal which is gone, and stays.
func (s *Snapshot) ResolveStored(doc *Document) (*Document, error) {
	return s.resolveDocument(doc, true)
}

func (s *Snapshot) resolveDocument(doc *Document, stored bool) (*Document, error) {
	var ids map[string]string
	if namesPrincipals(doc.Kind) {
		var err error
		if ids, err = s.resolveAll(doc, stored); err != nil {
			return nil, err
		}
	}
	if doc.ready() && maps.Equal(ids, doc.Principals) {
		return doc, nil
	}
	resolved := &Document{Kind: doc.Kind, Text: doc.Text, Principals: ids, schema: s.env.schema}
	if known := s.env.docs.find(resolved); known != nil {
		return known, nil
	}
	if err := resolved.compile(doc.Parsed()); err != nil {
		return nil, err
	}
	return s.env.docs.share(resolved), nil
}

func (s *Snapshot) resolveAll(doc *Document, stored bool) (map[string]string, error) {
	var ids map[string]string
	for _, p := range doc.Parsed().AWSPrincipals() {
		id, local := s.resolve(p.Value)
		if !local {
			continue
		}
		if id == "" && stored && !strings.HasPrefix(p.Value, "arn:") {
			id = p.Value
		}
		if id == "" {
			return nil, &UnknownPrincipalError{doc.Kind, p}
		}
		if ids == nil {
			ids = make(map[string]string)
		}
		ids[p.Value] = id
	}
	return ids, nil
}

// resolve returns the unique id that a principal stands for, "" for one that
// should be here and is not. It is not local when it stays text.
func (s *Snapshot) resolve(principal string) (id string, local bool) {
	if !strings.HasPrefix(principal, "arn:") {
		if arn.IsAccount(principal) {
			return "", false
		}
		if e, ok := s.Entity(principal); ok {
			return e.UniqueID(), true
		}
		return "", true // a unique id that nobody has
	}
	a, err := arn.Parse(principal)
	if err != nil || a.Partition != arn.Default {
		return "", false
	}
	if _, held := s.Account(a.Account); !held {
		return "", false
	}
	switch a.Service + ":" + a.Type() {
	case "iam:user":
		if u, ok := s.User(a.Account, lastSegment(a.Resource)); ok && u.ARN() == principal {
			return u.ID, true
		}
	case "iam:role":
		if r, ok := s.Role(a.Account, lastSegment(a.Resource)); ok && r.ARN() == principal {
			return r.ID, true
		}
	case "sts:assumed-role":
		_, rest, _ := strings.Cut(a.Resource, "/")
		name, session, _ := strings.Cut(rest, "/")
		if r, ok := s.Role(a.Account, name); ok && r.Name == name && session != "" {
			return r.ID + ":" + session, true
		}
	default:
		return "", false
	}
	return "", true
}

func lastSegment(resource string) string { return resource[strings.LastIndexByte(resource, '/')+1:] }

// present is the ARN that a resolved id has now, or the id itself when its
// holder is gone.
func (s *Snapshot) present(resolved string) string {
	id, session, isSession := strings.Cut(resolved, ":")
	e, ok := s.Entity(id)
	if !ok {
		return resolved
	}
	if r, isRole := e.(*Role); isRole && isSession {
		return arn.AssumedRole(r.Account, r.Name, session)
	}
	return e.ARN()
}

// Display returns the text of a document with the present ARN of each
// principal that was resolved, or with its unique id when its holder is gone.
func (s *Snapshot) Display(doc *Document) string {
	if len(doc.Principals) == 0 {
		return doc.Text
	}
	var out strings.Builder
	done := 0
	for _, statement := range doc.Parsed().Statements {
		who := statement.Principal
		if who == nil {
			continue
		}
		for _, p := range who.Values {
			id, ok := doc.Principals[p.Value]
			if !ok || p.Type != policy.AWSPrincipal {
				continue
			}
			out.WriteString(doc.Text[done:p.Pos.Offset])
			out.WriteString(`"` + s.present(id) + `"`) // neither ARNs nor ids need escapes
			done = p.Pos.Offset + literalLen(doc.Text[p.Pos.Offset:])
		}
	}
	return out.String() + doc.Text[done:]
}

// literalLen is the length of the JSON string that text begins with.
func literalLen(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
