package engine_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/policycase"
	"github.com/writ-iam/writ/policy"
)

// iamSimulate are the cases of an evaluator in TypeScript. Each is a request,
// policies, and what becomes of it.
var iamSimulate = suite{
	name: "iam-simulate", variable: "WRIT_SUITE_IAM_SIMULATE",
	read: readSimulate,
	disputed: []suiteDispute{
		{simulateCore + "anonymous.json", []int{9, 10}, noAllowWithNotPrincipal},
		{simulateCore + "notPrincipal.json", nil, noAllowWithNotPrincipal},
		{simulateCore + "noPrincipalElement.json", nil, needsPrincipal},
		{simulateEngine + "policyTypes/noPrincipalElement.json", nil, needsPrincipal},
		{simulateEngine + "edgeCases/cloudFormationSubResource.json", nil, `IAM refuses the document: a resource must be an ARN or "*"`},
		{simulateCore + "boundaryNotPrincipalDenyResource.json", []int{1}, "UG, NotPrincipal: who is to be spared is listed with the account, the role and the session"},
		{simulateCore + "sessionPolicies.json", []int{8}, "UG, Session policies: what a resource-based policy grants to the session's ARN is not limited by them"},
		{simulateEngine + "edgeCases/allowNotArnLike.json", []int{1}, "STS API, AssumeRole: not with the root user's credentials"},
		{simulateCore + "iam/roles/reserved/denied.json", []int{9}, "no page of AWS says that such a role cannot be passed, which changes nothing in it"},
		{simulateCore + "resourceWildcards/crossPatternIntersections.json", []int{1, 2, 3, 4}, oneResource},
		{simulateCore + "resourceWildcards/requestWildcards.json", []int{1, 2, 10, 11}, oneResource},
		{simulateCore + "resourceWildcards/requestWildcards.json", []int{9}, `Service Authorization Reference: an action without resource types is on "*" alone`},
	},
}

// The folders of its cases, and reasons that several disputes share.
const (
	simulateCore   = "src/core_engine/coreEngineTests/"
	simulateEngine = "src/simulation_engine/simulationEngineIntegrationTests/"

	noAllowWithNotPrincipal = "UG, NotPrincipal: not supported with Allow"
	needsPrincipal          = "UG, Principal: a resource-based policy must have one"
	oneResource             = "the case is about some resource of a set; a request is about one"
)

// simulateCase is a case of either folder: that of the core engine has the
// policies beside the expectation, the other one has them in "simulation".
type simulateCase struct {
	simulateInput
	Simulation *simulateInput
	Expected   struct {
		Response, OverallResult string
		BlockedBy               []string
		Results                 []struct{ ResourcePattern, Result string }
	}
}

type simulateInput struct {
	Mode    string
	Request struct {
		Action                    string
		Resource                  struct{ Resource, AccountID string }
		Principal                 simulatePrincipal
		Context, ContextVariables map[string]suiteTexts
	}
	IdentityPolicies                                 []simulatePolicy
	PermissionBoundaries, PermissionBoundaryPolicies []simulatePolicy
	SessionPolicy, ResourcePolicy                    *simulatePolicy
	ServiceControlPolicies, ResourceControlPolicies  []struct{ Policies []simulatePolicy }
	EndpointPolicies                                 []simulatePolicy
}

// simulatePolicy is a document, bare or with a name.
type simulatePolicy struct{ text json.RawMessage }

func (p *simulatePolicy) UnmarshalJSON(data []byte) error {
	var named struct{ Policy json.RawMessage }
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	p.text = slices.Clone(data)
	if named.Policy != nil {
		p.text = named.Policy
	}
	return nil
}

// simulatePrincipal is an ARN, the name of a service, or "" for {"type":
// "Anonymous"}.
type simulatePrincipal string

func (p *simulatePrincipal) UnmarshalJSON(data []byte) error {
	if data[0] == '{' {
		return nil
	}
	return json.Unmarshal(data, (*string)(p))
}

func readSimulate(checkout fs.FS) (cases []suiteCase, err error) {
	err = eachFile(checkout, ".json", func(file string, data []byte) error {
		if !strings.HasPrefix(file, "src/") || !strings.Contains(file, "Tests/") || strings.Contains(file, "iscovery") {
			return nil // a mode that looks for policies which would allow
		}
		var list []simulateCase
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		for i := range list {
			in, discovers := list[i].input()
			if !discovers {
				cases = append(cases, suiteCase{file, i + 1, list[i].check(in)})
			}
		}
		return nil
	})
	return cases, err
}

