package iam_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// simulated is the answer to a simulation.
type simulated struct {
	Results []struct {
		Action   string `xml:"EvalActionName"`
		Resource string `xml:"EvalResourceName"`
		Decision string `xml:"EvalDecision"`
		Matched  []struct {
			Source string `xml:"SourcePolicyId"`
			Start  place  `xml:"StartPosition"`
			End    place  `xml:"EndPosition"`
		} `xml:"MatchedStatements>member"`
		Missing       []string `xml:"MissingContextValues>member"`
		Organizations *bool    `xml:"OrganizationsDecisionDetail>AllowedByOrganizations"`
		Details       *struct {
			Entries []struct {
				Key   string `xml:"key"`
				Value string `xml:"value"`
			} `xml:"entry"`
		} `xml:"EvalDecisionDetails"`
		Specific []struct {
			Resource string `xml:"EvalResourceName"`
			Decision string `xml:"EvalResourceDecision"`
		} `xml:"ResourceSpecificResults>member"`
	} `xml:"EvaluationResults>member"`
	Truncated bool   `xml:"IsTruncated"`
	Marker    string `xml:"Marker"`
}

type place struct{ Line, Column int }

func (in *installation) simulate(who sigv4.Credentials, operation string, params url.Values) simulated {
	in.t.Helper()
	status, body := in.call(who, operation, params)
	if status != http.StatusOK {
		in.t.Fatalf("%s %v: %d %s", operation, params, status, body)
	}
	var answer struct {
		Custom    simulated `xml:"SimulateCustomPolicyResult"`
		Principal simulated `xml:"SimulatePrincipalPolicyResult"`
	}
	must(in.t, xml.Unmarshal([]byte(body), &answer))
	if operation == "SimulateCustomPolicy" {
		return answer.Custom
	}
	return answer.Principal
}

