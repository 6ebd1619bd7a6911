package engine_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
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

	policies, statements int // made so far
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
		parts[5] = m.scribble(textPieces)
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
			v = m.scribble(textPieces)
		}
		values = append(values, v)
	}
	m.request.Context.Set(pick(m, f.keys), values...)
}

// isText reports whether values of the family are texts like any other.
func (f *keyFamily) isText() bool { return strings.HasPrefix(f.operators[0], "String") }

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

// namesCallers reports whether statements of a layer's policies have principals.
func namesCallers(layer engine.Layer) bool {
	return slices.Contains([]engine.Layer{engine.ResourceLayer, engine.TrustLayer, engine.RCPLayer, engine.EndpointLayer}, layer)
}

// isLoose reports whether a layer's policies may have patterns that AWS refuses in
// others.
func isLoose(layer engine.Layer) bool {
	return layer == engine.ResourceLayer || layer == engine.EndpointLayer
}

// document writes a policy.
func (m *caseMaker) document(layer engine.Layer) string {
	version := `"Version":"2012-10-17",`
	if layer != engine.SCPLayer && layer != engine.RCPLayer && oneIn(m, 8) {
		version = pick(m, []string{`"Version":"2008-10-17",`, ``})
	}
	var list []string
	for range pick(m, []int{1, 2, 3, 1, 4}) {
		list = append(list, m.statement(layer, strings.Contains(version, "2012")))
	}
	if !isLoose(layer) && m.roll(4) > 0 || oneIn(m, 8) {
		list = slices.Insert(list, m.roll(len(list)+1), m.sweeping(layer))
	}
	if oneIn(m, 150) {
		list = m.among(list, layer)
	}
	if oneIn(m, 20) {
		version += `"Id":"any",`
	}
	if len(list) == 1 && oneIn(m, 2) {
		return `{` + version + `"Statement":` + list[0] + `}`
	}
	return `{` + version + `"Statement":[` + strings.Join(list, ",\n ") + `]}`
}

