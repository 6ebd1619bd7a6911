package iam

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/writ-iam/writ/internal/state"
)

const awsPolicyPrefix = "arn:aws:iam::" + state.AWSAccount + ":policy/"

// AWSPolicy describes an AWS managed policy. Its document is in the state.
type AWSPolicy struct {
	ID, Name, Path   string
	Version          string // the default version, and the only one known
	Created, Updated time.Time
}

// awsPolicies are the AWS managed policies, read when first asked for.
type awsPolicies struct {
	list func() []*state.ManagedPolicy // by name
}

func newAWSPolicies(source func() iter.Seq[AWSPolicy]) *awsPolicies {
	return &awsPolicies{list: sync.OnceValue(func() []*state.ManagedPolicy {
		if source == nil {
			return nil
		}
		var list []*state.ManagedPolicy
		for p := range source() {
			list = append(list, &state.ManagedPolicy{
				Account: state.AWSAccount, ID: p.ID, Name: p.Name, Path: p.Path, Created: p.Created, Updated: p.Updated,
				Default: p.Version, Versions: []state.PolicyVersion{{ID: p.Version, Created: p.Updated}},
			})
		}
		slices.SortFunc(list, byPosition)
		return list
	})}
}

func byPosition(a, b *state.ManagedPolicy) int { return cmp.Compare(fold(a.Name), fold(b.Name)) }

// fold is the form in which names are ordered, as in the state.
func fold(name string) string { return strings.ToLower(name) }

// after yields the policies whose names follow name, without their documents.
func (a *awsPolicies) after(name string) iter.Seq[*state.ManagedPolicy] {
	list := a.list()
	i, found := a.search(name)
	if found {
		i++
	}
	return slices.Values(list[i:])
}

func (a *awsPolicies) search(name string) (int, bool) {
	return slices.BinarySearchFunc(a.list(), fold(name), func(p *state.ManagedPolicy, folded string) int {
		return cmp.Compare(fold(p.Name), folded)
	})
}

// dated returns a managed policy with the dates that the state does not keep
// of one of AWS.
func (a *awsPolicies) dated(p *state.ManagedPolicy) *state.ManagedPolicy {
	if p.Account != state.AWSAccount {
		return p
	}
	i, found := a.search(p.Name)
	if !found {
		return p
	}
	known, dated := a.list()[i], *p
	dated.Created, dated.Updated = known.Created, known.Updated
	dated.Versions = slices.Clone(p.Versions)
	for v := range dated.Versions {
		if dated.Versions[v].ID == known.Default {
			dated.Versions[v].Created = known.Updated
		}
	}
	return &dated
}
