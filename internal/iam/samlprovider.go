package iam

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// maxMetadata is how much of metadata fits into one commit with its event.
const maxMetadata = 768 << 10

var samlProviders = &noun{
	word: "SAML provider", missing: "Manifest not found for arn %s", kind: "saml-provider",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		p, ok := s.SAMLProvider(name)
		if !ok || p.Account != account {
			return holder{}, false
		}
		e := *p
		return holder{
			Entity: &e, name: e.Name, tags: &e.Tags,
			put: func(tx *state.Tx) { tx.PutSAMLProvider(&e) },
		}, true
	},
	arn:  func(_, name string) string { return name },
	tags: tagsPerSAMLProvider,
}

// samlProvider returns the provider of that ARN, or the error that the account
// has none.
func samlProvider(s *state.Snapshot, account, providerARN string) (*state.SAMLProvider, error) {
	if !samlProviders.names(providerARN) {
		return nil, iamapi.InvalidInput(badARN, providerARN)
	}
	p, ok := s.SAMLProvider(providerARN)
	if !ok || p.Account != account {
		return nil, notFound(samlProviders.missing, providerARN)
	}
	return p, nil
}

func newSAMLProvider(c *api.Call, in *iamapi.CreateSAMLProviderInput) []api.Check {
	return making(c, arn.SAMLProvider(c.Account, in.Name), in.Tags, "iam:TagSAMLProvider")
}

func (s *Service) createSAMLProvider(ctx context.Context, c *api.Call, in *iamapi.CreateSAMLProviderInput) (*iamapi.CreateSAMLProviderOutput, error) {
	encrypted := encryptionRequired(in.AssertionEncryptionMode)
	if encrypted && in.AddPrivateKey == nil {
		return nil, invalid(encryptionWithoutKey)
	}
	if err := s.checkMetadata(in.SAMLMetadataDocument); err != nil {
		return nil, err
	}
	if err := checkAssertionKey(in.AddPrivateKey); err != nil {
		return nil, err
	}
	tags, err := newTags(samlProviders, in.Tags)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateSAMLProviderOutput, error) {
		if _, ok := tx.SAMLProviderNamed(c.Account, in.Name); ok {
			return nil, exists(samlProviderExists, in.Name)
		}
		if err := s.quotas.room(samlProvidersPerAccount, tx.NumSAMLProviders(c.Account)); err != nil {
			return nil, err
		}
		p := &state.SAMLProvider{
			Account: c.Account, ID: tx.NewSAMLProviderID(), Name: in.Name, Metadata: in.SAMLMetadataDocument, Encrypted: encrypted,
			Created: tx.Now(), ValidUntil: validUntil(tx.Now()), Tags: tags,
		}
		tx.PutSAMLProvider(p)
		if err := s.addAssertionKey(tx, p, in.AddPrivateKey); err != nil {
			return nil, err
		}
		return &iamapi.CreateSAMLProviderOutput{SAMLProviderArn: new(p.ARN()), Tags: in.Tags}, nil
	})
}

// validUntil is how long metadata counts that is handed in now. It is for
// show: AWS gives a hundred years, whatever the metadata says.
func validUntil(now time.Time) time.Time { return now.AddDate(100, 0, 0) }

func encryptionRequired(mode *iamapi.AssertionEncryptionModeType) bool {
	return mode != nil && *mode == iamapi.AssertionEncryptionModeTypeRequired
}

// checkMetadata demands metadata of SAML 2.0 identity providers, not too many.
func (s *Service) checkMetadata(document string) error {
	if len(document) > maxMetadata {
		return iamapi.InvalidInput(metadataTooLarge, maxMetadata)
	}
	m, err := federation.ParseMetadata(document)
	if errors.Is(err, federation.ErrNoIssuer) {
		return iamapi.InvalidInput(noIssuer)
	}
	if err != nil {
		fail := iamapi.InvalidInput(badMetadata)
		fail.Cause = err
		return fail
	}
	keys := 0
	for _, issuer := range m.Issuers {
		keys += len(issuer.Certificates)
	}
	if err := s.quotas.fit(issuersPerSAMLProvider, len(m.Issuers)); err != nil {
		return err
	}
	return s.quotas.fit(keysPerSAMLProvider, keys)
}

