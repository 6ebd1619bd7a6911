package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown/cache"
)

// opaRule is what one rule allows or denies: its statements have an action and
// all but the resource in common.
type opaRule struct {
	name, action, team string
}

// loadOPA makes a rule of each action, in a form that OPA can index: it then looks
// only at the rules whose action fits. The query is prepared once, the input is
// parsed before the clock starts, and compiled globs are kept from one evaluation
// to the next. Partial evaluation makes none of the problems faster.
func loadOPA(p *Problem) (Loaded, error) {
	var rules []opaRule
	resources := make(map[opaRule][]string)
	for i := range p.Statements {
		st := &p.Statements[i]
		for _, a := range st.Actions {
			r := opaRule{"permit", a, st.Team}
			if st.Deny {
				r.name = "forbid"
			}
			if resources[r] == nil {
				rules = append(rules, r)
			}
			resources[r] = append(resources[r], st.Resource)
		}
	}
	var module strings.Builder
	module.WriteString("package authz\n\ndefault allow := false\n\nallow if {\n\tpermit\n\tnot forbid\n}\n")
	module.WriteString("\ndefault permit := false\n\ndefault forbid := false\n")
	for _, r := range rules {
		fmt.Fprintf(&module, "\n%s if {\n", r.name)
		module.WriteString(opaMatch("input.action", r.action))
		if r.team != "" {
			fmt.Fprintf(&module, "\tinput.team == %q\n", r.team)
		}
		if list := resources[r]; len(list) > 1 {
			text, err := json.Marshal(list)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&module, "\tsome resource in %s\n\tglob.match(resource, null, input.resource)\n", text)
		} else {
			module.WriteString(opaMatch("input.resource", list[0]))
		}
		module.WriteString("}\n")
	}
	return queryOPA(module.String())
}

func queryOPA(module string) (Loaded, error) {
	ctx := context.Background()
	config, err := cache.ParseCachingConfig([]byte(`{"inter_query_builtin_value_cache":{"max_num_entries":10000}}`))
	if err != nil {
		return nil, err
	}
	globs := rego.EvalInterQueryBuiltinValueCache(cache.NewInterQueryValueCache(ctx, config))
	query, err := rego.New(rego.Query("data.authz.allow"), rego.Module("authz.rego", module)).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	return func(r Request) (func() bool, error) {
		input, err := ast.InterfaceToValue(map[string]any{"action": r.Action, "resource": r.Resource, "team": r.Team})
		if err != nil {
			return nil, err
		}
		parsed := rego.EvalParsedInput(input)
		if _, err := query.Eval(ctx, parsed, globs); err != nil {
			return nil, err
		}
		return func() bool {
			result, err := query.Eval(ctx, parsed, globs)
			return err == nil && result.Allowed()
		}, nil
	}, nil
}

// opaMatch compares a text with a pattern. OPA has an index of what texts are and
// of what they begin with.
func opaMatch(text, pattern string) string {
	switch i := strings.IndexByte(pattern, '*'); i {
	case -1:
		return fmt.Sprintf("\t%s == %q\n", text, pattern)
	case len(pattern) - 1:
		return fmt.Sprintf("\tstartswith(%s, %q)\n", text, pattern[:i])
	}
	return fmt.Sprintf("\tglob.match(%q, null, %s)\n", pattern, text)
}
