package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/sigv4"
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

// TestCVE_2024_55949_ImportIsForTheRootUser: in MinIO whoever had a key could
// import himself as an administrator. What takes whole accounts in asks for the
// root user's own key, whatever policies say.
func TestCVE_2024_55949_ImportIsForTheRootUser(t *testing.T) {
	r := start(t, server.Config{Dev: true})
	defer r.end(t)
	account := r.Root().Account
	all := url.QueryEscape(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	admin := user(t, r, "admin")
	must(t, r, root(r), "iam", iamCall+"PutUserPolicy&UserName=admin&PolicyName=all&PolicyDocument="+all, "", "")
	trust := url.QueryEscape(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:user/admin"},"Action":"sts:AssumeRole"}}`)
	must(t, r, root(r), "iam", iamCall+"CreateRole&RoleName=all&AssumeRolePolicyDocument="+trust, "", "")
	must(t, r, root(r), "iam", iamCall+"PutRolePolicy&RoleName=all&PolicyName=all&PolicyDocument="+all, "", "")
	session := func(key sigv4.Credentials, form string) sigv4.Credentials {
		text := must(t, r, key, "sts", "Version=2011-06-15&Action="+form, "<Credentials>", "</Credentials>")
		part := func(name string) string {
			_, rest, _ := strings.Cut(text, "<"+name+">")
			v, _, _ := strings.Cut(rest, "<")
			return v
		}
		return sigv4.Credentials{AccessKeyID: part("AccessKeyId"), SecretAccessKey: part("SecretAccessKey"), SessionToken: part("SessionToken")}
	}
	body := []byte(`{"UserDetailList":[{"Path":"/","UserName":"mallory","UserId":"AIDA22222222222222222","Arn":"arn:aws:iam::` + account +
		`:user/mallory","CreateDate":"2026-01-01T00:00:00Z","AttachedManagedPolicies":[{"PolicyName":"AdministratorAccess","PolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}]}]}`)
	for name, key := range map[string]sigv4.Credentials{
		"a user that may all":            admin,
		"a role that may all":            session(admin, "AssumeRole&RoleSessionName=s1&RoleArn=arn:aws:iam::"+account+":role/all"),
		"a session of the root user":     session(root(r), "GetSessionToken"),
		"a federated user of the root's": session(root(r), "GetFederationToken&Name=fred&Policy="+all),
		"a made-up key":                  {AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: "x"},
	} {
		if status, answer := details(t, r, key, http.MethodPut, "account="+account, body); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if found := must(t, r, root(r), "iam", iamCall+"ListUsers", "<Users>", "</Users>"); strings.Contains(found, "mallory") {
		t.Error("the user was made")
	}
	if status, answer := details(t, r, root(r), http.MethodPut, "account="+account, body); status/100 != 2 {
		t.Errorf("the root user: %d %s", status, answer)
	}
}
