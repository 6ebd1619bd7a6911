package awscmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/wire"
)

// The names were taken from botocore 1.43.11's xform_name.
func TestKebab(t *testing.T) {
	for name, want := range map[string]string{
		"CreateUser":                     "create-user",
		"GetAccountAuthorizationDetails": "get-account-authorization-details",
		"ListMFADevices":                 "list-mfa-devices",
		"CreateOpenIDConnectProvider":    "create-open-id-connect-provider",
		"AssumeRoleWithSAML":             "assume-role-with-saml",
		"ListObjectsV2":                  "list-objects-v2",
		"SSHPublicKeyId":                 "ssh-public-key-id",
		"ETag":                           "e-tag",
		"ChecksumCRC32C":                 "checksum-crc32-c",
		"ChecksumCRC64NVME":              "checksum-crc64-nvme",
		"ContentMD5":                     "content-md5",
		"SSEKMSKeyId":                    "ssekms-key-id",
		"AuthenticationCode1":            "authentication-code-1",
		"SomeARNs":                       "some-arns",
	} {
		if got := kebab(name); got != want {
			t.Errorf("kebab(%q) = %q, want %q", name, got, want)
		}
	}
}

// Each operation and each member is reached by a name of its own.
func TestNamesAreDistinct(t *testing.T) {
	for command, svc := range services {
		operations := map[string]string{}
		for i := range svc.Operations {
			op := &svc.Operations[i]
			if other, twice := operations[kebab(op.Name)]; twice {
				t.Errorf("%s: %s and %s have one name", command, op.Name, other)
			}
			operations[kebab(op.Name)] = op.Name
			members := map[string]string{}
			for _, f := range wire.PlanOf(op.Input).Fields {
				if other, twice := members[kebab(f.Member)]; twice {
					t.Errorf("%s: %s and %s have one name", op.Name, f.Member, other)
				}
				members[kebab(f.Member)] = f.Member
			}
		}
	}
}

func TestPaginatorsNameMembers(t *testing.T) {
	for name := range s3Paginators {
		op := operationNamed(&s3api.Service, name)
		p, _ := paginatorOf(&s3api.Service, op)
		in, out := wire.PlanOf(op.Input), wire.PlanOf(op.Output)
		for _, token := range p.tokens {
			if memberNamed(in, token.in) == nil || memberNamed(out, token.out) == nil {
				t.Errorf("%s has no member %s or %s", name, token.in, token.out)
			}
		}
		for _, result := range append(p.results, p.keep...) {
			if memberNamed(out, result) == nil {
				t.Errorf("%s answers no %s", name, result)
			}
		}
		if memberNamed(in, p.limit) == nil {
			t.Errorf("%s has no limit %s", name, p.limit)
		}
	}
	for _, name := range unpaged {
		operationNamed(&iamapi.Service, name) // panics when there is none
	}
}

