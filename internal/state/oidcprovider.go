package state

import (
	"errors"
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
)

// OIDCProvider is an OpenID Connect identity provider that an account trusts.
// Its URL, and with it its ARN, does not change.
type OIDCProvider struct {
	Account     string    `cbor:"1,keyasint"`
	URL         string    `cbor:"2,keyasint"`           // of the issuer, without the scheme; case counts
	ClientIDs   []string  `cbor:"3,keyasint,omitempty"` // in order of arrival, none twice
	Thumbprints []string  `cbor:"4,keyasint,omitempty"` // in small letters; none: the trusted roots vouch
	Created     time.Time `cbor:"5,keyasint"`
	Tags        []Tag     `cbor:"6,keyasint,omitempty"`
}

// UniqueID implements Entity: a provider is known by its ARN.
func (p *OIDCProvider) UniqueID() string { return p.ARN() }

// AccountID implements Entity.
func (p *OIDCProvider) AccountID() string { return p.Account }

// ARN implements Entity.
func (p *OIDCProvider) ARN() string { return arn.OIDCProvider(p.Account, p.URL) }

type oidcProviderTables struct {
	rows      index[*OIDCProvider]
	byAccount index[*OIDCProvider] // account, URL
}

var oidcProviders = table[OIDCProvider]{
	prefix:  "oidcprovider",
	key:     (*OIDCProvider).ARN,
	account: func(p *OIDCProvider) string { return p.Account },
	rows:    func(s *Snapshot) *index[*OIDCProvider] { return &s.oidcProviders.rows },
	index: func(s *Snapshot, p *OIDCProvider, on bool) {
		s.oidcProviders.byAccount.put(s, on, p.Account, p.URL, "", p)
	},
	check: func(s *Snapshot, p *OIDCProvider) error {
		if p.URL == "" {
			return errors.New("no URL")
		}
		if hasDuplicate(p.ClientIDs) {
			return errors.New("a client id twice")
		}
		return s.checkEntity(p, "arn:", nil, nil, "")
	},
}

// OIDCProvider returns an OpenID Connect provider by its ARN.
func (s *Snapshot) OIDCProvider(providerARN string) (*OIDCProvider, bool) {
	return s.oidcProviders.rows.get(providerARN, "", "")
}

// OIDCProviders yields the OpenID Connect providers of an account by URL.
func (s *Snapshot) OIDCProviders(account string) iter.Seq[*OIDCProvider] {
	return s.oidcProviders.byAccount.under(account)
}

// NumOIDCProviders counts the OpenID Connect providers of an account.
func (s *Snapshot) NumOIDCProviders(account string) int {
	return s.oidcProviders.byAccount.count(account)
}

// PutOIDCProvider adds or replaces an OpenID Connect provider.
func (tx *Tx) PutOIDCProvider(p *OIDCProvider) { put(tx, &oidcProviders, p) }

// DeleteOIDCProvider removes an OpenID Connect provider.
func (tx *Tx) DeleteOIDCProvider(p *OIDCProvider) { remove(tx, &oidcProviders, p) }