// Where AWS was seen to say that statements stand. The texts of the first and
// the last two are those of its documentation and of published answers.
func TestStatementPositions(t *testing.T) {
	in := start(t, nil)
	for name, c := range map[string]struct {
		document string
		want     []place
	}{
		"an object": {
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}`,
			[]place{{1, 38}, {1, 167}},
		},
		"two spaces": {
			"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}",
			[]place{{3, 17}, {8, 6}},
		},
		"a tab": {
			"{\n\t\"Version\": \"2012-10-17\",\n\t\"Statement\": [\n\t\t{\n\t\t\t\"Effect\": \"Allow\",\n\t\t\t\"Action\": [\n\t\t\t\t\"s3:Get*\",\n\t\t\t\t\"dynamodb:*\",\n\t\t\t\t\"s3:Describe*\"\n\t\t\t],\n" +
				"\t\t\t\"Resource\":\n\t\t\t\t\"*\"\n\n\t\t}\n\t]\n}",
			[]place{{3, 16}, {14, 4}},
		},
		"characters": {
			`{"Version":"2012-10-17","Id":"é","Statement":{"Effect":"Allow","Action":"*","Resource":["*","arn:aws:s3:::éé"]}}`,
			[]place{{1, 47}, {1, 112}},
		},
	} {
		answer := in.simulate(in.root(account), "SimulateCustomPolicy", values("PolicyInputList.member.1="+c.document, "ActionNames.member.1=dynamodb:CreateBackup"))
		matched := answer.Results[0].Matched
		if len(matched) != 1 {
			t.Fatalf("%s: %+v", name, answer)
		}
		if diff := cmp.Diff(c.want, []place{matched[0].Start, matched[0].End}); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// The bucket policy and the answers are those of a published test of 2025.
func TestStatementPositionsOfResourcePolicy(t *testing.T) {
	in := start(t, nil)
	bucket := `{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"*","Resource":["arn:aws:s3:::tims-fancy-bucket/*","arn:aws:s3:::tims-fancy-bucket"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},` +
		`{"Sid":"DenyTimDelete","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::tims-fancy-bucket/*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::112233445566:role/tims-test-role"}}}]}`
	params := values("PolicyInputList.member.1="+allowAllDocument, "ResourcePolicy="+bucket, "ActionNames.member.1=s3:DeleteObject",
		"ResourceArns.member.1=arn:aws:s3:::tims-fancy-bucket/only-here/some-obj", "CallerArn=arn:aws:iam::112233445566:user/dummy",
		"ContextEntries.member.1.ContextKeyName=aws:principalarn", "ContextEntries.member.1.ContextKeyType=string",
		"ContextEntries.member.1.ContextKeyValues.member.1=arn:aws:iam::112233445566:role/tims-test-role",
		"ContextEntries.member.2.ContextKeyName=aws:SecureTransport", "ContextEntries.member.2.ContextKeyType=boolean",
		"ContextEntries.member.2.ContextKeyValues.member.1=true")
	for secure, want := range map[string][]place{"true": {{1, 248}, {1, 470}}, "false": {{1, 38}, {1, 248}}} {
		params.Set("ContextEntries.member.2.ContextKeyValues.member.1", secure)
		first := in.simulate(in.root(account), "SimulateCustomPolicy", params).Results[0]
		if first.Decision != "explicitDeny" || first.Matched[0].Source != "ResourcePolicy" {
			t.Fatalf("%+v", first)
		}
		if diff := cmp.Diff(want, []place{first.Matched[0].Start, first.Matched[0].End}); diff != "" {
			t.Errorf("secure transport %s:\n%s", secure, diff)
		}
	}
}

const allowAllDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// The words of random policies.
var (
	simulatedActions   = []string{"s3:GetObject", "s3:PutObject", "sqs:SendMessage", "iam:GetUser", "ec2:DescribeRegions"}
	simulatedResources = []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b/ann/x", "arn:aws:sqs:eu-west-1:123456789012:q", "arn:aws:iam::210987654321:user/ann"}
)

type statement map[string]any

func drawPolicy(t *rapid.T, label string, principals bool) string {
	var list []statement
	for range rapid.IntRange(1, 4).Draw(t, label) {
		s := statement{
			"Effect":   rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect"),
			"Action":   rapid.SliceOfN(rapid.SampledFrom([]string{"*", "s3:*", "s3:Get*", "sqs:SendMessage", "iam:*", "ec2:Describe*"}), 1, 3).Draw(t, "action"),
			"Resource": rapid.SliceOfN(rapid.SampledFrom([]string{"*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:sqs:*:*:q", "arn:aws:iam::*:user/*"}), 1, 2).Draw(t, "resource"),
		}
		if principals {
			s["Principal"] = rapid.SampledFrom([]any{"*", map[string]string{"AWS": account}, map[string]string{"AWS": "arn:aws:iam::" + account + ":user/ann"}}).Draw(t, "principal")
		}
		if condition := rapid.SampledFrom([]map[string]any{
			nil, nil, nil, {"StringEquals": map[string]string{"a:key": "v"}}, {"StringNotEquals": map[string]string{"a:key": "v"}},
			{"Null": map[string]string{"aws:username": "true"}}, {"Bool": map[string]string{"aws:SecureTransport": "true"}},
		}).Draw(t, "condition"); condition != nil {
			s["Condition"] = condition
		}
		list = append(list, s)
	}
	text, err := json.Marshal(statement{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func compiledPolicy(t *rapid.T, kind policy.Kind, text string) *engine.Policy {
	doc, err := policy.Parse(kind, text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(doc, engine.CompileOptions{Schema: catalog.Schema{}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What the simulator answers is what the engine decides on the same policies.
// Without a policy of the resource there is one account: the engine needs no
// leave of another.
func TestSimulationAgreesWithEngine(t *testing.T) {
	in := start(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		ann := "arn:aws:iam::" + account + ":user/ann"
		r := &engine.Request{Principal: engine.Principal{Kind: engine.User, Account: account, ARN: ann}, Context: new(engine.Context)}
		r.Context.SetPrincipal(&r.Principal)
		params := values("CallerArn="+ann, "ActionNames.member.1="+rapid.SampledFrom(simulatedActions).Draw(t, "action"))
		r.Action = params.Get("ActionNames.member.1")
		l := &engine.Layers{}
		for i := range rapid.IntRange(1, 2).Draw(t, "policies") {
			text := drawPolicy(t, "identity", false)
			params.Set(fmt.Sprintf("PolicyInputList.member.%d", i+1), text)
			l.Identity = append(l.Identity, compiledPolicy(t, policy.IdentityBased, text))
		}
		if rapid.Bool().Draw(t, "bounded") {
			text := drawPolicy(t, "boundary", false)
			params.Set("PermissionsBoundaryPolicyInputList.member.1", text)
			l.Boundary = []*engine.Policy{compiledPolicy(t, policy.PermissionsBoundary, text)}
		}
		r.Resource, r.ResourceAccount = "arn:aws:s3:::b/k", account
		if rapid.Bool().Draw(t, "resource policy") {
			text := drawPolicy(t, "resource", true)
			text = strings.NewReplacer("arn:aws:sqs:*:*:q", "*", "arn:aws:iam::*:user/*", "*").Replace(text) // it must speak of the resource
			params.Set("ResourcePolicy", text)
			l.Resource = compiledPolicy(t, policy.ResourceBased, text)
			if rapid.Bool().Draw(t, "across") {
				r.ResourceAccount = otherAccount
			}
			params.Set("ResourceOwner", "arn:aws:iam::"+r.ResourceAccount+":root")
		} else {
			r.Resource = rapid.SampledFrom(simulatedResources).Draw(t, "resource")
		}
		params.Set("ResourceArns.member.1", r.Resource)
		for key, kind := range map[string]string{"a:key": "string", "aws:SecureTransport": "boolean"} {
			if rapid.Bool().Draw(t, key) {
				value := map[string]string{"string": "v", "boolean": "true"}[kind]
				r.Context.Set(key, value)
				entry := fmt.Sprintf("ContextEntries.member.%d.", 1+len(params["ContextEntries.member.1.ContextKeyName"]))
				params.Set(entry+"ContextKeyName", key)
				params.Set(entry+"ContextKeyType", kind)
				params.Set(entry+"ContextKeyValues.member.1", value)
			}
		}
		want := map[engine.Effect]string{engine.Allow: "allowed", engine.ExplicitDeny: "explicitDeny", engine.ImplicitDeny: "implicitDeny"}[engine.Decide(r, l).Effect]
		got := in.simulate(in.root(account), "SimulateCustomPolicy", params).Results[0]
		if got.Decision != want || got.Specific[0].Decision != want {
			t.Fatalf("%v: the simulator says %s, the engine %s", params, got.Decision, want)
		}
		if matched := len(got.Matched) > 0; matched != (want != "implicitDeny") {
			t.Fatalf("%v: %s by %+v", params, got.Decision, got.Matched)
		}
	})
}

// What the simulator says of a stored principal is what its calls meet.
func TestSimulationAgreesWithCalls(t *testing.T) {
	in := start(t, nil)
	in.ok("CreatePolicy", "PolicyName=limit", `PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:ListUsers","iam:CreateGroup"],"Resource":"*"}]}`)
	in.ok("CreateGroup", "GroupName=devs")
	in.ok("PutGroupPolicy", "GroupName=devs", "PolicyName=p", `PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetUser","iam:ListUsers"],"Resource":"*"},{"Effect":"Deny","Action":"iam:GetUser","Resource":"arn:aws:iam::*:user/secret/*"}]}`)
	for _, name := range []string{"ann", "bob", "eve"} {
		in.ok("CreateUser", "UserName="+name, "Tags.member.1.Key=team", "Tags.member.1.Value="+map[string]string{"ann": "red", "bob": "blue", "eve": "red"}[name])
	}
	in.ok("CreateUser", "UserName=hidden", "Path=/secret/")
	in.ok("AddUserToGroup", "GroupName=devs", "UserName=ann")
	in.ok("AddUserToGroup", "GroupName=devs", "UserName=bob")
	for _, name := range []string{"ann", "bob"} {
		in.ok("PutUserPolicy", "UserName="+name, "PolicyName=tags", `PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateGroup","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}}`)
	}
	in.ok("AttachUserPolicy", "UserName=eve", "PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess")
	in.ok("PutUserPermissionsBoundary", "UserName=eve", "PermissionsBoundary=arn:aws:iam::"+account+":policy/limit")
	in.ok("CreateRole", "RoleName=app", "AssumeRolePolicyDocument="+trustEC2)
	in.ok("PutRolePolicy", "RoleName=app", "PolicyName=p", `PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:List*","Resource":"*"}}`)

	callers := map[string]sigv4.Credentials{"role/app": in.role("app")}
	for _, name := range []string{"ann", "bob", "eve"} {
		callers["user/"+name] = in.user(name)
	}
	iamARN := "arn:aws:iam::" + account + ":"
	calls := []struct{ operation, param, resource string }{
		{"GetUser", "UserName=ann", "user/ann"}, {"GetUser", "UserName=hidden", "user/secret/hidden"}, {"ListUsers", "MaxItems=1", "user/"},
		{"ListRoles", "MaxItems=1", "role/"}, {"CreateGroup", "GroupName=new", "group/new"}, {"DeleteUser", "UserName=nobody", "user/nobody"},
	}
	outcomes := map[string]int{}
	for caller, credentials := range callers {
		for _, c := range calls {
			result := in.simulate(in.root(account), "SimulatePrincipalPolicy", values("PolicySourceArn="+iamARN+caller,
				"ActionNames.member.1=iam:"+c.operation, "ResourceArns.member.1="+iamARN+c.resource)).Results[0]
			_, body := in.call(credentials, c.operation, values(c.param))
			met := "allowed"
			switch {
			case strings.Contains(body, "with an explicit deny"):
				met = "explicitDeny"
			case strings.Contains(body, "<Code>AccessDenied</Code>"):
				met = "implicitDeny"
			}
			if result.Decision != met {
				t.Errorf("%s, %s on %s: the simulator says %s, the call meets %s", caller, c.operation, c.resource, result.Decision, met)
			}
			outcomes[met]++
			if c.operation == "CreateGroup" && met == "allowed" {
				in.ok("DeleteGroup", "GroupName=new")
			}
		}
	}
	if len(outcomes) != 3 {
		t.Errorf("the calls met only %v", outcomes)
	}
}

