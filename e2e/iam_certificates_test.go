package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// keyPair makes a private key with a certificate of its own for a name, both in
// PEM.
func keyPair(t *testing.T, name string) (key *rsa.PrivateKey, keyPEM, certificate string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return key, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), block("CERTIFICATE", der)
}

// sshPublicKey is the key as OpenSSH writes it (RFC 4253, 6.6).
func sshPublicKey(key *rsa.PublicKey) string {
	var wire []byte
	add := func(b []byte) {
		wire = binary.BigEndian.AppendUint32(wire, uint32(len(b)))
		wire = append(wire, b...)
	}
	add([]byte("ssh-rsa"))
	add(big.NewInt(int64(key.E)).Bytes())
	add(append([]byte{0}, key.N.Bytes()...)) // a positive number
	return "ssh-rsa " + base64.StdEncoding.EncodeToString(wire)
}

func certificatesBreadth(t *testing.T, c *client) {
	c.newUser(t, "kim")
	name := new("kim")
	key, keyPEM, certificate := keyPair(t, "example.org")

	ssh := must(c.iam.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: name, SSHPublicKeyBody: new(sshPublicKey(&key.PublicKey))}))(t).SSHPublicKey
	recent(t, "date", ssh.UploadDate)
	got := must(c.iam.GetSSHPublicKey(ctx, &iam.GetSSHPublicKeyInput{UserName: name, SSHPublicKeyId: ssh.SSHPublicKeyId, Encoding: types.EncodingTypePem}))(t).SSHPublicKey
	equal(t, "fingerprint", *got.Fingerprint, *ssh.Fingerprint)
	must(c.iam.UpdateSSHPublicKey(ctx, &iam.UpdateSSHPublicKeyInput{UserName: name, SSHPublicKeyId: ssh.SSHPublicKeyId, Status: types.StatusTypeInactive}))(t)
	keys := must(c.iam.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: name}))(t).SSHPublicKeys
	equal(t, "keys", len(keys), 1)
	equal(t, "status", keys[0].Status, types.StatusTypeInactive)
	must(c.iam.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: name, SSHPublicKeyId: ssh.SSHPublicKeyId}))(t)

	signing := must(c.iam.UploadSigningCertificate(ctx, &iam.UploadSigningCertificateInput{UserName: name, CertificateBody: &certificate}))(t).Certificate
	must(c.iam.UpdateSigningCertificate(ctx, &iam.UpdateSigningCertificateInput{UserName: name, CertificateId: signing.CertificateId, Status: types.StatusTypeInactive}))(t)
	fails(c.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name}))(t, failure{409, "DeleteConflict", ""})
	listed := must(c.iam.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: name}))(t).Certificates
	equal(t, "certificates", len(listed), 1)
	must(c.iam.DeleteSigningCertificate(ctx, &iam.DeleteSigningCertificateInput{UserName: name, CertificateId: signing.CertificateId}))(t)

	server := new("site")
	must(c.iam.UploadServerCertificate(ctx, &iam.UploadServerCertificateInput{ServerCertificateName: server, CertificateBody: &certificate, PrivateKey: &keyPEM}))(t)
	_, otherPEM, _ := keyPair(t, "example.net")
	fails(c.iam.UploadServerCertificate(ctx, &iam.UploadServerCertificateInput{ServerCertificateName: new("wrong"), CertificateBody: &certificate, PrivateKey: &otherPEM}))(t, failure{400, "KeyPairMismatch", ""})
	must(c.iam.TagServerCertificate(ctx, &iam.TagServerCertificateInput{ServerCertificateName: server, Tags: []types.Tag{{Key: new("Team"), Value: new("red")}}}))(t)
	equal(t, "tags", len(must(c.iam.ListServerCertificateTags(ctx, &iam.ListServerCertificateTagsInput{ServerCertificateName: server}))(t).Tags), 1)
	must(c.iam.UntagServerCertificate(ctx, &iam.UntagServerCertificateInput{ServerCertificateName: server, TagKeys: []string{"Team"}}))(t)
	must(c.iam.UpdateServerCertificate(ctx, &iam.UpdateServerCertificateInput{ServerCertificateName: server, NewServerCertificateName: new("shop"), NewPath: new("/web/")}))(t)
	equal(t, "listed", len(must(c.iam.ListServerCertificates(ctx, &iam.ListServerCertificatesInput{PathPrefix: new("/web/")}))(t).ServerCertificateMetadataList), 1)
	body := must(c.iam.GetServerCertificate(ctx, &iam.GetServerCertificateInput{ServerCertificateName: new("shop")}))(t).ServerCertificate.CertificateBody
	equal(t, "body", *body == certificate, true)
	must(c.iam.DeleteServerCertificate(ctx, &iam.DeleteServerCertificateInput{ServerCertificateName: new("shop")}))(t)

	made := must(c.iam.CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{UserName: name, ServiceName: new("codecommit.amazonaws.com")}))(t).ServiceSpecificCredential
	id := made.ServiceSpecificCredentialId
	again := must(c.iam.ResetServiceSpecificCredential(ctx, &iam.ResetServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: id}))(t).ServiceSpecificCredential
	equal(t, "the same secret", *again.ServicePassword == *made.ServicePassword, false)
	must(c.iam.UpdateServiceSpecificCredential(ctx, &iam.UpdateServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: id, Status: types.StatusTypeInactive}))(t)
	equal(t, "credentials", len(must(c.iam.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: name}))(t).ServiceSpecificCredentials), 1)
	must(c.iam.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: id}))(t)
}
