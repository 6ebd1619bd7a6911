package engine_test

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/engine"
)

// dice make the choices of a random case. Zero is the plainest choice, so that a
// case which fails shrinks to a plain one.
type dice interface {
	roll(n int) int // one of 0 to n-1
}

// rapidDice are rapid's choices, which it shrinks.
type rapidDice struct{ *rapid.T }

func (d rapidDice) roll(n int) int {
	if n >= len(sides) { // a place in a long text
		return rapid.IntRange(0, n-1).Draw(d.T, "roll")
	}
	return sides[n].Draw(d.T, "roll")
}

var sides = func() (all [256]*rapid.Generator[int]) {
	for n := 1; n < len(all); n++ {
		all[n] = rapid.IntRange(0, n-1)
	}
	return all
}()

// byteDice are the bytes of a fuzz input, a choice each; behind them all are plain.
type byteDice struct{ left []byte }

func (d *byteDice) roll(n int) int {
	if len(d.left) == 0 {
		return 0
	}
	b := int(d.left[0])
	d.left = d.left[1:]
	return b % n
}

func pick[T any](d dice, from []T) T { return from[d.roll(len(from))] }

// oneIn is true once in n times.
func oneIn(d dice, n int) bool { return d.roll(n) == n-1 }

// literalCase is a request and the policies that apply to it.
type literalCase struct {
	request engine.Request
	layers  literalLayers
}

// caseMaker makes one case.
type caseMaker struct {
	dice
	scene
	request engine.Request

	policies, statements int    // made so far
	around, spot         string // what the last long text is made of
}

func drawCase(d dice) *literalCase {
	m := &caseMaker{dice: d}
	m.drawRequest()
	return &literalCase{m.request, m.drawLayers()}
}

func (m *caseMaker) drawRequest() {
	r := &m.request
	r.Principal = pick(m, callers)
	m.scene = pick(m, scenes)
	if r.Principal.Kind == engine.Federated { // who can do nothing but assume a role
		m.scene = scenes[4]
	}
	r.Action, r.Resource = pick(m, m.actions), pick(m, m.resources)
	if oneIn(m, 50) {
		r.Action = pick(m, noActions)
	}
	if oneIn(m, 50) {
		r.Principal = pick(m, noCallers)
	}
	if parts := segments(r.Resource); len(parts) == 6 && oneIn(m, 4) {
		parts[5] = m.longText()
		r.Resource = strings.Join(parts, ":")
	}
	r.ResourceAccount = pick(m, []string{"", homeAccount, otherAccount})
	r.Context = new(engine.Context)
	r.Context.SetPrincipal(&r.Principal)
	for i := range keyFamilies {
		if f := &keyFamilies[i]; m.roll(3) > 0 {
			m.drawKey(f)
		}
	}
	if oneIn(m, 40) {
		r.Context = nil
	}
}

func (m *caseMaker) drawKey(f *keyFamily) {
	values := []string{}
	for range pick(m, []int{1, 1, 1, 1, 2, 0, 3}) {
		v := pick(m, f.got)
		if f.isText() && oneIn(m, 4) {
			v = m.longText()
		}
		values = append(values, v)
	}
	m.request.Context.Set(pick(m, f.keys), values...)
}

// isText reports whether values of the family are texts like any other.
func (f *keyFamily) isText() bool { return strings.HasPrefix(f.operators[0], "String") }

// longText makes a text of pieces, or one in which a spot is to be found, often
// where the engine goes from one word of 64 places to the next.
func (m *caseMaker) longText() string {
	if oneIn(m, 2) {
		return m.scribble(textPieces)
	}
	m.around = pick(m, []string{"a", "ab", "\u00e9", "\u20ac", "aab"})
	m.spot = pick(m, []string{"aac", "ac", "a\u00e9c", "\u20acc", "ca"})
	return strings.Repeat(m.around, pick(m, []int{0, 28, 60, 124, 188})+m.roll(5)) + m.spot + strings.Repeat(m.around, m.roll(70))
}

// finding is a pattern for such a text, which fits at the spot if anywhere.
func (m *caseMaker) finding() string {
	chars := strings.Split(m.spot, "")
	chars[m.roll(len(chars))] = "?"
	p := pick(m, []string{"*", "*" + m.around, "*?"}) + strings.Repeat(m.around, m.roll(4)) + strings.Join(chars, "")
	return p + pick(m, []string{"*", "*" + m.around + "?" + m.around + "*", "?*", "*" + m.spot + "*", "${a:text}*", ""})
}

// scribble puts pieces together.
func (m *caseMaker) scribble(pieces []string) string {
	var b strings.Builder
	for range 1 + m.roll(7) {
		b.WriteString(pick(m, pieces))
	}
	return b.String()
}

func (m *caseMaker) drawLayers() literalLayers {
	l := literalLayers{schema: pick(m, []engine.Schema{wordSchema{}, wordSchema{}, noSchema{}}), ids: pick(m, uniqueIDs)}
	l.identity = m.drawLayer(engine.IdentityLayer, 1)
	l.trust = m.trust && !oneIn(m, 4)
	if m.roll(3) > 0 {
		kind := engine.ResourceLayer
		if l.trust {
			kind = engine.TrustLayer
		}
		p := m.drawPolicy(kind)
		l.resource = &p
	}
	l.boundary = m.drawLayer(engine.BoundaryLayer, 4)
	l.session = m.drawLayer(engine.SessionLayer, 4)
	l.endpoint = m.drawLayer(engine.EndpointLayer, 6)
	l.scp = m.drawLevels(engine.SCPLayer)
	l.rcp = m.drawLevels(engine.RCPLayer)
	return l
}

// drawLayer makes the policies of a layer, which is there once in some times.
func (m *caseMaker) drawLayer(layer engine.Layer, seldom int) []literalPolicy {
	if seldom > 1 && !oneIn(m, seldom) {
		return nil
	}
	list := []literalPolicy{}
	for range pick(m, []int{1, 1, 1, 2, 3, 0}) {
		list = append(list, m.drawPolicy(layer))
	}
	return list
}

func (m *caseMaker) drawLevels(layer engine.Layer) [][]literalPolicy {
	if m.roll(4) < 3 {
		return nil
	}
	levels := [][]literalPolicy{}
	for range pick(m, []int{1, 2, 1, 0}) {
		levels = append(levels, m.drawLayer(layer, 1))
	}
	return levels
}

func (m *caseMaker) drawPolicy(layer engine.Layer) literalPolicy {
	m.policies++
	name := fmt.Sprintf("p%d", m.policies)
	if oneIn(m, 60) {
		return literalPolicy{name: pick(m, []string{name, ""}), unreadable: true}
	}
	return literalPolicy{name: name, text: m.document(layer)}
}