func TestShorthand(t *testing.T) {
	for text, want := range map[string]string{
		`Key=a,Value=b`:                          `{"Key": "a", "Value": "b"}`,
		`Key=a, Value = b`:                       `{"Key": "a", "Value": "b"}`,
		`Key=a,Value=`:                           `{"Key": "a", "Value": ""}`,
		`Names=a,b,c`:                            `{"Names": ["a", "b", "c"]}`,
		`Names=a,b,Other=c`:                      `{"Names": ["a", "b"], "Other": "c"}`,
		`Names=[a,b],Other=c`:                    `{"Names": ["a", "b"], "Other": "c"}`,
		`Names=[]`:                               `{"Names": []}`,
		`Objects=[{Key=a},{Key=b}],Quiet=true`:   `{"Objects": [{"Key": "a"}, {"Key": "b"}], "Quiet": "true"}`,
		`Filter={Prefix=x,And={Tags=[{Key=k}]}}`: `{"Filter": {"Prefix": "x", "And": {"Tags": [{"Key": "k"}]}}}`,
		`Value="a, b",Key='c=d'`:                 `{"Value": "a, b", "Key": "c=d"}`,
		`Value="say \"hi\""`:                     `{"Value": "say \"hi\""}`,
		`Value=a\,b`:                             `{"Value": "a,b"}`,
		`Value=arn:aws:s3:::b/k`:                 `{"Value": "arn:aws:s3:::b/k"}`,
		`Value=a=b`:                              `{"Value": "a=b"}`,
	} {
		got, err := parseShorthand(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		tree, err := parseJSON(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tree, got, cmp.AllowUnexported(member{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{``, `Key`, `Key=a,`, `Key=a,Key=b`, `Key="a`, `Names=[a`, `Names=[a}`, `F={A=b`, `F={A`, `Key=a]`, `A=b,,c`} {
		if got, err := parseShorthand(text); err == nil {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
}

const document = `{
	"Users": [{"Name": "a", "Tags": [{"Key": "k"}, {"Key": "l"}]}, {"Name": "b"}, {"Id": 7}],
	"Pair": {"A": 1, "odd name": "x"}, "Nested": [[1, 2], [3]], "Empty": []
}`

// The results were taken from the AWS CLI's jmespath 1.0.1.
func TestQuery(t *testing.T) {
	tree, err := parseJSON(document)
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{
		`Pair.A`:                            `1`,
		`Pair."odd name"`:                   `"x"`,
		`Pair.B.C`:                          `null`,
		`Users[0].Name`:                     `"a"`,
		`Users[-1].Id`:                      `7`,
		`Users[3]`:                          `null`,
		`Users[].Name`:                      `["a", "b"]`,
		`Users[*].Name`:                     `["a", "b"]`,
		`Users[].Tags[].Key`:                `["k", "l"]`,
		`Users[].[Name,Id]`:                 `[["a", null], ["b", null], [null, 7]]`,
		`[Pair.A, Users[1].Name]`:           `[1, "b"]`,
		`Nested[]`:                          `[1, 2, 3]`,
		`Nested[*]`:                         `[[1, 2], [3]]`,
		`Nested[0][1]`:                      `2`,
		`Users[].Name | [0]`:                `"a"`,
		`length(Users)`:                     `3`,
		`length(Pair)`:                      `2`,
		`length(Users[].Name)`:              `2`,
		`Empty[].Name`:                      `[]`,
		`Missing[].Name`:                    `null`,
		`Users[0].Tags[0]`:                  `{"Key": "k"}`,
		` Users [ 0 ] . Name `:              `"a"`,
		`Pair.[A]`:                          `[1]`,
		`Users[*].Tags[*].Key`:              `[["k", "l"]]`,
		`Users[*].Tags[].Key`:               `["k", "l"]`,
		`Nested[][]`:                        `[1, 2, 3]`,
		`Users[].Tags[0].Key`:               `["k"]`,
		`[length(Users), Nested[-1] | [0]]`: `[3, 3]`,
	} {
		q, err := parseQuery(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		wanted, err := parseJSON(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, q.search(tree), cmp.AllowUnexported(member{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expression, diff)
		}
	}
	for _, expression := range []string{`.`, `A.`, `A[`, `A[0`, `A[?B]`, `[A,]`, `A B`, `A..B`, `A]`, `{a: A}`, `length(`, `A | `, `$`} {
		if _, err := parseQuery(expression); err == nil {
			t.Errorf("%q is accepted", expression)
		}
	}
}

func TestJSONPrintsAsPythonDoes(t *testing.T) {
	const text = "{\"a\": [], \"b\": {}, \"c\": [1, {\"d\": null}], \"e\": \"ü\\u0001\\n\\\"<\", \"f\": true}"
	tree, err := parseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`{`, `    "a": [],`, `    "b": {},`, `    "c": [`, `        1,`, `        {`, `            "d": null`, `        }`, `    ],`,
		`    "e": "ü\u0001\n\"<",`, `    "f": true`, `}`,
	}, "\n")
	if diff := cmp.Diff(want, string(appendJSON(nil, tree, 0))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
