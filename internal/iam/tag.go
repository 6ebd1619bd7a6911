package iam

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// tagging are tags to be set on an entity.
type tagging struct {
	of   *noun
	name string
	tags []iamapi.Tag
}

// untagging are keys of tags to be removed from an entity.
type untagging struct {
	of   *noun
	name string
	keys []string
}

func tagsEntity(c *api.Call, in tagging) []api.Check {
	check := lists(c, list{of: in.of, name: in.name})[0]
	check.Context = requestTags(in.tags)
	return only(check)
}

// tag sets tags. A tag whose key is there already, for users and roles in
// whatever case, is replaced.
func (s *Service) tag(c *api.Call, in tagging) (change, error) {
	add, err := newTags(in.of, in.tags)
	if err != nil {
		return nil, err
	}
	return func(tx *state.Tx) error {
		h, err := in.of.get(tx.Snapshot, c.Account, in.name)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(*h.tags), func(old state.Tag) bool {
			return slices.ContainsFunc(add, func(t state.Tag) bool { return in.of.sameKey(t.Key, old.Key) })
		})
		tags := append(kept, add...)
		if len(tags) > s.quotas[in.of.tags] {
			return iamapi.LimitExceeded(tooManyTags)
		}
		sortTags(tags)
		*h.tags = tags
		h.put(tx)
		return nil
	}, nil
}

func untagsEntity(c *api.Call, in untagging) []api.Check {
	check := lists(c, list{of: in.of, name: in.name})[0]
	return only(with(check, "aws:TagKeys", in.keys...))
}

// untag removes tags; keys that are not there do not matter.
func untag(c *api.Call, in untagging) (change, error) {
	return func(tx *state.Tx) error {
		h, err := in.of.get(tx.Snapshot, c.Account, in.name)
		if err != nil {
			return err
		}
		*h.tags = slices.DeleteFunc(slices.Clone(*h.tags), func(t state.Tag) bool {
			return slices.ContainsFunc(in.keys, func(k string) bool { return in.of.sameKey(t.Key, k) })
		})
		h.put(tx)
		return nil
	}, nil
}

type entityTags interface {
	iamapi.ListUserTagsOutput | iamapi.ListRoleTagsOutput | iamapi.ListPolicyTagsOutput | iamapi.ListInstanceProfileTagsOutput |
		iamapi.ListServerCertificateTagsOutput | iamapi.ListOpenIDConnectProviderTagsOutput | iamapi.ListSAMLProviderTagsOutput |
		iamapi.ListMFADeviceTagsOutput
}

func listTags[Out entityTags](s *Service) func(*api.Call, list) (*Out, error) {
	return func(c *api.Call, in list) (*Out, error) {
		h, p, err := s.open(c, in)
		if err != nil {
			return nil, err
		}
		out := iamapi.ListUserTagsOutput{Tags: tagShapes(fillFrom(p, *h.tags, tagPosition))}
		out.IsTruncated, out.Marker = p.end()
		answer := Out(out)
		return &answer, nil
	}
}

// newTags checks the tags of a request and returns them as they are kept.
func newTags(n *noun, tags []iamapi.Tag) ([]state.Tag, error) {
	for _, t := range tags {
		if len(t.Key) >= 4 && strings.EqualFold(t.Key[:4], "aws:") {
			return nil, iamapi.InvalidInput(reservedTag)
		}
	}
	return keptTags(n, tags)
}

// keptTags are tags as they are kept. Those of AWS may be among them.
func keptTags(n *noun, tags []iamapi.Tag) ([]state.Tag, error) {
	var kept []state.Tag
	for _, t := range tags {
		if slices.ContainsFunc(kept, func(k state.Tag) bool { return n.sameKey(k.Key, t.Key) }) {
			if n.foldTags {
				return nil, iamapi.InvalidInput(duplicateFolded)
			}
			return nil, iamapi.InvalidInput(duplicateTags)
		}
		kept = append(kept, state.Tag(t))
	}
	sortTags(kept)
	return kept, nil
}

// sameKey reports whether two keys of tags are one. See "Tagging IAM
// resources" in the IAM User Guide: those of users and roles are not
// case-sensitive, those of others are.
func (n *noun) sameKey(a, b string) bool {
	return a == b || n.foldTags && engine.SameKey(a, b)
}

func sortTags(tags []state.Tag) {
	slices.SortFunc(tags, func(a, b state.Tag) int { return cmp.Compare(tagPosition(a), tagPosition(b)) })
}

// longKey is how much of a key a position holds as it is: a key may have 512
// bytes, a marker only 320.
const longKey = 160

// tagPosition is the key of a tag, or of a long key its beginning and its
// digest.
func tagPosition(t state.Tag) string {
	if len(t.Key) <= longKey {
		return t.Key
	}
	sum := sha256.Sum256([]byte(t.Key))
	return t.Key[:longKey] + hex.EncodeToString(sum[:16])
}

func tagUser(in *iamapi.TagUserInput) tagging { return tagging{users, in.UserName, in.Tags} }

func tagRole(in *iamapi.TagRoleInput) tagging { return tagging{roles, in.RoleName, in.Tags} }

func tagPolicy(in *iamapi.TagPolicyInput) tagging { return tagging{policies, in.PolicyArn, in.Tags} }

func tagInstanceProfile(in *iamapi.TagInstanceProfileInput) tagging {
	return tagging{instanceProfiles, in.InstanceProfileName, in.Tags}
}

func untagUser(in *iamapi.UntagUserInput) untagging {
	return untagging{users, in.UserName, in.TagKeys}
}

func untagRole(in *iamapi.UntagRoleInput) untagging {
	return untagging{roles, in.RoleName, in.TagKeys}
}

func untagPolicy(in *iamapi.UntagPolicyInput) untagging {
	return untagging{policies, in.PolicyArn, in.TagKeys}
}

func untagInstanceProfile(in *iamapi.UntagInstanceProfileInput) untagging {
	return untagging{instanceProfiles, in.InstanceProfileName, in.TagKeys}
}
