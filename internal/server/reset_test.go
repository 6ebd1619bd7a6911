package server_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/server"
)

// A reset of an installation in a folder opens the same files anew.
func TestResetOfAFolder(t *testing.T) {
	dir := t.TempDir()
	r := start(t, server.Config{Data: dir, Dev: true})
	key := root(r)
	user(t, r, "ann")
	c := awscmd.Client{Endpoint: r.URL(), Region: "us-east-1", Credentials: key}
	resp, err := c.Do(context.Background(), &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/_writ/reset"}}, "writ", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("reset: %s", resp.Status)
	}
	user(t, r, "ann") // the name is free again, the key the same
	r.end(t)

	again := start(t, server.Config{Data: dir, Dev: true})
	defer again.end(t)
	must(t, again, key, "iam", iamCall+"GetUser&UserName=ann", "", "")
}
