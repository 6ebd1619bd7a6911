package iam_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/writ-iam/writ/internal/apimodel"
	"github.com/writ-iam/writ/internal/iam"
)

// minConstraintCases is how many cases the model gave when this was written.
// It may grow.
const minConstraintCases = 950

// TestModelConstraints sends every operation that is built what its model
// forbids, one member at a time: too short, too long, of another pattern, none
// of an enum, out of range, too many, absent. What is demanded comes from the
// model itself and not from the code that is generated from it.
func TestModelConstraints(t *testing.T) {
	model, err := apimodel.Load("iam")
	must(t, err)
	service, err := iam.New(iam.Options{MarkerKey: make([]byte, 32)})
	must(t, err)
	missing := service.Table().Missing()
	in := start(t, nil)
	n := 0
	for name, op := range model.Operations.All() {
		if op.Input == nil || slices.Contains(missing, name) {
			continue
		}
		cases := constraintCases(t, model, op.Input.Shape)
		n += len(cases)
		t.Run(name, func(t *testing.T) {
			for _, c := range cases {
				in.checkConstraint(t, name, &c)
			}
		})
	}
	if n < minConstraintCases {
		t.Errorf("%d cases, want at least %d", n, minConstraintCases)
	}
}

// constraintCase is a request with one fault, and what AWS says of it.
type constraintCase struct {
	what   string
	params url.Values
	faults []string // "Value at …", in the order of the answer
}

func (in *installation) checkConstraint(t *testing.T, operation string, c *constraintCase) {
	t.Helper()
	status, body := in.call(in.root(account), operation, c.params)
	var answer struct {
		Error struct{ Code, Message string }
	}
	if err := xml.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%s: %v in %.200s", c.what, err, body)
	}
	errors := " errors"
	if len(c.faults) == 1 {
		errors = " error"
	}
	want := strconv.Itoa(len(c.faults)) + " validation" + errors + " detected: " + strings.Join(c.faults, "; ")
	if e := answer.Error; status != http.StatusBadRequest || e.Code != "ValidationError" || e.Message != want {
		t.Errorf("%s: %d %s %s\nwant %s", c.what, status, e.Code, e.Message, want)
	}
}

// constraintCases are the cases of an operation's input.
func constraintCases(t *testing.T, model *apimodel.Model, input string) []constraintCase {
	g := &constraints{t: t, model: model}
	base := make(url.Values)
	g.fill(base, input, "")
	g.structure(base, input, "", "")
	return g.cases
}

// constraints makes the cases of one input.
type constraints struct {
	t     *testing.T
	model *apimodel.Model
	cases []constraintCase
}

func (g *constraints) shape(name string) *apimodel.Shape {
	sh, ok := g.model.Shapes.Get(name)
	if !ok {
		g.t.Fatalf("no shape %s", name)
	}
	return sh
}

// fill gives the required members of a structure valid values; a structure
// without any gets one of another member.
func (g *constraints) fill(p url.Values, structure, prefix string) {
	sh := g.shape(structure)
	for _, member := range sh.Required {
		ref, _ := sh.Members.Get(member)
		g.set(p, ref.Shape, prefix+member)
	}
	if len(sh.Required) == 0 && prefix != "" {
		for member, ref := range sh.Members.All() {
			g.set(p, ref.Shape, prefix+member)
			return
		}
	}
}

// set gives a member a valid value.
func (g *constraints) set(p url.Values, shape, param string) {
	switch sh := g.shape(shape); sh.Type {
	case "structure":
		g.fill(p, shape, param+".")
	case "list":
		g.set(p, sh.Member.Shape, param+".member.1")
	case "string":
		p.Set(param, g.valid(shape))
	case "integer", "long":
		p.Set(param, strconv.FormatInt(value(sh.Min, 1), 10))
	case "boolean":
		p.Set(param, "true")
	default:
		g.t.Fatalf("%s: no value for a %s", param, sh.Type)
	}
}

