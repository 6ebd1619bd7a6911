package server_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/sigv4"
)

// running is a server on a loopback address.
type running struct {
	*server.Server
	stop context.CancelFunc
	done chan error
}

func start(b testing.TB, cfg server.Config) *running {
	b.Helper()
	cfg.Listen = "127.0.0.1:0"
	ctx, stop := context.WithCancel(context.Background())
	s, err := server.New(ctx, cfg)
	if err != nil {
		stop()
		b.Fatal(err)
	}
	r := &running{Server: s, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	return r
}

func (r *running) end(b testing.TB) {
	b.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		b.Error(err)
	}
	if err := r.Close(); err != nil {
		b.Error(err)
	}
}

// call returns the bytes of a signed form call.
func call(b testing.TB, endpoint string, creds sigv4.Credentials, service, form string) []byte {
	b.Helper()
	req, err := http.NewRequest(http.MethodPost, endpoint+"/", strings.NewReader(form))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("User-Agent", "bench")
	target := sigv4.Target{Region: "us-east-1", Service: service, Time: time.Now()}
	if _, err := sigv4.Sign(req, creds, target, sigv4.HashPayload([]byte(form))); err != nil {
		b.Fatal(err)
	}
	raw, err := httputil.DumpRequestOut(req, true)
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

// client keeps one connection, as an SDK does, and spends little itself.
type client struct {
	conn net.Conn
	r    *bufio.Reader
}

func dial(b testing.TB, endpoint string) *client {
	b.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		b.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		b.Fatal(err)
	}
	return &client{conn, bufio.NewReader(conn)}
}

func (c *client) send(raw []byte) ([]byte, error) {
	if _, err := c.conn.Write(raw); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return body, err
}

func root(r *running) sigv4.Credentials {
	k := r.Root()
	return sigv4.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
}

// must sends one call and returns what stands between two marks of the answer.
func must(b testing.TB, r *running, creds sigv4.Credentials, service, form, from, to string) string {
	b.Helper()
	c := dial(b, r.URL())
	defer c.conn.Close()
	body, err := c.send(call(b, r.URL(), creds, service, form))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(body), from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

const iamCall = "Version=2010-05-08&Action="

// user makes a user with a key.
func user(b testing.TB, r *running, name string) sigv4.Credentials {
	b.Helper()
	must(b, r, root(r), "iam", iamCall+"CreateUser&UserName="+name, "", "")
	key := must(b, r, root(r), "iam", iamCall+"CreateAccessKey&UserName="+name, "<AccessKey>", "</AccessKey>")
	between := func(tag string) string {
		_, rest, _ := strings.Cut(key, "<"+tag+">")
		v, _, _ := strings.Cut(rest, "</")
		return v
	}
	return sigv4.Credentials{AccessKeyID: between("AccessKeyId"), SecretAccessKey: between("SecretAccessKey")}
}

// parallel sends calls from clients connections at once. next makes the bytes
// of call i.
func parallel(b *testing.B, r *running, clients int, next func(i int64) []byte) {
	b.Helper()
	var n atomic.Int64
	b.SetParallelism(max(1, clients/runtime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c := dial(b, r.URL())
		defer c.conn.Close()
		for pb.Next() {
			if _, err := c.send(next(n.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// Calls end to end, over loopback, with the client on the same machine and
// events durable in a file.
func BenchmarkCalls(b *testing.B) {
	r := start(b, server.Config{Data: b.TempDir(), Quotas: map[string]int{"UsersQuota": 10_000_000}})
	defer r.end(b)
	ann := user(b, r, "ann")
	account := r.Root().Account
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:user/ann"},"Action":"sts:AssumeRole"}}`
	must(b, r, root(r), "iam", iamCall+"CreateRole&RoleName=r&AssumeRolePolicyDocument="+url.QueryEscape(trust), "", "")
	const stsCall = "Version=2011-06-15&Action="
	for _, bench := range []struct{ name, form string }{
		{"GetCallerIdentity", stsCall + "GetCallerIdentity"},
		{"AssumeRole", stsCall + "AssumeRole&RoleSessionName=s1&RoleArn=" + url.QueryEscape("arn:aws:iam::"+account+":role/r")},
	} {
		raw := call(b, r.URL(), ann, "sts", bench.form)
		for _, clients := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/clients=%d", bench.name, clients), func(b *testing.B) {
				parallel(b, r, clients, func(int64) []byte { return raw })
			})
		}
	}
	var made atomic.Int64
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("CreateUser/clients=%d", clients), func(b *testing.B) {
			parallel(b, r, clients, func(int64) []byte {
				form := fmt.Sprintf("%sCreateUser&UserName=u%d", iamCall, made.Add(1))
				return call(b, r.URL(), root(r), "iam", form)
			})
		})
	}
}

// The time from New to the first answer of an empty installation that exists.
func BenchmarkColdStart(b *testing.B) {
	dir := b.TempDir()
	first := start(b, server.Config{Data: dir})
	raw := func(r *running, k sigv4.Credentials) []byte {
		return call(b, r.URL(), k, "sts", "Version=2011-06-15&Action=GetCallerIdentity")
	}
	key := root(first)
	first.end(b)
	for b.Loop() {
		r := start(b, server.Config{Data: dir})
		c := dial(b, r.URL())
		if _, err := c.send(raw(r, key)); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		c.conn.Close()
		r.end(b)
		b.StartTimer()
	}
}

// Memory of an empty installation: the resident set of this process.
func BenchmarkMemory(b *testing.B) {
	r := start(b, server.Config{Data: b.TempDir()})
	defer r.end(b)
	must(b, r, root(r), "sts", "Version=2011-06-15&Action=GetCallerIdentity", "", "")
	for b.Loop() {
		runtime.GC()
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
	var kb float64
	if _, err := fmt.Sscan(string(rest), &kb); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(kb/1024, "MB-resident")
}
