package iam

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// maxThumbprints are those of a provider. AWS's text says fewer than five, and
// five are accepted.
const maxThumbprints = 5

var oidcProviders = &noun{
	word: "OIDC provider", missing: "OpenIDConnect Provider not found for arn %s", kind: "oidc-provider",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		p, ok := s.OIDCProvider(name)
		if !ok || p.Account != account {
			return holder{}, false
		}
		e := *p
		return holder{
			Entity: &e, name: e.URL, tags: &e.Tags,
			put: func(tx *state.Tx) { tx.PutOIDCProvider(&e) },
		}, true
	},
	arn:  func(_, name string) string { return name },
	tags: tagsPerOIDCProvider,
}

// oidcProvider returns the provider of that ARN, or the error that the account
// has none.
func oidcProvider(s *state.Snapshot, account, providerARN, missing string) (*state.OIDCProvider, error) {
	if !oidcProviders.names(providerARN) {
		return nil, iamapi.InvalidInput(badARN, providerARN)
	}
	p, ok := s.OIDCProvider(providerARN)
	if !ok || p.Account != account {
		return nil, notFound(missing, providerARN)
	}
	return p, nil
}

// newOIDCProvider: the resource of a URL that is refused later is made from
// what there is of it.
func newOIDCProvider(c *api.Call, in *iamapi.CreateOpenIDConnectProviderInput) []api.Check {
	issuer, err := issuerOf(in.Url)
	if err != nil {
		issuer = strings.TrimPrefix(in.Url, "https://")
	}
	return making(c, arn.OIDCProvider(c.Account, issuer), in.Tags, "iam:TagOpenIDConnectProvider")
}

// createOIDCProvider implements CreateOpenIDConnectProvider. AWS fetches the
// thumbprint when there is none; here nothing is fetched, and the certificate
// of the issuer is one that the trusted roots vouch for.
func (s *Service) createOIDCProvider(ctx context.Context, c *api.Call, in *iamapi.CreateOpenIDConnectProviderInput) (*iamapi.CreateOpenIDConnectProviderOutput, error) {
	issuer, err := issuerOf(in.Url)
	if err != nil {
		return nil, err
	}
	if len(in.ThumbprintList) > maxThumbprints {
		return nil, iamapi.InvalidInput(tooManyThumbprints)
	}
	p := &state.OIDCProvider{Account: c.Account, URL: issuer, ClientIDs: withoutRepeats(in.ClientIDList), Thumbprints: lower(in.ThumbprintList)}
	if err := s.quotas.fit(clientIDsPerOIDCProvider, len(p.ClientIDs)); err != nil {
		return nil, err
	}
	if p.Tags, err = newTags(oidcProviders, in.Tags); err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateOpenIDConnectProviderOutput, error) {
		if _, ok := tx.OIDCProvider(p.ARN()); ok {
			return nil, exists(issuerExists, in.Url)
		}
		if err := s.quotas.room(oidcProvidersPerAccount, tx.NumOIDCProviders(c.Account)); err != nil {
			return nil, err
		}
		made := *p
		made.Created = tx.Now()
		tx.PutOIDCProvider(&made)
		return &iamapi.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: new(made.ARN()), Tags: in.Tags}, nil
	})
}

// issuerOf returns the URL of an issuer as providers are known by it: without
// the scheme, and without the port that the scheme means. Case and a slash at
// the end count.
func issuerOf(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return "", invalid(badIssuer)
	case u.Scheme != "https":
		return "", iamapi.InvalidInput(issuerNotHTTPS)
	case strings.ContainsAny(raw, "?#"):
		return "", iamapi.InvalidInput(issuerUnknown)
	}
	host := strings.TrimSuffix(u.Host, ":443")
	path := u.EscapedPath()
	if u.User != nil || !validHost(withoutLocalPort(host)) || !strings.HasSuffix(raw, u.Host+path) {
		return "", iamapi.InvalidInput(badIssuer + ".")
	}
	return host + path, nil
}

