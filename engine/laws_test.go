package engine

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/policy"
)

// bruteFirst is evaluation.first without an index.
func bruteFirst(e *evaluation, p *Policy, effect policy.Effect) firsts {
	first := none
	for i := range p.statements {
		st := &p.statements[i]
		if st.effect != effect || st.source.Action.Not == st.listsAction(e.action()) {
			continue
		}
		if !st.matchResource(e, p.schema) || !st.conditionsHold(e.ctx) {
			continue
		}
		if n := st.naming(e); n != NotNamed && first[n] == noStatement {
			if first[n] = int32(i); n == NamesCaller {
				break // none behind it counts
			}
		}
	}
	return first
}

func (st *statement) listsAction(action []byte) bool {
	return slices.ContainsFunc(st.source.Action.Values, func(v policy.Value) bool {
		a, ok := newActionPattern(strings.ToLower(v.Text))
		return ok && a.match(action)
	})
}

func TestIndexLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]policy.Kind{policy.IdentityBased, policy.ResourceBased, policy.Trust}).Draw(t, "kind")
		p, r := drawPolicy(t, kind), drawRequest(t)
		e := evaluation{req: r, layers: &Layers{}, ctx: r.Context}
		if !e.prepare() {
			t.Fatalf("%v", r)
		}
		for _, effect := range []policy.Effect{policy.Allow, policy.Deny} {
			got, want := e.first(p, effect), bruteFirst(&e, p, effect)
			if got != want {
				t.Fatalf("effect %d of %v: got %v, want %v", effect, r, got, want)
			}
		}
	})
}

func TestExplainAgreesWithDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, l := drawRequest(t), drawLayers(t)
		d, trace := Explain(r, l)
		if d != Decide(r, l) {
			t.Fatalf("%v: %+v and %+v", r, d, Decide(r, l))
		}
		if d.Statement.IsZero() {
			return
		}
		found := slices.ContainsFunc(trace.Layers, func(lt LayerTrace) bool {
			return lt.Layer == d.Layer && slices.ContainsFunc(lt.Matched, func(m Match) bool { return m.Statement == d.Statement })
		})
		if !found {
			t.Fatalf("%v: %+v is not in the trace %+v", r, d, trace)
		}
	})
}

// What takes permissions away never gives any.
func TestLimitsNeverPermitMore(t *testing.T) {
	limits := map[string]func(t *rapid.T, l *Layers){
		"boundary": func(t *rapid.T, l *Layers) { l.Boundary = []*Policy{drawPolicy(t, policy.PermissionsBoundary)} },
		"session":  func(t *rapid.T, l *Layers) { l.Session = []*Policy{drawPolicy(t, policy.Session)} },
		"endpoint": func(t *rapid.T, l *Layers) { l.Endpoint = []*Policy{drawPolicy(t, policy.Endpoint)} },
		"scp":      func(t *rapid.T, l *Layers) { l.SCP = append(l.SCP, []*Policy{drawPolicy(t, policy.ServiceControl)}) },
		"rcp":      func(t *rapid.T, l *Layers) { l.RCP = append(l.RCP, []*Policy{drawPolicy(t, policy.ResourceControl)}) },
		"scp deny": func(t *rapid.T, l *Layers) { l.SCP = withDenies(t, l.SCP, policy.ServiceControl) },
		"rcp deny": func(t *rapid.T, l *Layers) { l.RCP = withDenies(t, l.RCP, policy.ResourceControl) },
		"unreadable": func(t *rapid.T, l *Layers) {
			l.Identity = append(slices.Clone(l.Identity), Unreadable("", policy.IdentityBased))
		},
		"nil": func(t *rapid.T, l *Layers) { l.Boundary = []*Policy{nil} },
	}
	absent := map[string]func(l *Layers) bool{
		"boundary": func(l *Layers) bool { return l.Boundary == nil },
		"nil":      func(l *Layers) bool { return l.Boundary == nil },
		"session":  func(l *Layers) bool { return l.Session == nil },
		"endpoint": func(l *Layers) bool { return l.Endpoint == nil },
		"scp":      func(l *Layers) bool { return l.SCP == nil || len(l.SCP) > 0 }, // no level at all allows nothing
		"rcp":      func(l *Layers) bool { return l.RCP == nil || len(l.RCP) > 0 },
		"scp deny": func(l *Layers) bool { return len(l.SCP) > 0 },
		"rcp deny": func(l *Layers) bool { return len(l.RCP) > 0 },
	}
	for name, limit := range limits {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r, l := drawRequest(t), drawLayers(t)
				// A session policy is what lets a federated user do anything.
				if name == "session" && r.Principal.Kind == FederatedUser || absent[name] != nil && !absent[name](l) {
					t.Skip("the layer is not one that can be added")
				}
				before := Decide(r, l)
				limited := *l
				limit(t, &limited)
				if after := Decide(r, &limited); after.Effect == Allow && before.Effect != Allow {
					t.Fatalf("%v: %+v became %+v", r, before, after)
				}
			})
		})
	}
}

