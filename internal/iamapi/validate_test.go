package iamapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/shape"
)

func ptr[T any](v T) *T { return &v }

func role() *CreateRoleInput {
	return &CreateRoleInput{
		RoleName:                 "deployer",
		Path:                     ptr("/teams/web/"),
		AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[]}`,
		Description:              ptr("Größe: für alle"),
		MaxSessionDuration:       ptr(int32(3600)),
		PermissionsBoundary:      ptr("arn:aws:iam::123456789012:policy/boundary"),
		Tags:                     []Tag{{Key: "team", Value: "web"}, {Key: "empty", Value: ""}},
	}
}

func TestCreateRoleInput(t *testing.T) {
	const (
		tooLong64 = "Member must have length less than or equal to 64"
		name      = `Member must satisfy regular expression pattern: [\w+=,.@-]+`
		path      = `Member must satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)`
		document  = `Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`
	)
	long := strings.Repeat("x", 129)
	for _, test := range []struct {
		name   string
		change func(*CreateRoleInput)
		want   []shape.Violation
	}{
		{"fine", func(*CreateRoleInput) {}, nil},
		{"root path", func(in *CreateRoleInput) { in.Path = ptr("/") }, nil},
		{"long name", func(in *CreateRoleInput) { in.RoleName = long[:65] },
			[]shape.Violation{{Path: "roleName", Value: long[:65], Constraint: tooLong64}}},
		{"bad name", func(in *CreateRoleInput) { in.RoleName = "a b" },
			[]shape.Violation{{Path: "roleName", Value: "a b", Constraint: name}}},
		{"bad path", func(in *CreateRoleInput) { in.Path = ptr("teams/") },
			[]shape.Violation{{Path: "path", Value: "teams/", Constraint: path}}},
		{"short session", func(in *CreateRoleInput) { in.MaxSessionDuration = ptr(int32(60)) },
			[]shape.Violation{{Path: "maxSessionDuration", Value: "60", Constraint: "Member must have value greater than or equal to 3600"}}},
		{"document above Latin-1", func(in *CreateRoleInput) { in.AssumeRolePolicyDocument = "{ж}" },
			[]shape.Violation{{Path: "assumeRolePolicyDocument", Value: "{ж}", Constraint: document}}},
		{"tag key", func(in *CreateRoleInput) { in.Tags[0].Key = long },
			[]shape.Violation{{Path: "tags.1.member.key", Value: long, Constraint: "Member must have length less than or equal to 128"}}},
		{"tag value", func(in *CreateRoleInput) { in.Tags[1].Value = "a,b" },
			[]shape.Violation{{Path: "tags.2.member.value", Value: "a,b", Constraint: `Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*`}}},
		{"too many tags", func(in *CreateRoleInput) { in.Tags = slices.Repeat([]Tag{{Key: "k"}}, 51) },
			[]shape.Violation{{Path: "tags", NoValue: true, Constraint: "Member must have length less than or equal to 50"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := role()
			test.change(in)
			if diff := cmp.Diff(test.want, in.Validate()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// IAM, unlike STS, does not repeat the value.
func TestMessageOfIAM(t *testing.T) {
	in := role()
	in.Tags[0].Key = strings.Repeat("k", 129)
	want := `1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128`
	if got := shape.Message(in.Validate(), false); got != want {
		t.Errorf("message:\n got %s\nwant %s", got, want)
	}
}

func TestListOfNames(t *testing.T) {
	in := &UntagRoleInput{RoleName: "r", TagKeys: []string{"team", ""}}
	want := []shape.Violation{{Path: "tagKeys", Value: "[team, ]", Constraint: `Member must satisfy constraint: [Member must have length less than or equal to 128, ` +
		`Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]`}}
	if diff := cmp.Diff(want, in.Validate()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEnumAndSecret(t *testing.T) {
	key := &UpdateAccessKeyInput{AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Status: "Deleted"}
	password := &ChangePasswordInput{OldPassword: "old", NewPassword: strings.Repeat("p", 129)}
	got := append(key.Validate(), password.Validate()...)
	want := []shape.Violation{
		{Path: "status", Value: "Deleted", Constraint: "Member must satisfy enum value set: [Active, Inactive, Expired]"},
		{Path: "newPassword", NoValue: true, Constraint: "Member must have length less than or equal to 128"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestValidateDoesNotAllocate(t *testing.T) {
	in := role()
	in.Path = nil // its pattern is a regexp, whose pool of machines -race empties at random
	if n := testing.AllocsPerRun(100, func() { in.Validate() }); n != 0 {
		t.Errorf("Validate of a valid input allocates %v times", n)
	}
}

func BenchmarkValidateCreateRole(b *testing.B) {
	in := role()
	b.ReportAllocs()
	for b.Loop() {
		if in.Validate() != nil {
			b.Fatal("invalid")
		}
	}
}
