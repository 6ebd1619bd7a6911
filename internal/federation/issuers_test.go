package federation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/oidctest"
)

// onLoopback reaches the provider, for whose certificate its root vouches.
func onLoopback(p *oidctest.Provider) *federation.Web {
	return &federation.Web{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: p.Roots()}
}

func TestKeysAreFetchedAndRotate(t *testing.T) {
	p := oidctest.Start(t)
	issuers := federation.NewIssuers(onLoopback(p).Fetch)
	try := func(at time.Time) error {
		token, err := federation.ParseToken(p.Token(claims()))
		if err != nil {
			t.Fatal(err)
		}
		keys, err := issuers.Keys(context.Background(), p.Issuer, nil, token.KeyID, at)
		if err != nil {
			return err
		}
		_, err = token.Verify(keys, nil, now)
		return err
	}
	steps := []struct {
		at      time.Duration
		rotate  string
		want    error
		fetches int32
	}{
		{0, "", nil, 1},
		{time.Second, "", nil, 1},
		{2 * time.Second, "second", federation.ErrSignature, 1}, // asked a moment ago
		{11 * time.Second, "", nil, 2},
		{16 * time.Minute, "", nil, 3}, // old
	}
	for i, s := range steps {
		if s.rotate != "" {
			p.Rotate(oidctest.NewKey(t, s.rotate))
		}
		if err := try(now.Add(s.at)); !errors.Is(err, s.want) {
			t.Errorf("step %d: %v", i, err)
		}
		if n := p.Fetches.Load(); n != s.fetches {
			t.Errorf("step %d: %d fetches", i, n)
		}
	}
	p.PublishRaw([]byte("broken"))
	if err := try(now.Add(35 * time.Minute)); err != nil {
		t.Errorf("the last keys are used for a while: %v", err)
	}
	if err := try(now.Add(90 * time.Minute)); !errors.Is(err, federation.ErrKeys) {
		t.Errorf("the last keys are used for ever: %v", err)
	}
}

