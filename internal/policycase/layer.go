package policycase

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// caseLayer is a layer as cases have it. In lines of JSON its name is the
// engine's.
type caseLayer struct {
	layer   engine.Layer
	kind    policy.Kind // of the policies in it
	archive string      // its name in archives

	// One of these says where it stands; neither does for the policy of a
	// resource or a role.
	list   func(*engine.Layers) *[]*engine.Policy
	levels func(*engine.Layers) *[][]*engine.Policy
}

// layers are all that a case can have.
var layers = []caseLayer{
	{engine.IdentityLayer, policy.IdentityBased, "identity", func(l *engine.Layers) *[]*engine.Policy { return &l.Identity }, nil},
	{engine.BoundaryLayer, policy.PermissionsBoundary, "boundary", func(l *engine.Layers) *[]*engine.Policy { return &l.Boundary }, nil},
	{engine.SessionLayer, policy.Session, "session", func(l *engine.Layers) *[]*engine.Policy { return &l.Session }, nil},
	{engine.ResourceLayer, policy.ResourceBased, "resource", nil, nil},
	{engine.TrustLayer, policy.Trust, "trust", nil, nil}, // lines of JSON call it resource
	{engine.SCPLayer, policy.ServiceControl, "scp", nil, func(l *engine.Layers) *[][]*engine.Policy { return &l.SCP }},
	{engine.RCPLayer, policy.ResourceControl, "rcp", nil, func(l *engine.Layers) *[][]*engine.Policy { return &l.RCP }},
	{engine.EndpointLayer, policy.Endpoint, "endpoint", func(l *engine.Layers) *[]*engine.Policy { return &l.Endpoint }, nil},
}

// inLines finds a layer by its name in lines of JSON, nil if there is none.
func inLines(name string) *caseLayer {
	for i := range layers {
		if l := &layers[i]; l.layer != engine.TrustLayer && l.layer.String() == name {
			return l
		}
	}
	return nil
}

// inArchives finds a layer by its name in archives, nil if there is none.
func inArchives(name string) *caseLayer {
	i := slices.IndexFunc(layers, func(l caseLayer) bool { return l.archive == name })
	if i < 0 {
		return nil
	}
	return &layers[i]
}

// ofResource is the layer of Layers.Resource.
func ofResource(trust bool) *caseLayer {
	if trust {
		return inArchives("trust")
	}
	return inArchives("resource")
}

// layerNames lists the layers that there are, in a sentence.
func layerNames(name func(*caseLayer) string) string {
	var names []string
	for i := range layers {
		if s := name(&layers[i]); !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// layerName is the name of a layer in lines of JSON and in answers. A trust
// policy is the resource's.
func layerName(l engine.Layer) string {
	if l == engine.TrustLayer {
		l = engine.ResourceLayer
	}
	return l.String()
}
