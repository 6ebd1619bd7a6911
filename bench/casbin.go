package bench

import (
	"fmt"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

// casbinModel lets denies override. The service comes first: comparing it is the
// cheapest way to pass over a policy, and casbin passes over all of them.
const casbinModel = `
[request_definition]
r = service, action, resource, team
[policy_definition]
p = service, action, resource, team, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.service == p.service && wild(p.action, r.action) && wild(p.resource, r.resource) && (p.team == "" || p.team == r.team)
`

// loadCasbin makes a policy of each action of each statement. None of casbin's own
// matching functions has a "*" that stands for anything but its regular
// expressions, which are slower than the function registered here.
func loadCasbin(p *Problem) (Loaded, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	enforcer, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, err
	}
	enforcer.AddFunction("wild", func(args ...any) (any, error) {
		return wild(args[0].(string), args[1].(string)), nil
	})
	var rules [][]string
	for i := range p.Statements {
		st := &p.Statements[i]
		for _, a := range st.Actions {
			service, _, _ := strings.Cut(a, ":")
			rules = append(rules, []string{service, a, st.Resource, st.Team, strings.ToLower(effectOf(st))})
		}
	}
	if ok, err := enforcer.AddPolicies(rules); err != nil || !ok {
		return nil, fmt.Errorf("policies were not added: %w", err)
	}
	return func(r Request) (func() bool, error) {
		service, _, _ := strings.Cut(r.Action, ":")
		if _, err := enforcer.Enforce(service, r.Action, r.Resource, r.Team); err != nil {
			return nil, err
		}
		return func() bool {
			ok, err := enforcer.Enforce(service, r.Action, r.Resource, r.Team)
			return ok && err == nil
		}, nil
	}, nil
}
