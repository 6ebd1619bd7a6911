package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// run runs a command line that ends by itself.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return runWith(t, nil, args...)
}

// runWith runs a command line with variables.
func runWith(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, complaint bytes.Buffer
	p := &process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaint, Getenv: func(name string) string { return env[name] }, Now: time.Now}
	code = p.run(t.Context(), args)
	return code, out.String(), complaint.String()
}

// Every setting of a server has a flag, a name in the environment made of it,
// and so a key in the configuration file.
func TestSettingsHaveThreeNames(t *testing.T) {
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	other := map[string]string{"help": "", "json": "", "config": "WRIT_CONFIG"}
	for _, leaf := range parser.Model.Leaves(false) {
		if leaf.Name != "dev" && leaf.Name != "serve" {
			continue
		}
		for _, f := range leaf.Flags {
			want, ok := other[f.Name]
			if !ok {
				want = "WRIT_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			}
			if got := strings.Join(f.Envs, " "); got != want {
				t.Errorf("writ %s --%s has the environment name %q, want %q", leaf.Name, f.Name, got, want)
			}
			if f.Help == "" {
				t.Errorf("writ %s --%s has no help", leaf.Name, f.Name)
			}
		}
	}
}

func TestConfiguration(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown key", `{"lisen": "x"}`, `"lisen" is no setting of "writ dev"`},
		{"nearest key", `{"lisen": "x"}`, `did you mean "listen"?`},
		{"underscores", `{"log_level": "info"}`, `did you mean "log-level"?`},
		{"far from all", `{"xyzzy-plugh": 1}`, `writ dev --help lists the settings`},
		{"of another command", `{"root-key-file": "x"}`, `is no setting of "writ dev"`},
		{"no object", `["listen"]`, `it does not begin with {`},
		{"twice", `{"listen": "a", "listen": "b"}`, `the key "listen" stands twice`},
		{"not JSON", `{listen: 1}`, `invalid character`},
		{"more text", `{} {}`, `text follows the object`},
		{"wrong type", `{"rate-limit": "fast"}`, `rate-limit`},
		{"object as value", `{"listen": {}}`, `a setting is a string`},
		{"null", `{"listen": null}`, `a setting is a string`},
		{"list of numbers", `{"domain": [1]}`, `a list has strings`},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "writ.json")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			code, _, stderr := run(t, "dev", "--config", path, "--memory", "--listen", "256.0.0.1:0")
			if code != 1 || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d, %s\nwant 1 and %q", code, stderr, test.want)
			}
		})
	}
}

// Errors are lower case and have no full stop; the next step follows.
func TestErrorsSayTheNextStep(t *testing.T) {
	empty := t.TempDir()
	missing := filepath.Join(empty, "none")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"evnts"}, `did you mean "events"?`},
		{[]string{"dev", "--nonsense"}, "writ COMMAND --help"},
		{[]string{"env", "--data", missing}, "start a server with: writ dev"},
		{[]string{"events", "--data", missing}, "or set AWS_ENDPOINT_URL"},
		{[]string{"events", "--since", "yesterday"}, "write it as 2006-01-02T15:04:05Z"},
		{[]string{"serve"}, "missing flags: --data"},
		{[]string{"dev", "--memory", "--account", "12"}, "is not twelve digits"},
		{[]string{"dev", "--memory", "--master-key", "00"}, "a master key is 64 hexadecimal digits"},
		{[]string{"dev", "--memory", "--master-key-file", missing}, "make one with: openssl rand -hex 32"},
		{[]string{"dev", "--memory", "--master-key-command", "echo no key >&2; exit 3"}, "no key"},
		{[]string{"dev", "--memory", "--master-key", "00", "--master-key-file", missing}, "more than once"},
		{[]string{"dev", "--memory", "--listen", "256.0.0.1:0"}, "choose one with --listen"},
		{[]string{"backup", "--recipient", "bob", filepath.Join(empty, "b.tar")}, "make a key pair with: age-keygen"},
		{[]string{"restore", missing, "--data", empty, "--master-key-file", missing}, "it is the file master.key of the data folder"},
	} {
		code, _, stderr := run(t, test.args...)
		if code != 1 || !strings.Contains(stderr, test.want) {
			t.Errorf("writ %s: exit %d, %s\nwant 1 and %q", strings.Join(test.args, " "), code, stderr, test.want)
		}
		text := strings.TrimPrefix(strings.SplitN(stderr, "\n", 2)[0], "writ: error: ")
		if strings.HasSuffix(text, ".") || text == "" || text[0] >= 'A' && text[0] <= 'Z' {
			t.Errorf("writ %s: %q is not in the manner of an error", strings.Join(test.args, " "), text)
		}
	}
}

func TestHelpTeachesByExamples(t *testing.T) {
	for _, args := range [][]string{nil, {"dev"}, {"serve"}, {"env"}, {"events"}, {"explain"}, {"account", "create"}, {"backup"}, {"restore"}} {
		code, stdout, _ := run(t, append(args, "--help")...)
		if code != 0 || !strings.Contains(stdout, "  writ ") && !strings.Contains(stdout, "writ env") {
			t.Errorf("writ %s --help: exit %d, no example in\n%s", strings.Join(args, " "), code, stdout)
		}
	}
}

func TestEnvironmentIsQuoted(t *testing.T) {
	a := &access{Endpoint: "http://127.0.0.1:4600", AccessKeyID: "test", SecretAccessKey: "a'b $c`d\"", Region: region}
	want := map[string]string{
		"env":        `export AWS_SECRET_ACCESS_KEY='a'\''b $c` + "`" + `d"'`,
		"fish":       `set -gx AWS_SECRET_ACCESS_KEY 'a'\''b $c` + "`" + `d"'`,
		"powershell": "$Env:AWS_SECRET_ACCESS_KEY=\"a'b `$c``d`\"\"",
	}
	for format, line := range want {
		var out bytes.Buffer
		formats[format](&out, a)
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("%s: no line %s in\n%s", format, line, &out)
		}
	}
	var out bytes.Buffer
	formats["json"](&out, a)
	back := &access{}
	if err := json.Unmarshal(out.Bytes(), back); err != nil || !reflect.DeepEqual(a, back) {
		t.Errorf("json: %v, %+v", err, back)
	}
}

// certificate writes a certificate for 127.0.0.1 and its key.
func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "writ"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

// A server in production answers HTTPS, has health and metrics on an address
// of their own, writes its log as JSON, and ends in order.
func TestServeWithTLSAndAdmin(t *testing.T) {
	cert, key, pool := certificate(t)
	data := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, logWriter := io.Pipe()
	p := &process{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: logWriter, Getenv: func(string) string { return "" }, Now: time.Now}
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(ctx, []string{
			"serve", "--data", data, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
			"--tls-cert", cert, "--tls-key", key, "--root-key-file", filepath.Join(data, "root.json"),
			"--master-key-command", "printf 00%.0s 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32",
		})
		logWriter.Close()
	}()
	lines := bufio.NewScanner(log)
	var serving struct{ Msg, URL, Admin string }
	for serving.Msg != "serving" && lines.Scan() {
		if err := json.Unmarshal(lines.Bytes(), &serving); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
	}
	go io.Copy(io.Discard, log)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	for url, want := range map[string]int{
		serving.URL + "/": http.StatusForbidden, serving.Admin + "/livez": http.StatusOK,
		serving.Admin + "/readyz": http.StatusOK, serving.Admin + "/metrics": http.StatusOK,
	} {
		resp, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", url, resp.Status, want)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "master.key")); err == nil {
		t.Error("a master key was generated although a command gives one")
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit status %d", code)
	}
}
