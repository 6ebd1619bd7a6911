package shape

import "testing"

func TestMessage(t *testing.T) {
	name := Violation{Path: "roleSessionName", Value: "Session1:2", Constraint: `Member must satisfy regular expression pattern: [\w+=,.@-]*`}
	key := Violation{Path: "tags.1.member.key", Value: "k", Constraint: "Member must have length less than or equal to 128"}
	secret := Violation{Path: "tokenCode", NoValue: true, Constraint: "Member must have length greater than or equal to 6"}
	for _, test := range []struct {
		name string
		vs   []Violation
		echo bool
		want string
	}{
		{"STS repeats the value", []Violation{name}, true,
			`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"IAM does not", []Violation{key}, false,
			`1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128`},
		{"several", []Violation{name, key}, true,
			`2 validation errors detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*; ` +
				`Value 'k' at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128`},
		{"absent, STS", []Violation{Missing("roleArn")}, true,
			`1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null`},
		{"absent, IAM", []Violation{Missing("roleName")}, false,
			`1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null`},
		{"a secret", []Violation{secret}, true,
			`1 validation error detected: Value at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Message(test.vs, test.echo); got != test.want {
				t.Errorf("Message:\n got %s\nwant %s", got, test.want)
			}
		})
	}
}
