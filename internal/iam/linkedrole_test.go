package iam_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// linkedServices are the lines of the table of services.
func linkedServices(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile("data/servicelinkedroles.txt")
	must(t, err)
	var services [][]string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			services = append(services, strings.Fields(line))
		}
	}
	return services
}

// TestLinkedServices makes every role of the table, in one account: no two
// services have the same, and AWS has each policy.
func TestLinkedServices(t *testing.T) {
	in := start(t, map[string]int{"RolesQuota": 1000})
	services := linkedServices(t)
	if len(services) < 200 {
		t.Fatalf("%d services", len(services))
	}
	if !slices.IsSortedFunc(services, func(a, b []string) int { return strings.Compare(a[0], b[0]) }) {
		t.Error("the table is not sorted")
	}
	for _, f := range services {
		if len(f) != 3 && (len(f) != 4 || f[3] != "suffix") {
			t.Fatalf("line %q", f)
		}
		in.ok("CreateServiceLinkedRole", "AWSServiceName="+f[0]+".amazonaws.com")
		r, ok := in.db.Snapshot().Role(account, f[1])
		if !ok {
			t.Fatalf("%s has no role %s", f[0], f[1])
		}
		p, ok := catalog.ManagedPolicy("arn:aws:iam::aws:policy/aws-service-role/" + f[2])
		if !ok || !slices.Equal(r.Attached, []string{p.ARN}) {
			t.Errorf("%s: has %v attached, want %s", f[1], r.Attached, f[2])
		}
		if !r.ServiceLinked() || r.ARN() != "arn:aws:iam::"+account+":role/aws-service-role/"+f[0]+".amazonaws.com/"+f[1] {
			t.Errorf("%s is not at its place", r.ARN())
		}
	}
}

// otherNames are roles that AWS's policies name and the table does not have so.
var otherNames = map[string]string{
	"a4b.amazonaws.com":                       "Alexa for Business has ended",
	"redshift-data.amazonaws.com":             "the role of redshift.amazonaws.com, which the documentation says",
	"rum.amazonaws.com":                       "the documentation says AWSServiceRoleForCloudWatchRUM",
	"s3.data-source.lustre.fsx.amazonaws.com": "its role has inline policies, which are not published",
	"migrationhub-strategy.amazonaws.com":     "the policy names a policy where the role should stand",
}

// TestLinkedServicesAgree holds the table against the service-linked roles that
// AWS's managed policies let one make.
func TestLinkedServicesAgree(t *testing.T) {
	roles := make(map[string]string)
	for _, f := range linkedServices(t) {
		roles[f[0]+".amazonaws.com"] = f[1]
	}
	named := regexp.MustCompile(`:role/aws-service-role/\*?([a-z0-9.-]+\.amazonaws\.com)\*?/(AWS[\w-]*)(\*?)"`)
	found := 0
	for p := range catalog.ManagedPolicies() {
		for _, m := range named.FindAllStringSubmatch(p.Document(), -1) {
			found++
			service, name, open := m[1], m[2], m[3] != ""
			agrees := roles[service] == name || open && strings.HasPrefix(roles[service], strings.TrimSuffix(name, "_"))
			if !agrees && otherNames[service] == "" {
				t.Errorf("%s names %s of %s, the table %q", p.Name, name, service, roles[service])
			}
		}
	}
	if found < 200 {
		t.Errorf("only %d roles are named", found)
	}
}

// TestServiceLinkedRoleIsProtected: what belongs to a service only AWS changes.
func TestServiceLinkedRoleIsProtected(t *testing.T) {
	in := start(t, nil)
	in.seed()
	before, _ := in.db.Snapshot().Role(account, "AWSServiceRoleForECS")
	refused := []string{
		"AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy",
		"PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "DeleteRole", "AddRoleToInstanceProfile",
	}
	ops := in.operations()
	for _, operation := range refused {
		p := ops[operation]
		p.Set("RoleName", "AWSServiceRoleForECS")
		status, body := in.call(in.root(account), operation, p)
		want := "Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only modifiable by AWS"
		if status != http.StatusBadRequest || !strings.Contains(body, "<Code>UnmodifiableEntity</Code>") || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", operation, status, body)
		}
	}
	if after, _ := in.db.Snapshot().Role(account, "AWSServiceRoleForECS"); after != before {
		t.Errorf("the role was changed: %+v", after)
	}
}

// TestRoleNamedLikeALinkedOneIsOrdinary: the path tells what belongs to a
// service, and nobody gets such a path by a name.
func TestRoleNamedLikeALinkedOneIsOrdinary(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateRole", "RoleName=AWSServiceRoleForECS", "AssumeRolePolicyDocument="+trustEC2)
	in.ok("UpdateAssumeRolePolicy", "RoleName=AWSServiceRoleForECS", "PolicyDocument="+trustEC2)
	status, body := in.call(in.root(account), "CreateServiceLinkedRole", values("AWSServiceName=ecs.amazonaws.com"))
	if status != http.StatusBadRequest || !strings.Contains(body, "has been taken in this account") {
		t.Errorf("a second role of the name: %d %s", status, body)
	}
	if status, body = in.call(in.root(account), "DeleteServiceLinkedRole", values("RoleName=AWSServiceRoleForECS")); status != http.StatusNotFound {
		t.Errorf("DeleteServiceLinkedRole of an ordinary role: %d %s", status, body)
	}
}

