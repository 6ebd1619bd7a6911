package main

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// In a folder with a development server's key, which is the root user's, it is
// used by those alone who name no caller.
func TestNobodyIsRootUnawares(t *testing.T) {
	var caller string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, caller, _ = strings.Cut(r.Header.Get("Authorization"), "Credential=")
		caller, _, _ = strings.Cut(caller, "/")
	}))
	defer srv.Close()
	data := t.TempDir()
	a := &access{Endpoint: srv.URL, AccessKeyID: "ROOT", SecretAccessKey: "secret"}
	if err := a.write(data); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		env    map[string]string
		caller string // "" is nobody
		told   string
	}{
		{nil, "ROOT", ""},
		{map[string]string{"AWS_ENDPOINT_URL": srv.URL, "AWS_ACCESS_KEY_ID": "ANN"}, "ANN", ""},
		{map[string]string{"AWS_ENDPOINT_URL": srv.URL, "AWS_ACCESS_KEY_ID": "ANN", "AWS_PROFILE": "bob"}, "ANN", ""},
		{map[string]string{"AWS_PROFILE": "bob's"}, "", `export-credentials --profile 'bob'\''s' --format env`},
		{map[string]string{"AWS_DEFAULT_PROFILE": "bob"}, "", "AWS_DEFAULT_PROFILE names the profile bob"},
		{map[string]string{"AWS_PROFILE": "bob", "AWS_ENDPOINT_URL": srv.URL}, "", "export-credentials --profile bob"},
		{map[string]string{"AWS_ACCESS_KEY_ID": "ANN"}, "", "set both"},
		{map[string]string{"AWS_ENDPOINT_URL": srv.URL}, "", "set both"},
	} {
		caller = ""
		code, _, stderr := runWith(t, test.env, "events", "--data", data)
		if caller != test.caller || !strings.Contains(stderr, test.told) || (code == 0) != (test.caller != "") {
			t.Errorf("%v: exit %d, caller %q, %s\nwant caller %q and %q", test.env, code, caller, stderr, test.caller, test.told)
		}
	}
}

// Why no server answered is told with a next step that helps.
func TestNoAnswer(t *testing.T) {
	denies := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"code": "AccessDenied", "message": "no"}`, http.StatusForbidden)
	})
	secure := httptest.NewTLSServer(denies)
	defer secure.Close()
	breaks := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer breaks.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	other, key, _ := certificate(t)
	const running, trust = "hint: is the server running?", "hint: name a file with the server's certificate"
	for _, test := range []struct{ name, endpoint, bundle, told, hint string }{
		{"trusted", secure.URL, bundle, "no (AccessDenied)", ""},
		{"not trusted", secure.URL, "", "certificate", trust},
		{"another is trusted", secure.URL, other, "certificate", trust},
		{"no such bundle", secure.URL, bundle + "x", "no such file", "hint: it names a file of certificates in PEM"},
		{"bundle without certificates", secure.URL, key, "has none in PEM", "hint: it names a file of certificates in PEM"},
		{"not running", "http://" + closed.Addr().String(), "", "refused", running},
		{"breaks off", breaks.URL, "", "EOF", ""},
	} {
		for _, args := range [][]string{{"events"}, {"revoke", "Deployer"}} {
			env := map[string]string{"AWS_ENDPOINT_URL": test.endpoint, "AWS_ACCESS_KEY_ID": "ANN", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CA_BUNDLE": test.bundle}
			code, _, stderr := runWith(t, env, args...)
			told := test.told
			if test.name == "trusted" && args[0] == "revoke" {
				told = "(403)" // of an operation, that is no error's body
			}
			if code != 1 || !strings.Contains(stderr, told) || !strings.Contains(stderr, test.hint) || test.hint == "" && strings.Contains(stderr, "hint:") {
				t.Errorf("%s, writ %s: exit %d, %s\nwant 1, %q and %q", test.name, args[0], code, stderr, told, test.hint)
			}
		}
	}
}
