package iam_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	readOnly        = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	noDocument      = `{}`
	trustUserPrefix = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`
	trustUserSuffix = `"},"Action":"sts:AssumeRole"}]}`
)

// pools are what the parameters of calls are drawn from. They are small, so
// that calls meet. The suffix tells worlds apart that have nothing in common.
func pools(t testing.TB, suffix string) map[string][]string {
	arns := func(kind string, names ...string) (out []string) {
		for _, name := range names {
			out = append(out, "arn:aws:iam::"+account+":"+kind+"/"+name+suffix)
		}
		return out
	}
	document := func(action string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`
	}
	policies := arns("policy", "p", "q", "a/p")
	managed := policies
	if suffix == "" {
		managed = append(managed, readOnly, policies[0]) // some are drawn more often
	}
	return map[string][]string{
		"name": {"ann" + suffix, "bob" + suffix, "Ann" + suffix}, "policy": {"p" + suffix, "q" + suffix, "P" + suffix},
		"path": {"/", "/a/"}, "own": policies, "arn": managed, "version": {"v1", "v2", "v3"},
		"document": {document("s3:*"), document("sqs:*"), document("sns:*"), noDocument},
		"trust":    {trustEC2, trustEC2, trustUserPrefix + arns("user", "bob")[0] + trustUserSuffix},
		"text":     {"some", "other"}, "seconds": {"3600", "7200"}, "bool": {"true", "false"},
		"tags": {"k=1", "K=2", "j=3", "k=4,j=5", "k=6,K=7", "aws:k=8"}, "key": {"k", "K", "j"},
		"made": {"0", "1", "2", "3"}, "status": {"Active", "Inactive"}, "password": {"Correct-horse-1"},
		"device": {"d" + suffix, "e" + suffix}, "serial": arns("mfa", "d", "e"), "alias": {"alias-one", "alias-two"},
		"url": {"https://a.test" + suffix, "https://b.test" + suffix}, "oidc": arns("oidc-provider", "a.test", "b.test"),
		"client": {"one", "two"}, "print": {strings.Repeat("a", 40), strings.Repeat("b", 40)},
		"idp": {"s" + suffix, "t" + suffix}, "saml": arns("saml-provider", "s", "t"), "metadata": {certFile(t, "saml/idp.xml")},
		"local": {"Local"}, "kinds": {"User,Group,Role,LocalManagedPolicy"},
	}
}

// furnishing is how the names of operations begin that make things or tie them
// together.
var furnishing = regexp.MustCompile(`^(Create|Add|Attach|Put|Enable)`)

// drawCalls draws calls: first, most often, what makes a few things to begin
// with, then any of some of the operations, so that calls meet.
func drawCalls(from map[string][]string, least, most int, ops []modelOp) *rapid.Generator[[]*call] {
	return rapid.Custom(func(t *rapid.T) []*call {
		var calls []*call
		for _, op := range ops {
			for range furniture(op).Draw(t, "furniture") {
				calls = append(calls, drawCall(from, op, true).Draw(t, "call"))
			}
		}
		return append(calls, rapid.SliceOfN(drawAny(from, drawSome(ops).Draw(t, "operations")), least, most).Draw(t, "calls")...)
	})
}

// drawSome draws some of the operations.
func drawSome(ops []modelOp) *rapid.Generator[[]modelOp] {
	return rapid.Custom(func(t *rapid.T) []modelOp {
		some := make([]modelOp, 24)
		for i := range some {
			some[i] = ops[evenly(len(ops)).Draw(t, "operation")]
		}
		return some
	})
}

// drawAny draws a call of any of the operations.
func drawAny(from map[string][]string, ops []modelOp) *rapid.Generator[*call] {
	return rapid.Custom(func(t *rapid.T) *call {
		return drawCall(from, ops[evenly(len(ops)).Draw(t, "operation")], false).Draw(t, "call")
	})
}

// furniture is how many calls of an operation there are to begin with. Hashes
// and pictures take long.
func furniture(op modelOp) *rapid.Generator[int] {
	switch {
	case !furnishing.MatchString(op.name), op.name == "CreateLoginProfile":
		return rapid.Just(0)
	case op.name == "CreateVirtualMFADevice":
		return rapid.Map(evenly(4), func(n int) int { return n / 3 })
	case strings.HasPrefix(op.name, "Create"):
		return rapid.Map(evenly(3), func(n int) int { return n + 1 })
	}
	return evenly(3)
}

// drawCall draws a call, a bare one with no more than it needs.
func drawCall(from map[string][]string, op modelOp, bare bool) *rapid.Generator[*call] {
	return rapid.Custom(func(t *rapid.T) *call {
		c := &call{op: op, in: make(map[string]string)}
		for _, field := range strings.Fields(op.draw) {
			name, pool, _ := strings.Cut(field, ":")
			pool, optional := strings.CutSuffix(pool, "?")
			if !optional || !bare && rapid.Bool().Draw(t, "with "+name) {
				c.in[name] = from[pool][evenly(len(from[pool])).Draw(t, name)]
			}
		}
		if op.reads() {
			c.in["MaxItems"] = rapid.SampledFrom([]string{"1", "2", "100"}).Draw(t, "MaxItems")
		}
		return c
	})
}

// evenly draws a number below n, small ones no more often than others.
func evenly(n int) *rapid.Generator[int] {
	return rapid.Custom(func(t *rapid.T) int {
		drawn := 0
		for range 8 {
			drawn *= 2
			if rapid.Bool().Draw(t, "bit") {
				drawn++
			}
		}
		return drawn % n
	})
}

func (c *call) String() string {
	short := maps.Clone(c.in)
	delete(short, "SAMLMetadataDocument")
	return fmt.Sprint(c.op.name, " ", short)
}

func (o modelOp) GoString() string { return o.name }

func (c *call) GoString() string { return c.String() }
