package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// patience bounds each wait for a process. Nothing needs that long.
const patience = 60 * time.Second

// server is one writ process and what the test has seen of it.
type server struct {
	URL     string `json:"endpoint"`
	Account string `json:"accountId"`
	KeyID   string `json:"accessKeyId"`
	Secret  string `json:"secretAccessKey"`
	Region  string `json:"region"`
	Data    string `json:"data"`
	Admin   string `json:"admin"`
	PID     int    `json:"pid"`

	http   *http.Client
	cmd    *exec.Cmd
	stderr *lines
	seen   *sightings
}

// start starts `writ dev` on a free port, with a data folder of the test's
// own, and ends it with the test.
func start(t *testing.T, args ...string) *server {
	t.Helper()
	return startIn(t, t.TempDir(), &sightings{}, args...)
}

func startIn(t *testing.T, data string, seen *sightings, args ...string) *server {
	t.Helper()
	return launch(t, nil, seen, append([]string{"dev", "--json", "--listen", "127.0.0.1:0", "--data", data}, args...)...)
}

// launch starts writ, waits for its line of JSON and ends it with the test.
func launch(t *testing.T, env []string, seen *sightings, args ...string) *server {
	t.Helper()
	s := &server{stderr: &lines{}, seen: seen}
	s.cmd = exec.Command(writ, args...)
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end(t) })
	stuck := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer stuck.Stop()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("writ %s: no line of JSON: %v\n%s", strings.Join(args, " "), err, s.stderr)
	}
	if err := json.Unmarshal(line, s); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	s.seen.secret(s.Secret)
	s.http = &http.Client{Transport: s.transport(), CheckRedirect: refuseRedirect}
	return s
}

// transport reaches the server under any host name, so that buckets in front
// of a host need no DNS.
func (s *server) transport() *http.Transport {
	address := strings.TrimPrefix(s.URL, "http://")
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// root are the credentials of the account's root user.
func (s *server) root() aws.Credentials {
	return aws.Credentials{AccessKeyID: s.KeyID, SecretAccessKey: s.Secret}
}

// stop asks the server to end and waits until it has.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.cmd.Process.Signal(syscall.SIGTERM)
	stuck := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer stuck.Stop()
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("writ ended with %v\n%s", err, s.stderr)
	}
}

// kill ends the server as a crash does.
func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.cmd.Wait()
}

// end stops a server that still runs and looks at what it said.
func (s *server) end(t *testing.T) {
	t.Helper()
	if s.cmd.ProcessState == nil {
		s.stop(t)
	}
	log := s.stderr.String()
	for _, bad := range []string{"DATA RACE", "panic:", "goroutine "} {
		if strings.Contains(log, bad) {
			t.Errorf("the server's log has %q:\n%s", bad, log)
		}
	}
	for _, secret := range s.seen.allSecrets() {
		if strings.Contains(log, secret) {
			t.Errorf("the server's log has a secret: %s", secret)
		}
	}
}

// command runs writ as a client of this server, with the root user's key.
func (s *server) command(args ...string) *exec.Cmd {
	cmd := exec.Command(writ, args...)
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+s.URL, "AWS_REGION="+s.Region,
		"AWS_ACCESS_KEY_ID="+s.KeyID, "AWS_SECRET_ACCESS_KEY="+s.Secret)
	return cmd
}

// lines is a buffer that a process writes and a test reads.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
