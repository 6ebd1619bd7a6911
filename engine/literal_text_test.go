package engine_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/engine"
)

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
	if oneIn(m, 2) {
		return element + m.ownPrincipal()
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

// ownPrincipal names the caller, in some of the ways there are.
func (m *caseMaker) ownPrincipal() string {
	p := &m.request.Principal
	switch {
	case p.Service != "":
		return `{"Service":` + m.text(p.Service) + `}`
	case p.Provider != "":
		return `{"Federated":` + m.text(p.Provider) + `}`
	case p.Account == "":
		return `{"AWS":"*"}`
	}
	names := []string{"arn:aws:iam::" + p.Account + ":root", p.Account}
	for _, name := range []string{p.ARN, p.RoleARN, p.IssuerARN, p.ID, p.IssuerID} {
		if name != "" {
			names = append(names, name)
		}
	}
	return `{"AWS":` + m.values(names, 3) + `}`
}

func (m *caseMaker) action(layer engine.Layer) string {
	said := m.said
	if layer == engine.TrustLayer { // about assuming the role alone
		said = scenes[4].said
	}
	service, _, _ := strings.Cut(m.request.Action, ":")
	if isAction(m.request.Action) && (layer != engine.TrustLayer || lowerASCII(service) == "sts") && oneIn(m, 2) {
		said = []string{service + ":*", m.request.Action}
	}
	if layer == engine.RCPLayer {
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
	from := []string{"*", m.near(m.request.Resource), m.near(m.request.Resource)}
	if oneIn(m, 2) {
		return m.not("Resource") + m.values(from, most)
	}
	from = append(append(from, m.near(pick(m, m.resources))), m.patterns...)
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
	if len(parts) < 6 || strings.Contains(text, "${") || !utf8.ValidString(text) {
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
	switch {
	case m.spot != "" && m.roll(3) > 0:
		parts[5] = kept + m.finding()
	case oneIn(m, 5):
		parts[5] = kept + m.scribble(patternPieces)
	default:
		parts[5] = kept + m.holes(parts[5])
	}
	return strings.Join(parts, ":")
}

// holes makes a pattern of a text: with wildcards in some places, and perhaps
// something wrong.
func (m *caseMaker) holes(text string) string {
	chars := strings.Split(text, "")
	for range pick(m, []int{1, 2, 3, 0, 6}) {
		i := m.roll(len(chars) + 1)
		j := i + m.roll(min(len(chars)-i, 3)+1)
		span := strings.Join(chars[i:j], "")
		hole := pick(m, []string{"*", strings.Repeat("?", j-i), "*", "?", "*?", span + span, strings.ToUpper(span), "", "?*", "**", "b"})
		chars = slices.Concat(chars[:i], []string{hole}, chars[j:])
	}
	if oneIn(m, 4) {
		chars = append(chars[:m.roll(len(chars)+1)], "*")
	}
	return strings.Join(chars, "")
}

// condition writes a Condition block with up to n conditions.
func (m *caseMaker) condition(n int, variables bool) string {
	block := make(map[string]map[string]string)
	for range n {
		f := &keyFamilies[m.roll(len(keyFamilies))]
		operator := m.operator(f)
		key := m.key(f)
		if block[operator] == nil {
			block[operator] = make(map[string]string)
		}
		block[operator][key] = m.scalars(m.wanted(f, key, variables))
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

// key is a key of a family, mostly one that the request has.
func (m *caseMaker) key(f *keyFamily) string {
	if oneIn(m, 8) {
		f = &keyFamilies[m.roll(len(keyFamilies))]
	}
	keys := f.keys
	if m.roll(4) > 0 {
		has := func(key string) bool { _, ok := m.request.Context.Get(key); return ok }
		if had := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !has(key) }); len(had) > 0 {
			keys = had
		}
	}
	return pick(m, keys)
}

// wanted are the values to choose from for a condition, among them those that the
// request has. Only dates have to be legal.
func (m *caseMaker) wanted(f *keyFamily, key string, variables bool) []string {
	if strings.HasPrefix(f.operators[0], "Date") {
		return f.wanted
	}
	var near []string
	got, _ := m.request.Context.Get(key)
	for _, v := range got {
		if utf8.ValidString(v) && !strings.Contains(v, "${") {
			near = append(near, v)
			if m.spot != "" {
				near = append(near, m.finding(), m.finding())
			}
			if f.isText() || strings.HasPrefix(f.operators[0], "Arn") {
				near = append(near, m.holes(v))
			}
		}
	}
	if near != nil && oneIn(m, 2) {
		return near
	}
	wanted := append(near, f.wanted...)
	if f.isText() || strings.HasPrefix(f.operators[0], "Arn") {
		wanted = append(wanted, m.scribble(patternPieces), "arn:aws:"+m.scribble(patternPieces)+":"+m.scribble(patternPieces))
	}
	if oneIn(m, 8) {
		wanted = keyFamilies[m.roll(len(keyFamilies))].wanted
	}
	if !variables {
		wanted = append(slices.Clone(wanted), "${", "a${*", "${}")
	}
	return wanted
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
