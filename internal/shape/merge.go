package shape

import "strings"

// Merge joins the required members that a decoder found absent, by their
// paths, with the violations that Validate found. What Validate says of an
// absent member, or of one inside it, is left out: it judged a zero value.
func Merge(missing []string, vs []Violation) []Violation {
	if len(missing) == 0 {
		return vs
	}
	all := make([]Violation, 0, len(missing)+len(vs))
	for _, path := range missing {
		all = append(all, Missing(path))
	}
	for _, v := range vs {
		if !within(v.Path, missing) {
			all = append(all, v)
		}
	}
	return all
}

func within(path string, missing []string) bool {
	for _, m := range missing {
		if rest, ok := strings.CutPrefix(path, m); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}