// checkAssertionKey demands that a private key, if there is one, can decrypt
// assertions.
func checkAssertionKey(text *string) error {
	if text == nil {
		return nil
	}
	switch _, err := federation.ParsePrivateKey(*text); {
	case errors.Is(err, federation.ErrEncryptedKey):
		return iamapi.InvalidInput(encryptedKey)
	case err != nil:
		return iamapi.InvalidInput(badPrivateKey)
	}
	return nil
}

// addAssertionKey gives a provider a private key, if there is one. The same
// key may be given twice, as on AWS.
func (s *Service) addAssertionKey(tx *state.Tx, p *state.SAMLProvider, text *string) error {
	if text == nil {
		return nil
	}
	if limit := s.quotas[privateKeysPerSAMLProvider]; len(assertionKeys(tx.Snapshot, p)) >= limit {
		return iamapi.LimitExceeded(tooManyPrivateKeys, limit)
	}
	tx.PutSAMLKey(&state.SAMLKey{
		ID: tx.NewSAMLKeyID(), Account: p.Account, Provider: p.ID, Key: state.Secret(*text), Created: tx.Now(), Seq: tx.NextSeq(),
	})
	return nil
}

func removeAssertionKey(tx *state.Tx, p *state.SAMLProvider, id *string) error {
	if id == nil {
		return nil
	}
	keys := assertionKeys(tx.Snapshot, p)
	i := slices.IndexFunc(keys, func(k *state.SAMLKey) bool { return k.ID == *id })
	if i < 0 || p.Encrypted && len(keys) == 1 {
		return iamapi.InvalidInput(keyNotRemoved)
	}
	tx.DeleteSAMLKey(keys[i])
	return nil
}

func assertionKeys(s *state.Snapshot, p *state.SAMLProvider) []*state.SAMLKey {
	return slices.Collect(s.SAMLKeys(p.ID))
}

func getsSAMLProvider(c *api.Call, in *iamapi.GetSAMLProviderInput) []api.Check {
	return only(samlProviders.onARN(c, in.SAMLProviderArn))
}

