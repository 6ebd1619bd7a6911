package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/server"
)

// TestBrowserAtRoot: who opens the endpoint in a browser comes to the console;
// every other request for "/" is a call.
func TestBrowserAtRoot(t *testing.T) {
	r := start(t, server.Config{Dev: true})
	defer r.end(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	const browser = "text/html,application/xhtml+xml,*/*;q=0.8"
	for name, c := range map[string]struct {
		method, path string
		change       func(r *http.Request)
		sent         bool
	}{
		"browser":     {"GET", "/", nil, true},
		"HEAD":        {"HEAD", "/", nil, true},
		"SDK":         {"GET", "/", func(r *http.Request) { r.Header.Del("Accept") }, false},
		"any type":    {"GET", "/", func(r *http.Request) { r.Header.Set("Accept", "*/*") }, false},
		"form":        {"POST", "/", nil, false},
		"query":       {"GET", "/?list-type=2", nil, false},
		"presigned":   {"GET", "/?X-Amz-Signature=0", nil, false},
		"signed":      {"GET", "/", func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }, false},
		"bucket":      {"GET", "/bucket", nil, false},
		"two slashes": {"GET", "//", nil, false},
		"bucket host": {"GET", "/", func(r *http.Request) { r.Host = "bucket.localhost" }, false},
	} {
		req, err := http.NewRequest(c.method, r.URL()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", browser)
		if c.change != nil {
			c.change(req)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		sent := resp.StatusCode == http.StatusSeeOther && resp.Header.Get("Location") == "/_writ/console"
		if sent != c.sent || !sent && resp.StatusCode < 400 {
			t.Errorf("%s: %d to %q: %s", name, resp.StatusCode, resp.Header.Get("Location"), text)
		}
	}
	req, err := http.NewRequest("GET", r.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", browser)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || !strings.Contains(string(text), "<h1>") {
		t.Errorf("the way ends at %d %s", resp.StatusCode, text)
	}
}
