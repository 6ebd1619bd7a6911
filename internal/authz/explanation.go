package authz

import (
	"maps"
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// Explanation is a decision with everything that led to it, as it is kept with
// the event of a call and shown by "writ explain". Its JSON is read by people
// and programs: members are added, never renamed.
type Explanation struct {
	Principal       string              `json:"principal"`
	Action          string              `json:"action"`
	Resource        string              `json:"resource"`
	ResourceAccount string              `json:"resourceAccount,omitempty"`
	Effect          string              `json:"effect"`
	Layer           string              `json:"layer,omitempty"`
	Message         string              `json:"message,omitempty"`
	Statement       *Statement          `json:"statement,omitempty"`
	Layers          []LayerExplanation  `json:"layers,omitempty"`
	Missing         []string            `json:"missingContext,omitempty"`
	Context         map[string][]string `json:"context,omitempty"`
}

// Statement names a statement of a policy.
type Statement struct {
	Policy string `json:"policy"`
	Sid    string `json:"sid,omitempty"`
	Index  int    `json:"index"`
	Effect string `json:"effect,omitempty"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// LayerExplanation is one layer that took part.
type LayerExplanation struct {
	Layer   string      `json:"layer"`
	Level   int         `json:"level,omitempty"`
	Effect  string      `json:"effect"`
	Matched []Statement `json:"matched,omitempty"`
	Failed  []Failed    `json:"failed,omitempty"`
}

// Failed is a statement that only its principal or its conditions keep from
// matching.
type Failed struct {
	Statement
	Principal  bool        `json:"principalDiffers,omitempty"`
	Conditions []Condition `json:"conditions,omitempty"`
}

// Condition is a condition that is not met.
type Condition struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Want     []string `json:"want"`
	Got      []string `json:"got,omitempty"`
	Absent   bool     `json:"absent,omitempty"`
}

// Brief is the decision on a check, as Decide made it, without the trace: what an
// allowed call keeps.
func Brief(req *Request, check *Check, d engine.Decision) Explanation {
	e := Explanation{
		Principal: req.Caller.ARN, Action: check.Action, Resource: check.Resource, ResourceAccount: check.Account,
		Effect: d.Effect.String(), Layer: d.Layer.String(), Statement: statement(d.Statement, 0),
	}
	if e.Statement != nil {
		e.Statement.Policy = policyName(d.Layer, d.Statement)
	}
	return e
}

// Explain decides as Decide does and keeps why. The result shares nothing with
// later calls.
func (a *Authorizer) Explain(snap *state.Snapshot, req *Request, check *Check) Explanation {
	w := newWork()
	w.prepare(snap, req, check)
	d, trace := engine.Explain(&w.req, &w.layers)
	e := Brief(req, check, d)
	if e.Statement != nil {
		e.Statement.Policy = w.name(d.Layer, d.Statement)
	}
	e.ResourceAccount, e.Message, e.Missing = w.req.ResourceAccount, d.Message(&w.req), trace.Missing
	e.Context = maps.Collect(w.ctx.All())
	for name, values := range e.Context {
		e.Context[name] = clipped(values)
	}
	for i := range trace.Layers {
		e.Layers = append(e.Layers, w.explainLayer(&trace.Layers[i]))
	}
	return e
}

// maxValue is how much of a value of a condition key is kept.
const maxValue = 1 << 10

func clipped(values []string) []string {
	kept := slices.Clone(values)
	for i, v := range kept {
		if len(v) > maxValue {
			kept[i] = strings.ToValidUTF8(v[:maxValue], "") + "…"
		}
	}
	return kept
}

// name names the policy of a statement. Documents are shared between those who
// have the same, so the engine knows no names.
func (w *work) name(layer engine.Layer, ref engine.StatementRef) string {
	if layer == engine.IdentityLayer && ref.Place < len(w.sources) {
		return w.sources[ref.Place].name
	}
	return policyName(layer, ref)
}

// policyName is what a statement tells by itself of its policy.
func policyName(layer engine.Layer, ref engine.StatementRef) string {
	if ref.Policy != "" {
		return ref.Policy
	}
	return layer.String() + " policy"
}

func (w *work) explainLayer(t *engine.LayerTrace) LayerExplanation {
	l := LayerExplanation{Layer: t.Layer.String(), Level: t.Level, Effect: t.Effect.String()}
	for _, m := range t.Matched {
		s := *statement(m.Statement, m.Effect)
		s.Policy = w.name(t.Layer, m.Statement)
		l.Matched = append(l.Matched, s)
	}
	for _, m := range t.Failed {
		f := Failed{Statement: *statement(m.Statement, m.Effect), Principal: m.Principal}
		f.Policy = w.name(t.Layer, m.Statement)
		for _, c := range m.Conditions {
			f.Conditions = append(f.Conditions, Condition{Operator: c.Operator, Key: c.Key, Want: texts(c.Want), Got: c.Got, Absent: c.Absent})
		}
		l.Failed = append(l.Failed, f)
	}
	return l
}

func texts(values []policy.Value) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.Text
	}
	return list
}

func statement(ref engine.StatementRef, effect policy.Effect) *Statement {
	if ref.IsZero() {
		return nil
	}
	s := &Statement{Policy: ref.Policy, Sid: ref.Sid, Index: ref.Index, Line: ref.Start.Line, Column: ref.Start.Column}
	switch effect {
	case policy.Allow:
		s.Effect = "Allow"
	case policy.Deny:
		s.Effect = "Deny"
	}
	return s
}
