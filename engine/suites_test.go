package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Suites that other people have published, run from a checkout which an
// environment variable names. docs/SUITES.md says where to get them and what
// was observed.

// suite is one of them.
type suite struct {
	name, variable string
	// read turns the files of a checkout into cases and runs them.
	read     func(checkout fs.FS) ([]suiteCase, error)
	disputed []suiteDispute
}

// suiteCase is a case and what became of it: err is nil when the engine answers
// as the suite wants.
type suiteCase struct {
	file   string
	number int // of the case in its file, from 1
	err    error
}

func (c suiteCase) String() string { return fmt.Sprintf("%s#%d", c.file, c.number) }

// suiteDispute is a place where the suite wants something else than AWS says.
type suiteDispute struct {
	file   string
	cases  []int  // nil: all in the file
	reason string // what speaks for the engine's answer
}

var suites = []*suite{&iamSimulate, &policyChecks, &dataPerimeter, &controlPolicies}

// TestSuites runs the suites whose variables are set, and no others. With -v it
// prints what became of each.
func TestSuites(t *testing.T) {
	for _, s := range suites {
		if dir := os.Getenv(s.variable); dir != "" {
			t.Run(s.name, func(t *testing.T) { s.run(t, os.DirFS(dir)) })
		}
	}
}

func (s *suite) run(t *testing.T, checkout fs.FS) {
	cases, err := s.read(checkout)
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	r := s.review(cases)
	for _, line := range r.failed {
		t.Error(line)
	}
	for _, line := range r.disputed {
		t.Log("disputed:", line)
	}
	for _, line := range r.settled {
		t.Log("listed as disputed, but passes:", line)
	}
	t.Logf("%s: %d pass, %d fail, %d disputed", s.name, r.passed, len(r.failed), len(r.disputed))
}

// suiteReview sorts the cases of a suite, a line for each that needs a word.
type suiteReview struct {
	passed                    int
	failed, disputed, settled []string
}

func (s *suite) review(cases []suiteCase) suiteReview {
	var r suiteReview
	for _, c := range cases {
		reason := s.dispute(c)
		switch {
		case c.err == nil && reason != "":
			r.settled = append(r.settled, c.String())
			fallthrough
		case c.err == nil:
			r.passed++
		case reason != "":
			r.disputed = append(r.disputed, fmt.Sprintf("%v: %v: %s", c, c.err, reason))
		default:
			r.failed = append(r.failed, fmt.Sprintf("%v: %v", c, c.err))
		}
	}
	return r
}

// dispute returns why a case is disputed, "" if it is not.
func (s *suite) dispute(c suiteCase) string {
	for _, d := range s.disputed {
		if d.file == c.file && (d.cases == nil || slices.Contains(d.cases, c.number)) {
			return d.reason
		}
	}
	return ""
}

func TestSuiteReview(t *testing.T) {
	bad := errors.New("bad")
	s := &suite{disputed: []suiteDispute{{file: "a", cases: []int{2, 3}, reason: "two"}, {file: "b", reason: "all"}}}
	r := s.review([]suiteCase{{"a", 1, nil}, {"a", 2, bad}, {"a", 3, nil}, {"a", 4, bad}, {"b", 9, bad}})
	want := suiteReview{
		passed: 2, failed: []string{"a#4: bad"},
		disputed: []string{"a#2: bad: two", "b#9: bad: all"}, settled: []string{"a#3"},
	}
	if fmt.Sprint(r) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", r, want)
	}
}

// wantCases compares cases with a text for each, "ok" or a part of the error.
func wantCases(t *testing.T, cases []suiteCase, err error, want ...string) {
	t.Helper()
	if err != nil || len(cases) != len(want) {
		t.Fatalf("%d cases, want %d: %v", len(cases), len(want), err)
	}
	for i, c := range cases {
		if (c.err == nil) != (want[i] == "ok") || c.err != nil && !strings.Contains(c.err.Error(), want[i]) {
			t.Errorf("%v: got %v, want %s", c, c.err, want[i])
		}
	}
}