func (c *simulateCase) input() (in *simulateInput, discovers bool) {
	switch {
	case c.Simulation == nil:
		return &c.simulateInput, false
	case c.Simulation.Request.Action != "":
		return c.Simulation, false
	}
	return nil, c.Simulation.Mode == "Discovery"
}

// check asks the engine and returns what is not as expected. A case that is about
// a set of resources, written as a pattern, is asked of one of the set.
func (c *simulateCase) check(in *simulateInput) error {
	layers, err := in.layers()
	if err != nil {
		return fmt.Errorf("refused: %w", err)
	}
	about := in.Request.Resource.Resource
	if c.Expected.Response != "" {
		return in.decide(layers, oneOf(about, about), c.Expected.Response, c.Expected.BlockedBy)
	}
	for _, r := range c.Expected.Results {
		if err := in.decide(layers, oneOf(r.ResourcePattern, about), r.Result, nil); err != nil {
			return err
		}
	}
	if len(c.Expected.Results) > 0 {
		return nil
	}
	return in.decide(layers, oneOf(about, about), c.Expected.OverallResult, nil)
}

// oneOf is an ARN that matches pattern, filled up from another pattern.
func oneOf(pattern, other string) string {
	if pattern == "*" {
		return pattern
	}
	parts, from := strings.SplitN(pattern, ":", 6), strings.SplitN(other, ":", 6)
	for i := range 6 {
		if i == len(parts) {
			parts = append(parts, "*")
		}
		if parts[i] == "*" && i < len(from) && len(from) == 6 {
			parts[i] = from[i]
		}
		parts[i] = strings.ReplaceAll(parts[i], "*", "w")
	}
	return strings.Join(parts, ":")
}

var simulateEffects = map[string]engine.Effect{
	"Allowed": engine.Allow, "ImplicitlyDenied": engine.ImplicitDeny, "ExplicitlyDenied": engine.ExplicitDeny,
}

var simulateLayers = map[engine.Layer]string{
	engine.IdentityLayer: "identity", engine.BoundaryLayer: "pb", engine.SessionLayer: "session", engine.ResourceLayer: "resource",
	engine.TrustLayer: "resource", engine.SCPLayer: "scp", engine.RCPLayer: "rcp", engine.EndpointLayer: "vpce",
}

func (in *simulateInput) decide(l *engine.Layers, resource, want string, by []string) error {
	effect, ok := simulateEffects[want]
	if !ok {
		return fmt.Errorf("not an effect: %q", want)
	}
	r := engine.Request{
		Principal: suitePrincipal(string(in.Request.Principal)), Action: in.Request.Action,
		Resource: resource, ResourceAccount: in.Request.Resource.AccountID, Context: new(engine.Context),
	}
	r.Context.SetPrincipal(&r.Principal)
	for _, keys := range []map[string]suiteTexts{in.Request.Context, in.Request.ContextVariables} {
		for key, values := range keys {
			r.Context.Set(key, values...)
		}
	}
	d := engine.Decide(&r, l)
	if d.Effect != effect || len(by) > 0 && !slices.Contains(by, simulateLayers[d.Layer]) {
		return fmt.Errorf("%s on %s by %s: got %s, want %v %v", r.Action, r.Resource, r.Principal.ARN, policycase.Describe(d), effect, by)
	}
	return nil
}

func (in *simulateInput) layers() (*engine.Layers, error) {
	c := suiteCompiler{schema: catalog.Schema{}}
	l := &engine.Layers{
		Identity: c.all(policy.IdentityBased, in.IdentityPolicies),
		Boundary: c.some(policy.PermissionsBoundary, append(in.PermissionBoundaries, in.PermissionBoundaryPolicies...)),
		Endpoint: c.some(policy.Endpoint, in.EndpointPolicies),
	}
	if in.SessionPolicy != nil {
		l.Session = c.all(policy.Session, []simulatePolicy{*in.SessionPolicy})
	}
	if in.ResourcePolicy != nil {
		kind := policy.ResourceBased
		if strings.HasPrefix(in.Request.Action, "sts:AssumeRole") {
			kind, l.Trust = policy.Trust, true
		}
		l.Resource = c.one(kind, in.ResourcePolicy.text)
	}
	for _, level := range in.ServiceControlPolicies {
		l.SCP = append(l.SCP, c.all(policy.ServiceControl, level.Policies))
	}
	for _, level := range in.ResourceControlPolicies {
		// The suite takes RCPFullAWSAccess for granted.
		l.RCP = append(l.RCP, append(c.all(policy.ResourceControl, level.Policies), c.one(policy.ResourceControl, []byte(fullAccess))))
	}
	return l, c.err
}

