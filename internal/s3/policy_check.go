package s3

import (
	"errors"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// parsePolicy parses a bucket policy and holds it against the rules that S3 has
// beyond the grammar.
func (s *Service) parsePolicy(text, bucket string) (*state.Document, error) {
	if len(text) > policy.BucketQuota {
		return nil, malformedPolicy("Policy exceeds the maximum allowed document size.")
	}
	parsed, err := policy.Use{Kind: policy.ResourceBased, Service: "s3"}.Parse(text)
	if err != nil {
		return nil, malformed(err)
	}
	var actions policy.BucketActions
	if s.actions != nil {
		actions = s.actsOn
	}
	if e := parsed.CheckBucket(arn.Bucket(bucket), actions); e != nil {
		return nil, malformed(e)
	}
	return state.NewDocument(parsed, s.schema)
}

// malformed gives the reason in AWS's words.
func malformed(err error) error {
	var e *policy.Error
	if errors.As(err, &e) {
		return malformedPolicy(e.Text)
	}
	return err
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

// actsOn returns what the actions that a pattern matches act on, and whether
// there is any.
func (s *Service) actsOn(pattern string) (bucket, objects, known bool) {
	if pattern == "*" {
		return true, true, true
	}
	prefix, name, _ := strings.Cut(pattern, ":")
	if !strings.EqualFold(prefix, "s3") {
		return false, false, false
	}
	name = strings.ToLower(name)
	for _, a := range s.actions {
		if arn.Glob(name, strings.ToLower(a.Name)) {
			known = true
			bucket = bucket || a.Bucket
			objects = objects || a.Object
		}
	}
	return bucket, objects, known
}

func malformedPolicy(text string) *shape.Error { return bad("MalformedPolicy", "%s", text) }
