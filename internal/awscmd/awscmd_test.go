package awscmd

import (
	"bytes"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the wanted parts of testdata anew")

// TestTranscripts runs the command lines of testdata/*.txtar against a server
// that plays back what stands in them, and compares what was sent and printed.
// The answers and what is printed of them were compared with aws-cli 1.45.11,
// apart from its default of leaving timestamps as they come.
//
// The comment of an archive is the arguments, one a line. Files called
// answer… are the answers in turn: a status, headers, an empty line, a body.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, a)
			if *update {
				rewrite(t, file, a, got)
				return
			}
			for _, name := range parts {
				if diff := cmp.Diff(section(a, name), got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

var parts = []string{"exit", "requests", "stdout", "stderr"}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// play runs the command line of an archive.
func play(t *testing.T, a *txtar.Archive) map[string]string {
	dir := t.TempDir()
	var answers []string
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "answer") {
			answers = append(answers, string(f.Data))
		} else if !slices.Contains(parts, f.Name) {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	var requests strings.Builder
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		describe(&requests, r)
		if len(answers) == 0 {
			http.Error(w, "more calls than answers", http.StatusTeapot)
			return
		}
		answer(w, answers[0])
		answers = answers[1:]
	}))
	defer srv.Close()
	env := map[string]string{
		"AWS_ENDPOINT_URL": srv.URL, "AWS_REGION": "us-east-1", "TZ": "UTC",
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
	}
	var stdout, stderr bytes.Buffer
	c := &Command{
		Getenv: func(name string) string { return env[name] }, Dir: dir,
		Stdin: strings.NewReader("from standard input\n"), Stdout: &stdout, Stderr: &stderr,
		Now: func() time.Time { return time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC) },
	}
	exit := c.Run(t.Context(), strings.Split(strings.TrimSuffix(string(a.Comment), "\n"), "\n")...)
	if len(answers) > 0 {
		t.Errorf("%d answers were not asked for", len(answers))
	}
	got := map[string]string{
		"exit": fmt.Sprintln(exit), "requests": requests.String(), "stdout": stdout.String(),
		"stderr": strings.ReplaceAll(stderr.String(), srv.URL, "URL"),
	}
	for name, text := range got { // as an archive keeps text
		if text != "" && !strings.HasSuffix(text, "\n") {
			got[name] = text + "\n"
		}
	}
	return got
}

// describe writes down what a test wants to see of a request.
func describe(w *strings.Builder, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s\n", r.Method, r.RequestURI)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		switch name {
		case "Authorization":
			_, scope, _ := strings.Cut(r.Header.Get(name), "Credential=")
			scope, _, _ = strings.Cut(scope, ",")
			fmt.Fprintf(w, "signed: %s\n", scope)
		case "Accept-Encoding", "Content-Length", "User-Agent", "X-Amz-Date", "X-Amz-Content-Sha256":
		default:
			fmt.Fprintf(w, "%s: %s\n", strings.ToLower(name), r.Header.Get(name))
		}
	}
	fmt.Fprintf(w, "%s\n", strings.ReplaceAll(string(body), "&", "\n&"))
}

func answer(w http.ResponseWriter, text string) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	status := 0
	fmt.Sscan(lines[0], &status)
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	io.WriteString(w, strings.TrimSuffix(body, "\n"))
}

func rewrite(t *testing.T, file string, a *txtar.Archive, got map[string]string) {
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return slices.Contains(parts, f.Name) })
	for _, name := range parts {
		if got[name] != "" {
			a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
		t.Fatal(err)
	}
}

// The certificates in AWS_CA_BUNDLE are trusted, and no others.
func TestCABundle(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		bundle string
		exit   int
		told   string
	}{
		{bundle, exitAnswer, "(404)"},
		{"", exitOther, "certificate"},
		{bundle + "x", exitClient, "AWS_CA_BUNDLE"},
	} {
		env := map[string]string{"AWS_ENDPOINT_URL": srv.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_CA_BUNDLE": test.bundle}
		var stderr bytes.Buffer
		c := &Command{Getenv: func(name string) string { return env[name] }, Stdout: io.Discard, Stderr: &stderr}
		if exit := c.Run(t.Context(), "sts", "get-caller-identity"); exit != test.exit || !strings.Contains(stderr.String(), test.told) {
			t.Errorf("bundle %q: exit %d, %s\nwant %d and %q", test.bundle, exit, &stderr, test.exit, test.told)
		}
	}
}
