package iam

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

func getsSummary(c *api.Call, in *iamapi.GetHumanReadableSummaryInput) []api.Check {
	account, id, ok := delegationOf(in.EntityArn)
	if !ok {
		return only(api.Check{Action: action(c), Resource: in.EntityArn})
	}
	checks := onDelegation(c, id)
	checks[0].Resource = arn.DelegationRequest(account, id)
	return checks
}

// delegationOf takes the ARN of a delegation request apart.
func delegationOf(text string) (account, id string, ok bool) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "iam" || !arn.IsAccount(a.Account) {
		return "", "", false
	}
	id, ok = strings.CutPrefix(a.Resource, "delegation-request/")
	return a.Account, id, ok
}

// getSummary implements GetHumanReadableSummary. AWS has a language model
// write the summary; here it is made of the policy, statement by statement,
// and in English only.
func (s *Service) getSummary(_ context.Context, c *api.Call, in *iamapi.GetHumanReadableSummaryInput) (*iamapi.GetHumanReadableSummaryOutput, error) {
	account, id, ok := delegationOf(in.EntityArn)
	if !ok {
		return nil, iamapi.InvalidInput(notSummarized)
	}
	r, ok := c.Snapshot.DelegationRequest(id)
	if !ok || account != or(optional(r.OwnerAccount), c.Account) {
		return nil, notFound(delegationMissing, id)
	}
	locale := or(in.Locale, "en")
	out := &iamapi.GetHumanReadableSummaryOutput{Locale: &locale}
	if !isEnglish(locale) {
		st := iamapi.SummaryStateTypeNotSupported
		out.SummaryState = &st
		return out, nil
	}
	text, st := summary(r), iamapi.SummaryStateTypeAvailable
	out.SummaryContent, out.SummaryState = &text, &st
	return out, nil
}

// isEnglish reports whether a locale's language is English: en, en-GB, en_US.
func isEnglish(locale string) bool {
	language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	return strings.EqualFold(language, "en")
}

// summary says in words what a request asks for.
func summary(r *state.DelegationRequest) string {
	var b strings.Builder
	b.WriteString(r.RequestorName + " (account " + r.Requestor + ") asks to act in your account for " + inHours(r.Duration) +
		" with the permissions of whoever approves. Of these it gets no more than the following.")
	for i := range r.Policy.Parsed().Statements {
		b.WriteString("\n- ")
		summarize(&b, &r.Policy.Parsed().Statements[i])
	}
	return b.String()
}

// inHours is a duration in words: "1 hour and 30 minutes".
func inHours(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		switch n := d / unit.of; {
		case n == 1:
			parts = append(parts, "1 "+unit.name)
		case n > 1:
			parts = append(parts, strconv.Itoa(int(n))+" "+unit.name+"s")
		}
		d %= unit.of
	}
	return strings.Join(parts, " and ")
}

func summarize(b *strings.Builder, st *policy.Statement) {
	if st.Effect == policy.Deny {
		b.WriteString("It may never do ")
	} else {
		b.WriteString("It may do ")
	}
	listInWords(b, &st.Action)
	if st.Resource != nil {
		b.WriteString(" on ")
		listInWords(b, st.Resource)
	}
	for i, c := range st.Conditions {
		b.WriteString([]string{", if ", " and "}[min(i, 1)])
		b.WriteString(c.Key + " satisfies " + c.Operator.Name + " with ")
		inWords(b, c.Values, " or ")
	}
	b.WriteByte('.')
}

func listInWords(b *strings.Builder, p *policy.Patterns) {
	if p.Not {
		b.WriteString("everything except ")
	}
	inWords(b, p.Values, " and ")
}

func inWords(b *strings.Builder, values []policy.Value, last string) {
	for i, v := range values {
		switch {
		case i > 0 && i == len(values)-1:
			b.WriteString(last)
		case i > 0:
			b.WriteString(", ")
		}
		if v.Text == "*" {
			b.WriteString(`"*" (everything)`)
		} else {
			b.WriteString(v.Text)
		}
	}
}
