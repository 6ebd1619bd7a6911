package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/policycase"
	"github.com/writ-iam/writ/policy"
)

// TestDecide runs testdata/decide/*.txtar, one idea a file. The first line of a
// file says where the truth comes from. Their form is that of policycase.Archive,
// which "writ policy test" runs too.
func TestDecide(t *testing.T) {
	eachDecideFile(t, func(t *testing.T, file string, data []byte) {
		if !strings.HasPrefix(string(data), "# ") {
			t.Error("the first line must say where the truth comes from")
		}
		a, err := policycase.ParseArchive(file, data, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range a.Cases {
			checkCase(t, c)
		}
	})
}

// eachDecideFile runs a test for each file of testdata/decide.
func eachDecideFile(t *testing.T, check func(t *testing.T, file string, data []byte)) {
	files, err := filepath.Glob("testdata/decide/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			check(t, file, data)
		})
	}
}

func checkCase(t *testing.T, c *policycase.Case) {
	t.Helper()
	if c.Want == "" {
		t.Errorf("%s: a request without want", c.ID)
	}
	d, trace := engine.Explain(&c.Request, &c.Layers)
	if !c.Matches(d) {
		t.Errorf("%s: got %s, %q\nwant %s, %q\n%s", c.ID, policycase.Describe(d), d.Message(&c.Request), c.Want, c.Message, describeTrace(trace))
	}
	if diff := cmp.Diff(d, engine.Decide(&c.Request, &c.Layers)); diff != "" {
		t.Errorf("%s: Explain and Decide differ: %s", c.ID, diff)
	}
}

func describeTrace(trace engine.Trace) string {
	var b strings.Builder
	for _, l := range trace.Layers {
		fmt.Fprintf(&b, "%s/%d: %s\n", l.Layer, l.Level, l.Effect)
		for _, m := range l.Matched {
			fmt.Fprintf(&b, "  matched %s#%d\n", m.Statement.Policy, m.Statement.Index)
		}
		for _, m := range l.Failed {
			fmt.Fprintf(&b, "  failed %s#%d principal=%v %+v\n", m.Statement.Policy, m.Statement.Index, m.Principal, m.Conditions)
		}
	}
	return b.String()
}

// Rule 21: what is no action is never allowed.
func TestNoAction(t *testing.T) {
	all := compile(t, policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	l := &engine.Layers{Identity: []*engine.Policy{all}}
	for action, want := range map[string]engine.Effect{
		"s3:GetObject": engine.Allow, "S3:getobject": engine.Allow,
		"": engine.ImplicitDeny, "s3": engine.ImplicitDeny, "s3:": engine.ImplicitDeny, ":GetObject": engine.ImplicitDeny, "s3GetObject": engine.ImplicitDeny,
		"s3:Get*": engine.ImplicitDeny, "s3:*": engine.ImplicitDeny, "*": engine.ImplicitDeny, "s3:Get Object": engine.ImplicitDeny,
		"s3:GetObject,s3:PutObject": engine.ImplicitDeny, "s3:Get:Object": engine.ImplicitDeny, "s3:" + strings.Repeat("a", 200): engine.ImplicitDeny,
	} {
		r := request()
		r.Action = action
		if d := engine.Decide(r, l); d.Effect != want {
			t.Errorf("%q: got %+v", action, d)
		}
		if engine.IsAction(action) != (want == engine.Allow) {
			t.Errorf("%q: is an action: %v", action, engine.IsAction(action))
		}
	}
}

// Rules 2 and 3: the engine takes a level of RCPs as it is given. That AWS
// attaches RCPFullAWSAccess everywhere, whoever assembles the layers sees to.
func TestRCPLevelWithoutAllow(t *testing.T) {
	all := compile(t, policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	guard := compile(t, policy.ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"*"}}`)
	r := request()
	l := &engine.Layers{Identity: []*engine.Policy{all}, RCP: [][]*engine.Policy{{guard}}}
	if d := engine.Decide(r, l); d.Effect != engine.ImplicitDeny || d.Layer != engine.RCPLayer {
		t.Errorf("got %+v", d)
	}
	if text := engine.Decide(r, l).Message(r); !strings.Contains(text, "no resource control policy allows the s3:GetObject action") {
		t.Errorf("message: %s", text)
	}
}
