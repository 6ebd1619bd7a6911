package engine

import "strings"

// Message returns the text with which AWS refuses a request, or "" when d
// allows it.
//
// Source: "Troubleshoot access denied error messages" in the IAM User Guide.
func (d Decision) Message(req *Request) string {
	if d.Effect == Allow {
		return ""
	}
	switch {
	case req.Principal.Kind == Federated:
		return "Not authorized to perform " + req.Action
	case req.Principal.Kind == Root && strings.EqualFold(req.Action, "sts:AssumeRole"):
		return "Roles may not be assumed by root accounts."
	}
	return "User: " + req.Principal.displayName() + " is not authorized to perform: " + req.Action +
		onResource(req) + d.because(req)
}

// displayName is what a message calls the caller.
func (p *Principal) displayName() string {
	switch p.Kind {
	case Anonymous:
		return "anonymous"
	case Service:
		return p.Service
	}
	return p.ARN
}

// onResource names the resource, which S3 quotes. Actions on "*" name none.
func onResource(req *Request) string {
	switch {
	case req.Resource == "" || req.Resource == "*":
		return ""
	case hasService(req.Action, "s3"):
		return ` on resource: "` + req.Resource + `"`
	}
	return " on resource: " + req.Resource
}

func hasService(action, service string) bool {
	prefix, _, _ := strings.Cut(action, ":")
	return strings.EqualFold(prefix, service)
}

// because names the layer. For an AssumeRole that nothing denies, AWS does not
// say which policy would have had to allow it.
func (d Decision) because(req *Request) string {
	names, ok := layerNames[d.Layer]
	switch {
	case !ok:
		return ""
	case d.Effect == ExplicitDeny:
		return " with an explicit deny in " + names.article + names.name
	case strings.EqualFold(req.Action, "sts:AssumeRole"):
		return ""
	}
	return " because no " + names.name + " allows the " + req.Action + " action"
}

// layerNames are the layers in AWS's words.
var layerNames = map[Layer]struct{ article, name string }{
	IdentityLayer: {"an ", "identity-based policy"},
	ResourceLayer: {"a ", "resource-based policy"},
	TrustLayer:    {"the ", "role trust policy"},
	BoundaryLayer: {"a ", "permissions boundary"},
	SessionLayer:  {"a ", "session policy"},
	SCPLayer:      {"a ", "service control policy"},
	RCPLayer:      {"a ", "resource control policy"},
	EndpointLayer: {"a ", "VPC endpoint policy"},
}
