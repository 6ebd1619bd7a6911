package accountfile

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const ann = `{"Path":"/","UserName":"ann","UserId":"AIDAANN","Arn":"arn:aws:iam::111122223333:user/ann","CreateDate":"2026-01-01T00:00:00+00:00"`

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                      "not the output of get-account-authorization-details",
		`{"UserDetailList":[]} x`: "not the output",
		`{"Users":[]}`:            `unknown object member name "Users"`,
		`{"UserDetailList":[{"UserName":"\xff"}]}`:                                                                                                                           "not the output",
		`{"UserDetailList":[` + ann + `},` + ann + `}]}`:                                                                                                                     "two of user ann",
		`{"UserDetailList":[` + ann + `,"GroupList":["g"]}]}`:                                                                                                                "group g, which the file does not hold",
		`{"UserDetailList":[{"Path":"/x/","UserName":"ann","UserId":"A","Arn":"arn:aws:iam::111122223333:user/ann"}]}`:                                                       "is not the ARN of the user ann",
		`{"UserDetailList":[{"Path":"/","UserName":"ann","Arn":"arn:aws:iam::111122223333:user/ann"}]}`:                                                                      "has no unique id",
		`{"UserDetailList":[` + ann + `},{"Path":"/","UserName":"bob","UserId":"B","Arn":"arn:aws:iam::111122223344:user/bob"}]}`:                                            "two accounts, 111122223333 and 111122223344",
		`{"UserDetailList":[` + ann + `,"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/p"}}]}`:                                            "policy arn:aws:iam::111122223333:policy/p, which",
		`{"UserDetailList":[` + ann + `}],"IsTruncated":true}`:                                                                                                               "not whole",
		`{"UserDetailList":[{"Path":null,"UserName":"ann","Arn":null}]}`:                                                                                                     "is not the ARN",
		strings.Repeat(`{"UserDetailList":`, 20000):                                                                                                                          "not the output",
		`{"UserDetailList":[` + ann + `,"UserPolicyList":[{"PolicyName":"p","PolicyDocument":` + strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000) + `}]}]}`: "not the output",
	} {
		if _, _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.200s: %v", text, err)
		}
	}
}

// A document may be an object, text, or text with escapes; white space and the
// order of lists make no difference.
func TestCompareNormal(t *testing.T) {
	of := func(doc, tags string) *Details {
		t.Helper()
		d, _, err := Read([]byte(`{"UserDetailList":[` + ann + `,"UserPolicyList":[{"PolicyName":"p","PolicyDocument":` + doc + `}],"Tags":[` + tags + `]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const one, two = `{"Key":"a","Value":"1"}`, `{"Key":"b","Value":"2"}`
	const plain = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	quoted, _ := json.Marshal(`{ "Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":"*"}] , "Version":"2012-10-17"}`)
	want := of(plain, one+","+two)
	if _, err := Decode([]byte(`{"UserDetailList":[],"ResponseMetadata":{"RequestId":"x","HTTPHeaders":{}}}`)); err != nil {
		t.Errorf("with what boto3 adds: %v", err)
	}
	for _, same := range []*Details{of(string(quoted), two+","+one), of(`"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3:*%22%2C%22Resource%22%3A%22*%22%7D%7D"`, one+","+two)} {
		if c := Compare(want, same); len(c) != 1 || c[0].Difference != Same {
			t.Errorf("%+v", c)
		}
	}
	other := of(strings.Replace(plain, "s3:*", "s3:Get*", 1), one+","+two)
	if c := Compare(want, other); c[0].Difference != Changed || !strings.Contains(c[0].Diff, `-                            "s3:Get*"`) {
		t.Errorf("%+v", c)
	}
	if c := Compare(&Details{}, other); c[0].Difference != OnlyHere {
		t.Errorf("%+v", c)
	}
}

// New roles come bare before any trust policy, and no part is too large.
func TestSteps(t *testing.T) {
	var roles []string
	for i := range 500 {
		name := "R" + strings.Repeat("x", i%60) + string(rune('a'+i%26)) + strings.Repeat("y", i/60)
		roles = append(roles, `{"Path":"/","RoleName":"`+name+`","RoleId":"AROA`+name+`","Arn":"arn:aws:iam::111122223333:role/`+name+`","CreateDate":"2026-01-01T00:00:00Z",
			"AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[]},"InstanceProfileList":[]}`)
	}
	slices.Sort(roles)
	roles = slices.Compact(roles)
	d, _, err := Read([]byte(`{"RoleDetailList":[` + strings.Join(roles, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	bare, whole := 0, 0
	for _, part := range Steps(d, Compare(d, &Details{})) {
		if n := len(part.RoleDetailList); n == 0 || n > stepRows {
			t.Errorf("a part has %d roles", n)
		}
		for _, r := range part.RoleDetailList {
			switch {
			case r.AssumeRolePolicyDocument != nil:
				whole++
			case whole > 0:
				t.Errorf("%s comes bare after a trust policy", *r.RoleName)
			default:
				bare++
			}
		}
	}
	if bare != len(roles) || whole != len(roles) {
		t.Errorf("%d bare, %d whole of %d", bare, whole, len(roles))
	}
}
