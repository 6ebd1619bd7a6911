package writtest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/writtest"
)

func aws(t *testing.T, s *writtest.Server, k writtest.Key, args ...string) string {
	t.Helper()
	out, err := s.AWS(k, args...)
	if err != nil {
		t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// session assumes a role for 15 minutes.
func session(t *testing.T, s *writtest.Server, k writtest.Key, role string) writtest.Key {
	t.Helper()
	out := aws(t, s, k, "sts", "assume-role", "--role-arn", role, "--role-session-name", "test", "--duration-seconds", "900")
	var answer struct{ Credentials writtest.Key }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Credentials
}

func TestAdvanceExpiresSessions(t *testing.T) {
	s := writtest.Start(t)
	member, err := s.NewAccount("member")
	if err != nil {
		t.Fatal(err)
	}
	aws(t, s, s.Key, "iam", "create-user", "--user-name", "ann")
	aws(t, s, s.Key, "iam", "put-user-policy", "--user-name", "ann", "--policy-name", "all", "--policy-document",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	var made struct{ AccessKey writtest.Key }
	if err := json.Unmarshal([]byte(aws(t, s, s.Key, "iam", "create-access-key", "--user-name", "ann")), &made); err != nil {
		t.Fatal(err)
	}
	k := session(t, s, made.AccessKey, member.RoleARN)
	if got := aws(t, s, k, "sts", "get-caller-identity", "--query", "Account", "--output", "text"); got != member.ID {
		t.Errorf("the session is of account %s, want %s", got, member.ID)
	}
	if err := s.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AWS(k, "sts", "get-caller-identity"); err == nil || !strings.Contains(err.Error(), "ExpiredToken") {
		t.Errorf("after an hour: %v, want ExpiredToken", err)
	}
}

func TestResetKeepsTheRootKey(t *testing.T) {
	s := writtest.Start(t, writtest.WithRootKey("test", "test"))
	aws(t, s, s.Key, "iam", "create-user", "--user-name", "ann")
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if got := aws(t, s, s.Key, "iam", "list-users", "--query", "Users[].UserName", "--output", "text"); got != "" {
		t.Errorf("users after a reset: %s", got)
	}
	if got := aws(t, s, s.Key, "sts", "get-caller-identity", "--query", "Account", "--output", "text"); got != s.Account {
		t.Errorf("account after a reset: %s, want %s", got, s.Account)
	}
}
