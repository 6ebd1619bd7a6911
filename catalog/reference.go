package catalog

import "iter"

// Reference is the service reference as a value, for those that are handed one:
// services by namespace, and the actions of each with the forms of the ARNs
// that they act on.
type Reference struct{}

// Services is the function of that name.
func (Reference) Services() iter.Seq2[string, string] { return Services() }

// Actions yields the actions of a service in the order of the reference, each
// with the ARNs of its resource types; nothing of a service that is not known.
func (Reference) Actions(namespace string) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		service, ok := Service(namespace)
		if !ok {
			return
		}
		arns := make(map[string][]string, len(service.ResourceTypes))
		for _, t := range service.ResourceTypes {
			arns[t.Name] = t.ARNs
		}
		for i := range service.Actions {
			var on []string
			for _, r := range service.Actions[i].Resources {
				on = append(on, arns[r.Name]...)
			}
			if !yield(service.Actions[i].Name, on) {
				return
			}
		}
	}
}
