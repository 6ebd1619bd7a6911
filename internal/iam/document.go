package iam

import (
	"errors"

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

// unreserved are the bytes that RFC 3986 leaves as they are.
var unreserved = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		set[c] = true
	}
	return set
}()

// encoded is a document as IAM answers it: URL-encoded after RFC 3986, a space
// as %20.
func encoded(text string) string {
	const digits = "0123456789ABCDEF"
	escapes := 0
	for i := range len(text) {
		if !unreserved[text[i]] {
			escapes++
		}
	}
	out := make([]byte, 0, len(text)+2*escapes)
	for i := range len(text) {
		if c := text[i]; unreserved[c] {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}