// sweeping is a statement that allows whatever a policy of the layer can.
func (m *caseMaker) sweeping(layer engine.Layer) string {
	switch {
	case layer == engine.TrustLayer:
		return `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}`
	case namesCallers(layer):
		return `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	}
	return `{"Effect":"Allow","Action":"*","Resource":"*"}`
}

// among puts statements between others that do not concern the request, so many
// that the engine looks them up otherwise.
func (m *caseMaker) among(list []string, layer engine.Layer) []string {
	many := make([]string, pick(m, []int{10, 40, 70, 130, 1100}))
	for i := range many {
		action := pick(m, []string{"s3:Get*", "sts:*", "sqs:SendMessage", "s3:GetObject"})
		resource := fmt.Sprintf(`,"Resource":"arn:aws:s3:::filler%d/*"`, i)
		principal := ""
		if layer == engine.TrustLayer {
			action, resource = "sts:Filler"+fmt.Sprint(i), ""
		}
		if namesCallers(layer) {
			principal = `,"Principal":{"AWS":"*"}`
		}
		many[i] = `{"Effect":"Deny","Action":` + m.text(action) + resource + principal + `}`
	}
	for _, st := range list {
		many[m.roll(min(len(many), 255))] = st
		many = slices.Concat(many[len(many)/2:], many[:len(many)/2])
	}
	return many
}

// statement writes a statement.
func (m *caseMaker) statement(layer engine.Layer, variables bool) string {
	deny := oneIn(m, 4)
	if layer == engine.RCPLayer { // where nobody may write an Allow
		deny = true
	}
	var elements []string
	if oneIn(m, 6) {
		m.statements++
		elements = []string{fmt.Sprintf(`"Sid":"s%d"`, m.statements)}
	}
	if deny {
		elements = append(elements, `"Effect":"Deny"`)
	} else {
		elements = append(elements, `"Effect":"Allow"`)
	}
	if namesCallers(layer) {
		elements = append(elements, m.principal(layer, deny))
	}
	elements = append(elements, m.action(layer))
	if layer != engine.TrustLayer {
		elements = append(elements, m.resource(layer, variables))
	}
	if n := pick(m, []int{-1, -1, 1, 2, 3, 0}); n >= 0 {
		elements = append(elements, m.condition(n, variables))
	}
	return `{` + strings.Join(elements, `,`) + `}`
}

// not turns an element into its Not-form now and then.
func (m *caseMaker) not(element string) string {
	if oneIn(m, 6) {
		return `"Not` + element + `":`
	}
	return `"` + element + `":`
}

func (m *caseMaker) principal(layer engine.Layer, deny bool) string {
	if layer == engine.RCPLayer {
		return `"Principal":` + pick(m, []string{`"*"`, `{"AWS":"*"}`})
	}
	element := `"Principal":`
	if deny && layer != engine.TrustLayer && oneIn(m, 3) {
		element = `"NotPrincipal":`
	}
	if layer != engine.TrustLayer && oneIn(m, 6) {
		return element + `"*"`
	}
	types := map[string][]string{"AWS": awsPrincipals, "Service": services, "Federated": providers}
	if layer != engine.TrustLayer {
		types["CanonicalUser"] = canonicalUsers
	}
	var parts []string
	for _, typ := range []string{"AWS", "Service", "Federated", "CanonicalUser"} {
		if from := types[typ]; from != nil && (oneIn(m, 4) || typ == "AWS" && m.roll(4) > 0) {
			parts = append(parts, `"`+typ+`":`+m.values(from, 4))
		}
	}
	if parts == nil {
		parts = []string{`"AWS":` + m.values(awsPrincipals, 4)}
	}
	return element + `{` + strings.Join(parts, `,`) + `}`
}

func (m *caseMaker) action(layer engine.Layer) string {
	said := m.said
	switch layer {
	case engine.TrustLayer: // about assuming the role alone
		said = scenes[4].said
	case engine.RCPLayer:
		said = slices.DeleteFunc(slices.Clone(said), func(s string) bool { return s == "*" })
		return `"Action":` + m.values(said, 3)
	}
	return m.not("Action") + m.values(said, 3)
}

func (m *caseMaker) resource(layer engine.Layer, variables bool) string {
	most := 3
	if oneIn(m, 8) {
		most = 14
	}
	from := []string{"*", m.near(m.request.Resource), m.near(pick(m, m.resources))}
	from = append(from, m.patterns...)
	if isLoose(layer) {
		from = append(from, loosePatterns...)
	}
	if !variables {
		from = append(from, "arn:aws:s3:::b/${*", "arn:aws:s3:::${}")
	}
	return m.not("Resource") + m.values(from, most)
}

// near makes a pattern that fits a text, or nearly so. It stays within what AWS
// takes for a resource everywhere.
func (m *caseMaker) near(text string) string {
	parts := segments(text)
	if len(parts) < 6 || strings.Contains(text, "${") || !isLatin(text) {
		return "*"
	}
	kept := ""
	if parts[2] == "iam" || parts[2] == "s3" && parts[3] != "" { // where types are checked
		typ, rest, _ := strings.Cut(parts[5], "/")
		if !slices.Contains([]string{"role", "user", "policy", "accesspoint"}, typ) {
			return "*"
		}
		kept, parts[5] = typ+"/", rest
	}
	if oneIn(m, 3) {
		parts[4] = pick(m, []string{"*", "", "?*", "*" + parts[4] + "*"})
	}
	tail := []rune(parts[5])
	if oneIn(m, 3) {
		parts[5] = kept + m.scribble(patternPieces)
		return strings.Join(parts, ":")
	}
	i := m.roll(len(tail) + 1)
	j := i + m.roll(len(tail)-i+1)
	start, middle, end := string(tail[:i]), string(tail[i:j]), string(tail[j:])
	parts[5] = kept + pick(m, []string{
		start + middle + end, start + "*", start + "*" + end, "*" + end, start + strings.Repeat("?", j-i) + end, start + "?" + end,
		"*" + middle + "*", start + "*" + middle + "?*" + end, "*" + start + "*" + end + "?", start + middle + middle + "*" + end,
	})
	return strings.Join(parts, ":")
}

// isLatin reports whether a policy can have the text in it.
func isLatin(s string) bool {
	for _, r := range s {
		if r > 0xff { // also of bytes that are not UTF-8
			return false
		}
	}
	return true
}

// condition writes a Condition block with up to n conditions.
func (m *caseMaker) condition(n int, variables bool) string {
	block := make(map[string]map[string]string)
	for range n {
		f := &keyFamilies[m.roll(len(keyFamilies))]
		operator := m.operator(f)
		keys, wanted := f.keys, slices.Clone(f.wanted)
		if oneIn(m, 8) {
			other := &keyFamilies[m.roll(len(keyFamilies))]
			keys = other.keys
			if !strings.Contains(operator, "Date") {
				wanted = append(wanted, other.wanted...)
			}
		}
		if !variables && !strings.Contains(operator, "Date") {
			wanted = append(wanted, "${", "a${*", "${}")
		}
		if f.isText() || strings.HasPrefix(f.operators[0], "Arn") {
			wanted = append(wanted, m.scribble(patternPieces), "arn:aws:"+m.scribble(patternPieces)+":"+m.scribble(patternPieces))
		}
		if block[operator] == nil {
			block[operator] = make(map[string]string)
		}
		block[operator][pick(m, keys)] = m.scalars(wanted)
	}
	var operators []string
	for _, operator := range slices.Sorted(maps.Keys(block)) {
		var keys []string
		for _, key := range slices.Sorted(maps.Keys(block[operator])) {
			keys = append(keys, m.text(key)+`:`+block[operator][key])
		}
		operators = append(operators, `"`+operator+`":{`+strings.Join(keys, `,`)+`}`)
	}
	return `"Condition":{` + strings.Join(operators, `,`) + `}`
}

func (m *caseMaker) operator(f *keyFamily) string {
	name := pick(m, f.operators)
	if oneIn(m, 4) && name != "Null" {
		name += "IfExists"
	}
	return pick(m, []string{"", "", "ForAllValues:", "ForAnyValue:"}) + name
}

// scalars writes the values of a condition, which may be none at all.
func (m *caseMaker) scalars(from []string) string {
	if oneIn(m, 20) {
		return `[]`
	}
	list := m.valueList(from, 3, func(s string) string {
		if bare.MatchString(s) && oneIn(m, 3) {
			return s
		}
		return m.text(s)
	})
	return list
}

// bare are numbers and booleans, which need no quotes.
var bare = regexp.MustCompile(`^(true|false|-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[0-9]+)?)$`)

// values writes up to most of some texts.
func (m *caseMaker) values(from []string, most int) string {
	return m.valueList(from, most, m.text)
}

func (m *caseMaker) valueList(from []string, most int, write func(string) string) string {
	n := 1 + m.roll(most)
	if n == 1 && !oneIn(m, 4) {
		return write(pick(m, from))
	}
	list := make([]string, n)
	for i := range list {
		list[i] = write(pick(m, from))
	}
	return `[` + strings.Join(list, `,`) + `]`
}

// text writes a string, now and then with escapes that it does not need.
func (m *caseMaker) text(s string) string {
	all := oneIn(m, 40)
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case all || r < ' ' || r == '"' || r == '\\' || r > 0xff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
