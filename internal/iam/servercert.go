package iam

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

var serverCertificates = &noun{
	word: "server certificate", missing: "The Server Certificate with name %s cannot be found.",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		c, ok := s.ServerCertificate(account, name)
		if !ok {
			return holder{}, false
		}
		e := *c
		return holder{
			Entity: &e, name: e.Name, tags: &e.Tags,
			put: func(tx *state.Tx) { tx.PutServerCertificate(&e) },
		}, true
	},
	arn:  func(account, name string) string { return arn.ServerCertificate(account, "/", name) },
	tags: tagsPerServerCertificate,
}

func newServerCertificate(c *api.Call, in *iamapi.UploadServerCertificateInput) []api.Check {
	return making(c, arn.ServerCertificate(c.Account, pathOf(in.Path), in.ServerCertificateName), in.Tags, "iam:TagServerCertificate")
}

func (s *Service) uploadServerCertificate(ctx context.Context, c *api.Call, in *iamapi.UploadServerCertificateInput) (*iamapi.UploadServerCertificateOutput, error) {
	tags, err := newTags(serverCertificates, in.Tags)
	if err != nil {
		return nil, err
	}
	cert, err := checkServerCertificate(in, c.Now)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.UploadServerCertificateOutput, error) {
		if _, ok := tx.ServerCertificate(c.Account, in.ServerCertificateName); ok {
			return nil, exists(serverCertificateExists, in.ServerCertificateName)
		}
		if err := s.quotas.room(serverCertificatesPerAccount, tx.NumServerCertificates(c.Account)); err != nil {
			return nil, err
		}
		kept := &state.ServerCertificate{
			Account: c.Account, ID: tx.NewID(awsid.ServerCertificate), Name: in.ServerCertificateName, Path: pathOf(in.Path),
			Body: in.CertificateBody, Chain: or(in.CertificateChain, ""), Key: state.Secret(in.PrivateKey),
			Created: tx.Now(), Expires: cert.NotAfter.UTC(), Tags: tags,
		}
		tx.PutServerCertificate(kept)
		out := serverCertificateShape(kept)
		return &iamapi.UploadServerCertificateOutput{ServerCertificateMetadata: &out, Tags: in.Tags}, nil
	})
}

// checkServerCertificate holds the parts of an upload against each other and
// returns the certificate.
func checkServerCertificate(in *iamapi.UploadServerCertificateInput, now time.Time) (*x509.Certificate, error) {
	cert, ok := parseCertificate(in.CertificateBody)
	if !ok {
		return nil, iamapi.MalformedCertificate(badCertificate)
	}
	if !validAt(cert, now) {
		return nil, iamapi.MalformedCertificate(certificateOutdated)
	}
	key, err := parsePrivateKey(in.PrivateKey)
	if err != nil {
		return nil, err
	}
	if !matches(key, cert) {
		return nil, iamapi.KeyPairMismatch(keyMismatch)
	}
	if in.CertificateChain != nil {
		if err := checkChain(cert, *in.CertificateChain); err != nil {
			return nil, err
		}
	}
	return cert, nil
}

func getsServerCertificate(c *api.Call, in *iamapi.GetServerCertificateInput) []api.Check {
	return only(serverCertificates.on(c, in.ServerCertificateName))
}

// getServerCertificate implements GetServerCertificate. Nothing returns the
// private key.
func (s *Service) getServerCertificate(_ context.Context, c *api.Call, in *iamapi.GetServerCertificateInput) (*iamapi.GetServerCertificateOutput, error) {
	cert, ok := c.Snapshot.ServerCertificate(c.Account, in.ServerCertificateName)
	if !ok {
		return nil, notFound(serverCertificates.missing, in.ServerCertificateName)
	}
	return &iamapi.GetServerCertificateOutput{ServerCertificate: iamapi.ServerCertificate{
		ServerCertificateMetadata: serverCertificateShape(cert), CertificateBody: cert.Body,
		CertificateChain: optional(cert.Chain), Tags: tagShapes(cert.Tags),
	}}, nil
}

