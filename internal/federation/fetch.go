package federation

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Bounds on a fetch.
const (
	maxWebDocument = 1 << 20
	maxDocHeader   = 16 << 10
	connectTimeout = 5 * time.Second
	fetchTimeout   = 7 * time.Second
	maxRedirects   = 3
)

// Web fetches documents of identity providers, whose addresses users choose: it
// connects to no address inside one's own network. Use its Fetch.
type Web struct {
	// Networks may be connected to although they are not public.
	Networks []netip.Prefix
	// Roots vouch for servers; nil is the system's.
	Roots *x509.CertPool
	// Resolver looks up names; nil is the system's.
	Resolver *net.Resolver
	// Now is the time that certificates are judged by; nil is time.Now.
	Now func() time.Time

	// dial connects instead of a net.Dialer that judges addresses; set only by
	// tests whose time is not the network's.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

var (
	errPrivate  = errors.New("the address is not public, and no permitted network has it")
	errRedirect = errors.New("redirected to another server")
	errLarge    = errors.New("the document is too large")

	// ErrThumbprint reports a server for which neither a trusted root nor a
	// registered thumbprint vouches.
	ErrThumbprint = errors.New("no trusted root and no thumbprint vouches for the server's certificate")
)

// Fetch implements the type of that name. Every connection is a new one, its
// address is judged after the name was resolved, and the certificate by the
// thumbprints of this fetch.
func (w *Web) Fetch(ctx context.Context, address string, thumbprints []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return nil, errors.New("not an https URL")
	}
	client := &http.Client{Transport: w.transport(u.Hostname(), thumbprints), CheckRedirect: sameServer}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", u.Host, resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxWebDocument+1))
	if err == nil && len(text) > maxWebDocument {
		err = errLarge
	}
	return text, err
}

func (w *Web) transport(host string, thumbprints []string) *http.Transport {
	dial := w.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: connectTimeout, Control: w.control, Resolver: w.Resolver}).DialContext
	}
	return &http.Transport{
		Proxy: nil, DialContext: dial, DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: maxDocHeader, TLSHandshakeTimeout: connectTimeout,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12,
			// The verification is that of judge, which knows thumbprints too.
			InsecureSkipVerify: true,
			VerifyConnection:   func(cs tls.ConnectionState) error { return w.judge(cs.PeerCertificates, host, thumbprints) },
		},
	}
}

// sameServer lets a server redirect to itself.
func sameServer(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects || req.URL.Scheme != "https" || req.URL.Host != via[0].URL.Host {
		return errRedirect
	}
	return nil
}

// control judges the address that a connection is about to be made to, which no
// later answer of a name server can change.
func (w *Web) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivate
	}
	addr := to.Addr().WithZone("").Unmap()
	if public(addr) || slices.ContainsFunc(w.Networks, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return nil
	}
	return errPrivate
}

// special are the networks that are not public and that netip has no word for.
// See the IANA IPv4 and IPv6 Special-Purpose Address Registries.
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, t := range texts {
		list = append(list, netip.MustParsePrefix(t))
	}
	return list
}

func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// judge verifies the server's certificate: a trusted root vouches for it, or the
// thumbprint of the topmost certificate that the server sends is registered. The
// name and the chain up to there must be right in either case. See "Obtain the
// thumbprint for an OpenID Connect identity provider" in the IAM User Guide.
func (w *Web) judge(certs []*x509.Certificate, host string, thumbprints []string) error {
	if len(certs) == 0 {
		return ErrThumbprint
	}
	o := x509.VerifyOptions{DNSName: host, Roots: w.Roots, Intermediates: x509.NewCertPool()}
	if w.Now != nil {
		o.CurrentTime = w.Now()
	}
	for _, c := range certs[1:] {
		o.Intermediates.AddCert(c)
	}
	if _, err := certs[0].Verify(o); err == nil {
		return nil
	}
	top := certs[len(certs)-1]
	if !slices.Contains(thumbprints, Thumbprint(top)) {
		return ErrThumbprint
	}
	o.Roots = x509.NewCertPool()
	o.Roots.AddCert(top)
	if _, err := certs[0].Verify(o); err != nil {
		return fmt.Errorf("%w: %w", ErrThumbprint, err)
	}
	return nil
}

// Thumbprint is the SHA-1 digest of a certificate, in small letters: the form in
// which IAM takes them.
func Thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return hex.EncodeToString(sum[:])
}
