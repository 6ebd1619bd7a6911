package analyzer

import (
	"fmt"

	"github.com/writ-iam/writ/policy"
)

// quotas finds what there is too much of.
func (v *validation) quotas() {
	within := map[policy.Measure]string{} // what a document above a lower quota fits
	for _, q := range v.use.Quotas() {
		if _, _, over := q.Exceeded(v.doc); !over && within[q.Measure] == "" {
			within[q.Measure] = q.Of
		}
	}
	for _, q := range v.use.Quotas() {
		n, at, over := q.Exceeded(v.doc)
		if !over {
			continue
		}
		f := Finding{Code: TooMuch, Severity: Error, Pos: at, Answer: q.Text(n)}
		f.Detail = fmt.Sprintf("%d %s: AWS's quota for %s is %d", n, q.Measure, q.Of, q.Limit)
		if fits := within[q.Measure]; q.Higher && fits != "" {
			f.Code, f.Severity = TooMuchForSome, Warning
			f.Detail += "; it fits " + fits
		}
		v.findings = append(v.findings, f)
	}
}
