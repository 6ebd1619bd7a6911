package catalog

import (
	"iter"
	"strings"
)

// ServiceInfo describes a service. Values are shared by all callers and must
// not be changed.
type ServiceInfo struct {
	Prefix        string         // "s3", as in s3:GetObject; lower-case
	Name          string         // "Amazon S3"
	RCP           bool           // resource control policies apply to it
	Actions       []ActionInfo   // in order of name, without regard to case
	ResourceTypes []ResourceType // likewise
	ConditionKeys []KeyInfo      // all keys on the service's page, likewise

	actions map[string]int32 // by lower-case name
	keys    keySet
}

// ActionInfo describes an action.
type ActionInfo struct {
	Service     string // prefix of its service
	Name        string // "GetObject"
	AccessLevel AccessLevel
	// Resources are the resource types that a policy can name for the action.
	// It is empty when the action can only be allowed on all resources ("*").
	Resources []ActionResource
	// ConditionKeys are the keys of the action itself. Its resource types have
	// further ones.
	ConditionKeys []string
	// DependentActions are those that the action needs as well, as "iam:PassRole".
	DependentActions []string
}

// ActionResource is a resource type as an action uses it.
type ActionResource struct {
	Name string // of a ResourceType of the same service
	// Required says that the action always acts on a resource of this type:
	// AWS's asterisk. Of several types that are not required, some may not be
	// part of a given request.
	Required bool
	// ConditionKeys are available only when the action acts on this type.
	ConditionKeys []string
}

// ResourceType describes a type of resources.
type ResourceType struct {
	Name string // "bucket"
	// ARNs are the patterns of the type's ARNs, nearly always one, with
	// variables as in arn:${Partition}:s3:::${BucketName}.
	ARNs []string
	// ConditionKeys are available whenever a resource of this type is acted on.
	ConditionKeys []string
}

// Service returns the service with this prefix, in any case of letters.
func Service(prefix string) (*ServiceInfo, bool) {
	e, ok := lookup(services().entries, prefix)
	if !ok {
		return nil, false
	}
	return e.load(), true
}

// Services returns prefix and name of all services in order of prefix, without
// decompressing any.
func Services() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, e := range services().list {
			if !yield(e.prefix, e.name) {
				return
			}
		}
	}
}

// Action returns the action of this name, "s3:GetObject" for instance, in any
// case of letters. Wildcards are not understood.
func Action(action string) (*ActionInfo, bool) {
	prefix, name, ok := strings.Cut(action, ":")
	if !ok {
		return nil, false
	}
	s, ok := Service(prefix)
	if !ok {
		return nil, false
	}
	return s.Action(name)
}

// ARNs returns the patterns of the ARNs that an action can act on, those of
// required resource types first; none for an action that is not known or has
// no resource types.
func ARNs(action string) []string {
	a, ok := Action(action)
	if !ok {
		return nil
	}
	s, _ := Service(a.Service)
	var required, optional []string
	for _, r := range a.Resources {
		kind, ok := s.ResourceType(r.Name)
		switch {
		case !ok:
		case r.Required:
			required = append(required, kind.ARNs...)
		default:
			optional = append(optional, kind.ARNs...)
		}
	}
	return append(required, optional...)
}

// Action returns the service's action of this name, given without prefix and
// in any case of letters.
func (s *ServiceInfo) Action(name string) (*ActionInfo, bool) {
	i, ok := lookup(s.actions, name)
	if !ok {
		return nil, false
	}
	return &s.Actions[i], true
}

// ResourceType returns the service's resource type of this name, in any case
// of letters.
func (s *ServiceInfo) ResourceType(name string) (*ResourceType, bool) {
	for i := range s.ResourceTypes {
		if strings.EqualFold(s.ResourceTypes[i].Name, name) {
			return &s.ResourceTypes[i], true
		}
	}
	return nil, false
}

// String returns the action with its prefix.
func (a *ActionInfo) String() string { return a.Service + ":" + a.Name }

// ReadOnly reports whether CloudTrail records the action with readOnly true.
// That follows the access level, except that taking a role counts as reading.
func (a *ActionInfo) ReadOnly() bool {
	if a.Service == "sts" {
		switch a.Name {
		case "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity":
			// As observed in AWS's own events; GetFederationToken has false.
			return true
		}
	}
	return a.AccessLevel.ReadOnly()
}
