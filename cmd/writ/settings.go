package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/sts"
)

// settings are what dev and serve have in common. Each has a flag, a name in
// the environment and a key in the configuration file.
type settings struct {
	Listen  string `help:"Address that answers AWS calls; port 0 takes a free one." env:"WRIT_LISTEN" default:"127.0.0.1:4600"`
	Admin   string `help:"Address of health and metrics: /livez, /readyz, /metrics. It asks for no credential." env:"WRIT_ADMIN" placeholder:"ADDRESS"`
	TLSCert string `help:"Certificate chain in PEM; serves HTTPS." env:"WRIT_TLS_CERT" name:"tls-cert" placeholder:"FILE"`
	TLSKey  string `help:"Private key of the certificate, in PEM." env:"WRIT_TLS_KEY" name:"tls-key" placeholder:"FILE"`

	URL          string         `help:"Where clients reach the server, if that is to stand fixed: https://iam.example.org. Else it is the Host that they sign." env:"WRIT_URL" name:"url" placeholder:"URL"`
	Domain       []string       `help:"Host names in front of which a bucket may stand: s3.example.org." env:"WRIT_DOMAIN" placeholder:"NAME"`
	TrustedProxy []netip.Prefix `help:"Peers whose X-Forwarded-For is believed: 10.0.0.0/8." env:"WRIT_TRUSTED_PROXY" placeholder:"CIDR"`

	IDPNetwork   []netip.Prefix `help:"Networks, besides the public ones, in which identity providers are asked for their keys: 10.1.0.0/16." env:"WRIT_IDP_NETWORK" name:"idp-network" placeholder:"CIDR"`
	IDPCA        string         `help:"Roots in PEM that vouch for identity providers, besides the system's." env:"WRIT_IDP_CA" name:"idp-ca" placeholder:"FILE"`
	SAMLEndpoint []string       `help:"URLs of this installation that SAML assertions may be made for, beside AWS's and that of --url: https://sts.example.org/saml." env:"WRIT_SAML_ENDPOINT" name:"saml-endpoint" placeholder:"URL"`

	SAMLInResponseTo string `help:"Which SAML responses are taken. if-present: unsolicited ones, and in a browser answers to its own request, each once. required: none but answers to requests of this server, in AssumeRoleWithSAML too. ignored: any." env:"WRIT_SAML_IN_RESPONSE_TO" name:"saml-in-response-to" enum:"if-present,required,ignored" default:"if-present"`

	BodyLimit      int64         `help:"Bytes of a request that is no object; 0 is 1 MiB." env:"WRIT_BODY_LIMIT" placeholder:"BYTES"`
	RateLimit      float64       `help:"Calls a second of one account; 0 is no limit." env:"WRIT_RATE_LIMIT" placeholder:"N"`
	RateBurst      int           `help:"Calls at once above the rate; 0 is twice the rate." env:"WRIT_RATE_BURST" placeholder:"N"`
	EventRetention time.Duration `help:"How long events are kept: 2160h; 0 is for ever." env:"WRIT_EVENT_RETENTION" placeholder:"DURATION"`

	PolicyTemplates string `help:"File with the policy templates by which product providers may ask for temporary delegation." env:"WRIT_POLICY_TEMPLATES" placeholder:"FILE"`

	LogLevel slog.Level `help:"debug, info, warn or error." env:"WRIT_LOG_LEVEL" default:"info"`

	RootAccountID       string `help:"Id of a new installation's first account, twelve digits; generated when not given." env:"WRIT_ROOT_ACCOUNT_ID" aliases:"account" placeholder:"ID"`
	RootAccessKeyID     string `help:"Access key id of its root user; generated when not given." env:"WRIT_ROOT_ACCESS_KEY_ID" placeholder:"ID"`
	RootSecretAccessKey string `help:"The secret to it. Others on the machine see flags: prefer the variable." env:"WRIT_ROOT_SECRET_ACCESS_KEY" placeholder:"SECRET"`

	MasterKeyFile    string `help:"File with the key that encrypts secrets at rest: 64 hexadecimal digits." env:"WRIT_MASTER_KEY_FILE" placeholder:"FILE"`
	MasterKeyCommand string `help:"Command that prints that key." env:"WRIT_MASTER_KEY_COMMAND" placeholder:"COMMAND"`
	MasterKey        string `help:"The key itself. Others on the machine see flags: prefer the variable or the file." env:"WRIT_MASTER_KEY" placeholder:"HEX"`
}

// config turns settings into the server's.
func (s *settings) config(data string, log *slog.Logger) (server.Config, error) {
	key, err := s.masterKey()
	if err != nil {
		return server.Config{}, err
	}
	templates, err := s.policyTemplates()
	return server.Config{
		Listen: s.Listen, Admin: s.Admin, Data: data, MasterKey: key, TLSCert: s.TLSCert, TLSKey: s.TLSKey,
		URL: s.URL, Domains: s.Domain, Proxies: s.TrustedProxy, IDPNetworks: s.IDPNetwork, IDPCA: s.IDPCA, SAMLEndpoints: s.SAMLEndpoint,
		SAMLInResponseTo: sts.InResponseTo(s.SAMLInResponseTo),
		Limits:           api.Limits{Body: s.BodyLimit, Rate: s.RateLimit, Burst: s.RateBurst},
		EventRetention:   s.EventRetention, PolicyTemplates: templates, Log: log,
	}, err
}

func (s *settings) policyTemplates() ([]iam.PolicyTemplate, error) {
	if s.PolicyTemplates == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.PolicyTemplates)
	if err != nil {
		return nil, fmt.Errorf("failed to read the policy templates: %w", err)
	}
	list, err := iam.ParsePolicyTemplates(text)
	if err != nil {
		return nil, hint(fmt.Errorf("%s: %w", s.PolicyTemplates, err),
			`a list: [{"arn": "arn:aws:iam::aws:delegation-template/NAME", "account": "111122223333", "provider": "NAME", "template": {…}}]`)
	}
	return list, nil
}

func jsonLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

// opening adds the next step to why a server did not start.
func opening(err error, data string) error {
	switch {
	case errors.Is(err, store.ErrInUse):
		return hint(err, "a server is running on %s: stop it, or choose another folder with --data", data)
	case errors.Is(err, store.ErrNewerFormat):
		return hint(err, "run the version of writ that wrote %s, or a newer one", data)
	}
	return err
}
