package engine_test

import (
	"cmp"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// compile makes of the case what engine.Decide takes. It fails when a document is
// not legal.
func (l *literalLayers) compile() (c engine.Layers, err error) {
	list := func(layer engine.Layer, policies []literalPolicy) (compiled []*engine.Policy) {
		if policies == nil {
			return nil
		}
		compiled = []*engine.Policy{}
		for _, p := range policies {
			q, e := l.compilePolicy(layer, p)
			if e != nil {
				err = e
			}
			compiled = append(compiled, q)
		}
		return compiled
	}
	levels := func(layer engine.Layer, policies [][]literalPolicy) (compiled [][]*engine.Policy) {
		if policies == nil {
			return nil
		}
		compiled = [][]*engine.Policy{}
		for _, level := range policies {
			compiled = append(compiled, list(layer, level))
		}
		return compiled
	}
	c = engine.Layers{
		Identity: list(engine.IdentityLayer, l.identity),
		Boundary: list(engine.BoundaryLayer, l.boundary),
		Session:  list(engine.SessionLayer, l.session),
		SCP:      levels(engine.SCPLayer, l.scp),
		RCP:      levels(engine.RCPLayer, l.rcp),
		Endpoint: list(engine.EndpointLayer, l.endpoint),
		Trust:    l.trust,
	}
	if l.resource != nil {
		layer := engine.ResourceLayer
		if l.trust {
			layer = engine.TrustLayer
		}
		c.Resource = list(layer, []literalPolicy{*l.resource})[0]
	}
	return c, err
}

var layerKinds = map[engine.Layer]policy.Kind{
	engine.IdentityLayer: policy.IdentityBased, engine.BoundaryLayer: policy.PermissionsBoundary, engine.SessionLayer: policy.Session,
	engine.ResourceLayer: policy.ResourceBased, engine.TrustLayer: policy.Trust, engine.EndpointLayer: policy.Endpoint,
	engine.SCPLayer: policy.ServiceControl, engine.RCPLayer: policy.ResourceControl,
}

func (l *literalLayers) compilePolicy(layer engine.Layer, p literalPolicy) (*engine.Policy, error) {
	kind := layerKinds[layer]
	switch {
	case p.unreadable && p.name == "" && layer != engine.ResourceLayer && layer != engine.TrustLayer:
		return nil, nil
	case p.unreadable:
		return engine.Unreadable(p.name, kind), nil
	}
	doc, err := policy.Parse(kind, p.text)
	if err != nil {
		return nil, fmt.Errorf("%w in the %s policy %s", err, layer, p.text)
	}
	opt := engine.CompileOptions{Name: p.name, Schema: l.schema, Principals: l.ids}
	if l.schema == (noSchema{}) {
		opt.Schema = nil
	}
	return engine.Compile(doc, opt)
}

// disagreement says how the evaluators differ, "" when they agree or when the case
// has a document that is not legal.
func (c *literalCase) disagreement() string {
	compiled, err := c.layers.compile()
	if err != nil {
		return ""
	}
	got := answerOf(engine.Decide(&c.request, &compiled)).describe()
	if want := literalDecide(&c.request, &c.layers).describe(); got != want {
		return fmt.Sprintf("the engine says %q, the rules say %q", got, want)
	}
	return ""
}

// report is what to settle.
func (c *literalCase) report() string {
	m := c.minimal()
	return m.disagreement() + "\n" + m.write(literalDecide(&m.request, &m.layers).describe())
}

// tally counts what was compared.
type tally struct {
	compared, refused int
	answers           map[string]int // by effect and layer
	first             error          // why a document was refused
}

// compare asks both evaluators and reports whether they agree. Cases with a
// document that is not legal are counted and left out.
func (n *tally) compare(c *literalCase) bool {
	compiled, err := c.layers.compile()
	if err != nil {
		n.refused++
		n.first = cmp.Or(n.first, err)
		return true
	}
	got := answerOf(engine.Decide(&c.request, &compiled))
	n.compared++
	n.answers[got.effect.String()+" "+got.layer.String()]++
	return got.describe() == literalDecide(&c.request, &c.layers).describe()
}

// defaultChecks take a second or two.
const defaultChecks = 2500

// checks is how many cases TestTwoEvaluatorsAgree compares: WRIT_CHECKS of them.
func checks(t *testing.T) int {
	s := os.Getenv("WRIT_CHECKS")
	if s == "" {
		return defaultChecks
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("WRIT_CHECKS: %v", err)
	}
	return n
}

// On random cases, the engine answers as the rules do, and for the same reason.
func TestTwoEvaluatorsAgree(t *testing.T) {
	var bad *literalCase
	t.Cleanup(func() {
		if bad != nil {
			t.Log(bad.report())
		}
	})
	n := tally{answers: make(map[string]int)}
	cases := rapid.Custom(func(t *rapid.T) *literalCase { return drawCase(rapidDice{t}) })
	for all := checks(t); n.compared+n.refused < all; {
		rapid.Check(t, func(t *rapid.T) {
			if c := cases.Draw(t, "case"); !n.compare(c) {
				bad = c
				t.Fatal(c.disagreement())
			}
		})
	}
	t.Logf("compared %d: %v", n.compared, n.answers)
	n.check(t)
}

// check reports cases that tell too little: too many that were left out, or an
// answer that none has.
func (n *tally) check(t *testing.T) {
	t.Helper()
	if n.refused > n.compared/100 {
		t.Errorf("%d cases were compared, %d have a document that is not legal: %v", n.compared, n.refused, n.first)
	}
	for _, answer := range []string{
		"Allow ", "Allow identity", "Allow resource", "Allow trust",
		"ExplicitDeny identity", "ExplicitDeny boundary", "ExplicitDeny session", "ExplicitDeny resource", "ExplicitDeny trust",
		"ExplicitDeny scp", "ExplicitDeny rcp", "ExplicitDeny vpcEndpoint",
		"ImplicitDeny ", "ImplicitDeny identity", "ImplicitDeny boundary", "ImplicitDeny session", "ImplicitDeny resource", "ImplicitDeny trust",
		"ImplicitDeny scp", "ImplicitDeny rcp", "ImplicitDeny vpcEndpoint",
	} {
		if n.answers[answer] == 0 && n.compared >= defaultChecks {
			t.Errorf("of %d cases none is answered %s", n.compared, answer)
		}
	}
}

// GoString keeps rapid from printing a case, which report does better.
func (c *literalCase) GoString() string { return "a case" }

// FuzzTwoEvaluatorsAgree is the same with the choices of the fuzzer.
func FuzzTwoEvaluatorsAgree(f *testing.F) {
	f.Add([]byte{})
	for seed := range int64(40) {
		rolls := make([]byte, 400)
		rand.New(rand.NewSource(seed)).Read(rolls)
		f.Add(rolls)
	}
	f.Fuzz(func(t *testing.T, rolls []byte) {
		if c := drawCase(&byteDice{rolls}); c.disagreement() != "" {
			t.Error(c.report())
		}
	})
}