func listsServerCertificates(c *api.Call, in *iamapi.ListServerCertificatesInput) []api.Check {
	return listing(c, "server-certificate", in.PathPrefix)
}

func (s *Service) listServerCertificates(_ context.Context, c *api.Call, in *iamapi.ListServerCertificatesInput) (*iamapi.ListServerCertificatesOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	all := under(in.PathPrefix, c.Snapshot.ServerCertificates(c.Account, p.after), func(c *state.ServerCertificate) string { return c.Path })
	found := fill(p, all, func(c *state.ServerCertificate) string { return c.Name })
	out := &iamapi.ListServerCertificatesOutput{ServerCertificateMetadataList: shapes(found, serverCertificateShape)}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// updatesServerCertificate: a new name or path needs the permission on the
// certificate as it is and as it will be.
func updatesServerCertificate(c *api.Call, in *iamapi.UpdateServerCertificateInput) []api.Check {
	check := serverCertificates.on(c, in.ServerCertificateName)
	cert, ok := c.Snapshot.ServerCertificate(c.Account, in.ServerCertificateName)
	if !ok {
		return only(check)
	}
	return renaming(check, arn.ServerCertificate(c.Account, or(in.NewPath, cert.Path), or(in.NewServerCertificateName, cert.Name)))
}

func (s *Service) updateServerCertificate(ctx context.Context, c *api.Call, in *iamapi.UpdateServerCertificateInput) (*iamapi.UpdateServerCertificateOutput, error) {
	return write[iamapi.UpdateServerCertificateOutput](ctx, c, func(tx *state.Tx) error {
		old, ok := tx.ServerCertificate(c.Account, in.ServerCertificateName)
		if !ok {
			return notFound(serverCertificates.missing, in.ServerCertificateName)
		}
		cert := *old
		cert.Name, cert.Path = or(in.NewServerCertificateName, cert.Name), or(in.NewPath, cert.Path)
		if other, ok := tx.ServerCertificate(c.Account, cert.Name); ok && other.ID != cert.ID {
			return exists(serverCertificateExists, cert.Name)
		}
		tx.PutServerCertificate(&cert)
		return nil
	})
}

func deletesServerCertificate(c *api.Call, in *iamapi.DeleteServerCertificateInput) []api.Check {
	return only(serverCertificates.on(c, in.ServerCertificateName))
}

// deleteServerCertificate implements DeleteServerCertificate. No service here
// uses certificates, so none is in the way.
func (s *Service) deleteServerCertificate(ctx context.Context, c *api.Call, in *iamapi.DeleteServerCertificateInput) (*iamapi.DeleteServerCertificateOutput, error) {
	return write[iamapi.DeleteServerCertificateOutput](ctx, c, func(tx *state.Tx) error {
		cert, ok := tx.ServerCertificate(c.Account, in.ServerCertificateName)
		if !ok {
			return notFound(serverCertificates.missing, in.ServerCertificateName)
		}
		tx.DeleteServerCertificate(cert)
		return nil
	})
}

func tagServerCertificate(in *iamapi.TagServerCertificateInput) tagging {
	return tagging{serverCertificates, in.ServerCertificateName, in.Tags}
}

func untagServerCertificate(in *iamapi.UntagServerCertificateInput) untagging {
	return untagging{serverCertificates, in.ServerCertificateName, in.TagKeys}
}

func listServerCertificateTags(in *iamapi.ListServerCertificateTagsInput) list {
	return list{serverCertificates, in.ServerCertificateName, nil, in.Marker, in.MaxItems}
}

func serverCertificateShape(c *state.ServerCertificate) iamapi.ServerCertificateMetadata {
	return iamapi.ServerCertificateMetadata{
		Path: c.Path, ServerCertificateName: c.Name, ServerCertificateId: c.ID, Arn: c.ARN(), UploadDate: &c.Created, Expiration: &c.Expires,
	}
}