// eachFile calls f with the files of the checkout whose name ends so, in order.
func eachFile(checkout fs.FS, end string, f func(file string, data []byte) error) error {
	return fs.WalkDir(checkout, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, end) {
			return err
		}
		data, err := fs.ReadFile(checkout, file)
		if err != nil {
			return err
		}
		if err := f(file, data); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
}

// suiteTexts are values that are written as a text or as a list of texts.
type suiteTexts []string

func (v *suiteTexts) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]string)(v))
	}
	*v = suiteTexts{""}
	return json.Unmarshal(data, &(*v)[0])
}

// suiteDocument parses a policy of a suite. Suites write some things in a way
// that AWS refuses, without meaning anything by it: those are put right first.
// A policy without statements is none, and nil.
func suiteDocument(kind policy.Kind, text []byte) (*policy.Document, error) {
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	list, ok := doc["Statement"].([]any)
	if !ok {
		list = []any{doc["Statement"]}
	}
	if len(list) == 0 {
		return nil, nil
	}
	for _, st := range list {
		if st, ok := st.(map[string]any); ok {
			putRight(kind, st)
		}
	}
	doc["Statement"] = list
	var clean bytes.Buffer
	e := json.NewEncoder(&clean)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return policy.Parse(kind, clean.String())
}

func putRight(kind policy.Kind, st map[string]any) {
	switch kind {
	case policy.IdentityBased, policy.PermissionsBoundary, policy.Session, policy.ServiceControl:
		delete(st, "Principal") // of no account there
		return
	case policy.Trust:
		delete(st, "Resource") // the role
	case policy.Endpoint:
		if st["Principal"] == nil && st["NotPrincipal"] == nil {
			st["Principal"] = "*"
		}
	}
	if who, ok := st["Principal"].(string); ok && (who != "*" || kind == policy.Trust) {
		st["Principal"] = map[string]any{"AWS": who}
	}
}

// suitePrincipal tells the caller from its ARN, the name of a service, "provider
// NAME", or "" for nobody. Who is named by the ARN of a role is a session of it.
func suitePrincipal(s string) engine.Principal {
	if provider, ok := strings.CutPrefix(s, "provider "); ok {
		return engine.Principal{Kind: engine.Federated, Provider: provider}
	}
	a, err := arn.Parse(s)
	switch {
	case s == "":
		return engine.Principal{Kind: engine.Anonymous}
	case err != nil:
		return engine.Principal{Kind: engine.Service, Service: s}
	}
	p := engine.Principal{Kind: engine.Root, Account: a.Account, ARN: s}
	beginning := func(service string) string { return "arn:" + a.Partition + ":" + service + "::" + a.Account + ":" }
	switch a.Type() {
	case "user":
		p.Kind = engine.User
	case "role":
		p.Kind, p.RoleARN, p.SessionName = engine.AssumedRole, s, "suite"
		p.ARN = beginning("sts") + "assumed-role/" + a.Name() + "/suite"
	case "assumed-role":
		p.Kind, p.SessionName = engine.AssumedRole, a.Name()
		p.RoleARN = beginning("iam") + "role/" + strings.Split(a.Resource, "/")[1]
	}
	return p
}

func TestSuitePrincipal(t *testing.T) {
	tests := map[string]engine.Principal{
		"":                                     {Kind: engine.Anonymous},
		"provider p":                           {Kind: engine.Federated, Provider: "p"},
		"ec2.amazonaws.com":                    {Kind: engine.Service, Service: "ec2.amazonaws.com"},
		"arn:aws:iam::111122223333:root":       {Kind: engine.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root"},
		"arn:aws:iam::111122223333:user/t/ann": {Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/t/ann"},
		"arn:aws:sts::111122223333:assumed-role/r/s": {Kind: engine.AssumedRole, Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/r/s", RoleARN: "arn:aws:iam::111122223333:role/r", SessionName: "s"},
		"arn:aws:iam::111122223333:role/t/r":         {Kind: engine.AssumedRole, Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/r/suite", RoleARN: "arn:aws:iam::111122223333:role/t/r", SessionName: "suite"},
	}
	for s, want := range tests {
		if got := suitePrincipal(s); got != want {
			t.Errorf("%q: got %+v, want %+v", s, got, want)
		}
	}
}