// withoutLocalPort takes the port off a host that is this machine: only there may
// an issuer have one. Whether it is ever asked for keys is for the server's
// settings.
func withoutLocalPort(host string) string {
	name, port, ok := strings.Cut(host, ":")
	if n, err := strconv.ParseUint(port, 10, 16); ok && err == nil && n > 0 && strconv.FormatUint(n, 10) == port && (name == "localhost" || name == "127.0.0.1") {
		return name
	}
	return host
}

// validHost reports whether a host is a name of DNS or an IPv4 address, without
// a port.
func validHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-') {
				return false
			}
		}
	}
	return true
}

func withoutRepeats(texts []string) []string {
	var kept []string
	for _, t := range texts {
		if !slices.Contains(kept, t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// lower returns thumbprints as they are kept. AWS takes any 40 characters; what
// is not hexadecimal is the thumbprint of nothing.
func lower(thumbprints []string) []string {
	return shapes(thumbprints, strings.ToLower)
}

func getsOIDCProvider(c *api.Call, in *iamapi.GetOpenIDConnectProviderInput) []api.Check {
	return only(oidcProviders.onARN(c, in.OpenIDConnectProviderArn))
}

func (s *Service) getOIDCProvider(_ context.Context, c *api.Call, in *iamapi.GetOpenIDConnectProviderInput) (*iamapi.GetOpenIDConnectProviderOutput, error) {
	p, err := oidcProvider(c.Snapshot, c.Account, in.OpenIDConnectProviderArn, oidcProviders.missing)
	if err != nil {
		return nil, err
	}
	same := func(text string) string { return text }
	return &iamapi.GetOpenIDConnectProviderOutput{
		Url: &p.URL, ClientIDList: shapes(p.ClientIDs, same), ThumbprintList: shapes(p.Thumbprints, same),
		CreateDate: &p.Created, Tags: tagShapes(p.Tags),
	}, nil
}

func listsOIDCProviders(c *api.Call, _ *iamapi.ListOpenIDConnectProvidersInput) []api.Check {
	return listing(c, oidcProviders.kind, new("/*"))
}

func (s *Service) listOIDCProviders(_ context.Context, c *api.Call, _ *iamapi.ListOpenIDConnectProvidersInput) (*iamapi.ListOpenIDConnectProvidersOutput, error) {
	all := slices.Collect(c.Snapshot.OIDCProviders(c.Account))
	return &iamapi.ListOpenIDConnectProvidersOutput{
		OpenIDConnectProviderList: shapes(all, func(p *state.OIDCProvider) iamapi.OpenIDConnectProviderListEntry {
			return iamapi.OpenIDConnectProviderListEntry{Arn: new(p.ARN())}
		}),
	}, nil
}

func deletesOIDCProvider(c *api.Call, in *iamapi.DeleteOpenIDConnectProviderInput) []api.Check {
	return only(oidcProviders.onARN(c, in.OpenIDConnectProviderArn))
}

// deleteOIDCProvider implements DeleteOpenIDConnectProvider. Roles that trust
// the provider stay as they are, and nobody can assume them by it any more.
func (s *Service) deleteOIDCProvider(ctx context.Context, c *api.Call, in *iamapi.DeleteOpenIDConnectProviderInput) (*iamapi.DeleteOpenIDConnectProviderOutput, error) {
	return write[iamapi.DeleteOpenIDConnectProviderOutput](ctx, c, func(tx *state.Tx) error {
		p, err := oidcProvider(tx.Snapshot, c.Account, in.OpenIDConnectProviderArn, deletedIssuerMissing)
		if err != nil {
			return err
		}
		tx.DeleteOIDCProvider(p)
		return nil
	})
}

// changeOIDCProvider is a change of the provider of that ARN.
func changeOIDCProvider(c *api.Call, providerARN string, do func(p *state.OIDCProvider) error) change {
	return func(tx *state.Tx) error {
		old, err := oidcProvider(tx.Snapshot, c.Account, providerARN, oidcProviders.missing)
		if err != nil {
			return err
		}
		p := *old
		if err := do(&p); err != nil {
			return err
		}
		tx.PutOIDCProvider(&p)
		return nil
	}
}

func addsClientID(c *api.Call, in *iamapi.AddClientIDToOpenIDConnectProviderInput) []api.Check {
	return only(oidcProviders.onARN(c, in.OpenIDConnectProviderArn))
}

// addClientID implements AddClientIDToOpenIDConnectProvider. One that is there
// already stays where it is.
func (s *Service) addClientID(ctx context.Context, c *api.Call, in *iamapi.AddClientIDToOpenIDConnectProviderInput) (*iamapi.AddClientIDToOpenIDConnectProviderOutput, error) {
	return write[iamapi.AddClientIDToOpenIDConnectProviderOutput](ctx, c, changeOIDCProvider(c, in.OpenIDConnectProviderArn, func(p *state.OIDCProvider) error {
		if slices.Contains(p.ClientIDs, in.ClientID) {
			return nil
		}
		p.ClientIDs = append(slices.Clip(p.ClientIDs), in.ClientID)
		return s.quotas.fit(clientIDsPerOIDCProvider, len(p.ClientIDs))
	}))
}

func removesClientID(c *api.Call, in *iamapi.RemoveClientIDFromOpenIDConnectProviderInput) []api.Check {
	return only(oidcProviders.onARN(c, in.OpenIDConnectProviderArn))
}

// removeClientID implements RemoveClientIDFromOpenIDConnectProvider. One that
// is not there does not matter.
func (s *Service) removeClientID(ctx context.Context, c *api.Call, in *iamapi.RemoveClientIDFromOpenIDConnectProviderInput) (*iamapi.RemoveClientIDFromOpenIDConnectProviderOutput, error) {
	return write[iamapi.RemoveClientIDFromOpenIDConnectProviderOutput](ctx, c, changeOIDCProvider(c, in.OpenIDConnectProviderArn, func(p *state.OIDCProvider) error {
		p.ClientIDs = slices.DeleteFunc(slices.Clone(p.ClientIDs), func(id string) bool { return id == in.ClientID })
		return nil
	}))
}

func updatesThumbprint(c *api.Call, in *iamapi.UpdateOpenIDConnectProviderThumbprintInput) []api.Check {
	return only(oidcProviders.onARN(c, in.OpenIDConnectProviderArn))
}

// updateThumbprint implements UpdateOpenIDConnectProviderThumbprint: the list
// replaces the one before.
func (s *Service) updateThumbprint(ctx context.Context, c *api.Call, in *iamapi.UpdateOpenIDConnectProviderThumbprintInput) (*iamapi.UpdateOpenIDConnectProviderThumbprintOutput, error) {
	switch n := len(in.ThumbprintList); {
	case n == 0:
		return nil, iamapi.InvalidInput(noThumbprint)
	case n > maxThumbprints:
		return nil, iamapi.InvalidInput(tooManyThumbprints)
	}
	return write[iamapi.UpdateOpenIDConnectProviderThumbprintOutput](ctx, c, changeOIDCProvider(c, in.OpenIDConnectProviderArn, func(p *state.OIDCProvider) error {
		p.Thumbprints = lower(in.ThumbprintList)
		return nil
	}))
}

func tagOIDCProvider(in *iamapi.TagOpenIDConnectProviderInput) tagging {
	return tagging{oidcProviders, in.OpenIDConnectProviderArn, in.Tags}
}

func untagOIDCProvider(in *iamapi.UntagOpenIDConnectProviderInput) untagging {
	return untagging{oidcProviders, in.OpenIDConnectProviderArn, in.TagKeys}
}

func listOIDCProviderTags(in *iamapi.ListOpenIDConnectProviderTagsInput) list {
	return list{oidcProviders, in.OpenIDConnectProviderArn, nil, in.Marker, in.MaxItems}
}
