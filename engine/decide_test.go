package engine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// TestDecide runs testdata/decide/*.txtar, one idea a file. The first line of a
// file says where the truth comes from. Its policies are named for their layer:
//
//	identity/NAME boundary/NAME session/NAME endpoint/NAME
//	scp/LEVEL/NAME rcp/LEVEL/NAME
//	resource, trust or unreadable/LAYER/NAME
//
// An RCP with the text "full" is RCPFullAWSAccess.
//
// A name that ends in / (boundary/) makes a layer that is present and empty.
// "ids", if present, maps principal texts to unique ids, a pair a line. The file
// "requests" holds requests, separated by blank lines, as lines "key: value":
//
//	principal  an ARN, a service, "anonymous" or "provider NAME"
//	role, issuer, id, issuer-id, linked, management   of the principal
//	action, resource, account (the resource's)
//	context    key=value or key=value|value or key= (empty) or key (no values); repeated
//	want       "Effect layer policy#index", as much of it as there is
//	message    the text given to the caller
//
// The keys that Context.SetPrincipal sets are set first.
func TestDecide(t *testing.T) {
	files, err := filepath.Glob("testdata/decide/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := parseCase(data)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range c.requests {
				t.Run(strconv.Itoa(i), func(t *testing.T) { r.check(t, c) })
			}
		})
	}
}

// decideCase is one file.
type decideCase struct {
	layers   engine.Layers
	requests []caseRequest
}

type caseRequest struct {
	request       engine.Request
	want, message string
}

func (r *caseRequest) check(t *testing.T, c *decideCase) {
	t.Helper()
	d, trace := engine.Explain(&r.request, &c.layers)
	if got := describe(d); !strings.HasPrefix(got+" ", r.want+" ") {
		t.Errorf("%s on %s by %s: got %q, want %q\n%s", r.request.Action, r.request.Resource,
			r.request.Principal.ARN, got, r.want, describeTrace(trace))
	}
	if got := d.Message(&r.request); r.message != "" && got != r.message {
		t.Errorf("message:\n got %s\nwant %s", got, r.message)
	}
	if diff := cmp.Diff(d, engine.Decide(&r.request, &c.layers)); diff != "" {
		t.Errorf("Explain and Decide differ: %s", diff)
	}
}

// describe is a decision as cases write it.
func describe(d engine.Decision) string {
	s := d.Effect.String()
	if d.Layer != engine.NoLayer {
		s += " " + d.Layer.String()
	}
	if !d.Statement.IsZero() {
		s += fmt.Sprintf(" %s#%d", d.Statement.Policy, d.Statement.Index)
	}
	return s
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

func parseCase(data []byte) (*decideCase, error) {
	ar := txtar.Parse(data)
	if !strings.HasPrefix(string(ar.Comment), "# ") {
		return nil, errors.New("the first line must say where the truth comes from")
	}
	c := &decideCase{}
	var ids map[string]string
	for _, f := range ar.Files {
		if f.Name == "ids" {
			ids = pairs(string(f.Data))
		}
	}
	for _, f := range ar.Files {
		if err := c.file(f.Name, string(f.Data), ids); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return c, nil
}

func (c *decideCase) file(name, text string, ids map[string]string) error {
	if name == "ids" {
		return nil
	}
	if name == "requests" {
		for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
			r, err := parseRequest(block)
			if err != nil {
				return err
			}
			c.requests = append(c.requests, r)
		}
		return nil
	}
	layer, rest, _ := strings.Cut(name, "/")
	unreadable := layer == "unreadable"
	if unreadable {
		layer, rest, _ = strings.Cut(rest, "/")
	}
	kind, ok := kinds[layer]
	if !ok {
		return errors.New("unknown layer")
	}
	p := engine.Unreadable(rest, kind)
	if !unreadable && strings.TrimSpace(text) != "" {
		doc, err := parseDocument(kind, text)
		if err != nil {
			return err
		}
		label := rest[strings.LastIndexByte(rest, '/')+1:]
		if label == "" {
			label = layer
		}
		if p, err = engine.Compile(doc, engine.CompileOptions{Name: label, Principals: ids, Schema: testSchema{}}); err != nil {
			return err
		}
	}
	return c.add(layer, rest, p)
}

// parseDocument parses a policy. "full" is RCPFullAWSAccess, which AWS alone may
// write.
func parseDocument(kind policy.Kind, text string) (*policy.Document, error) {
	if kind != policy.ResourceControl || strings.TrimSpace(text) != "full" {
		return policy.Parse(kind, text)
	}
	all := policy.Patterns{Values: []policy.Value{{Text: "*"}}}
	return &policy.Document{Kind: kind, Version: policy.Version2012, Statements: []policy.Statement{{
		Effect: policy.Allow, Action: all, Resource: &all,
		Principal: &policy.Principals{Values: []policy.Principal{{Type: policy.AnyPrincipal, Value: "*"}}},
	}}}, nil
}

var kinds = map[string]policy.Kind{
	"identity": policy.IdentityBased, "boundary": policy.PermissionsBoundary, "session": policy.Session,
	"resource": policy.ResourceBased, "trust": policy.Trust, "endpoint": policy.Endpoint,
	"scp": policy.ServiceControl, "rcp": policy.ResourceControl,
}

// add puts a policy into its layer. A name that ends in a slash only makes the
// layer.
func (c *decideCase) add(layer, name string, p *engine.Policy) error {
	l := &c.layers
	plain := map[string]*[]*engine.Policy{
		"identity": &l.Identity, "boundary": &l.Boundary, "session": &l.Session, "endpoint": &l.Endpoint,
	}
	if list, ok := plain[layer]; ok {
		if *list == nil {
			*list = []*engine.Policy{}
		}
		if name != "" {
			*list = append(*list, p)
		}
		return nil
	}
	switch layer {
	case "resource":
		l.Resource = p
		return nil
	case "trust":
		l.Resource, l.Trust = p, true
		return nil
	}
	levels := &l.SCP
	if layer == "rcp" {
		levels = &l.RCP
	}
	level, name, _ := strings.Cut(name, "/")
	n, err := strconv.Atoi(level)
	if err != nil {
		return err
	}
	for len(*levels) <= n {
		*levels = append(*levels, nil)
	}
	if name != "" {
		(*levels)[n] = append((*levels)[n], p)
	}
	return nil
}

func pairs(text string) map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(text) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), " ")
		if k != "" {
			m[k] = strings.TrimSpace(v)
		}
	}
	return m
}

