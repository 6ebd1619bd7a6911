package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/sigv4"
)

// client is one with the keys that are in use.
func (s *scene) client(ts *testscript.TestScript) *awscmd.Client {
	c := &connection{}
	client, err := c.client(&process{Getenv: ts.Getenv, Now: time.Now})
	ts.Check(err)
	return client
}

// send sends a request and prints status and body.
func send(ts *testscript.TestScript, c *awscmd.Client, req *http.Request, service, body string) bool {
	resp, err := c.Do(context.Background(), req, service, strings.NewReader(body))
	ts.Check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s %s\n", resp.Status, bytes.ReplaceAll(b, []byte("\n"), nil))
	return resp.StatusCode < 300
}

// page calls one of writ's own pages with the keys in use.
func (s *scene) page(ts *testscript.TestScript, args []string) bool {
	req := &http.Request{Method: args[0], URL: &url.URL{Path: args[1]}}
	return send(ts, s.client(ts), req, "writ", strings.Join(args[2:], " "))
}

// raw sends an awsQuery call, and with -unsigned leaves the signature out.
func (s *scene) raw(ts *testscript.TestScript, args []string) bool {
	c := s.client(ts)
	if args[0] == "-unsigned" {
		c.Credentials, args = sigv4.Credentials{}, args[1:]
	}
	versions := map[string]string{"sts": "2011-06-15", "iam": "2010-05-08"}
	req := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
	return send(ts, c, req, args[0], "Action="+args[1]+"&Version="+versions[args[0]])
}

// grab sets a variable to what a pattern's group finds in the last output.
func (s *scene) grab(ts *testscript.TestScript, args []string) bool {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		return false
	}
	ts.Setenv(args[0], m[1])
	return true
}

// masked masks the last output.
func (s *scene) masked(ts *testscript.TestScript, _ []string) bool {
	io.WriteString(ts.Stdout(), mask(ts.ReadFile("stdout")))
	return true
}

func (s *scene) account(ts *testscript.TestScript, args []string) bool {
	if len(args) != 2 {
		ts.Fatalf("usage: account NAME ID")
	}
	cmd := command(ts, []string{"account", "create", args[0], "--id", args[1], "--root-key", "--json"})
	cmd.Stderr = ts.Stderr()
	out, err := cmd.Output()
	if err != nil {
		return false
	}
	var made keys
	ts.Check(json.Unmarshal(out, &made))
	s.keys[args[0]] = made
	return true
}

func (s *scene) clock(ts *testscript.TestScript, args []string) bool {
	if len(args) != 1 {
		ts.Fatalf("usage: clock DURATION")
	}
	k := s.keys["root"]
	a := access{Endpoint: s.endpoint, AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, Region: region}
	req := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/_writ/clock"}}
	return send(ts, a.client(&process{Now: time.Now}), req, "writ", fmt.Sprintf(`{"advance":%q}`, args[0]))
}

func (s *scene) skewClient(ts *testscript.TestScript, args []string) bool {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	s.skew = d
	return true
}

// lasts compares how long the credentials that were printed last are valid.
// The seconds in which the command ran are allowed for.
func (s *scene) lasts(ts *testscript.TestScript, args []string) bool {
	want, err := time.ParseDuration(args[0])
	ts.Check(err)
	var a struct {
		Credentials struct{ Expiration time.Time }
	}
	ts.Check(json.Unmarshal([]byte(s.printed), &a))
	got := time.Until(a.Credentials.Expiration)
	return got <= want && got > want-patience
}

// alter changes a character close to the end of a variable.
func (s *scene) alter(ts *testscript.TestScript, args []string) bool {
	b := []byte(ts.Getenv(args[0]))
	if i := len(b) - 3; b[i] == '0' {
		b[i] = '1'
	} else {
		b[i] = '0'
	}
	ts.Setenv(args[0], string(b))
	return true
}

func (s *scene) presign(ts *testscript.TestScript, args []string) bool {
	if len(args) != 4 {
		ts.Fatalf("usage: presign VARIABLE EXPIRES AGE URI")
	}
	expires, err := time.ParseDuration(args[1])
	ts.Check(err)
	age, err := time.ParseDuration(args[2])
	ts.Check(err)
	u, err := url.Parse(s.endpoint + "/" + strings.TrimPrefix(args[3], "s3://"))
	ts.Check(err)
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}
	k := sigv4.Credentials{AccessKeyID: ts.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: ts.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: ts.Getenv("AWS_SESSION_TOKEN")}
	_, err = sigv4.Presign(req, k, sigv4.Target{Region: region, Service: "s3", Time: time.Now().Add(-age)}, expires, sigv4.UnsignedPayload)
	ts.Check(err)
	ts.Setenv(args[0], u.String())
	return true
}

func (s *scene) fetch(ts *testscript.TestScript, args []string) bool {
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	resp, err := (&http.Client{Jar: jar}).Get(args[0])
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s\n%s\n", resp.Status, body)
	return resp.StatusCode < 300
}

// watch is a "writ events --follow".
type watch struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func (w *watch) stop() {
	w.cmd.Process.Kill()
	w.cmd.Wait()
}

func (s *scene) follow(ts *testscript.TestScript, args []string) bool {
	if args[0] == "start" {
		cmd := command(ts, []string{"events", "--follow", "--json"})
		out, err := cmd.StdoutPipe()
		ts.Check(err)
		ts.Check(cmd.Start())
		s.watch = &watch{cmd, bufio.NewScanner(out)}
		return true
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	giveUp := time.AfterFunc(patience, func() { s.watch.cmd.Process.Kill() })
	defer giveUp.Stop()
	for s.watch.lines.Scan() {
		if pattern.Match(s.watch.lines.Bytes()) {
			return true
		}
	}
	return false
}
