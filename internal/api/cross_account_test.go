package api_test

import (
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/authz"
)

// What crosses accounts is decided in both, and neither reads the other's
// policies: an external id above all.
func TestNeitherAccountReadsTheOthersPolicies(t *testing.T) {
	whole := authz.Explanation{
		Effect: "ImplicitDeny", Layer: "trust", Message: "…",
		Statement: &authz.Statement{Policy: "trust", Sid: "theirs"},
		Layers: []authz.LayerExplanation{
			{Layer: "identity", Matched: []authz.Statement{{Sid: "ours"}}},
			{Layer: "trust", Failed: []authz.Failed{{Statement: authz.Statement{Sid: "theirs"}, Conditions: []authz.Condition{{Key: "sts:ExternalId", Want: []string{"top secret"}}}}}},
		},
		Missing: []string{"sts:ExternalId"},
		Context: map[string][]string{
			"aws:principaltag/team": {"red"}, "aws:resourcetag/owner": {"them"}, "aws:sourceip": {"192.0.2.1"}, "s3:existingobjecttag/a": {"b"},
		},
	}
	caller, owner := "111111111111", "222222222222"
	ours := whole.For(caller, caller, owner)
	if ours.Statement != nil || ours.Layer != "" || len(ours.Layers) != 1 || ours.Layers[0].Layer != "identity" || ours.Missing != nil {
		t.Errorf("the caller's account sees %+v", ours)
	}
	if len(ours.Context) != 2 || ours.Context["aws:principaltag/team"] == nil || ours.Context["aws:sourceip"] == nil {
		t.Errorf("the caller's account sees the keys %v", ours.Context)
	}
	theirs := whole.For(owner, caller, owner)
	if theirs.Statement == nil || len(theirs.Layers) != 1 || theirs.Layers[0].Layer != "trust" {
		t.Errorf("the owner's account sees %+v", theirs)
	}
	if len(theirs.Context) != 3 || theirs.Context["aws:principaltag/team"] != nil {
		t.Errorf("the owner's account sees the keys %v", theirs.Context)
	}
	if same := whole.For(caller, caller, caller); len(same.Layers) != 2 || same.Statement == nil || len(same.Context) != 4 {
		t.Errorf("one account alone sees %+v", same)
	}
}

// Tags that differ only in case are one condition key with both values, so that
// a second tag cannot speak for the first.
func TestTagsThatDifferInCase(t *testing.T) {
	keys := authz.Keys{}
	keys.Add("s3:RequestObjectTag/", "team", "b")
	keys.Add("s3:RequestObjectTag/", "Team", "a")
	if len(keys) != 1 || strings.Join(keys["s3:RequestObjectTag/team"], ",") != "b,a" {
		t.Errorf("keys are %v", keys)
	}
	// What is one key is for the engine to say: a dotted capital I is an i
	// there, a long s is no s.
	keys = authz.Keys{}
	for _, tag := range []string{"T\u0130er", "Tier", "Co\u017ft", "Cost"} {
		keys.Add("aws:RequestTag/", tag, tag)
	}
	if len(keys) != 3 || len(keys["aws:RequestTag/T\u0130er"]) != 2 || len(keys["aws:RequestTag/Cost"]) != 1 {
		t.Errorf("keys are %q", keys)
	}
}