// TestServiceNameCondition: a policy may let somebody make the role of one
// service, by its ARN or by the key iam:AWSServiceName.
func TestServiceNameCondition(t *testing.T) {
	in := start(t, nil)
	byKey := in.probe("key", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*",
		"Condition":{"StringEquals":{"iam:AWSServiceName":["ecs.amazonaws.com","no-such.amazonaws.com"]}}}}`)
	byARN := in.probe("arn", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole",
		"Resource":"arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling*"}}`)
	for _, who := range []struct {
		name   string
		params []string
		status int
	}{
		{"key", []string{"AWSServiceName=batch.amazonaws.com"}, http.StatusForbidden},
		{"key", []string{"AWSServiceName=ecs.amazonaws.com"}, http.StatusOK},
		{"key", []string{"AWSServiceName=no-such.amazonaws.com"}, http.StatusBadRequest},
		{"arn", []string{"AWSServiceName=ecs.amazonaws.com"}, http.StatusForbidden},
		{"arn", []string{"AWSServiceName=no-such.amazonaws.com"}, http.StatusForbidden},
		{"arn", []string{"AWSServiceName=autoscaling.amazonaws.com", "CustomSuffix=x"}, http.StatusOK},
	} {
		creds := byKey
		if who.name == "arn" {
			creds = byARN
		}
		if status, body := in.call(creds, "CreateServiceLinkedRole", values(who.params...)); status != who.status {
			t.Errorf("%s %v: %d %s", who.name, who.params, status, body)
		}
	}
}

// TestGuardrailsSpareServiceLinkedRoles: SCPs do not bind what services do
// through their roles, and bind every other role of the same account.
func TestGuardrailsSpareServiceLinkedRoles(t *testing.T) {
	in := start(t, nil)
	for _, operation := range []struct {
		name   string
		params []string
	}{
		{"CreateServiceLinkedRole", []string{"AWSServiceName=organizations.amazonaws.com"}},
		{"CreateRole", []string{"RoleName=ordinary", "AssumeRolePolicyDocument=" + trustEC2}},
		{"PutRolePolicy", []string{"RoleName=ordinary", "PolicyName=p",
			`PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`}},
	} {
		if status, body := in.call(in.root(otherAccount), operation.name, values(operation.params...)); status != http.StatusOK {
			t.Fatalf("%s: %d %s", operation.name, status, body)
		}
	}
	deny, err := state.ParseDocument(policy.ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}`, catalog.Schema{})
	must(t, err)
	in.update(func(tx *state.Tx) error {
		doc, err := tx.Resolve(deny)
		if err != nil {
			return err
		}
		tx.PutOrgPolicy(&state.OrgPolicy{ID: "p-deny", Type: state.SCP, Name: "deny", Document: doc, Targets: []string{otherAccount}})
		return nil
	})
	params := values("RoleName=AWSServiceRoleForOrganizations")
	if status, body := in.call(in.roleOf(otherAccount, "ordinary"), "GetRole", params); status != http.StatusForbidden || !strings.Contains(body, "service control policy") {
		t.Errorf("an ordinary role: %d %s", status, body)
	}
	// What the service itself may do, its policy says: it may make such roles.
	linked := in.roleOf(otherAccount, "AWSServiceRoleForOrganizations")
	if status, body := in.call(linked, "CreateServiceLinkedRole", values("AWSServiceName=ram.amazonaws.com")); status != http.StatusOK {
		t.Errorf("the service-linked role: %d %s", status, body)
	}
	if status, body := in.call(linked, "GetRole", values("RoleName=ordinary")); status != http.StatusForbidden {
		t.Errorf("beyond its policy: %d %s", status, body)
	}
}

// TestDeletionTasksAreBounded: making and deleting roles again and again keeps
// a hundred tasks, the newest.
func TestDeletionTasksAreBounded(t *testing.T) {
	in := start(t, nil)
	var ids []string
	for range 103 {
		in.ok("CreateServiceLinkedRole", "AWSServiceName=ecs.amazonaws.com")
		body := in.ok("DeleteServiceLinkedRole", "RoleName=AWSServiceRoleForECS")
		ids = append(ids, regexp.MustCompile(`<DeletionTaskId>(.*)</DeletionTaskId>`).FindStringSubmatch(body)[1])
	}
	for i, id := range ids {
		want := http.StatusOK
		if i < 3 {
			want = http.StatusNotFound
		}
		if status, body := in.call(in.root(account), "GetServiceLinkedRoleDeletionStatus", values("DeletionTaskId="+id)); status != want {
			t.Fatalf("task %d: %d %s", i, status, body)
		}
	}
}

// TestDeletionTaskNamesNoOtherResource: the id of a task is text of the caller,
// and must not stand for a resource that the caller may ask about.
func TestDeletionTaskNamesNoOtherResource(t *testing.T) {
	in := start(t, nil)
	mine := in.probe("mine", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*"}}`)
	in.ok("CreateServiceLinkedRole", "AWSServiceName=batch.amazonaws.com")
	body := in.ok("DeleteServiceLinkedRole", "RoleName=AWSServiceRoleForBatch")
	task := regexp.MustCompile(`<DeletionTaskId>(.*)</DeletionTaskId>`).FindStringSubmatch(body)[1]
	uuid := task[strings.LastIndex(task, "/"):]
	for _, id := range []string{
		task, "task/aws-service-role/ecs.amazonaws.com/../batch.amazonaws.com/AWSServiceRoleForBatch" + uuid,
		"task/aws-service-role/ecs.amazonaws.com//" + task, "task/aws-service-role//" + uuid, "task/role/ecs.amazonaws.com/x" + uuid, "x",
	} {
		if status, body := in.call(mine, "GetServiceLinkedRoleDeletionStatus", values("DeletionTaskId="+id)); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", id, status, body)
		}
	}
	id := fmt.Sprintf("task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS%s", uuid)
	if status, body := in.call(mine, "GetServiceLinkedRoleDeletionStatus", values("DeletionTaskId="+id)); status != http.StatusNotFound {
		t.Errorf("%s: %d %s", id, status, body)
	}
}