// SCPs decide, their conditions too. Neither their statements nor their keys
// are told: a member account may not read them.
func TestSimulationWithSCPs(t *testing.T) {
	in := start(t, nil)
	in.update(func(tx *state.Tx) error {
		doc, err := state.ParseDocument(policy.ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}}`, catalog.Schema{})
		if err != nil {
			return err
		}
		tx.PutOrgPolicy(&state.OrgPolicy{ID: "p-regions", Name: "regions", Type: state.SCP, Document: doc, Targets: []string{otherAccount}})
		return nil
	})
	other := in.root(otherAccount)
	for _, params := range [][]string{
		{"CreateUser", "UserName=ann"},
		{"PutUserPolicy", "UserName=ann", "PolicyName=all", "PolicyDocument=" + allowAllDocument},
	} {
		if status, body := in.call(other, params[0], values(params[1:]...)); status != http.StatusOK {
			t.Fatal(body)
		}
	}
	params := values("PolicySourceArn=arn:aws:iam::"+otherAccount+":user/ann", "ActionNames.member.1=s3:GetObject",
		"ResourceArns.member.1=arn:aws:s3:::b/k", "ResourceOwner=arn:aws:iam::"+account+":root",
		"ContextEntries.member.1.ContextKeyName=aws:RequestedRegion", "ContextEntries.member.1.ContextKeyType=string")
	denied := in.simulate(other, "SimulatePrincipalPolicy", params).Results[0]
	if denied.Decision != "explicitDeny" || denied.Organizations == nil || *denied.Organizations {
		t.Errorf("elsewhere: %+v", denied)
	}
	if len(denied.Matched) > 0 || len(denied.Missing) > 0 || denied.Details != nil {
		t.Errorf("the answer tells of the SCP: %+v", denied)
	}
	params.Set("ContextEntries.member.1.ContextKeyValues.member.1", "eu-west-1")
	allowed := in.simulate(other, "SimulatePrincipalPolicy", params).Results[0]
	if allowed.Decision != "allowed" || allowed.Organizations == nil || !*allowed.Organizations || allowed.Details == nil {
		t.Errorf("in the region: %+v", allowed)
	}
}

// What is known of a user is told only to who may simulate that user: neither
// another caller nor a simulation of somebody else's policies finds out tags.
func TestSimulationAsksNoTagsOfOthers(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann", "Tags.member.1.Key=team", "Tags.member.1.Value=red")
	in.ok("CreateUser", "UserName=mallory")
	in.ok("PutUserPolicy", "UserName=mallory", "PolicyName=p", `PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:SimulateCustomPolicy","iam:GetContextKeysForCustomPolicy"],"Resource":"*"},{"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"arn:aws:iam::*:user/mallory"}]}`)
	mallory, ann := in.user("mallory"), "arn:aws:iam::"+account+":user/ann"
	probe := []string{
		"ActionNames.member.1=s3:GetObject", "CallerArn=" + ann,
		`PolicyInputList.member.1={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/team":"*"}}},{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:userid":"*"}}}]}`,
	}
	for operation, params := range map[string][]string{
		"SimulateCustomPolicy":    probe,
		"SimulatePrincipalPolicy": append([]string{"PolicySourceArn=arn:aws:iam::" + account + ":user/mallory"}, probe...),
	} {
		result := in.simulate(mallory, operation, values(params...)).Results[0]
		if result.Decision != "implicitDeny" || !slices.Equal(result.Missing, []string{"aws:PrincipalTag/team", "aws:userid"}) {
			t.Errorf("%s: %+v", operation, result)
		}
	}
	for _, operation := range []string{"SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"} {
		if status, body := in.call(mallory, operation, values("PolicySourceArn="+ann, "ActionNames.member.1=s3:GetObject")); status != http.StatusForbidden {
			t.Errorf("%s of another: %d %s", operation, status, body)
		}
	}
}

// Whether another account is one of this installation is not told: simulations
// about an account that is held and one that is not answer alike.
func TestSimulationTellsNoAccounts(t *testing.T) {
	in := start(t, nil)
	answer := func(stranger string) any {
		result := in.simulate(in.root(account), "SimulateCustomPolicy", values(
			"ActionNames.member.1=s3:GetObject", "CallerArn=arn:aws:iam::"+stranger+":user/x", "ResourceOwner=arn:aws:iam::"+stranger+":root",
			"ResourceArns.member.1=arn:aws:sqs:us-east-1:"+stranger+":q", "ResourceArns.member.2=arn:aws:s3:::b/k",
			`PolicyInputList.member.1={"Version":"2012-10-17","Statement":[
				{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalOrgPaths":"*","aws:PrincipalOrgID":"*"}}},
				{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:ResourceOrgPaths":"*","aws:ResourceOrgID":"*"}}}]}`)).Results[0]
		return []any{result.Decision, result.Missing}
	}
	held, foreign := fmt.Sprint(answer(otherAccount)), fmt.Sprint(answer("999999999999"))
	if held != foreign || !strings.Contains(held, "aws:ResourceOrgID") || !strings.Contains(held, "aws:PrincipalOrgPaths") {
		t.Errorf("of a held account %s, of another %s", held, foreign)
	}
}

// A page ends before it has cost too much, and the next goes on from there.
func TestSimulationPages(t *testing.T) {
	in := start(t, nil)
	params := values("PolicyInputList.member.1="+allowAllDocument, "MaxItems=1000")
	var want []string
	for i := range 250 {
		want = append(want, fmt.Sprintf("s3:Action%d", i))
		params.Set(fmt.Sprintf("ActionNames.member.%d", i+1), want[i])
	}
	for i := range 10 {
		params.Set(fmt.Sprintf("ResourceArns.member.%d", i+1), fmt.Sprintf("arn:aws:s3:::b/%d", i))
	}
	var got []string
	for pages := 1; ; pages++ {
		page := in.simulate(in.root(account), "SimulateCustomPolicy", params)
		if len(page.Results) > 100 {
			t.Fatalf("a page of %d actions on 10 resources", len(page.Results))
		}
		for _, r := range page.Results {
			got = append(got, r.Action)
		}
		if !page.Truncated {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		params.Set("Marker", page.Marker)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	status, body := in.call(in.root(account), "SimulateCustomPolicy", values("PolicyInputList.member.1="+allowAllDocument, "ActionNames.member.1=s3:GetObject", "Marker="+params.Get("Marker")))
	if status != http.StatusBadRequest || !strings.Contains(body, "Invalid Marker.") {
		t.Errorf("the marker of a longer list: %d %s", status, body)
	}
}

// What one action may cost is bounded: its resources, and the policies that
// each of them is held against.
func TestSimulationLimits(t *testing.T) {
	in := start(t, nil)
	params := values("PolicyInputList.member.1="+allowAllDocument, "ActionNames.member.1=s3:GetObject")
	resources := func(n, length int) {
		for i := range n {
			params.Set(fmt.Sprintf("ResourceArns.member.%d", i+1), fmt.Sprintf("arn:aws:s3:::b/%d%s", i, strings.Repeat("a", length)))
		}
	}
	refused := func(what string) {
		t.Helper()
		if status, body := in.call(in.root(account), "SimulateCustomPolicy", params); status != http.StatusBadRequest || !strings.Contains(body, "<Code>InvalidInput</Code>") {
			t.Errorf("%s: %d %.300s", what, status, body)
		}
	}
	resources(1001, 0)
	refused("1,001 resources")
	params.Del("ResourceArns.member.1001")
	in.simulate(in.root(account), "SimulateCustomPolicy", params)

	for i := range 3 {
		params.Set(fmt.Sprintf("PolicyInputList.member.%d", i+1), strings.Replace(allowAllDocument, `"Action":"*"`, `"Action":["*"`+strings.Repeat(`,"s3:G*e*t*O*b*j*e*c*t*"`, 5000)+`]`, 1))
	}
	refused("1,000 resources and 360 KB of wildcards")
	params.Del("PolicyInputList.member.2")
	params.Del("PolicyInputList.member.3")
	params.Set("PolicyInputList.member.1", strings.Replace(allowAllDocument, "[", "["+strings.Repeat(`{"Effect":"Allow","Action":"*","Resource":"*"},`, 500), 1))
	refused("1,000 resources and 501 statements that all decide")
	params.Set("PolicyInputList.member.1", strings.Replace(allowAllDocument, `"*"}`, `"*","Condition":{"Null":{`+manyKeys(3000)+`}}}`, 1))
	refused("1,000 resources and 3,000 missing keys")
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"a:long-name-of-a-key-%d":"true"`, i)
	}
	return b.String()[1:]
}

// Policies written to cost much make pages short, not calls long.
func TestSimulationOfLargePolicies(t *testing.T) {
	in := start(t, nil)
	params := values("MaxItems=1000", "PolicyInputList.member.1="+strings.Replace(allowAllDocument, "[", "["+strings.Repeat(`{"Effect":"Allow","Action":"*","Resource":"*"},`, 2000), 1))
	for i := range 1000 {
		params.Set(fmt.Sprintf("ActionNames.member.%d", i+1), fmt.Sprintf("s3:Action%d", i))
	}
	page := in.simulate(in.root(account), "SimulateCustomPolicy", params)
	if n := len(page.Results); n == 0 || n > 40 || !page.Truncated || len(page.Results[0].Matched) != 2001 {
		t.Errorf("%d results, %d statements, truncated %v", n, len(page.Results[0].Matched), page.Truncated)
	}
}
