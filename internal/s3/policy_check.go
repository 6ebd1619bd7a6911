package s3

import (
	"errors"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// maxPolicy is the size of a bucket policy. See "Policies and permissions in
// Amazon S3".
const maxPolicy = 20 << 10

// parsePolicy parses a bucket policy and holds it against the rules that S3 has
// beyond the grammar.
func (s *Service) parsePolicy(text, bucket string) (*state.Document, error) {
	if len(text) > maxPolicy {
		return nil, malformedPolicy("Policy exceeds the maximum allowed document size.")
	}
	if !strings.HasPrefix(text, "{") {
		return nil, malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
	}
	doc, err := state.ParseDocument(policy.ResourceBased, text, s.schema)
	var bad *policy.Error
	switch {
	case errors.As(err, &bad):
		return nil, malformedPolicy(bad.Text)
	case err != nil:
		return nil, err
	}
	for i := range doc.Parsed().Statements {
		if err := s.checkStatement(&doc.Parsed().Statements[i], bucket); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// resolve replaces the principals of a policy by their unique ids.
func resolve(snap *state.Snapshot, doc *state.Document) (*state.Document, error) {
	resolved, err := snap.Resolve(doc)
	var unknown *state.UnknownPrincipalError
	if errors.As(err, &unknown) {
		e := malformedPolicy("Invalid principal in policy")
		e.Detail = []shape.Detail{{Name: "Detail", Value: `"AWS" : "` + unknown.Principal.Value + `"`}}
		return nil, e
	}
	return resolved, err
}

func (s *Service) checkStatement(st *policy.Statement, bucket string) error {
	if st.Principal == nil {
		return malformedPolicy("Missing required field Principal")
	}
	if st.Resource == nil {
		return malformedPolicy("Missing required field Resource")
	}
	var on reach
	for _, v := range st.Resource.Values {
		r, ok := reachOf(v.Text, bucket)
		if !ok {
			return malformedPolicy("Policy has invalid resource")
		}
		on.bucket = on.bucket || r.bucket
		on.objects = on.objects || r.objects
	}
	if s.actions == nil {
		return nil
	}
	for _, v := range st.Action.Values {
		acts, known := s.actsOn(v.Text)
		if !known {
			return malformedPolicy("Policy has invalid action")
		}
		if !(acts.bucket && on.bucket || acts.objects && on.objects) && !st.Action.Not && !st.Resource.Not {
			return malformedPolicy("Action does not apply to any resource(s) in statement")
		}
	}
	return nil
}

// reach says what resources or actions speak of: the bucket, or objects in it.
type reach struct{ bucket, objects bool }

// reachOf reports what a resource of a bucket's policy reaches. It must name
// that bucket in full.
func reachOf(resource, bucket string) (reach, bool) {
	rest, ok := strings.CutPrefix(resource, arn.Bucket(bucket))
	switch {
	case !ok:
		return reach{}, false
	case rest == "":
		return reach{bucket: true}, true
	case rest[0] == '/':
		return reach{objects: true}, true
	case rest[0] == '*':
		return reach{bucket: true, objects: true}, true
	}
	return reach{}, false
}

// actsOn returns what the actions that a pattern matches act on. It is false
// where none matches.
func (s *Service) actsOn(pattern string) (r reach, known bool) {
	if pattern == "*" {
		return reach{true, true}, true
	}
	prefix, name, _ := strings.Cut(pattern, ":")
	if !strings.EqualFold(prefix, "s3") {
		return reach{}, false
	}
	name = strings.ToLower(name)
	for _, a := range s.actions {
		if arn.Glob(name, strings.ToLower(a.Name)) {
			known = true
			r.bucket = r.bucket || a.Bucket
			r.objects = r.objects || a.Object
		}
	}
	return r, known
}

func malformedPolicy(text string) *shape.Error { return bad("MalformedPolicy", "%s", text) }
