package iam

import (
	"errors"
	"fmt"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// trust parses a role trust policy and resolves whom it names. resolve it
// again in the transaction: it is cheap when nothing has changed.
func (s *Service) trust(c *api.Call, text string) (*state.Document, error) {
	doc, err := state.ParseDocument(policy.Trust, text, s.schema)
	if err != nil {
		return nil, malformed(err)
	}
	if err := doc.Parsed().CheckTrust(); err != nil {
		return nil, malformed(err)
	}
	if err := s.quotas.fit(trustPolicySize, policy.Size(text)); err != nil {
		return nil, err
	}
	return resolve(c.Snapshot, doc)
}

// inlinePolicy parses an inline policy.
func (s *Service) inlinePolicy(c *api.Call, text string) (*state.Document, error) {
	doc, err := state.ParseDocument(policy.IdentityBased, text, s.schema)
	if err != nil {
		return nil, malformed(err)
	}
	return resolve(c.Snapshot, doc)
}

// managedPolicy parses a version of a managed policy.
func (s *Service) managedPolicy(c *api.Call, text string) (*state.Document, error) {
	parsed, err := policy.ParseManaged(text)
	if err != nil {
		return nil, malformed(err)
	}
	if err := s.quotas.fit(policySize, policy.Size(text)); err != nil {
		return nil, err
	}
	doc, err := state.NewDocument(parsed, s.schema)
	if err != nil {
		return nil, malformed(err)
	}
	return resolve(c.Snapshot, doc)
}

// resolve replaces the principals of a document by their unique ids, as they
// are in snap.
func resolve(snap *state.Snapshot, doc *state.Document) (*state.Document, error) {
	resolved, err := snap.Resolve(doc)
	if err != nil {
		return nil, malformed(err)
	}
	return resolved, nil
}

// malformed gives the reason in AWS's words.
func malformed(err error) error {
	var e *policy.Error
	if errors.As(err, &e) {
		return iamapi.MalformedPolicyDocument("%s", e.Text)
	}
	return err
}

// escapes are the forms of bytes that RFC 3986 does not leave as they are.
var escapes = func() (forms [256]string) {
	for c := range forms {
		forms[c] = fmt.Sprintf("%%%02X", c)
	}
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" {
		forms[c] = ""
	}
	return forms
}()

// encoded is a document as IAM answers it: URL-encoded, a space as %20.
func encoded(text string) string {
	size := len(text)
	for i := range len(text) {
		size += max(0, len(escapes[text[i]])-1)
	}
	var out strings.Builder
	out.Grow(size)
	done := 0 // what is before it has been written
	for i := range len(text) {
		if form := escapes[text[i]]; form != "" {
			out.WriteString(text[done:i])
			out.WriteString(form)
			done = i + 1
		}
	}
	out.WriteString(text[done:])
	return out.String()
}

// documents are the encoded documents of one answer. Equal documents of the
// state are one, and many roles trust alike.
type documents struct {
	snap *state.Snapshot
	done map[*state.Document]string
}

func newDocuments(snap *state.Snapshot) *documents {
	return &documents{snap, make(map[*state.Document]string)}
}

func (d *documents) encoded(doc *state.Document) string {
	text, ok := d.done[doc]
	if !ok {
		text = encoded(d.snap.Display(doc))
		d.done[doc] = text
	}
	return text
}
