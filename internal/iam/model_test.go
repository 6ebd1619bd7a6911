package iam_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/store/bolt"
	"github.com/writ-iam/writ/internal/store/memory"
)

var allModelled = slices.Concat(modelled, modelledWide, modelledOrder)

// tight are quotas that random calls reach.
var tight = map[string]int{
	"UsersQuota": 2, "GroupsQuota": 2, "PoliciesQuota": 2, "VersionsPerPolicyQuota": 2, "GroupsPerUserQuota": 1,
	"AttachedPoliciesPerUserQuota": 2, "AttachedPoliciesPerGroupQuota": 1, "AttachedPoliciesPerRoleQuota": 2, "TagsPerUserQuota": 1,
}

// TestModel: whatever is called in whatever order, each call answers what a
// model in plain maps says, and afterwards, and after a restart, all reads do.
func TestModel(t *testing.T) {
	calls := drawCalls(pools(t, ""), 10, 30, allModelled)
	rapid.Check(t, func(rt *rapid.T) {
		quotas := rapid.SampledFrom([]map[string]int{nil, tight}).Draw(rt, "quotas")
		st := memory.New()
		defer st.Close()
		w := newWalk(install(t, st, quotas), quotas, "")
		defer func() { w.in.close() }()
		for _, c := range calls.Draw(rt, "calls") {
			w.step(rt, c)
			w.check(rt)
		}
		if evenly(8).Draw(rt, "restart") == 0 {
			w.in.close()
			w.in.open(st)
			w.everything(rt, allModelled...)
		}
	})
}

// TestModelOnDisk is TestModel over a file that is closed and opened again.
func TestModelOnDisk(t *testing.T) {
	path := t.TempDir() + "/state.db"
	open := func() *bolt.Store {
		st, err := bolt.Open(path, bolt.Options{})
		must(t, err)
		return st
	}
	st := open()
	w := newWalk(install(t, st, nil), nil, "")
	calls := drawCalls(w.from, 60, 60, allModelled)
	for seed := range 3 {
		for _, c := range calls.Example(seed) {
			w.step(t, c)
		}
		w.in.close()
		must(t, st.Close())
		st = open()
		w.in.open(st)
		w.everything(t, allModelled...)
	}
	w.in.close()
	must(t, st.Close())
}
