package engine_test

import (
	"regexp"
	"strings"

	"github.com/writ-iam/writ/engine"
)

// matches says whether a statement of a policy concerns the request, and how it
// names the caller if it does: all of its elements have to match.
func (e *literalEvaluation) matches(doc *literalDocument, st *literalStatement, layer engine.Layer) literalNaming {
	if !e.actionMatches(st) || !e.resourceMatches(doc, st, layer) || !e.conditionsHold(doc, st) {
		return namesNobody
	}
	return e.named(st, layer)
}

// actionForm is what an action is: a service, a colon and a name, in printable
// ASCII.
//
// Rule 21 [UG: elements_action]: the name of an action has no wildcards, spaces or
// commas; those are in patterns, where spaces and commas match nothing.
var actionForm = regexp.MustCompile(`^[^\x00-\x20*?,:\x7f-\x{10ffff}]+:[^\x00-\x20*?,:\x7f-\x{10ffff}]+$`)

// isAction reports whether the request names an action. None of AWS's is half as
// long as the limit.
func isAction(s string) bool { return len(s) <= 128 && actionForm.MatchString(s) }

// actionMatches: Action lists what a statement concerns, NotAction what it does
// not.
//
// Rule 21 [UG: elements_action; elements_notaction].
func (e *literalEvaluation) actionMatches(st *literalStatement) bool {
	if st.NotAction != nil {
		return !e.listsAction(st.NotAction)
	}
	return e.listsAction(st.Action)
}

// listsAction compares without regard to case, "*" and "?" being wildcards
// anywhere. Names of actions are ASCII.
func (e *literalEvaluation) listsAction(values []jsonText) bool {
	for _, v := range values {
		if literalGlob(wildSymbols(lowerASCII(string(v))), characters(e.action)) {
			return true
		}
	}
	return false
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// resourceMatches: Resource lists what a statement concerns, NotResource what it
// does not. A trust policy has neither: it is about the role it belongs to.
//
// Rule 22 [UG: elements_resource; elements_notresource].
func (e *literalEvaluation) resourceMatches(doc *literalDocument, st *literalStatement, layer engine.Layer) bool {
	switch {
	case st.NotResource != nil:
		return !e.listsResource(doc, st.NotResource, layer)
	case st.Resource != nil:
		return e.listsResource(doc, st.Resource, layer)
	}
	return true
}

func (e *literalEvaluation) listsResource(doc *literalDocument, values []jsonText, layer engine.Layer) bool {
	for _, v := range values {
		if e.isResource(doc, string(v), layer) {
			return true
		}
	}
	return false
}

// isResource compares one pattern with the resource of the request, segment by
// segment.
//
// Rule 22 [UG: elements_resource; disputed, segments chosen]: "*" does not cross
// from one segment into the next. Rule 24: an action without resource types is
// on "*" alone.
func (e *literalEvaluation) isResource(doc *literalDocument, pattern string, layer engine.Layer) bool {
	if pattern == "*" {
		return true
	}
	if !e.layers.schema.HasResourceTypes(e.request.Action) && e.action != "s3:listallmybuckets" {
		return false
	}
	want, got := segments(pattern), segments(e.resource())
	if len(want) < 6 && isPadded(pattern, layer) {
		want = append(want, "*", "*", "*", "*", "*")[:6]
	}
	if len(want) < 6 || len(got) < 6 {
		return false
	}
	for i := range 5 {
		// Rule 23 [UG: variables]: there are none before the fifth colon. What one
		// would be there is not said.
		if doc.hasVariables() && strings.Contains(want[i], "${") {
			return false
		}
		if !literalGlob(wildSymbols(want[i]), characters(got[i])) {
			return false
		}
	}
	last, ok := e.read(doc, want[5], true)
	return ok && literalGlob(last, characters(got[5]))
}

// isPadded reports whether a short ARN stands for all that begin so.
//
// Rule 24 [ICS]: in policies of the caller always, in those of resources,
// endpoints and organizations only with a wildcard, in RCPs never.
func isPadded(pattern string, layer engine.Layer) bool {
	switch layer {
	case engine.IdentityLayer, engine.BoundaryLayer, engine.SessionLayer:
		return true
	case engine.RCPLayer:
		return false
	}
	return strings.ContainsAny(pattern, "*?")
}

// segments are the parts of an ARN: partition, service, region and account have
// no colons, a resource may.
func segments(s string) []string { return strings.SplitN(s, ":", 6) }

// segment is one of the six parts of an ARN, "" of what is none.
func segment(s string, i int) string {
	if parts := segments(s); len(parts) == 6 {
		return parts[i]
	}
	return ""
}
