package authz

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
)

// For returns what of e an account may see. A call that crosses accounts is
// decided in both, and neither may read the other's policies: not their
// statements, nor what their conditions compare with, such as an external id.
func (e Explanation) For(account, callers, owners string) Explanation {
	var hidden []engine.Layer
	if account != owners {
		hidden = append(hidden, engine.TrustLayer, engine.ResourceLayer, engine.RCPLayer)
	}
	if account != callers {
		hidden = append(hidden, engine.IdentityLayer, engine.BoundaryLayer, engine.SessionLayer, engine.SCPLayer, engine.EndpointLayer)
	}
	if len(hidden) == 0 {
		return e
	}
	hides := func(layer string) bool {
		return slices.ContainsFunc(hidden, func(l engine.Layer) bool { return l.String() == layer })
	}
	if hides(e.Layer) {
		e.Layer, e.Statement, e.Message = "", nil, ""
	}
	e.Layers = slices.DeleteFunc(slices.Clone(e.Layers), func(l LayerExplanation) bool { return hides(l.Layer) })
	e.Missing = nil
	e.Context = visible(e.Context, account == callers)
	return e
}

// visible are the condition keys that both sides of a call know, and those of
// the caller where it is the caller's account that asks. What the owner's side
// alone knows, tags of the resource above all, is in neither.
func visible(context map[string][]string, caller bool) map[string][]string {
	shown := make(map[string][]string, len(context))
	for name, values := range context {
		switch {
		case strings.HasPrefix(name, "aws:resourcetag/"), strings.HasPrefix(name, "iam:resourcetag/"), strings.HasPrefix(name, "s3:existingobjecttag/"):
			if !caller {
				shown[name] = values
			}
		case caller, !strings.HasPrefix(name, "aws:"), slices.Contains(shared, name), strings.HasPrefix(name, "aws:requesttag/"):
			shown[name] = values
		}
	}
	return shown
}

// shared are global keys that CloudTrail tells the resource's account too.
var shared = []string{
	"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:sourceip", "aws:useragent", "aws:currenttime",
	"aws:epochtime", "aws:securetransport", "aws:requestedregion", "aws:resourceaccount", "aws:tagkeys",
}