// candidates are values of which one fits each string that is required.
var candidates = []string{
	"aaaaa", "aaaaaaaaaaaaaaaaaaaa", "/a/", "123456789012", "123456", "v1", "arn:aws:iam::123456789012:policy/p", "https://example.com/",
	strings.Repeat("a", 32), strings.Repeat("a", 64), "A1B2C3D4E5F6G7H8", strings.Repeat("A", 24),
	strings.Repeat("a", 40), strings.Repeat("a", 1000), "o-a1b2c3d4e5/r-f6g7", "examplef-1305-c245-eba4-71fe298bcda7",
}

func (g *constraints) valid(shape string) string {
	sh := g.shape(shape)
	if len(sh.Enum) > 0 {
		return sh.Enum[0]
	}
	for _, v := range candidates {
		if len(faultsOf(sh, v)) == 0 {
			return v
		}
	}
	g.t.Fatalf("no candidate is a %s", shape)
	return ""
}

// structure adds the cases of the members of a structure that base has filled.
func (g *constraints) structure(base url.Values, structure, prefix, path string) {
	sh := g.shape(structure)
	for member, ref := range sh.Members.All() {
		param, at := prefix+member, path+string(unicode.ToLower(rune(member[0])))+member[1:]
		if slices.Contains(sh.Required, member) {
			g.absent(base, param, prefix, at)
		}
		g.member(base, ref.Shape, param, at)
	}
}

// absent adds the case of a required member that is not there. Where nothing
// would be left of its structure, that is absent too, which is another case.
func (g *constraints) absent(base url.Values, param, prefix, at string) {
	p := maps.Clone(base)
	maps.DeleteFunc(p, func(name string, _ []string) bool { return name == param || strings.HasPrefix(name, param+".") })
	left := func(name string) bool { return strings.HasPrefix(name, prefix) }
	if prefix != "" && !slices.ContainsFunc(slices.Collect(maps.Keys(p)), left) {
		return
	}
	g.add(at+" absent", p, at, "Member must not be null")
}

func (g *constraints) member(base url.Values, shape, param, at string) {
	sh := g.shape(shape)
	p := maps.Clone(base)
	switch sh.Type {
	case "structure":
		g.fill(p, shape, param+".")
		g.structure(p, shape, param+".", at+".")
	case "list":
		g.list(p, sh, param, at)
	case "string":
		for _, bad := range badValues(sh, g) {
			p := maps.Clone(base)
			p.Set(param, bad)
			g.add(fmt.Sprintf("%s=%.80q", at, bad), p, at, faultsOf(sh, bad)...)
		}
	case "integer", "long":
		for _, bad := range badNumbers(sh) {
			p := maps.Clone(base)
			p.Set(param, strconv.FormatInt(bad, 10))
			g.add(fmt.Sprintf("%s=%d", at, bad), p, at, numberFault(sh, bad))
		}
	}
}

// list adds the cases of a list: too many elements, and a bad one.
func (g *constraints) list(base url.Values, sh *apimodel.Shape, param, at string) {
	element := g.shape(sh.Member.Shape)
	if element.Type == "structure" {
		p := maps.Clone(base)
		g.fill(p, sh.Member.Shape, param+".member.1.")
		g.structure(p, sh.Member.Shape, param+".member.1.", at+".1.member.")
	} else {
		for _, bad := range badValues(element, g) {
			p := maps.Clone(base)
			p.Set(param+".member.1", bad)
			g.add(fmt.Sprintf("%s=[%.80q]", at, bad), p, at, "Member must satisfy constraint: ["+strings.Join(demands(element), ", ")+"]")
		}
	}
	if sh.Max == nil {
		return
	}
	p := maps.Clone(base)
	for i := range int(*sh.Max) + 1 {
		g.set(p, sh.Member.Shape, fmt.Sprintf("%s.member.%d", param, i+1))
	}
	g.add(at+" too many", p, at, fmt.Sprintf("Member must have length less than or equal to %d", *sh.Max))
}

