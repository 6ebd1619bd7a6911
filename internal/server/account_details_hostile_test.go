package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/server"
)

// A file cannot bring what no call could make: versions of a policy that share
// an id or have one that none can follow, and a user who is in a group twice.
func TestImportKeepsInvariants(t *testing.T) {
	r := start(t, server.Config{})
	defer r.end(t)
	key := root(r)
	const account = "123456789012"
	policy := func(versions ...string) string {
		var list []string
		for _, v := range versions {
			list = append(list, `{"VersionId":"`+v+`","Document":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}`)
		}
		return `{"Policies":[{"PolicyName":"p","PolicyId":"ANPAAAAAAAAAAAAAAAAAA","Arn":"arn:aws:iam::` + account + `:policy/p","Path":"/","DefaultVersionId":"` +
			versions[0] + `","CreateDate":"2020-01-01T00:00:00Z","PolicyVersionList":[` + strings.Join(list, ",") + `]}]}`
	}
	query := "create=made&account=" + account
	for _, body := range []string{policy("v1", "v1"), policy("v9223372036854775807")} {
		if status, answer := details(t, r, key, http.MethodPut, query, []byte(body)); status != http.StatusBadRequest {
			t.Errorf("%d %s, want 400", status, answer)
		}
	}
	body := `{"GroupDetailList":[{"Path":"/","GroupName":"g","GroupId":"AGPAAAAAAAAAAAAAAAAAA","CreateDate":"2020-01-01T00:00:00Z"}],
		"UserDetailList":[{"Path":"/","UserName":"u","UserId":"AIDAAAAAAAAAAAAAAAAAA","CreateDate":"2020-01-01T00:00:00Z","GroupList":["g","G","g"]}]}`
	if status, answer := details(t, r, key, http.MethodPut, query, []byte(body)); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	if got := have(t, r, key, account).UserDetailList[0].GroupList; len(got) != 1 {
		t.Errorf("the user is in groups %v, want one", got)
	}
}