const fullAccess = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`

// suiteCompiler keeps the first error.
type suiteCompiler struct {
	schema engine.Schema
	err    error
}

func (c *suiteCompiler) one(kind policy.Kind, text []byte) *engine.Policy {
	doc, err := suiteDocument(kind, text)
	if err == nil && doc != nil {
		var p *engine.Policy
		if p, err = engine.Compile(doc, engine.CompileOptions{Schema: c.schema}); err == nil {
			return p
		}
	}
	if c.err == nil {
		c.err = err
	}
	return nil
}

// all compiles policies. Those without statements are left out.
func (c *suiteCompiler) all(kind policy.Kind, list []simulatePolicy) []*engine.Policy {
	compiled := []*engine.Policy{}
	for _, p := range list {
		if p := c.one(kind, p.text); p != nil {
			compiled = append(compiled, p)
		}
	}
	return compiled
}

// some is all, but no policies make no layer.
func (c *suiteCompiler) some(kind policy.Kind, list []simulatePolicy) []*engine.Policy {
	if len(list) == 0 {
		return nil
	}
	return c.all(kind, list)
}

func TestSuiteIAMSimulate(t *testing.T) {
	const ann = `"principal":"arn:aws:iam::111122223333:user/ann"`
	const read = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}`
	const request = `"request":{"action":"s3:GetObject","resource":{"resource":"arn:aws:s3:::b/k","accountId":"111122223333"},` + ann + `,"context":{"aws:TagKeys":["a"]}}`
	files := fstest.MapFS{
		"src/aTests/identity.json": {Data: []byte(`[
			{` + request + `,"identityPolicies":[` + read + `],"expected":{"response":"Allowed"}},
			{` + request + `,"identityPolicies":[` + read + `],"expected":{"response":"ImplicitlyDenied"}},
			{` + request + `,"identityPolicies":[` + read + `],"simulation":{"mode":"Discovery"},"expected":{"response":"ImplicitlyDenied"}},
			{` + request + `,"identityPolicies":[` + read + `],"permissionBoundaries":[],"endpointPolicies":[],"expected":{"response":"Allowed"}},
			{` + request + `,"identityPolicies":[` + read + `],"serviceControlPolicies":[{"policies":[{"Version":"2012-10-17","Statement":[]}]}],"expected":{"response":"ImplicitlyDenied","blockedBy":["scp"]}},
			{` + request + `,"identityPolicies":[` + read + `],"serviceControlPolicies":[{"policies":[]}],"expected":{"response":"ImplicitlyDenied","blockedBy":["pb"]}},
			{` + request + `,"identityPolicies":[` + read + `],"resourceControlPolicies":[{"policies":[]}],"expected":{"response":"Allowed"}},
			{` + request + `,"identityPolicies":[{"Version":"2012-10-17"}],"expected":{"response":"ImplicitlyDenied"}},
			{"request":{"action":"s3:GetObject","resource":{"resource":"arn:aws:s3:::b/k","accountId":"111122223333"},"principal":{"type":"Anonymous"}},
			 "resourcePolicy":` + strings.Replace(read, `"Action"`, `"Principal":"*","Action"`, 1) + `,"expected":{"response":"Allowed"}},
			{"request":{"action":"sts:AssumeRole","resource":{"resource":"arn:aws:iam::111122223333:role/r","accountId":"111122223333"},"principal":"arn:aws:iam::111122223333:role/s"},
			 "resourcePolicy":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"arn:aws:iam::111122223333:role/s","Action":"sts:AssumeRole","Resource":"*"}},"expected":{"response":"Allowed"}}
		]`)},
		"src/bTests/simulation.json": {Data: []byte(`[
			{"simulation":{"identityPolicies":[{"name":"n","policy":` + read + `}],"resourcePolicy":null,` + strings.Replace(request, "b/k", "*/*", 1) + `},
			 "expected":{"results":[{"resourcePattern":"arn:aws:s3:::b/*","result":"Allowed"},{"resourcePattern":"arn:aws:s3:::c/*","result":"Allowed"}],"overallResult":"Allowed"}},
			{"simulation":{"identityPolicies":[{"name":"n","policy":` + read + `}],` + strings.Replace(request, "b/k", "b/*", 1) + `},"expected":{"results":[],"overallResult":"Allowed"}}
		]`)},
		"src/aTests/discoveryMode/a.json": {Data: []byte(`[{}]`)},
		"package.json":                    {Data: []byte(`{}`)},
	}
	cases, err := readSimulate(files)
	wantCases(t, cases, err,
		"ok", "got Allow identity", "ok", "ok", "got ImplicitDeny scp", "ok", "refused: ", "ok", "ok",
		"arn:aws:s3:::c/w", "ok")
}
