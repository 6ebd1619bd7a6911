package analyzer

import (
	"fmt"
	"iter"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/edits"
	"github.com/writ-iam/writ/policy"
)

// actions finds values of Action and NotAction that match no action.
func (v *validation) actions(st *policy.Statement) {
	for _, a := range st.Action.Values {
		if e := v.refusal; e != nil && e.Code == policy.UnknownAction && e.Pos == a.Pos || strings.Trim(a.Text, "*") == "" {
			continue
		}
		if neverAnAction(a.Text) {
			v.warn(NoAction, a.Pos, fmt.Sprintf("%q matches nothing, for its white space or comma, so %s", a.Text, inVain(st)))
			continue
		}
		prefix, name, ok := strings.Cut(a.Text, ":")
		if !ok || strings.ContainsAny(prefix, "*?") {
			continue // refused
		}
		service, ok := catalog.Service(prefix)
		if !ok {
			v.warn(UnknownService, a.Pos, fmt.Sprintf("no service is known by the prefix %q%s, so %s", prefix, v.suggest(prefix, prefixes(), ""), inVain(st)))
			continue
		}
		if !v.anyAction(service, name) {
			near := v.suggest(name, names(service), service.Prefix+":")
			v.warn(Code(policy.UnknownAction), a.Pos, fmt.Sprintf("no action %q of %s is known%s, so %s", name, service.Name, near, inVain(st)))
		}
	}
}

// inVain says what follows from a value of Action that matches nothing.
func inVain(st *policy.Statement) string {
	switch {
	case st.Action.Not:
		return "NotAction leaves nothing out by it"
	case st.Effect == policy.Deny:
		return "nothing is denied by it"
	}
	return "nothing is allowed by it"
}

// neverAnAction reports whether s has a character that no action has, and that
// AWS stores without a word.
func neverAnAction(s string) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' || r == ',' {
			return true
		}
	}
	return false
}

func (v *validation) anyAction(s *catalog.ServiceInfo, pattern string) bool {
	for range v.matching(s, pattern) {
		return true
	}
	return false
}

// matching returns the service's actions that a pattern without prefix matches.
func (v *validation) matching(s *catalog.ServiceInfo, pattern string) iter.Seq[*catalog.ActionInfo] {
	return func(yield func(*catalog.ActionInfo) bool) {
		if !strings.ContainsAny(pattern, "*?") {
			if a, ok := s.Action(pattern); ok {
				yield(a)
			}
			return
		}
		pattern = strings.ToLower(pattern)
		for i, name := range v.lowerNames(s) {
			if arn.Glob(pattern, name) && !yield(&s.Actions[i]) {
				return
			}
		}
	}
}

func (v *validation) lowerNames(s *catalog.ServiceInfo) []string {
	names, ok := v.lower[s]
	if !ok {
		names = make([]string, len(s.Actions))
		for i := range s.Actions {
			names[i] = strings.ToLower(s.Actions[i].Name)
		}
		if v.lower == nil {
			v.lower = map[*catalog.ServiceInfo][]string{}
		}
		v.lower[s] = names
	}
	return names
}

func prefixes() iter.Seq[string] {
	return func(yield func(string) bool) {
		for prefix := range catalog.Services() {
			if !yield(prefix) {
				return
			}
		}
	}
}

func names(s *catalog.ServiceInfo) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range s.Actions {
			if !yield(s.Actions[i].Name) {
				return
			}
		}
	}
}

// maxAsked bounds how often names are compared in one document.
const maxAsked = 100

// suggest asks whether the name nearest to s was meant, if one is near.
func (v *validation) suggest(s string, names iter.Seq[string], prefix string) string {
	best, least := "", len(s)/4+1
	if v.asked++; v.asked > maxAsked || len(s) > 64 || strings.ContainsAny(s, "*?") {
		return ""
	}
	for name := range names {
		if d := edits.Distance(strings.ToLower(s), strings.ToLower(name), least); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", prefix+best)
}