// getSAMLProvider implements GetSAMLProvider. Nothing returns private keys.
func (s *Service) getSAMLProvider(_ context.Context, c *api.Call, in *iamapi.GetSAMLProviderInput) (*iamapi.GetSAMLProviderOutput, error) {
	p, err := samlProvider(c.Snapshot, c.Account, in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	mode := iamapi.AssertionEncryptionModeTypeAllowed
	if p.Encrypted {
		mode = iamapi.AssertionEncryptionModeTypeRequired
	}
	return &iamapi.GetSAMLProviderOutput{
		SAMLProviderUUID: &p.ID, SAMLMetadataDocument: &p.Metadata, CreateDate: &p.Created, ValidUntil: &p.ValidUntil,
		Tags: tagShapes(p.Tags), AssertionEncryptionMode: &mode,
		PrivateKeyList: shapes(assertionKeys(c.Snapshot, p), func(k *state.SAMLKey) iamapi.SAMLPrivateKey {
			return iamapi.SAMLPrivateKey{KeyId: &k.ID, Timestamp: &k.Created}
		}),
	}, nil
}

func listsSAMLProviders(c *api.Call, _ *iamapi.ListSAMLProvidersInput) []api.Check {
	return listing(c, samlProviders.kind, new("/*"))
}

func (s *Service) listSAMLProviders(_ context.Context, c *api.Call, _ *iamapi.ListSAMLProvidersInput) (*iamapi.ListSAMLProvidersOutput, error) {
	all := slices.Collect(c.Snapshot.SAMLProviders(c.Account))
	return &iamapi.ListSAMLProvidersOutput{
		SAMLProviderList: shapes(all, func(p *state.SAMLProvider) iamapi.SAMLProviderListEntry {
			return iamapi.SAMLProviderListEntry{Arn: new(p.ARN()), ValidUntil: &p.ValidUntil, CreateDate: &p.Created}
		}),
	}, nil
}

func updatesSAMLProvider(c *api.Call, in *iamapi.UpdateSAMLProviderInput) []api.Check {
	return only(samlProviders.onARN(c, in.SAMLProviderArn))
}

// updateSAMLProvider implements UpdateSAMLProvider. Members that are absent
// leave things as they are; new metadata counts a hundred years from now.
func (s *Service) updateSAMLProvider(ctx context.Context, c *api.Call, in *iamapi.UpdateSAMLProviderInput) (*iamapi.UpdateSAMLProviderOutput, error) {
	switch {
	case in.SAMLMetadataDocument == nil && in.AssertionEncryptionMode == nil && in.AddPrivateKey == nil && in.RemovePrivateKey == nil:
		return nil, invalid(nothingToUpdate)
	case in.AddPrivateKey != nil && in.RemovePrivateKey != nil:
		return nil, invalid(addAndRemoveKey)
	}
	if in.SAMLMetadataDocument != nil {
		if err := s.checkMetadata(*in.SAMLMetadataDocument); err != nil {
			return nil, err
		}
	}
	if err := checkAssertionKey(in.AddPrivateKey); err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.UpdateSAMLProviderOutput, error) {
		old, err := samlProvider(tx.Snapshot, c.Account, in.SAMLProviderArn)
		if err != nil {
			return nil, err
		}
		p := *old
		if in.SAMLMetadataDocument != nil {
			p.Metadata, p.ValidUntil = *in.SAMLMetadataDocument, validUntil(tx.Now())
		}
		if in.AssertionEncryptionMode != nil {
			p.Encrypted = encryptionRequired(in.AssertionEncryptionMode)
		}
		if err := s.addAssertionKey(tx, &p, in.AddPrivateKey); err != nil {
			return nil, err
		}
		if p.Encrypted && len(assertionKeys(tx.Snapshot, &p)) == 0 {
			return nil, iamapi.InvalidInput(noKeyForEncryption)
		}
		if err := removeAssertionKey(tx, &p, in.RemovePrivateKey); err != nil {
			return nil, err
		}
		tx.PutSAMLProvider(&p)
		return &iamapi.UpdateSAMLProviderOutput{SAMLProviderArn: new(p.ARN())}, nil
	})
}

func deletesSAMLProvider(c *api.Call, in *iamapi.DeleteSAMLProviderInput) []api.Check {
	return only(samlProviders.onARN(c, in.SAMLProviderArn))
}

// deleteSAMLProvider implements DeleteSAMLProvider. Roles that trust the
// provider stay as they are, and nobody can assume them by it any more.
func (s *Service) deleteSAMLProvider(ctx context.Context, c *api.Call, in *iamapi.DeleteSAMLProviderInput) (*iamapi.DeleteSAMLProviderOutput, error) {
	return write[iamapi.DeleteSAMLProviderOutput](ctx, c, func(tx *state.Tx) error {
		p, err := samlProvider(tx.Snapshot, c.Account, in.SAMLProviderArn)
		if err != nil {
			return err
		}
		tx.DeleteSAMLProvider(p)
		return nil
	})
}

func tagSAMLProvider(in *iamapi.TagSAMLProviderInput) tagging {
	return tagging{samlProviders, in.SAMLProviderArn, in.Tags}
}

func untagSAMLProvider(in *iamapi.UntagSAMLProviderInput) untagging {
	return untagging{samlProviders, in.SAMLProviderArn, in.TagKeys}
}

func listSAMLProviderTags(in *iamapi.ListSAMLProviderTagsInput) list {
	return list{samlProviders, in.SAMLProviderArn, nil, in.Marker, in.MaxItems}
}
