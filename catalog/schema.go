package catalog

// Schema answers the policy engine's questions about services. It has no
// state; its methods do not allocate once a service has been asked for.
type Schema struct{}

// Multivalued reports whether requests can have several values of a condition
// key, given as requests name it. An unknown key has one.
func (Schema) Multivalued(key string) bool {
	k, ok := ConditionKey(key)
	return ok && k.Multivalued
}

// HasResourceTypes reports whether policies can name resources for the action.
// Without resource types, an action can only be allowed on "*". An unknown
// action is taken to have them, so that a policy's resources go on limiting it.
func (Schema) HasResourceTypes(action string) bool {
	a, ok := Action(action)
	return !ok || len(a.Resources) > 0
}

// RCPCapable reports whether resource control policies apply to the service,
// given by prefix. It reports false for a service that the catalog does not know.
func (Schema) RCPCapable(service string) bool {
	e, ok := lookup(services().entries, service)
	return ok && e.rcp
}
