package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/catalog"
)

func TestARNs(t *testing.T) {
	for action, want := range map[string][]string{
		"s3:PutBucketPolicy":    {"arn:${Partition}:s3:::${BucketName}"},
		"IAM:passrole":          {"arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"},
		"sts:GetCallerIdentity": nil,
		"s3:NoSuchAction":       nil,
		"s3api:list-buckets":    nil,
	} {
		if diff := cmp.Diff(want, catalog.ARNs(action)); diff != "" {
			t.Errorf("%s:\n%s", action, diff)
		}
	}
	if first := catalog.ARNs("ec2:RunInstances")[0]; strings.Contains(first, "capacity-reservation") {
		t.Errorf("a resource that launches may do without comes first: %s", first)
	}
}

// The facts stand on the pages "Actions, resources, and condition keys" of the
// Service Authorization Reference.
func TestActionFacts(t *testing.T) {
	tests := []struct {
		action    string
		level     catalog.AccessLevel
		resources []string // "!" marks required ones
		key       string   // one of its keys
		readOnly  bool     // in CloudTrail
	}{
		{"s3:GetObject", catalog.Read, []string{"accesspointobject", "object"}, "s3:ExistingObjectTag/${key}", true},
		{"S3:getobject", catalog.Read, []string{"accesspointobject", "object"}, "s3:authType", true},
		{"s3:ListAllMyBuckets", catalog.List, nil, "s3:authType", true},
		{"s3:PutBucketPolicy", catalog.PermissionsManagement, []string{"bucket!"}, "s3:TlsVersion", false},
		{"iam:PassRole", catalog.Write, []string{"role!"}, "iam:PassedToService", false},
		{"iam:TagRole", catalog.Tagging, []string{"role!"}, "aws:TagKeys", false},
		{"iam:ListUsers", catalog.List, nil, "", true},
		{"sts:GetCallerIdentity", catalog.Read, nil, "", true},
		{"sts:AssumeRole", catalog.Write, []string{"role!"}, "sts:ExternalId", true},
		{"sts:GetFederationToken", catalog.Write, []string{"federated-user"}, "aws:TagKeys", false},
	}
	for _, tt := range tests {
		t.Run(tt.action, func(t *testing.T) {
			a, ok := catalog.Action(tt.action)
			if !ok {
				t.Fatal("unknown action")
			}
			if !strings.EqualFold(a.String(), tt.action) || a.AccessLevel != tt.level || a.ReadOnly() != tt.readOnly {
				t.Errorf("got %v, %v, read-only %v", a, a.AccessLevel, a.ReadOnly())
			}
			var resources []string
			for _, r := range a.Resources {
				if r.Required {
					r.Name += "!"
				}
				resources = append(resources, r.Name)
			}
			if diff := cmp.Diff(tt.resources, resources); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
			if tt.key != "" && !slices.Contains(keysOf(a), tt.key) {
				t.Errorf("no key %s among %v", tt.key, keysOf(a))
			}
		})
	}
}

func keysOf(a *catalog.ActionInfo) []string {
	keys := slices.Clone(a.ConditionKeys)
	for _, r := range a.Resources {
		keys = append(keys, r.ConditionKeys...)
	}
	return keys
}

func TestUnknownNames(t *testing.T) {
	for _, action := range []string{"", "s3", "s3:", ":GetObject", "s3:GetObjects", "s3:Get*", "nosuch:GetObject",
		"s3:" + strings.Repeat("x", 200)} {
		if a, ok := catalog.Action(action); ok {
			t.Errorf("Action(%q) = %v", action, a)
		}
	}
	if _, ok := catalog.Service("nosuch"); ok {
		t.Error("Service(nosuch) exists")
	}
}

func TestResourceTypes(t *testing.T) {
	s3, ok := catalog.Service("S3")
	if !ok || s3.Name != "Amazon S3" || !s3.RCP {
		t.Fatalf("Service(S3) = %+v, %v", s3, ok)
	}
	object, ok := s3.ResourceType("Object")
	if !ok {
		t.Fatal("no resource type object")
	}
	if diff := cmp.Diff([]string{"arn:${Partition}:s3:::${BucketName}/${ObjectName}"}, object.ARNs); diff != "" {
		t.Errorf("ARNs (-want +got):\n%s", diff)
	}
	lex, _ := catalog.Service("lex")
	if bot, ok := lex.ResourceType("bot"); !ok || len(bot.ARNs) != 2 {
		t.Errorf("lex bot = %+v, want two ARN patterns", bot)
	}
}

// TestWholeReference reads everything, so that a broken block cannot hide.
func TestWholeReference(t *testing.T) {
	services, actions, resources, rcp := 0, 0, 0, 0
	last := ""
	for prefix, name := range catalog.Services() {
		s, ok := catalog.Service(prefix)
		if !ok || s.Prefix != prefix || s.Name != name || name == "" || prefix <= last {
			t.Fatalf("Service(%q) = %v, %q after %q", prefix, ok, name, last)
		}
		last = prefix
		services++
		actions += len(s.Actions)
		resources += len(s.ResourceTypes)
		if s.RCP {
			rcp++
		}
		checkService(t, s)
	}
	// The reference grows; a fall below these numbers is a loss of data.
	if services < 450 || actions < 22000 || resources < 2300 || rcp < 50 {
		t.Errorf("%d services, %d actions, %d resource types, %d with RCPs", services, actions, resources, rcp)
	}
}

func checkService(t *testing.T, s *catalog.ServiceInfo) {
	t.Helper()
	known := func(what string, keys []string) {
		for _, k := range keys {
			if _, ok := catalog.ConditionKey(k); !ok {
				t.Errorf("%s: unknown key %s", what, k)
			}
			if _, ok := s.ConditionKey(k); !ok {
				t.Errorf("%s: key %s is not on the service's page", what, k)
			}
		}
	}
	for i := range s.Actions {
		a := &s.Actions[i]
		if found, ok := catalog.Action(a.String()); !ok || found != a {
			t.Errorf("%s is not found", a)
		}
		if a.AccessLevel.String() == "" {
			t.Errorf("%s has no access level", a)
		}
		known(a.String(), keysOf(a))
		for _, r := range a.Resources {
			if _, ok := s.ResourceType(r.Name); !ok {
				t.Errorf("%s: unknown resource type %s", a, r.Name)
			}
		}
	}
	for _, r := range s.ResourceTypes {
		known(s.Prefix+" "+r.Name, r.ConditionKeys)
		for _, arn := range r.ARNs {
			if strings.Count(arn, ":") < 5 {
				t.Errorf("%s %s: ARN %q", s.Prefix, r.Name, arn)
			}
		}
	}
	for _, k := range s.ConditionKeys {
		if k.Type.String() == "" {
			t.Errorf("%s: key %s has no type", s.Prefix, k.Name)
		}
	}
}
