package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/accountfile"
	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/sigv4"
)

// details calls the page of an account's details.
func details(t rapid.TB, r *running, key sigv4.Credentials, method, query string, body []byte) (int, string) {
	t.Helper()
	c := awscmd.Client{Endpoint: r.URL(), Region: "us-east-1", Credentials: key}
	u := &url.URL{Path: "/_writ/accounts/details", RawQuery: query}
	resp, err := c.Do(context.Background(), &http.Request{Method: method, URL: u}, "writ", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func put(t *rapid.T, r *running, key sigv4.Credentials, account string, part *accountfile.Details) (int, string) {
	t.Helper()
	return details(t, r, key, http.MethodPut, "create=made&account="+account, accountfile.Append(nil, part))
}

// have returns an account as it is, or nothing when it is not there.
func have(t testing.TB, r *running, key sigv4.Credentials, account string) *accountfile.Details {
	t.Helper()
	status, text := details(t, r, key, http.MethodGet, "account="+account, nil)
	if status == http.StatusNotFound {
		return &accountfile.Details{}
	}
	d, err := accountfile.Decode([]byte(text))
	if err != nil {
		t.Fatal(err, text)
	}
	return d
}

// differences are the lines of a comparison that ask for something.
func differences(want, have *accountfile.Details) (out []string) {
	for _, c := range accountfile.Compare(want, have) {
		if c.Difference != accountfile.Same && c.Difference != accountfile.OnlyHere {
			out = append(out, fmt.Sprintf("%s %s: %d\n%s", c.Kind, c.Name, c.Difference, c.Diff))
		}
	}
	return out
}

// An import that breaks off anywhere goes on from there, and ends with the
// account as the file has it, also after a restart.
func TestImportGoesOn(t *testing.T) {
	cfg := server.Config{Data: t.TempDir()}
	r := start(t, cfg)
	key, wanted := root(r), map[string]*accountfile.Details{}
	tries := 0
	rapid.Check(t, func(rt *rapid.T) {
		tries++
		account := fmt.Sprintf("%012d", 100000000000+tries)
		want := drawAccount(rt, account)
		if _, id, err := accountfile.Read(accountfile.Append(nil, want)); err != nil || id != account {
			rt.Fatalf("the file is not one: %q %v", id, err)
		}
		steps := accountfile.Steps(want, accountfile.Compare(want, have(t, r, key, account)))
		putAll(rt, r, key, account, steps[:rapid.IntRange(0, len(steps)).Draw(rt, "done")])
		rest := accountfile.Steps(want, accountfile.Compare(want, have(t, r, key, account)))
		putAll(rt, r, key, account, rest)
		putAll(rt, r, key, account, rest) // changes nothing
		wanted[account] = want
	})
	r.end(t)
	r = start(t, cfg)
	defer r.end(t)
	for account, want := range wanted {
		if d := differences(want, have(t, r, key, account)); d != nil {
			t.Error(strings.Join(d, "\n"))
		}
	}
}

func putAll(t *rapid.T, r *running, key sigv4.Credentials, account string, steps []*accountfile.Details) {
	for _, step := range steps {
		if status, answer := put(t, r, key, account, step); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
	}
}

// drawAccount draws an account whose roles trust each other. At times it is of
// more than one step.
func drawAccount(t *rapid.T, account string) *accountfile.Details {
	d := &draw{t: t, account: account}
	for i := range rapid.IntRange(1, 3).Draw(t, "policies") {
		d.policies = append(d.policies, d.policy(fmt.Sprint("p", i)))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "groups") {
		d.groups = append(d.groups, fmt.Sprint("g", i))
	}
	roles := rapid.SampledFrom([]int{0, 1, 3, 90}).Draw(t, "roles")
	out := &accountfile.Details{Policies: d.policies}
	for _, name := range d.groups {
		out.GroupDetailList = append(out.GroupDetailList, iamapi.GroupDetail{
			Path: d.path("/"), GroupName: &name, GroupId: d.id("AGPA"), Arn: d.arn("group/" + name), CreateDate: d.date(),
			GroupPolicyList: d.inline(), AttachedManagedPolicies: d.attached(),
		})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "users") {
		name := fmt.Sprint("User-", i)
		out.UserDetailList = append(out.UserDetailList, iamapi.UserDetail{
			Path: d.path("/x/"), UserName: &name, UserId: d.id("AIDA"), Arn: d.arn("user/x/" + name), CreateDate: d.date(),
			UserPolicyList: d.inline(), AttachedManagedPolicies: d.attached(), PermissionsBoundary: d.boundary(), Tags: d.tags(),
			GroupList: rapid.SliceOfNDistinct(rapid.SampledFrom(append(d.groups, "")), 0, 2, rapid.ID[string]).Filter(func(g []string) bool { return !slices.Contains(g, "") }).Draw(t, "member"),
		})
	}
	for i := range roles {
		name := fmt.Sprint("R", i)
		out.RoleDetailList = append(out.RoleDetailList, iamapi.RoleDetail{
			Path: d.path("/"), RoleName: &name, RoleId: d.id("AROA"), Arn: d.arn("role/" + name), CreateDate: d.date(),
			AssumeRolePolicyDocument: d.trust(roles), InstanceProfileList: d.profiles(name), RolePolicyList: d.inline(),
			AttachedManagedPolicies: d.attached(), PermissionsBoundary: d.boundary(), Tags: d.tags(),
		})
	}
	return out
}

type draw struct {
	t        *rapid.T
	account  string
	policies []iamapi.ManagedPolicyDetail
	groups   []string
	ids      int
}

func (d *draw) flip(what string) bool { return rapid.Bool().Draw(d.t, what) }

func (d *draw) path(p string) *string { return &p }

func (d *draw) arn(resource string) *string { return new("arn:aws:iam::" + d.account + ":" + resource) }

// id makes a unique id out of the account's and a number.
func (d *draw) id(prefix string) *string {
	d.ids++
	return new(fmt.Sprintf("%s%s%05d", prefix, d.account, d.ids))
}

func (d *draw) date() *time.Time {
	return new(time.Unix(rapid.Int64Range(13e8, 17e8).Draw(d.t, "date"), 0).UTC())
}

func (d *draw) document() *string {
	action := rapid.SampledFrom([]string{"s3:*", "iam:Get*", "sts:AssumeRole"}).Draw(d.t, "action")
	return new(url.PathEscape(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*","Condition":{"StringLike":{"aws:username":["%2F","${aws:username}"]}}}]}`))
}

func (d *draw) trust(roles int) *string {
	who := `"AIDAGONE` + d.account + `"`
	if d.flip("trusts a role") {
		who = `"` + *d.arn(fmt.Sprint("role/R", rapid.IntRange(0, roles-1).Draw(d.t, "trusted"))) + `"`
	}
	return new(url.PathEscape(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":` + who + `},"Action":"sts:AssumeRole"}}`))
}

func (d *draw) inline() []iamapi.PolicyDetail {
	var list []iamapi.PolicyDetail
	for i := range rapid.IntRange(0, 2).Draw(d.t, "inline") {
		list = append(list, iamapi.PolicyDetail{PolicyName: new(fmt.Sprint("in", i)), PolicyDocument: d.document()})
	}
	return list
}

func (d *draw) attached() []iamapi.AttachedPolicy {
	if !d.flip("attached") {
		return nil
	}
	p := rapid.SampledFrom(d.policies).Draw(d.t, "which")
	return []iamapi.AttachedPolicy{
		{PolicyName: p.PolicyName, PolicyArn: p.Arn},
		{PolicyName: new("ReadOnlyAccess"), PolicyArn: new("arn:aws:iam::aws:policy/ReadOnlyAccess")},
	}
}

func (d *draw) boundary() *iamapi.AttachedPermissionsBoundary {
	if !d.flip("bounded") {
		return nil
	}
	return &iamapi.AttachedPermissionsBoundary{PermissionsBoundaryArn: rapid.SampledFrom(d.policies).Draw(d.t, "boundary").Arn}
}

func (d *draw) tags() []iamapi.Tag {
	if !d.flip("tagged") {
		return nil
	}
	return []iamapi.Tag{{Key: "b", Value: "x y"}, {Key: "aws:cloudformation:stack-name", Value: ""}}
}

func (d *draw) profiles(role string) []iamapi.InstanceProfile {
	if !d.flip("profile") {
		return nil
	}
	return []iamapi.InstanceProfile{{
		Path: "/", InstanceProfileName: role, InstanceProfileId: *d.id("AIPA"), Arn: *d.arn("instance-profile/" + role), CreateDate: *d.date(),
	}}
}

func (d *draw) policy(name string) iamapi.ManagedPolicyDetail {
	newest := rapid.IntRange(2, 9).Draw(d.t, "newest")
	ids := []string{fmt.Sprint("v", newest), "v1"}
	p := iamapi.ManagedPolicyDetail{
		PolicyName: &name, PolicyId: d.id("ANPA"), Arn: d.arn("policy/" + name), Path: d.path("/"), CreateDate: d.date(),
		DefaultVersionId: new(rapid.SampledFrom(ids).Draw(d.t, "default")),
	}
	for _, id := range ids {
		p.PolicyVersionList = append(p.PolicyVersionList, iamapi.PolicyVersion{
			VersionId: &id, Document: d.document(), CreateDate: d.date(), IsDefaultVersion: new(id == *p.DefaultVersionId),
		})
	}
	return p
}

// A part of details that cannot be is refused whole, and says why.
func TestImportRefuses(t *testing.T) {
	r := start(t, server.Config{})
	defer r.end(t)
	key := root(r)
	if status, answer := details(t, r, key, http.MethodPut, "account=111122223333", []byte(`{}`)); status != http.StatusNotFound {
		t.Errorf("an account that is not there: %d %s", status, answer)
	}
	const user = `"Path":"/","UserName":"ann","Arn":"arn:aws:iam::111122223333:user/ann","CreateDate":"2026-01-01T00:00:00Z"`
	const role = `"RoleName":"r","RoleId":"AROA22222222222222222","CreateDate":"2026-01-01T00:00:00Z"`
	for name, tt := range map[string]struct{ body, want string }{
		"unknown member":     {`{"UserDetailList":[{"Nam":"x"}]}`, "unknown object member name"},
		"twice":              {`{"UserDetailList":[],"UserDetailList":[]}`, "duplicate object member"},
		"bad id":             {`{"UserDetailList":[{` + user + `,"UserId":"AROA22222222222222222"}]}`, "user ann: its unique id"},
		"no date":            {`{"UserDetailList":[{"Path":"/","UserName":"ann","UserId":"AIDA22222222222222222"}]}`, "no date of creation"},
		"bad path":           {`{"UserDetailList":[{"Path":"x","UserName":"ann","UserId":"AIDA22222222222222222"}]}`, "path"},
		"bad name":           {`{"UserDetailList":[{"Path":"/","UserName":"a b","UserId":"AIDA22222222222222222"}]}`, "user a b: 1 validation error detected: Value at 'userName'"},
		"no such group":      {`{"UserDetailList":[{` + user + `,"UserId":"AIDA22222222222222222","GroupList":["none"]}]}`, "The group with name none cannot be found."},
		"no such policy":     {`{"UserDetailList":[{` + user + `,"UserId":"AIDA22222222222222222","AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/p"}]}]}`, "does not exist or is not attachable"},
		"bad document":       {`{"UserDetailList":[{` + user + `,"UserId":"AIDA22222222222222222","UserPolicyList":[{"PolicyName":"p","PolicyDocument":{"Statement":1}}]}]}`, "user ann: policy p: "},
		"escape in a tag":    {`{"UserDetailList":[{` + user + `,"UserId":"AIDA22222222222222222","Tags":[{"Key":"x","Value":"\u001b[2J"}]}]}`, "'tags.1.member.value'"},
		"same tag twice":     {`{"UserDetailList":[{` + user + `,"UserId":"AIDA22222222222222222","Tags":[{"Key":"x","Value":""},{"Key":"X","Value":""}]}]}`, "Duplicate tag keys"},
		"no default version": {`{"Policies":[{"PolicyName":"p","PolicyId":"ANPA22222222222222222","Path":"/","Arn":"arn:aws:iam::111122223333:policy/p","CreateDate":"2026-01-01T00:00:00Z","DefaultVersionId":"v1"}]}`, "default version"},
		"no date yet":        {`{"UserDetailList":[{"Path":"/","UserName":"ann","CreateDate":"2199-01-01T00:00:00Z","UserId":"AIDA22222222222222222"}]}`, "user ann: its date of creation, 2199-01-01T00:00:00Z, is still to come"},
		"before IAM":         {`{"GroupDetailList":[{"Path":"/","GroupName":"g","CreateDate":"2009-01-01T00:00:00Z","GroupId":"AGPA22222222222222222"}]}`, "group g: its date of creation, 2009-01-01T00:00:00Z, is from before there was IAM"},
		"used in future":     {`{"RoleDetailList":[{` + role + `,"Path":"/","RoleLastUsed":{"LastUsedDate":"2199-01-01T00:00:00Z"}}]}`, "role r: its date of last use, 2199"},
		"profile of future":  {`{"RoleDetailList":[{` + role + `,"Path":"/","InstanceProfileList":[{"Path":"/","InstanceProfileName":"p","InstanceProfileId":"AIPA22222222222222222","CreateDate":"2199-01-01T00:00:00Z"}]}]}`, "role r: the date of instance profile p, 2199"},
		"updated in future":  {`{"Policies":[{"PolicyName":"p","PolicyId":"ANPA22222222222222222","Path":"/","Arn":"arn:aws:iam::111122223333:policy/p","CreateDate":"2020-01-01T00:00:00Z","UpdateDate":"2199-01-01T00:00:00Z","DefaultVersionId":"v1"}]}`, "policy p: its date of update, 2199"},
		"version of future":  {`{"Policies":[{"PolicyName":"p","PolicyId":"ANPA22222222222222222","Path":"/","Arn":"arn:aws:iam::111122223333:policy/p","CreateDate":"2020-01-01T00:00:00Z","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","CreateDate":"2199-01-01T00:00:00Z","Document":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}]}]}`, "policy p: the date of version v1, 2199"},
		"unknown service":    {`{"RoleDetailList":[{` + role + `,"Path":"/aws-service-role/evil.example.com/"}]}`, "role r: its path /aws-service-role/evil.example.com/ is that of no service known here to have service-linked roles: leave the role out of the file"},
		"of no service":      {`{"RoleDetailList":[{` + role + `,"Path":"/aws-service-role/"}]}`, "role r: its path /aws-service-role/ is that of no service"},
		"below a service":    {`{"RoleDetailList":[{` + role + `,"Path":"/aws-service-role/ecs.amazonaws.com/x/"}]}`, "role r: its path /aws-service-role/ecs.amazonaws.com/x/ is that of no service"},
		"linked to a user":   {`{"RoleDetailList":[{` + role + `,"Path":"/aws-service-role/ecs.amazonaws.com/","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com","AWS":"111122223333"},"Action":"sts:AssumeRole"}}}]}`, "role r: it trusts others than services"},
		"linked to others":   {`{"RoleDetailList":[{` + role + `,"Path":"/aws-service-role/ecs.amazonaws.com/","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotPrincipal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}}}]}`, "role r: "},
		"unknown principal":  {`{"RoleDetailList":[{"Path":"/","RoleName":"r","RoleId":"AROA22222222222222222","CreateDate":"2026-01-01T00:00:00Z","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/none"},"Action":"sts:AssumeRole"}}}]}`, "role r: trust policy: Invalid principal"},
	} {
		status, answer := details(t, r, key, http.MethodPut, "create=x&account=111122223333", []byte(tt.body))
		if status/100 != 4 || !strings.Contains(answer, tt.want) {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if status, _ := details(t, r, key, http.MethodGet, "account=111122223333", nil); status != http.StatusNotFound {
		t.Error("a refused import made the account")
	}
}