// withDenies adds to a level a policy that only denies.
func withDenies(t *rapid.T, levels [][]*Policy, kind policy.Kind) [][]*Policy {
	doc := drawDocument(t, kind)
	for i := range doc.Statements {
		doc.Statements[i].Effect = policy.Deny
	}
	levels = slices.Clone(levels)
	i := rapid.IntRange(0, len(levels)-1).Draw(t, "level")
	levels[i] = append(slices.Clone(levels[i]), mustCompile(t, doc))
	return levels
}

// allKinds are the kinds of policies, listKinds those of which several apply.
var (
	listKinds = []policy.Kind{
		policy.IdentityBased, policy.PermissionsBoundary, policy.Session, policy.ServiceControl, policy.ResourceControl, policy.Endpoint,
	}
	allKinds = append(slices.Clone(listKinds), policy.ResourceBased, policy.Trust)
)

// with puts policies in the place of those of their kind.
func (l Layers) with(kind policy.Kind, policies ...*Policy) *Layers {
	switch kind {
	case policy.IdentityBased:
		l.Identity = policies
	case policy.PermissionsBoundary:
		l.Boundary = policies
	case policy.Session:
		l.Session = policies
	case policy.ServiceControl:
		l.SCP = append(slices.Clone(l.SCP), policies)
	case policy.ResourceControl:
		l.RCP = append(slices.Clone(l.RCP), policies)
	case policy.Endpoint:
		l.Endpoint = policies
	default:
		l.Resource, l.Trust = policies[0], kind == policy.Trust
	}
	return &l
}

// In whatever policy, one more Deny never gives anything.
func TestDenyNeverPermitsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, l := drawRequest(t), drawLayers(t)
		kind := rapid.SampledFrom(allKinds).Draw(t, "kind")
		doc := drawDocument(t, kind)
		more := *doc
		st := drawStatement(t, kind)
		st.Effect = policy.Deny
		at := rapid.IntRange(0, len(doc.Statements)).Draw(t, "at")
		more.Statements = slices.Insert(slices.Clone(doc.Statements), at, st)
		before := Decide(r, l.with(kind, mustCompile(t, doc)))
		if after := Decide(r, l.with(kind, mustCompile(t, &more))); after.Effect == Allow && before.Effect != Allow {
			t.Fatalf("%v: %+v became %+v", r, before, after)
		}
	})
}

// In whatever policy, one more Allow never takes anything.
func TestAllowNeverForbidsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, l := drawRequest(t), drawLayers(t)
		kind := rapid.SampledFrom(allKinds).Draw(t, "kind")
		doc := drawDocument(t, kind)
		more := *doc
		st := drawStatement(t, kind)
		st.Effect = policy.Allow
		if st.Principal != nil {
			st.Principal.Not = false
		}
		more.Statements = append(slices.Clone(doc.Statements), st)
		before := Decide(r, l.with(kind, mustCompile(t, doc)))
		if after := Decide(r, l.with(kind, mustCompile(t, &more))); before.Effect == Allow && after.Effect != Allow {
			t.Fatalf("%v: %+v became %+v", r, before, after)
		}
	})
}

// shuffled returns s in another order.
func shuffled[T any](t *rapid.T, s []T) []T {
	s = slices.Clone(s)
	rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))).Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}

// Neither the order of statements nor that of what is in them matters.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, l := drawRequest(t), drawLayers(t)
		kind := rapid.SampledFrom(allKinds).Draw(t, "kind")
		doc := drawDocument(t, kind)
		other := *doc
		other.Statements = shuffled(t, doc.Statements)
		for i := range other.Statements {
			st := &other.Statements[i]
			st.Action.Values = shuffled(t, st.Action.Values)
			st.Conditions = shuffled(t, st.Conditions)
			if st.Resource != nil {
				st.Resource = &policy.Patterns{Not: st.Resource.Not, Values: shuffled(t, st.Resource.Values)}
			}
			if st.Principal != nil {
				st.Principal = &policy.Principals{Not: st.Principal.Not, Values: shuffled(t, st.Principal.Values)}
			}
			for k := range st.Conditions {
				st.Conditions[k].Values = shuffled(t, st.Conditions[k].Values)
			}
		}
		a, b := Decide(r, l.with(kind, mustCompile(t, doc))), Decide(r, l.with(kind, mustCompile(t, &other)))
		if a.Effect != b.Effect || a.Layer != b.Layer {
			t.Fatalf("%v: %+v and %+v", r, a, b)
		}
	})
}

