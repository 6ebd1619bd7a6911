package server

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/writ-iam/writ/internal/federation"
)

// loopback is where identity providers of a laptop or a test are.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// openIssuers returns the store of the keys of OIDC providers. Certificates are
// judged by the clock that signatures are judged by, which no test moves.
func openIssuers(c *Config) (*federation.Issuers, error) {
	web := &federation.Web{Networks: c.IDPNetworks, Now: c.Now}
	if c.Dev {
		web.Networks = slices.Concat(web.Networks, loopback)
	}
	if c.IDPCA != "" {
		roots, err := x509.SystemCertPool()
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(c.IDPCA)
		if err != nil {
			return nil, fmt.Errorf("failed to read the roots of identity providers: %w", err)
		}
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s has no certificate in PEM", c.IDPCA)
		}
		web.Roots = roots
	}
	return federation.NewIssuers(web.Fetch), nil
}
