package bench

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go"
)

// cedarPolicies are policies in a slice: cedar-go visits all of them for every
// request, and its own PolicySet, a map, in a slower way.
type cedarPolicies []*cedar.Policy

func (p cedarPolicies) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, policy := range p {
			if !yield("", policy) {
				return
			}
		}
	}
}

// loadCedar makes a policy of each statement. Cedar has no wildcards in the names
// of actions and resources, which are entities; so the action and the ARN are
// compared as strings of the context, with "like". The service comes first: to
// compare it is the cheapest way to pass over a policy, cheaper than a group of
// actions in the policy's scope.
func loadCedar(p *Problem) (Loaded, error) {
	var policies cedarPolicies
	for i := range p.Statements {
		text := cedarText(&p.Statements[i])
		var policy cedar.Policy
		if err := policy.UnmarshalCedar([]byte(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		policies = append(policies, &policy)
	}
	return func(r Request) (func() bool, error) {
		service, _, _ := strings.Cut(r.Action, ":")
		context := cedar.RecordMap{
			"service": cedar.String(service), "action": cedar.String(r.Action), "resource": cedar.String(r.Resource),
		}
		if r.Team != "" {
			context["team"] = cedar.String(r.Team)
		}
		req := cedar.Request{
			Principal: cedar.NewEntityUID("User", "ann"), Action: cedar.NewEntityUID("Action", cedar.String(r.Action)),
			Resource: cedar.NewEntityUID("Resource", cedar.String(r.Resource)), Context: cedar.NewRecord(context),
		}
		return func() bool {
			decision, _ := cedar.Authorize(policies, nil, req)
			return decision == cedar.Allow
		}, nil
	}, nil
}

func cedarText(st *Statement) string {
	effect := "permit"
	if st.Deny {
		effect = "forbid"
	}
	service, _, _ := strings.Cut(st.Actions[0], ":")
	var actions []string
	for _, a := range st.Actions {
		if strings.Contains(a, "*") {
			actions = append(actions, "context.action like "+strconv.Quote(a))
		} else {
			actions = append(actions, "context.action == "+strconv.Quote(a))
		}
	}
	condition := fmt.Sprintf("context.service == %q && (%s) && context.resource like %q", service, strings.Join(actions, " || "), st.Resource)
	if st.Team != "" {
		condition += fmt.Sprintf(" && context has team && context.team == %q", st.Team)
	}
	return fmt.Sprintf("%s (principal, action, resource) when { %s };", effect, condition)
}