func parseRequest(block string) (caseRequest, error) {
	r := caseRequest{request: engine.Request{Context: new(engine.Context)}}
	var context []string
	for line := range strings.Lines(block) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimPrefix(value, " ")
		if ok && key == "context" {
			context = append(context, value)
		} else if set, known := requestKeys[key]; ok && known {
			set(&r, value)
		} else {
			return r, fmt.Errorf("not a line of a request: %q", line)
		}
	}
	if r.want == "" {
		return r, errors.New("a request without want")
	}
	r.request.Context.SetPrincipal(&r.request.Principal)
	for _, s := range context {
		key, value, set := strings.Cut(s, "=")
		if set {
			r.request.Context.Set(key, strings.Split(value, "|")...)
		} else {
			r.request.Context.Set(key)
		}
	}
	return r, nil
}

// requestKeys are the lines of a request. The principal comes before what is
// said of it.
var requestKeys = map[string]func(*caseRequest, string){
	"principal":  func(r *caseRequest, v string) { r.request.Principal = parsePrincipal(v) },
	"role":       func(r *caseRequest, v string) { r.request.Principal.RoleARN = v },
	"id":         func(r *caseRequest, v string) { r.request.Principal.ID = v },
	"issuer":     func(r *caseRequest, v string) { r.request.Principal.IssuerARN = v },
	"issuer-id":  func(r *caseRequest, v string) { r.request.Principal.IssuerID = v },
	"linked":     func(r *caseRequest, _ string) { r.request.Principal.ServiceLinked = true },
	"management": func(r *caseRequest, _ string) { r.request.Principal.Management = true },
	"action":     func(r *caseRequest, v string) { r.request.Action = v },
	"resource":   func(r *caseRequest, v string) { r.request.Resource = strings.ReplaceAll(v, `\n`, "\n") },
	"account":    func(r *caseRequest, v string) { r.request.ResourceAccount = v },
	"want":       func(r *caseRequest, v string) { r.want = v },
	"message":    func(r *caseRequest, v string) { r.message = v },
}

// parsePrincipal tells the kind of a principal from its ARN.
func parsePrincipal(s string) engine.Principal {
	if s == "anonymous" {
		return engine.Principal{Kind: engine.Anonymous}
	}
	if provider, ok := strings.CutPrefix(s, "provider "); ok {
		return engine.Principal{Kind: engine.Federated, Provider: provider}
	}
	a, err := arn.Parse(s)
	if err != nil {
		return engine.Principal{Kind: engine.Service, Service: s}
	}
	p := engine.Principal{Account: a.Account, ARN: s}
	switch a.Type() {
	case "user":
		p.Kind = engine.User
	case "assumed-role":
		p.Kind, p.SessionName = engine.AssumedRole, a.Name()
		role := strings.Split(a.Resource, "/")[1]
		p.RoleARN = "arn:" + a.Partition + ":iam::" + a.Account + ":role/" + role
	case "federated-user":
		p.Kind = engine.FederatedUser
	default:
		p.Kind = engine.Root
	}
	return p
}

// testSchema knows what the cases need.
type testSchema struct{}

func (testSchema) Multivalued(key string) bool {
	return slices.Contains([]string{"aws:tagkeys", "aws:principalorgpaths", "dynamodb:attributes"}, key)
}

func (testSchema) HasResourceTypes(action string) bool {
	return !slices.Contains([]string{"s3:ListAllMyBuckets", "ec2:DescribeInstances"}, action)
}

func (testSchema) RCPCapable(service string) bool {
	return slices.Contains([]string{"s3", "sts", "kms", "sqs", "secretsmanager"}, service)
}