func (g *constraints) add(what string, p url.Values, at string, faults ...string) {
	c := constraintCase{what: what, params: p}
	for _, f := range faults {
		c.faults = append(c.faults, "Value at '"+at+"' failed to satisfy constraint: "+f)
	}
	g.cases = append(g.cases, c)
}

// maxSent is the longest value that is tried: a request has an end before some
// members do.
const maxSent = 1 << 18

// badValues are strings that break what a model demands: one for each demand.
func badValues(sh *apimodel.Shape, g *constraints) []string {
	var bad []string
	if sh.Min != nil && *sh.Min > 0 {
		bad = append(bad, strings.Repeat("a", int(*sh.Min)-1))
	}
	if sh.Max != nil && *sh.Max < maxSent {
		bad = append(bad, strings.Repeat("a", int(*sh.Max)+1))
	}
	if sh.Enum != nil {
		bad = append(bad, "of no enum")
	}
	if sh.Pattern != "" {
		stem := strings.Repeat("a", int(value(sh.Min, 1)))
		for _, odd := range []string{"ж", "!", " ", "a"} {
			v := stem[:len(stem)-1] + odd
			if !pattern(sh).MatchString(v) {
				bad = append(bad, v)
				break
			}
		}
	}
	for _, v := range bad {
		if len(faultsOf(sh, v)) == 0 {
			g.t.Fatalf("%q breaks no constraint", v)
		}
	}
	return bad
}

func badNumbers(sh *apimodel.Shape) []int64 {
	var bad []int64
	if sh.Min != nil {
		bad = append(bad, *sh.Min-1)
	}
	if sh.Max != nil {
		bad = append(bad, *sh.Max+1)
	}
	return bad
}

func numberFault(sh *apimodel.Shape, n int64) string {
	if sh.Max != nil && n > *sh.Max {
		return fmt.Sprintf("Member must have value less than or equal to %d", *sh.Max)
	}
	return fmt.Sprintf("Member must have value greater than or equal to %d", *sh.Min)
}

// faultsOf are the demands that a value breaks.
func faultsOf(sh *apimodel.Shape, v string) []string {
	n := int64(len([]rune(v)))
	broken := []bool{
		sh.Max != nil && n > value(sh.Max, 0), sh.Min != nil && n < value(sh.Min, 0),
		sh.Pattern != "" && !pattern(sh).MatchString(v), sh.Enum != nil && !slices.Contains(sh.Enum, v),
	}
	present := []bool{sh.Max != nil, sh.Min != nil, sh.Pattern != "", sh.Enum != nil}
	var faults []string
	all := demands(sh)
	for i, b := range broken {
		if b {
			faults = append(faults, all[0])
		}
		if present[i] {
			all = all[1:]
		}
	}
	return faults
}

// demands are what a model demands of a string, in the order in which AWS
// lists them.
func demands(sh *apimodel.Shape) []string {
	var all []string
	if sh.Max != nil {
		all = append(all, fmt.Sprintf("Member must have length less than or equal to %d", *sh.Max))
	}
	if sh.Min != nil {
		all = append(all, fmt.Sprintf("Member must have length greater than or equal to %d", *sh.Min))
	}
	if sh.Pattern != "" {
		all = append(all, "Member must satisfy regular expression pattern: "+sh.Pattern)
	}
	if sh.Enum != nil {
		all = append(all, "Member must satisfy enum value set: ["+strings.Join(sh.Enum, ", ")+"]")
	}
	return all
}

var javaEscape = regexp.MustCompile(`\\u([0-9A-F]{4})`)

// pattern is a pattern of the model in Go's syntax, without its look-ahead:
// no value here needs that.
func pattern(sh *apimodel.Shape) *regexp.Regexp {
	text := javaEscape.ReplaceAllString(sh.Pattern, `\x{$1}`)
	return regexp.MustCompile(`^(?:` + strings.ReplaceAll(text, "(?!-)", "") + `)$`)
}

func value(n *int64, otherwise int64) int64 {
	if n == nil {
		return otherwise
	}
	return max(*n, otherwise)
}
