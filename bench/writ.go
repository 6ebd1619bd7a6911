package bench

import (
	"encoding/json"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// document is an IAM policy document.
type document struct {
	Version   string
	Statement []documentStatement
}

type documentStatement struct {
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string]string `json:",omitempty"`
}

func effectOf(st *Statement) string {
	if st.Deny {
		return "Deny"
	}
	return "Allow"
}

// loadWrit makes one identity-based policy.
func loadWrit(p *Problem) (Loaded, error) {
	doc := document{Version: "2012-10-17"}
	for i := range p.Statements {
		st := &p.Statements[i]
		s := documentStatement{Effect: effectOf(st), Action: st.Actions, Resource: []string{st.Resource}}
		if st.Team != "" {
			s.Condition = map[string]map[string]string{"StringEquals": {"aws:PrincipalTag/team": st.Team}}
		}
		doc.Statement = append(doc.Statement, s)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	parsed, err := policy.Parse(policy.IdentityBased, string(text))
	if err != nil {
		return nil, err
	}
	compiled, err := engine.Compile(parsed, engine.CompileOptions{Name: "p"})
	if err != nil {
		return nil, err
	}
	layers := &engine.Layers{Identity: []*engine.Policy{compiled}}
	return func(r Request) (func() bool, error) {
		caller := engine.Principal{Kind: engine.User, Account: account, ARN: "arn:aws:iam::" + account + ":user/ann", ID: "AIDAEXAMPLE"}
		ctx := new(engine.Context)
		ctx.SetPrincipal(&caller)
		if r.Team != "" {
			ctx.Set("aws:PrincipalTag/team", r.Team)
		}
		req := &engine.Request{Principal: caller, Action: r.Action, Resource: r.Resource, ResourceAccount: account, Context: ctx}
		return func() bool { return engine.Decide(req, layers).Effect == engine.Allow }, nil
	}, nil
}
