package federation

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	tagsClaim           = "https://aws.amazon.com/tags"
	sourceIdentityClaim = "https://aws.amazon.com/source_identity"
)

// Bounds on what a token gives its session, as STS has them for the parameters
// of AssumeRole.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256

	maxClaimDepth = 4
)

var (
	tagText        = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	sourceIdentity = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// Tag is a session tag.
type Tag struct{ Key, Value string }

// SourceIdentity returns the source identity that the token asks for, "" for
// none.
func (id *Identity) SourceIdentity() (string, error) {
	v, ok := id.claims[sourceIdentityClaim]
	if !ok {
		return "", nil
	}
	text, ok := v.(string)
	if !ok || !sourceIdentity.MatchString(text) || strings.HasPrefix(strings.ToLower(text), "aws:") {
		return "", &ClaimError{sourceIdentityClaim}
	}
	return text, nil
}

// Tags returns the session tags of the token by key, and the keys of those that
// are transitive. They stand in one claim, or flattened in several. See "Passing
// session tags using AssumeRoleWithWebIdentity" in the IAM User Guide.
func (id *Identity) Tags() (tags []Tag, transitive []string, err error) {
	principal, keys, err := id.tagClaims()
	if err != nil {
		return nil, nil, err
	}
	for key, v := range principal {
		values, ok := texts(v)
		if !ok || len(values) != 1 || !ValidTag(key, values[0]) {
			return nil, nil, &ClaimError{tagsClaim}
		}
		tags = append(tags, Tag{key, values[0]})
	}
	slices.SortFunc(tags, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	for i := range tags { // keys of tags are compared without case
		for _, later := range tags[i+1:] {
			if strings.EqualFold(tags[i].Key, later.Key) {
				return nil, nil, &ClaimError{tagsClaim}
			}
		}
	}
	if keys == nil {
		return tags, nil, nil
	}
	transitive, ok := texts(keys)
	if !ok {
		return nil, nil, &ClaimError{tagsClaim}
	}
	for _, key := range transitive {
		if !slices.ContainsFunc(tags, func(t Tag) bool { return strings.EqualFold(t.Key, key) }) {
			return nil, nil, &ClaimError{tagsClaim}
		}
	}
	return tags, transitive, nil
}

func (id *Identity) tagClaims() (principal map[string]any, transitive any, err error) {
	principal = make(map[string]any)
	if v, ok := id.claims[tagsClaim]; ok {
		whole, ok := v.(map[string]any)
		if !ok {
			return nil, nil, &ClaimError{tagsClaim}
		}
		if nested, ok := whole["principal_tags"]; ok {
			if principal, ok = nested.(map[string]any); !ok {
				return nil, nil, &ClaimError{tagsClaim}
			}
		}
		transitive = whole["transitive_tag_keys"]
	} else {
		for name, v := range id.claims {
			if key, ok := strings.CutPrefix(name, tagsClaim+"/principal_tags/"); ok {
				principal[key] = v
			}
		}
		transitive = id.claims[tagsClaim+"/transitive_tag_keys"]
	}
	if len(principal) > maxTags {
		return nil, nil, &ClaimError{tagsClaim}
	}
	return principal, transitive, nil
}

// ValidTag reports whether a session may have a tag: that STS's model permits it
// as a parameter, and that its key is none of AWS's.
func ValidTag(key, value string) bool {
	return key != "" && utf8.RuneCountInString(key) <= maxTagKey && utf8.RuneCountInString(value) <= maxTagValue &&
		!strings.HasPrefix(strings.ToLower(key), "aws:") && tagText.MatchString(key) && tagText.MatchString(value)
}

// Claims calls each with the claims that conditions can ask for, texts, numbers
// and truth values, and lists of texts. Members of objects are named with their
// path: kubernetes.io/namespace. Names that differ in case only, or a name that is
// the path of another, would be one condition key with one value or the other:
// then neither counts.
func (id *Identity) Claims(each func(name string, values []string)) {
	found := make(map[string][]string)
	spelled := make(map[string]string)
	collect(id.claims, "", 0, func(name string, values []string) {
		lower := strings.ToLower(name)
		if old, ok := spelled[lower]; ok {
			found[old] = nil
			return
		}
		spelled[lower], found[name] = name, values
	})
	for name, values := range found {
		if len(values) > 0 {
			each(name, values)
		}
	}
}

func collect(object map[string]any, path string, depth int, each func(name string, values []string)) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch v := object[name].(type) {
		case map[string]any:
			if depth < maxClaimDepth {
				collect(v, path+name+"/", depth+1, each)
			}
		case bool:
			each(path+name, []string{strconv.FormatBool(v)})
		case float64:
			each(path+name, []string{strconv.FormatFloat(v, 'f', -1, 64)})
		default:
			if values, ok := texts(v); ok {
				each(path+name, values)
			}
		}
	}
}
