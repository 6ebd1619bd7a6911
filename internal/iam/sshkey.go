package iam

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func uploadsSSHKey(c *api.Call, in *iamapi.UploadSSHPublicKeyInput) []api.Check {
	return onSelf(c, &in.UserName)
}

func (s *Service) uploadSSHKey(ctx context.Context, c *api.Call, in *iamapi.UploadSSHPublicKeyInput) (*iamapi.UploadSSHPublicKeyOutput, error) {
	if _, err := self(c, c.Snapshot, &in.UserName); err != nil {
		return nil, err
	}
	key, err := parseSSHKey(in.SSHPublicKeyBody)
	if err != nil {
		return nil, err
	}
	wire := key.Marshal()
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.UploadSSHPublicKeyOutput, error) {
		who, err := self(c, tx.Snapshot, &in.UserName)
		if err != nil {
			return nil, err
		}
		if _, ok := tx.SSHKeyOf(who.id, wire); ok {
			return nil, iamapi.DuplicateSSHPublicKey(duplicateSSHKey)
		}
		if err := s.quotas.room(sshKeysPerUser, len(tx.SSHKeys(who.id))); err != nil {
			return nil, err
		}
		k := &state.SSHKey{
			ID: tx.NewID(awsid.PublicKey), Account: c.Account, UserID: who.id, Key: wire, Active: true,
			Created: tx.Now(), Seq: tx.NextSeq(),
		}
		tx.PutSSHKey(k)
		out := sshKeyShape(who, k, key)
		out.SSHPublicKeyBody = in.SSHPublicKeyBody
		return &iamapi.UploadSSHPublicKeyOutput{SSHPublicKey: out}, nil
	})
}

func getsSSHKey(c *api.Call, in *iamapi.GetSSHPublicKeyInput) []api.Check {
	return onSelf(c, &in.UserName)
}

// getSSHKey implements GetSSHPublicKey. The key is printed anew: the comment
// it was uploaded with is not kept.
func (s *Service) getSSHKey(_ context.Context, c *api.Call, in *iamapi.GetSSHPublicKeyInput) (*iamapi.GetSSHPublicKeyOutput, error) {
	who, k, err := sshKeyOf(c, c.Snapshot, in.UserName, in.SSHPublicKeyId)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePublicKey(k.Key)
	if err != nil {
		return nil, err
	}
	out := sshKeyShape(who, k, key)
	if in.Encoding == iamapi.EncodingTypePem {
		if out.SSHPublicKeyBody, err = sshKeyPEM(key); err != nil {
			return nil, err
		}
	}
	return &iamapi.GetSSHPublicKeyOutput{SSHPublicKey: out}, nil
}

