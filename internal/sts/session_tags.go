package sts

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/stsapi"
)

// requestTags sets the keys that speak of the tags of a request.
func requestTags(keys api.Keys, tags []stsapi.Tag, transitive []string) {
	for _, t := range tags {
		keys.Add("aws:RequestTag/", t.Key, t.Value)
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], t.Key)
	}
	if len(transitive) > 0 {
		keys["sts:TransitiveTagKeys"] = transitive
	}
}

// inherited returns the transitive tags of the calling session.
func inherited(c *api.Call) []session.Tag {
	s := c.Caller.Session
	if s == nil {
		return nil
	}
	var tags []session.Tag
	for _, t := range s.Tags {
		if slices.ContainsFunc(s.TransitiveTagKeys, func(k string) bool { return engine.SameKey(k, t.Key) }) {
			tags = append(tags, t)
		}
	}
	return tags
}

// sessionTags are the tags of the new session: those asked for and the
// transitive ones of the calling session, which cannot be replaced.
func sessionTags(c *api.Call, asked []stsapi.Tag, transitive []string) (tags []session.Tag, keys []string, err error) {
	seen := make(map[string]bool, len(asked))
	for _, t := range asked {
		k := strings.ToLower(t.Key)
		if strings.HasPrefix(k, "aws:") {
			return nil, nil, invalidParameter(reservedTag)
		}
		if seen[k] {
			return nil, nil, invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[k] = true
		tags = append(tags, session.Tag{Key: t.Key, Value: t.Value})
	}
	for _, k := range transitive {
		if !seen[strings.ToLower(k)] {
			return nil, nil, invalidParameter("The specified transitive tag key must be included in the requested tags.")
		}
	}
	keys = slices.Clone(transitive)
	for _, t := range inherited(c) {
		if seen[strings.ToLower(t.Key)] {
			return nil, nil, invalidParameter("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		tags, keys = append(tags, t), append(keys, t.Key)
	}
	return tags, keys, nil
}
