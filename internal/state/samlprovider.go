package state

import (
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/awsid"
)

// SAMLProvider is a SAML identity provider that an account trusts.
type SAMLProvider struct {
	Account    string    `cbor:"1,keyasint"`
	ID         string    `cbor:"2,keyasint"` // SAMLSP…
	Name       string    `cbor:"3,keyasint"`
	Metadata   string    `cbor:"4,keyasint"`           // XML, as it was handed in
	Encrypted  bool      `cbor:"5,keyasint,omitempty"` // only encrypted assertions are taken
	Created    time.Time `cbor:"6,keyasint"`
	ValidUntil time.Time `cbor:"7,keyasint"`
	Tags       []Tag     `cbor:"8,keyasint,omitempty"`
}

// UniqueID implements Entity.
func (p *SAMLProvider) UniqueID() string { return p.ID }

// AccountID implements Entity.
func (p *SAMLProvider) AccountID() string { return p.Account }

// ARN implements Entity.
func (p *SAMLProvider) ARN() string { return arn.SAMLProvider(p.Account, p.Name) }

// SAMLKey is a private key with which assertions for a SAML provider are
// decrypted.
type SAMLKey struct {
	ID       string    `cbor:"1,keyasint"` // SAMLPK…
	Account  string    `cbor:"2,keyasint"`
	Provider string    `cbor:"3,keyasint"` // its id
	Key      Secret    `cbor:"4,keyasint"` // PEM
	Created  time.Time `cbor:"5,keyasint"`
	Seq      uint64    `cbor:"6,keyasint"` // order of creation; from Tx.NextSeq
}

type samlProviderTables struct {
	rows   index[*SAMLProvider]
	byName index[*SAMLProvider] // account, name
}

type samlKeyTables struct {
	rows       index[*SAMLKey]
	byProvider index[*SAMLKey] // provider's id, order
}

var samlProviders = table[SAMLProvider]{
	prefix:  "samlprovider",
	key:     func(p *SAMLProvider) string { return p.ID },
	account: func(p *SAMLProvider) string { return p.Account },
	rows:    func(s *Snapshot) *index[*SAMLProvider] { return &s.samlProviders.rows },
	index: func(s *Snapshot, p *SAMLProvider, on bool) {
		s.samlProviders.byName.put(s, on, p.Account, fold(p.Name), "", p)
	},
	check: func(s *Snapshot, p *SAMLProvider) error {
		if p.Name == "" || p.Metadata == "" {
			return errors.New("no name or no metadata")
		}
		if p.Encrypted && s.samlKeys.byProvider.count(p.ID) == 0 {
			return errors.New("encryption is required, and there is no private key")
		}
		return s.checkEntity(p, samlProviderPrefix, nil, nil, "")
	},
}

var samlKeys = table[SAMLKey]{
	prefix:  "samlkey",
	key:     func(k *SAMLKey) string { return k.ID },
	account: func(k *SAMLKey) string { return k.Account },
	rows:    func(s *Snapshot) *index[*SAMLKey] { return &s.samlKeys.rows },
	index: func(s *Snapshot, k *SAMLKey, on bool) {
		s.samlKeys.byProvider.put(s, on, k.Provider, sequence(k.Seq), "", k)
	},
	check: func(s *Snapshot, k *SAMLKey) error {
		if k.Key == "" {
			return errors.New("no key")
		}
		if p, ok := s.samlProviders.rows.get(k.Provider, "", ""); !ok || p.Account != k.Account {
			return errors.New("no such provider in its account")
		}
		return nil
	},
}

// SAMLProvider returns a SAML provider by its ARN.
func (s *Snapshot) SAMLProvider(providerARN string) (*SAMLProvider, bool) {
	a, err := arn.Parse(providerARN)
	if err != nil {
		return nil, false
	}
	p, ok := s.SAMLProviderNamed(a.Account, lastSegment(a.Resource))
	if !ok || p.ARN() != providerARN {
		return nil, false
	}
	return p, true
}

// SAMLProviderByID returns a SAML provider by its id.
func (s *Snapshot) SAMLProviderByID(id string) (*SAMLProvider, bool) {
	return s.samlProviders.rows.get(id, "", "")
}

// SAMLProviderNamed returns a SAML provider by name, compared without case.
func (s *Snapshot) SAMLProviderNamed(account, name string) (*SAMLProvider, bool) {
	return s.samlProviders.byName.get(account, fold(name), "")
}

// SAMLProviders yields the SAML providers of an account by name.
func (s *Snapshot) SAMLProviders(account string) iter.Seq[*SAMLProvider] {
	return s.samlProviders.byName.under(account)
}

// NumSAMLProviders counts the SAML providers of an account.
func (s *Snapshot) NumSAMLProviders(account string) int {
	return s.samlProviders.byName.count(account)
}

// SAMLKeys yields the private keys of a SAML provider in order of creation.
func (s *Snapshot) SAMLKeys(providerID string) iter.Seq[*SAMLKey] {
	return s.samlKeys.byProvider.under(providerID)
}

const (
	samlProviderPrefix = "SAMLSP"
	samlKeyPrefix      = "SAMLPK"
)

// NewSAMLProviderID returns an id of a SAML provider that nobody has.
func (tx *Tx) NewSAMLProviderID() string {
	return tx.newSAMLID(samlProviderPrefix, func(id string) bool {
		_, taken := tx.samlProviders.rows.get(id, "", "")
		return taken
	})
}

// NewSAMLKeyID returns an id of a SAML provider's private key that nobody has.
func (tx *Tx) NewSAMLKeyID() string {
	return tx.newSAMLID(samlKeyPrefix, func(id string) bool {
		_, taken := tx.samlKeys.rows.get(id, "", "")
		return taken
	})
}

func (tx *Tx) newSAMLID(prefix string, taken func(id string) bool) string {
	for {
		id, err := awsid.NewSAMLID(tx.rand, prefix)
		if err != nil {
			tx.fail(err)
			return ""
		}
		if !taken(id) {
			return id
		}
	}
}

// PutSAMLProvider adds or replaces a SAML provider.
func (tx *Tx) PutSAMLProvider(p *SAMLProvider) { put(tx, &samlProviders, p) }

// DeleteSAMLProvider removes a SAML provider with its private keys.
func (tx *Tx) DeleteSAMLProvider(p *SAMLProvider) {
	for _, k := range slices.Collect(tx.SAMLKeys(p.ID)) {
		remove(tx, &samlKeys, k)
	}
	remove(tx, &samlProviders, p)
}

// PutSAMLKey adds or replaces a private key of a SAML provider.
func (tx *Tx) PutSAMLKey(k *SAMLKey) { put(tx, &samlKeys, k) }

// DeleteSAMLKey removes a private key of a SAML provider.
func (tx *Tx) DeleteSAMLKey(k *SAMLKey) { remove(tx, &samlKeys, k) }
