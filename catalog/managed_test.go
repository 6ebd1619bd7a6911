package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/writ-iam/writ/catalog"
)

func TestManagedPolicy(t *testing.T) {
	p, ok := catalog.ManagedPolicy("arn:aws:iam::aws:policy/AdministratorAccess")
	if !ok {
		t.Fatal("no AdministratorAccess")
	}
	created := time.Date(2015, 2, 6, 18, 39, 46, 0, time.UTC)
	want := catalog.PolicyInfo{
		Name: "AdministratorAccess", Path: "/", ARN: "arn:aws:iam::aws:policy/AdministratorAccess",
		DefaultVersionID: "v1", CreateDate: created, UpdateDate: created,
	}
	if diff := cmp.Diff(want, p, cmpopts.IgnoreUnexported(catalog.PolicyInfo{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const document = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*"
        }
    ]
}`
	if diff := cmp.Diff(document, p.Document()); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	if id := p.ID(); len(id) != 21 || !strings.HasPrefix(id, "ANPAI") {
		t.Errorf("ID = %q", id)
	}
}

func TestManagedPolicyLookup(t *testing.T) {
	for arn, want := range map[string]bool{
		"arn:aws:iam::aws:policy/ReadOnlyAccess":                               true,
		"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess":                       true,
		"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess":                  true,
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole":     true,
		"arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy": true,
		"arn:aws:iam::aws:policy/ViewOnlyAccess":                               false,
		"arn:aws:iam::aws:policy/service-role/AdministratorAccess":             false,
		"arn:aws:iam::aws:policy/administratoraccess":                          false,
		"arn:aws:iam::aws:policyAdministratorAccess":                           false,
		"arn:aws:iam::aws:policy":                                              false,
		"arn:aws:iam::123456789012:policy/AdministratorAccess":                 false,
		"arn:aws:iam::aws:policy/":                                             false,
		"AdministratorAccess":                                                  false,
	} {
		if _, ok := catalog.ManagedPolicy(arn); ok != want {
			t.Errorf("ManagedPolicy(%q) found: %v", arn, ok)
		}
	}
	if doc := (catalog.PolicyInfo{}).Document(); doc != "" {
		t.Errorf("zero PolicyInfo has document %q", doc)
	}
}

func TestAllManagedPolicies(t *testing.T) {
	ids := map[string]string{}
	last := ""
	for p := range catalog.ManagedPolicies() {
		if p.Name <= last {
			t.Errorf("%s stands after %s", p.Name, last)
		}
		last = p.Name
		if other, ok := ids[p.ID()]; ok {
			t.Errorf("%s and %s have one id", p.Name, other)
		}
		ids[p.ID()] = p.Name
		checkPolicy(t, p)
	}
	if n := catalog.NumManagedPolicies(); n != len(ids) || n < 1400 {
		t.Errorf("%d policies, NumManagedPolicies = %d", len(ids), n)
	}
}

func checkPolicy(t *testing.T, p catalog.PolicyInfo) {
	t.Helper()
	if found, ok := catalog.ManagedPolicy(p.ARN); !ok || found != p {
		t.Errorf("ManagedPolicy(%q) = %+v, %v", p.ARN, found, ok)
	}
	if !strings.HasPrefix(p.Path, "/") || !strings.HasSuffix(p.Path, "/") || p.DefaultVersionID[0] != 'v' {
		t.Errorf("%s: path %q, version %q", p.Name, p.Path, p.DefaultVersionID)
	}
	if p.CreateDate.Year() < 2015 || p.UpdateDate.Before(p.CreateDate) {
		t.Errorf("%s: created %v, updated %v", p.Name, p.CreateDate, p.UpdateDate)
	}
	var doc struct {
		Version   string
		Statement json.RawMessage
	}
	d := json.NewDecoder(strings.NewReader(p.Document()))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil || doc.Version != "2012-10-17" || len(doc.Statement) < 10 {
		t.Errorf("%s: document version %q: %v", p.Name, doc.Version, err)
	}
}
