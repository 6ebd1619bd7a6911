package catalog

// AccessLevel classifies an action as the Service Authorization Reference
// does. The zero value is no level.
type AccessLevel uint8

// The access levels. An action that tags or manages permissions also writes,
// but stands under the more specific level.
const (
	List AccessLevel = iota + 1
	Read
	Write
	Tagging
	PermissionsManagement
)

var levelNames = [...]string{"", "List", "Read", "Write", "Tagging", "Permissions management"}

// String returns the level as AWS prints it, "Permissions management" for
// instance.
func (l AccessLevel) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return ""
}

// ReadOnly reports whether the level changes nothing: List and Read.
func (l AccessLevel) ReadOnly() bool { return l == List || l == Read }

// levels maps the letters of the embedded text.
var levels = map[string]AccessLevel{"L": List, "R": Read, "W": Write, "T": Tagging, "P": PermissionsManagement}

// ReadOnly reports whether an action, such as "iam:GetUser", changes nothing:
// CloudTrail's readOnly. One that the catalog does not know may change something.
func ReadOnly(action string) bool {
	a, ok := Action(action)
	return ok && a.ReadOnly()
}
