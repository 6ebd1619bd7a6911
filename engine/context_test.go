package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/engine"
)

func TestContext(t *testing.T) {
	var c engine.Context
	c.Set("aws:ResourceTag/Größe", "L")
	c.Set("a:List", "x", "y")
	c.Set("a:none")
	c.Set("AWS:RESOURCETAG/GRÖßE", "XL")
	tests := []struct {
		key  string
		want []string
		set  bool
	}{
		{"AWS:resourceTag/gRÖßE", []string{"XL"}, true},
		{"a:list", []string{"x", "y"}, true},
		{"a:none", []string{}, true},
		{"a:other", nil, false},
		{"", nil, false},
	}
	for _, tt := range tests {
		got, set := c.Get(tt.key)
		if set != tt.set || !cmp.Equal(got, tt.want) {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.key, got, set, tt.want, tt.set)
		}
	}
	var keys []string
	for key := range c.All() {
		keys = append(keys, key)
	}
	if diff := cmp.Diff([]string{"aws:resourcetag/größe", "a:list", "a:none"}, keys); diff != "" {
		t.Error(diff)
	}
	c.Reset()
	if _, set := c.Get("a:list"); set {
		t.Error("Reset left a key")
	}
	var none *engine.Context
	if _, set := none.Get("a:list"); set {
		t.Error("a nil Context has a key")
	}
}

func TestContextReuseAllocatesNothing(t *testing.T) {
	var c engine.Context
	p := user()
	fill := func() {
		c.Reset()
		c.SetPrincipal(&p)
		c.Set("aws:SourceIp", "203.0.113.7")
		c.Set("aws:TagKeys", "a", "b")
		c.Get("AWS:sourceip")
	}
	fill()
	if n := testing.AllocsPerRun(100, fill); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Keys by kind of caller: "Principal key values" on the page of policy variables.
func TestSetPrincipal(t *testing.T) {
	tests := []struct {
		principal engine.Principal
		want      map[string]string
	}{
		{engine.Principal{Kind: engine.Anonymous}, map[string]string{
			"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous", "aws:userid": "anonymous",
		}},
		{engine.Principal{Kind: engine.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root"}, map[string]string{
			"aws:principalaccount": "111122223333", "aws:principaltype": "Account", "aws:userid": "111122223333",
			"aws:principalarn": "arn:aws:iam::111122223333:root", "aws:principalisawsservice": "false",
		}},
		{engine.Principal{Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/team/ann", ID: "AIDA1"}, map[string]string{
			"aws:principalaccount": "111122223333", "aws:principaltype": "User", "aws:userid": "AIDA1", "aws:username": "ann",
			"aws:principalarn": "arn:aws:iam::111122223333:user/team/ann", "aws:principalisawsservice": "false",
		}},
		{engine.Principal{
			Kind: engine.AssumedRole, Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/R/s",
			RoleARN: "arn:aws:iam::111122223333:role/team/R", ID: "AROA1", SessionName: "s",
		}, map[string]string{
			"aws:principalaccount": "111122223333", "aws:principaltype": "AssumedRole", "aws:userid": "AROA1:s",
			"aws:principalarn": "arn:aws:iam::111122223333:role/team/R", "aws:principalisawsservice": "false",
		}},
		{engine.Principal{Kind: engine.FederatedUser, Account: "111122223333", ARN: "arn:aws:sts::111122223333:federated-user/bob"}, map[string]string{
			"aws:principalaccount": "111122223333", "aws:principaltype": "FederatedUser", "aws:userid": "111122223333:bob",
			"aws:principalarn": "arn:aws:sts::111122223333:federated-user/bob", "aws:principalisawsservice": "false",
		}},
		{engine.Principal{Kind: engine.Service, Service: "ec2.amazonaws.com"}, map[string]string{
			"aws:principalservicename": "ec2.amazonaws.com", "aws:principalisawsservice": "true",
		}},
		{engine.Principal{Kind: engine.Federated, Provider: "id.example.com"}, map[string]string{}},
	}
	for _, tt := range tests {
		var c engine.Context
		c.SetPrincipal(&tt.principal)
		got := make(map[string]string)
		for key, values := range c.All() {
			got[key] = values[0]
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.principal.Kind, diff)
		}
	}
}

// TestSameKey: two names are the same key when a value set by one is found by
// the other, in letters too that fold in more ways than one.
func TestSameKey(t *testing.T) {
	name := rapid.StringOf(rapid.SampledFrom([]rune("sSſkK\u212aiIıİµμΜςσΣẞß/aA\ufffd"))) // K, KELVIN SIGN
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		var c engine.Context
		c.Set(a, "x")
		if _, found := c.Get(b); found != engine.SameKey(a, b) {
			t.Errorf("%q is found by %q: %t", a, b, found)
		}
	})
	for _, pair := range [][2]string{{"Tier", "T\u0130er"}, {"Key", "\u212aey"}, {"ÄÖ", "äö"}} {
		if !engine.SameKey(pair[0], pair[1]) {
			t.Errorf("%q and %q are two keys", pair[0], pair[1])
		}
	}
	if engine.SameKey("Cost", "Co\u017ft") {
		t.Error("a long s is an s")
	}
}
