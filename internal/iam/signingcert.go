package iam

import (
	"context"
	"crypto/sha256"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func uploadsSigningCertificate(c *api.Call, in *iamapi.UploadSigningCertificateInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) uploadSigningCertificate(ctx context.Context, c *api.Call, in *iamapi.UploadSigningCertificateInput) (*iamapi.UploadSigningCertificateOutput, error) {
	if _, err := self(c, c.Snapshot, in.UserName); err != nil {
		return nil, err
	}
	cert, ok := parseCertificate(in.CertificateBody)
	if !ok {
		return nil, iamapi.MalformedCertificate(malformedCertificate, in.CertificateBody)
	}
	if !validAt(cert, c.Now) {
		return nil, iamapi.InvalidCertificate(invalidCertificate)
	}
	digest := sha256.Sum256(cert.Raw)
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.UploadSigningCertificateOutput, error) {
		who, err := self(c, tx.Snapshot, in.UserName)
		if err != nil {
			return nil, err
		}
		if _, ok := tx.SigningCertificateOf(c.Account, digest[:]); ok {
			return nil, iamapi.DuplicateCertificate(duplicateCertificate)
		}
		if err := s.quotas.room(signingCertificatesPerUser, len(tx.SigningCertificates(who.id))); err != nil {
			return nil, err
		}
		cert := &state.SigningCertificate{
			ID: tx.NewCertificateID(), Account: c.Account, UserID: who.id, Body: in.CertificateBody, Digest: digest[:], Active: true,
			Created: tx.Now(), Seq: tx.NextSeq(),
		}
		tx.PutSigningCertificate(cert)
		return &iamapi.UploadSigningCertificateOutput{Certificate: signingCertificateShape(who, cert)}, nil
	})
}

func listsSigningCertificates(c *api.Call, in *iamapi.ListSigningCertificatesInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) listSigningCertificates(_ context.Context, c *api.Call, in *iamapi.ListSigningCertificatesInput) (*iamapi.ListSigningCertificatesOutput, error) {
	who, err := self(c, c.Snapshot, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, who.id, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	certs := fillFrom(p, c.Snapshot.SigningCertificates(who.id), func(c *state.SigningCertificate) string { return order(c.Seq) })
	out := &iamapi.ListSigningCertificatesOutput{Certificates: shapes(certs, func(c *state.SigningCertificate) iamapi.SigningCertificate {
		return signingCertificateShape(who, c)
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func updatesSigningCertificate(c *api.Call, in *iamapi.UpdateSigningCertificateInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) updateSigningCertificate(ctx context.Context, c *api.Call, in *iamapi.UpdateSigningCertificateInput) (*iamapi.UpdateSigningCertificateOutput, error) {
	if in.Status == iamapi.StatusTypeExpired {
		return nil, iamapi.InvalidInput(outOfRange)
	}
	return write[iamapi.UpdateSigningCertificateOutput](ctx, c, func(tx *state.Tx) error {
		cert, err := ownCertificate(c, tx.Snapshot, in.UserName, in.CertificateId)
		if err != nil {
			return err
		}
		changed := *cert
		changed.Active = in.Status == iamapi.StatusTypeActive
		tx.PutSigningCertificate(&changed)
		return nil
	})
}

func deletesSigningCertificate(c *api.Call, in *iamapi.DeleteSigningCertificateInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) deleteSigningCertificate(ctx context.Context, c *api.Call, in *iamapi.DeleteSigningCertificateInput) (*iamapi.DeleteSigningCertificateOutput, error) {
	return write[iamapi.DeleteSigningCertificateOutput](ctx, c, func(tx *state.Tx) error {
		cert, err := ownCertificate(c, tx.Snapshot, in.UserName, in.CertificateId)
		if err != nil {
			return err
		}
		tx.DeleteSigningCertificate(cert)
		return nil
	})
}

// ownCertificate returns a certificate of the user of that name, or of the
// caller.
func ownCertificate(c *api.Call, snap *state.Snapshot, name *string, id string) (*state.SigningCertificate, error) {
	who, err := self(c, snap, name)
	if err != nil {
		return nil, err
	}
	cert, ok := snap.SigningCertificate(id)
	if !ok || cert.UserID != who.id {
		return nil, notFound(certificateMissing, id)
	}
	return cert, nil
}

func signingCertificateShape(who subject, c *state.SigningCertificate) iamapi.SigningCertificate {
	return iamapi.SigningCertificate{
		UserName: who.name, CertificateId: c.ID, CertificateBody: c.Body, Status: statusOf(c.Active), UploadDate: &c.Created,
	}
}
