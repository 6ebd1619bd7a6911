package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/sts"
)

// DefaultListen is where AWS calls are answered when nothing else is said.
const DefaultListen = "127.0.0.1:4600"

// Config says how a server runs.
type Config struct {
	Listen string // address of the AWS endpoint; port 0 takes a free one
	Admin  string // address of health and metrics; "" for none
	Data   string // folder of all that is kept; "" keeps everything in memory

	// MasterKey encrypts secrets at rest: 32 bytes. When it is nil the data
	// folder's key file is used, and made when there is none.
	MasterKey []byte

	TLSCert, TLSKey string // files in PEM; "" serves plain HTTP

	// URL is where clients reach the AWS endpoint, scheme and host:
	// https://iam.example.org. "" takes what a request says of its host.
	URL string

	// Dev adds what only a laptop or a test wants: the pages that reset the
	// installation and move its clock, and any root credential one likes.
	Dev bool

	Root    Root
	Domains []string       // host names in front of which a bucket may stand
	Proxies []netip.Prefix // peers whose X-Forwarded-For is believed
	Limits  api.Limits

	// IDPNetworks are networks, besides the public ones, in which identity
	// providers may be asked for their keys; Dev adds loopback. IDPCA is a file
	// in PEM with roots that vouch for such servers, besides the system's.
	IDPNetworks []netip.Prefix
	IDPCA       string
	// SAMLEndpoints are the URLs of this installation that SAML assertions may
	// be made for, besides URL with /saml. What a request says of its host does
	// not count.
	SAMLEndpoints []string
	// SAMLInResponseTo says what the requests count that SAML responses answer.
	SAMLInResponseTo sts.InResponseTo

	// Quotas replace AWS's, by their names in GetAccountSummary ("UsersQuota").
	Quotas map[string]int

	// PolicyTemplates are those of the product providers that may ask for
	// temporary delegation.
	PolicyTemplates []iam.PolicyTemplate

	EventRetention time.Duration // how long events are kept; 0 for ever

	Log *slog.Logger     // nil discards
	Now func() time.Time // nil is time.Now
}

// Root is the first account and its root user's key, for a new installation.
// What is empty is generated. An installation that exists keeps its own.
type Root struct {
	Account         string `json:"accountId"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

// knownKeys are credentials that documentation and other products hand out.
// A server that took one would have a password that everybody knows.
var knownKeys = map[string]bool{
	"AKIAIOSFODNN7EXAMPLE": true, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": true,
	"AKIDEXAMPLE": true, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY": true,
	"minioadmin": true, "minio": true, "minio123": true, "rustfsadmin": true, "admin": true, "password": true,
	"test": true, "dummy": true, "mock": true, "fake": true, "foobar": true, "key": true, "secret": true, "changeme": true,
}

// check refuses a configuration that would be insecure or cannot work.
func (c *Config) check() error {
	r := c.Root
	if (r.AccessKeyID == "") != (r.SecretAccessKey == "") {
		return errors.New("the root access key id and its secret are given together or not at all")
	}
	if r.Account != "" && !awsid.ValidAccount(r.Account) {
		return fmt.Errorf("account %q is not twelve digits", r.Account)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("a TLS certificate and its key are given together or not at all")
	}
	if _, err := c.externalURL(); err != nil {
		return err
	}
	for _, endpoint := range c.SAMLEndpoints {
		if u, err := url.Parse(endpoint); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("the SAML endpoint %q is no URL: https://sts.example.org/saml", endpoint)
		}
	}
	switch c.SAMLInResponseTo {
	case "", sts.AnswersIfPresent, sts.AnswersRequired, sts.AnswersIgnored:
	default:
		return fmt.Errorf("%q says nothing of SAML requests: if-present, required or ignored", c.SAMLInResponseTo)
	}
	if c.Dev {
		return nil
	}
	if knownKeys[r.AccessKeyID] || knownKeys[r.SecretAccessKey] {
		return errors.New("the root key is one that everybody knows: give another, or none to have one generated")
	}
	if r.SecretAccessKey != "" && len(r.SecretAccessKey) < 16 {
		return errors.New("the root secret access key is shorter than 16 characters: give another, or none to have one generated")
	}
	return nil
}

// externalURL is where clients reach the AWS endpoint, without a slash at the
// end; "" when nobody said.
func (c *Config) externalURL() (string, error) {
	if c.URL == "" {
		return "", nil
	}
	given := strings.TrimSuffix(c.URL, "/")
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || given != u.Scheme+"://"+u.Host {
		return "", fmt.Errorf("the URL %q is not a scheme and a host alone: https://iam.example.org", c.URL)
	}
	return given, nil
}
