package authz

import "github.com/writ-iam/writ/engine"

// Add adds a value to a key whose name ends in a tag's, such as
// aws:RequestTag/Team. Names of keys are compared without case and tags with
// it: those that differ only in case are one key with several values, so that
// a policy about one cannot be passed by adding the other.
func (k Keys) Add(prefix, tag, value string) {
	name := prefix + tag
	for other := range k {
		if engine.SameKey(other, name) {
			name = other
			break
		}
	}
	k[name] = append(k[name], value)
}