// TestUnknownKeyFlood: tokens with key ids without end make the issuer be asked
// once.
func TestUnknownKeyFlood(t *testing.T) {
	p := oidctest.Start(t)
	issuers := federation.NewIssuers(onLoopback(p).Fetch)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for j := range 8 {
				if _, err := issuers.Keys(context.Background(), p.Issuer, nil, fmt.Sprint("k", i, j), now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := p.Fetches.Load(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

// TestFailuresAreRemembered: an issuer that does not answer is left alone.
func TestFailuresAreRemembered(t *testing.T) {
	var asked atomic.Int32
	issuers := federation.NewIssuers(func(context.Context, string, []string) ([]byte, error) {
		asked.Add(1)
		return nil, errors.New("down")
	})
	for range 100 {
		if _, err := issuers.Keys(context.Background(), "https://idp.example.com", nil, "k", now); !errors.Is(err, federation.ErrKeys) {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestKeysOfOtherThumbprints: keys that an account got from a server of its own
// thumbprint are not those of an account that did not register it.
func TestKeysOfOtherThumbprints(t *testing.T) {
	p := oidctest.Start(t)
	web := &federation.Web{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	issuers := federation.NewIssuers(web.Fetch)
	pin := []string{federation.Thumbprint(p.Certificate())}
	if _, err := issuers.Keys(context.Background(), p.Issuer, pin, "first", now); err != nil {
		t.Fatal(err)
	}
	for _, other := range [][]string{nil, {strings.Repeat("0", 40)}} {
		if _, err := issuers.Keys(context.Background(), p.Issuer, other, "first", now); !errors.Is(err, federation.ErrThumbprint) {
			t.Errorf("%v: %v", other, err)
		}
	}
}

// TestCVE_2026_49998_SameKeyID: Centrifugo kept keys by their id alone, so that
// one tenant's signed for another. Issuers often call their keys alike.
func TestCVE_2026_49998_SameKeyID(t *testing.T) {
	ours, theirs := oidctest.Start(t), oidctest.Start(t) // each has a key "first"
	issuers := federation.NewIssuers(func(ctx context.Context, address string, thumbprints []string) ([]byte, error) {
		if strings.HasPrefix(address, ours.URL) {
			return onLoopback(ours).Fetch(ctx, address, thumbprints)
		}
		return onLoopback(theirs).Fetch(ctx, address, thumbprints)
	})
	for range 2 { // in whichever order keys are asked for, and when they are kept
		for _, p := range []*oidctest.Provider{ours, theirs} {
			for _, signer := range []*oidctest.Provider{theirs, ours} {
				token, err := federation.ParseToken(oidctest.Sign(t, signer.Key(), claims(map[string]any{"iss": p.Issuer}), nil))
				if err != nil {
					t.Fatal(err)
				}
				keys, err := issuers.Keys(context.Background(), token.Issuer, nil, token.KeyID, now)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := token.Verify(keys, []string{"app"}, now); (err == nil) != (p == signer) {
					t.Errorf("a token of %s by the key of %s: %v", p.Issuer, signer.Issuer, err)
				}
			}
		}
	}
}

// TestSlowIssuer: an issuer that takes its time is given up, also by those who
// wait for the first who asked, and takes no room from other issuers for ever.
func TestSlowIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuers := federation.NewIssuers(func(ctx context.Context, address string, _ []string) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		begun := time.Now()
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				_, err := issuers.Keys(context.Background(), fmt.Sprintf("https://slow%d.example.com", i%20), nil, "k", now)
				if !errors.Is(err, federation.ErrKeys) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if d := time.Since(begun); d > 16*time.Second {
			t.Errorf("waited %v", d)
		}
	})
}

// TestSlowDocuments: a server that sends a byte now and then is given up.
func TestSlowDocuments(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	p.Serve = func(w http.ResponseWriter, r *http.Request) {
		drops := time.NewTicker(100 * time.Millisecond)
		defer drops.Stop()
		for range 600 { // a minute
			select {
			case <-drops.C:
			case <-r.Context().Done():
				panic(http.ErrAbortHandler) // to return would end the document, perhaps before the client has hung up
			}
			w.Write([]byte(" "))
			w.(http.Flusher).Flush()
		}
		w.Write([]byte(`{"keys":[]}`))
	}
	if text, err := onLoopback(p).Fetch(context.Background(), p.URL+"/drops", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestDiscoveryOfAnotherIssuer(t *testing.T) {
	for name, change := range map[string]func(p *oidctest.Provider){
		"trailing slash":   func(p *oidctest.Provider) { p.Issuer = p.URL + "/" },
		"another issuer":   func(p *oidctest.Provider) { p.Issuer = "https://good.example.com" },
		"keys over http":   func(p *oidctest.Provider) { p.KeysURL = strings.Replace(p.URL, "https", "http", 1) + "/keys" },
		"keys in a file":   func(p *oidctest.Provider) { p.KeysURL = "file:///etc/passwd" },
		"keys with a user": func(p *oidctest.Provider) { p.KeysURL = strings.Replace(p.KeysURL, "https://", "https://u:p@", 1) },
		"no keys":          func(p *oidctest.Provider) { p.KeysURL = "" },
		"keys of metadata": func(p *oidctest.Provider) { p.KeysURL = "https://169.254.169.254/latest/meta-data/" },
	} {
		p := oidctest.Start(t)
		change(p)
		if _, err := federation.NewIssuers(onLoopback(p).Fetch).Keys(context.Background(), p.URL, nil, "first", now); !errors.Is(err, federation.ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
		if n := p.Fetches.Load(); n != 0 {
			t.Errorf("%s: keys were fetched", name)
		}
	}
}

// TestPrivateAddresses: no connection is made to an address that is not public,
// however it is written; localhost stands for a name that leads to one.
func TestPrivateAddresses(t *testing.T) {
	p := oidctest.Start(t)
	port := p.URL[strings.LastIndexByte(p.URL, ':'):]
	web := &federation.Web{Roots: p.Roots()}
	for _, host := range []string{
		"localhost" + port, "127.0.0.1" + port, "[::1]" + port, "[::ffff:127.0.0.1]" + port, "0.0.0.0" + port, "[::]" + port, "[::127.0.0.1]" + port,
		"169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
		"[fe80::1]", "[fc00::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]", "[::ffff:169.254.169.254]",
	} {
		if _, err := web.Fetch(context.Background(), "https://"+host+"/keys", nil); err == nil || !strings.Contains(err.Error(), "not public") {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := p.Fetches.Load(); n != 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

// TestRedirects: a server sends to no other server, port or scheme. (A name that
// leads elsewhere the second time is judged again, as every connection is.)
func TestRedirects(t *testing.T) {
	p, other := oidctest.Start(t), oidctest.Start(t)
	to := ""
	p.Serve = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/endless" {
			to = p.URL + "/endless"
		}
		http.Redirect(w, r, to, http.StatusFound)
	}
	web := onLoopback(p)
	for _, to = range []string{
		other.URL + "/keys", strings.Replace(p.URL, "127.0.0.1", "localhost", 1) + "/keys", strings.Replace(p.URL, "https:", "http:", 1) + "/keys",
		"https://169.254.169.254/", "file:///etc/passwd",
	} {
		// The reason counts: a port of HTTPS fails over HTTP after it was asked.
		if _, err := web.Fetch(context.Background(), p.URL+"/elsewhere", nil); err == nil || !strings.Contains(err.Error(), "redirected to another server") {
			t.Errorf("redirected to %s: %v", to, err)
		}
	}
	if _, err := web.Fetch(context.Background(), p.URL+"/endless", nil); err == nil {
		t.Error("redirected without end")
	}
	to = p.URL + "/keys"
	if _, err := web.Fetch(context.Background(), p.URL+"/moved", nil); err != nil {
		t.Errorf("redirected to itself: %v", err)
	}
	if n := other.Fetches.Load(); n != 0 {
		t.Error("the other server was asked")
	}
}

func TestServersWithoutACertificate(t *testing.T) {
	p := oidctest.Start(t)
	keys, ctx := p.KeysURL, context.Background()
	networks := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	pin := []string{federation.Thumbprint(p.Certificate())}
	untrusting := &federation.Web{Networks: networks}
	late := &federation.Web{Networks: networks, Now: func() time.Time { return p.Certificate().NotAfter.Add(time.Hour) }}
	if _, err := untrusting.Fetch(ctx, keys, pin); err != nil {
		t.Errorf("with its thumbprint: %v", err)
	}
	for name, c := range map[string]struct {
		web     *federation.Web
		address string
		pins    []string
	}{
		"no root, no thumbprint": {untrusting, keys, nil},
		"another thumbprint":     {untrusting, keys, []string{strings.Repeat("a", 40)}},
		"expired":                {late, keys, pin},
		"another name":           {untrusting, strings.Replace(keys, "127.0.0.1", "localhost", 1), pin},
	} {
		if _, err := c.web.Fetch(ctx, c.address, c.pins); !errors.Is(err, federation.ErrThumbprint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLargeAndFailingDocuments(t *testing.T) {
	p := oidctest.Start(t)
	p.Serve = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			w.Write(make([]byte, 2<<20))
			return
		}
		w.WriteHeader(http.StatusTeapot)
	}
	for _, path := range []string{"/large", "/teapot"} {
		if text, err := onLoopback(p).Fetch(context.Background(), p.URL+path, nil); err == nil || len(text) > 1<<20+1 {
			t.Errorf("%s: %d bytes, %v", path, len(text), err)
		}
	}
	if _, err := onLoopback(p).Fetch(context.Background(), strings.Replace(p.KeysURL, "https", "http", 1), nil); err == nil {
		t.Error("fetched over http")
	}
}

// nameServer answers every question for an IPv4 address with the next of
// addresses, at last with the last.
func nameServer(t *testing.T, addresses ...netip.Addr) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12 + bytes.IndexByte(buf[12:n], 0) + 5 // header, name, type, class
			answer := slices.Clone(buf[:end])
			copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
			if answer[end-3] == 1 { // A
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				answer = append(answer, addresses[0].AsSlice()...)
				if len(addresses) > 1 {
					addresses = addresses[1:]
				}
			}
			conn.WriteTo(answer, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// TestDNSRebinding: a name that led to a permitted address and then leads to
// another is judged by where it leads.
func TestDNSRebinding(t *testing.T) {
	p := oidctest.Start(t)
	p.Issuer = strings.Replace(p.URL, "127.0.0.1", "example.com", 1)
	p.KeysURL = p.Issuer + "/keys"
	home, private := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	web := onLoopback(p)
	web.Networks = []netip.Prefix{netip.PrefixFrom(home, 32)}
	web.Resolver = nameServer(t, home)
	if _, err := federation.NewIssuers(web.Fetch).Keys(context.Background(), p.Issuer, nil, "first", now); err != nil {
		t.Fatal(err)
	}
	web.Resolver = nameServer(t, home, private)
	_, err := federation.NewIssuers(web.Fetch).Keys(context.Background(), p.Issuer, nil, "first", now)
	if !errors.Is(err, federation.ErrKeys) || !strings.Contains(err.Error(), "not public") {
		t.Error(err)
	}
	if d, f := p.Discoveries.Load(), p.Fetches.Load(); d != 2 || f != 1 {
		t.Errorf("%d discoveries, %d fetches of keys", d, f)
	}
}