// Neither the order of policies nor that of levels matters.
func TestOrderOfPoliciesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, l := drawRequest(t), drawLayers(t)
		other := *l
		for _, list := range []*[]*Policy{&other.Identity, &other.Boundary, &other.Session, &other.Endpoint} {
			*list = shuffled(t, *list)
		}
		for _, levels := range []*[][]*Policy{&other.SCP, &other.RCP} {
			*levels = shuffled(t, *levels)
			for i := range *levels {
				(*levels)[i] = shuffled(t, (*levels)[i])
			}
		}
		a, b := Decide(r, l), Decide(r, &other)
		if a.Effect != b.Effect || a.Layer != b.Layer {
			t.Fatalf("%v: %+v and %+v", r, a, b)
		}
	})
}

// The statements of one policy and the same in several decide alike.
func TestUnionOfStatements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, l := drawRequest(t), drawLayers(t)
		kind := rapid.SampledFrom(listKinds).Draw(t, "kind")
		doc := drawDocument(t, kind)
		apart := []*Policy{}
		for i := range doc.Statements {
			one := *doc
			one.Statements = doc.Statements[i : i+1]
			apart = append(apart, mustCompile(t, &one))
		}
		a, b := Decide(r, l.with(kind, mustCompile(t, doc))), Decide(r, l.with(kind, apart...))
		if a.Effect != b.Effect || a.Layer != b.Layer {
			t.Fatalf("%v: %+v and %+v", r, a, b)
		}
	})
}

// A limiting layer that is absent limits nothing; empty, it allows nothing.
func TestAbsentIsNotEmpty(t *testing.T) {
	layers := map[string]func(l *Layers){
		"boundary": func(l *Layers) { l.Boundary = []*Policy{} },
		"session":  func(l *Layers) { l.Session = []*Policy{} },
		"endpoint": func(l *Layers) { l.Endpoint = []*Policy{} },
		"scp":      func(l *Layers) { l.SCP = [][]*Policy{} },
		"rcp":      func(l *Layers) { l.RCP = [][]*Policy{} },
	}
	user := callers[2]
	r := &Request{Principal: user, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"}
	for name, empty := range layers {
		l := &Layers{Identity: []*Policy{allowAll(t, policy.IdentityBased)}}
		if d := Decide(r, l); d.Effect != Allow {
			t.Fatalf("%+v", d)
		}
		empty(l)
		if d := Decide(r, l); d.Effect != ImplicitDeny {
			t.Errorf("empty %s: %+v", name, d)
		}
	}
}

// FuzzDecide feeds documents as they come to the whole path, from parser to
// trace.
func FuzzDecide(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}*"}}`, "s3:GetObject", "arn:aws:s3:::b/ann", "aws:username", "ann")
	f.Add(`{"Statement":{"Effect":"Deny","Action":["*","s?:*"],"NotResource":"arn:aws:s3","Condition":{"NumericLessThan":{"a:k":1}}}}`, "S3:X", "*", "A:K", "0.5")
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*","Condition":{"ForAllValues:ArnLike":{"a:k":["arn:${a:k}:*:*:*:*"]},"DateLessThan":{"a:d":"2026-01-01T00:00:00+01:00"},"Null":{"a:k":"true"}}}]}`, "kms:Decrypt", "arn:aws:kms:eu:111122223333:key/1", "a:d", "1")
	f.Fuzz(func(t *testing.T, text, action, resource, key, value string) {
		doc, err := policy.Parse(policy.IdentityBased, text)
		if err != nil {
			return
		}
		p, err := Compile(doc, CompileOptions{})
		if err != nil {
			t.Fatalf("parsed and does not compile: %v", err)
		}
		ctx := new(Context)
		ctx.Set(key, value)
		for _, caller := range callers {
			r := &Request{Principal: caller, Action: action, Resource: resource, Context: ctx}
			l := &Layers{Identity: []*Policy{p}, Boundary: []*Policy{p}}
			d, _ := Explain(r, l)
			if d != Decide(r, l) {
				t.Errorf("%v: Explain and Decide differ", r)
			}
			_ = d.Message(r)
		}
	})
}
