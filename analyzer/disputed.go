package analyzer

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// disputed finds resources that AWS's documents let one read in two ways, where
// the reading that the engine has chosen protects less: a "*" that ends one of
// the first five parts of an ARN stays in its part, or takes in the colons that
// follow. That is so in a Deny of resources, and in an Allow of all but some.
//
// A value is reported if there is an ARN of a type that the statement's actions
// act on, for which the readings differ; it is the witness.
//
// Source: "IAM JSON policy elements: Resource" in the IAM User Guide, as it was
// until 2024 and as it is since.
func (v *validation) disputed(st *policy.Statement) {
	if st.Resource == nil || st.Resource.Not != (st.Effect == policy.Allow) {
		return
	}
	shapes := sync.OnceValue(func() []shape { return v.shapesOf(st) })
	for _, r := range st.Resource.Values {
		p, ok := newReadings(r.Text, v.doc.Version == policy.Version2012, v.use.Kind)
		if !ok {
			continue
		}
		witness := v.witness(p, shapes())
		if witness == "" {
			continue
		}
		does, instead := "deny", "name it in a value of its own if it is meant"
		if st.Resource.Not {
			does = "leave out"
		}
		if p.short {
			instead = "write all six parts of the ARN"
		}
		v.findings = append(v.findings, Finding{
			Code: DisputedStar, Severity: Warning, Pos: r.Pos, Witness: witness,
			Detail: fmt.Sprintf(`%s may not %s %s: it is disputed whether a "*" at the end of a part takes in the colons behind it, and Writ reads that it does not; %s`,
				r.Text, does, witness, instead),
		})
	}
}

// maxSteps bounds the search for witnesses in one document. Values that people
// write take some hundred steps.
const maxSteps = 200_000

// witness returns a resource of one of the shapes that p matches in the wide
// reading alone.
func (v *validation) witness(p *readings, shapes []shape) string {
	for _, named := range []bool{true, false} { // first those of a service that p names
		for i := range shapes {
			if slices.Contains(p.parts, shapes[i].service) != named || !p.mayBe(&shapes[i]) {
				continue
			}
			if v.steps >= maxSteps {
				return ""
			}
			v.steps++
			s := search{readings: p, shape: &shapes[i], steps: &v.steps}
			if found, ok := s.run(); ok {
				return found
			}
		}
	}
	return ""
}

// maxARN is the length of the longest ARN, by IAM's API.
const maxARN = 2048

// readings are a value of Resource in both readings.
type readings struct {
	parts          []string
	segments, wide glob
	letters        []rune   // that the value has besides wildcards and colons
	service        string   // the third part, "" when another may stand there
	regions        []string // that the value may tell apart, and a usual one
	partitions     []string // the one that it names, or usual ones
	short          bool     // it has fewer than six parts
}

// newReadings takes apart a value of Resource. It returns false for one that
// means the same in both readings.
func newReadings(text string, variables bool, kind policy.Kind) (*readings, bool) {
	if !strings.Contains(text, "*") || len(text) > maxARN {
		return nil, false
	}
	parts := splitPattern(text, variables)
	n := len(parts)
	early := false // a star ends one of the first parts
	for _, part := range parts[:n-1] {
		early = early || strings.HasSuffix(part, "*")
	}
	// A short ARN is filled up with stars, and then a star at its end is no
	// other; in RCPs it is nothing.
	last := strings.TrimSuffix(parts[n-1], "*")
	if !early && (n == 6 || !strings.ContainsAny(last, "*?")) || n < 6 && kind == policy.ResourceControl {
		return nil, false
	}
	p := &readings{parts: parts, short: n < 6, regions: regionsFor(text), partitions: usualPartitions}
	if n > 1 && arn.IsPartition(parts[1]) {
		p.partitions = parts[1:2]
	}
	for i, part := range parts {
		p.segments.part(part, i == 5, false)
		p.wide.part(part, i == n-1, true)
	}
	for i := n; i < 6; i++ {
		p.segments.part("*", i == 5, false)
	}
	for _, t := range p.wide {
		if t.kind == one && t.r != ':' && !slices.Contains(p.letters, t.r) {
			p.letters = append(p.letters, t.r)
		}
	}
	if n > 2 && !strings.ContainsAny(parts[0]+parts[1]+parts[2], "*?") {
		p.service = parts[2]
	}
	return p, true
}

// mayBe is a cheap test whether a resource of a shape can match.
func (p *readings) mayBe(s *shape) bool { return p.service == "" || p.service == s.service }

// splitPattern cuts s as the engine does. In the sixth part a variable stands for
// a text, for which its name is put.
func splitPattern(s string, variables bool) []string {
	parts, n := arn.SplitPattern(s, variables)
	if variables && n == 6 {
		parts[5] = withoutVariables(parts[5])
	}
	return parts[:n]
}

func withoutVariables(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "${")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			b.WriteString(rest)
			return b.String()
		}
		if i := strings.LastIndexAny(name, ":/"); i >= 0 {
			name = name[i+1:]
		}
		b.WriteString(strings.Map(func(r rune) rune {
			if r == '*' || r == '?' {
				return '-'
			}
			return r
		}, name))
		s = after
	}
}