func listsSSHKeys(c *api.Call, in *iamapi.ListSSHPublicKeysInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) listSSHKeys(_ context.Context, c *api.Call, in *iamapi.ListSSHPublicKeysInput) (*iamapi.ListSSHPublicKeysOutput, error) {
	who, err := self(c, c.Snapshot, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, who.id, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	keys := fillFrom(p, c.Snapshot.SSHKeys(who.id), func(k *state.SSHKey) string { return order(k.Seq) })
	out := &iamapi.ListSSHPublicKeysOutput{SSHPublicKeys: shapes(keys, func(k *state.SSHKey) iamapi.SSHPublicKeyMetadata {
		return iamapi.SSHPublicKeyMetadata{UserName: who.name, SSHPublicKeyId: k.ID, Status: statusOf(k.Active), UploadDate: k.Created}
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func updatesSSHKey(c *api.Call, in *iamapi.UpdateSSHPublicKeyInput) []api.Check {
	return onSelf(c, &in.UserName)
}

func (s *Service) updateSSHKey(ctx context.Context, c *api.Call, in *iamapi.UpdateSSHPublicKeyInput) (*iamapi.UpdateSSHPublicKeyOutput, error) {
	if in.Status == iamapi.StatusTypeExpired {
		return nil, iamapi.InvalidInput(outOfRange)
	}
	return write[iamapi.UpdateSSHPublicKeyOutput](ctx, c, func(tx *state.Tx) error {
		_, k, err := sshKeyOf(c, tx.Snapshot, in.UserName, in.SSHPublicKeyId)
		if err != nil {
			return err
		}
		changed := *k
		changed.Active = in.Status == iamapi.StatusTypeActive
		tx.PutSSHKey(&changed)
		return nil
	})
}

func deletesSSHKey(c *api.Call, in *iamapi.DeleteSSHPublicKeyInput) []api.Check {
	return onSelf(c, &in.UserName)
}

func (s *Service) deleteSSHKey(ctx context.Context, c *api.Call, in *iamapi.DeleteSSHPublicKeyInput) (*iamapi.DeleteSSHPublicKeyOutput, error) {
	return write[iamapi.DeleteSSHPublicKeyOutput](ctx, c, func(tx *state.Tx) error {
		_, k, err := sshKeyOf(c, tx.Snapshot, in.UserName, in.SSHPublicKeyId)
		if err != nil {
			return err
		}
		tx.DeleteSSHKey(k)
		return nil
	})
}

func sshKeyOf(c *api.Call, snap *state.Snapshot, user, keyID string) (subject, *state.SSHKey, error) {
	who, err := self(c, snap, &user)
	if err != nil {
		return who, nil, err
	}
	keys := snap.SSHKeys(who.id)
	i := slices.IndexFunc(keys, func(k *state.SSHKey) bool { return k.ID == keyID })
	if i < 0 {
		return who, nil, notFound(sshKeyMissing, keyID)
	}
	return who, keys[i], nil
}

// AWS takes RSA keys only, of at least that many bits; the upper bound is
// OpenSSH's.
const minSSHKey, maxSSHKey = 2048, 16384

// parseSSHKey reads a key as a line of an authorized_keys file or as PEM.
func parseSSHKey(body string) (ssh.PublicKey, error) {
	text := strings.TrimSpace(body)
	var key ssh.PublicKey
	var err error
	switch {
	case strings.HasPrefix(text, "ssh-rsa ") && !strings.ContainsAny(text, "\r\n"):
		key, _, _, _, err = ssh.ParseAuthorizedKey([]byte(text))
	case strings.HasPrefix(text, "-----BEGIN "):
		key, err = parseSSHKeyPEM(text)
	default:
		return nil, iamapi.UnrecognizedPublicKeyEncoding(unknownEncoding)
	}
	if err != nil {
		return nil, iamapi.InvalidPublicKey(badPublicKey)
	}
	if bits, ok := rsaBits(key); !ok || bits < minSSHKey || bits > maxSSHKey {
		return nil, iamapi.InvalidPublicKey(badPublicKey)
	}
	return key, nil
}

func parseSSHKeyPEM(text string) (ssh.PublicKey, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, iamapi.InvalidPublicKey(badPublicKey)
	}
	var key any
	var err error
	if block.Type == "RSA PUBLIC KEY" {
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	} else {
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	}
	if err != nil {
		return nil, err
	}
	return ssh.NewPublicKey(key)
}

func rsaBits(key ssh.PublicKey) (bits int, ok bool) {
	k, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return 0, false
	}
	r, ok := k.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return 0, false
	}
	return r.N.BitLen(), true
}

func sshKeyPEM(key ssh.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key.(ssh.CryptoPublicKey).CryptoPublicKey())
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

func sshKeyShape(who subject, k *state.SSHKey, key ssh.PublicKey) *iamapi.SSHPublicKey {
	return &iamapi.SSHPublicKey{
		UserName: who.name, SSHPublicKeyId: k.ID, Fingerprint: ssh.FingerprintLegacyMD5(key), Status: statusOf(k.Active),
		SSHPublicKeyBody: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), UploadDate: &k.Created,
	}
}
