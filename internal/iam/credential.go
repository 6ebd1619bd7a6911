package iam

import (
	"fmt"
	"strconv"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
)

// addCredentials adds what a user has beside access keys, and server
// certificates.
func (s *Service) addCredentials(t *api.Table) {
	api.Op(t, "UploadSSHPublicKey", uploadsSSHKey, s.uploadSSHKey)
	api.Op(t, "GetSSHPublicKey", getsSSHKey, s.getSSHKey)
	api.Op(t, "ListSSHPublicKeys", listsSSHKeys, s.listSSHKeys)
	api.Op(t, "UpdateSSHPublicKey", updatesSSHKey, s.updateSSHKey)
	api.Op(t, "DeleteSSHPublicKey", deletesSSHKey, s.deleteSSHKey)

	api.Op(t, "UploadSigningCertificate", uploadsSigningCertificate, s.uploadSigningCertificate)
	api.Op(t, "ListSigningCertificates", listsSigningCertificates, s.listSigningCertificates)
	api.Op(t, "UpdateSigningCertificate", updatesSigningCertificate, s.updateSigningCertificate)
	api.Op(t, "DeleteSigningCertificate", deletesSigningCertificate, s.deleteSigningCertificate)

	api.Op(t, "UploadServerCertificate", newServerCertificate, s.uploadServerCertificate)
	api.Op(t, "GetServerCertificate", getsServerCertificate, s.getServerCertificate)
	api.Op(t, "ListServerCertificates", listsServerCertificates, s.listServerCertificates)
	api.Op(t, "UpdateServerCertificate", updatesServerCertificate, s.updateServerCertificate)
	api.Op(t, "DeleteServerCertificate", deletesServerCertificate, s.deleteServerCertificate)
	edit[iamapi.TagServerCertificateOutput](t, "TagServerCertificate", tagServerCertificate, tagsEntity, s.tag)
	edit[iamapi.UntagServerCertificateOutput](t, "UntagServerCertificate", untagServerCertificate, untagsEntity, untag)
	read(t, "ListServerCertificateTags", listServerCertificateTags, lists, listTags[iamapi.ListServerCertificateTagsOutput](s))

	api.Op(t, "CreateServiceSpecificCredential", createsServiceCredential, s.createServiceCredential)
	api.Op(t, "ListServiceSpecificCredentials", listsServiceCredentials, s.listServiceCredentials)
	api.Op(t, "ResetServiceSpecificCredential", resetsServiceCredential, s.resetServiceCredential)
	api.Op(t, "UpdateServiceSpecificCredential", updatesServiceCredential, s.updateServiceCredential)
	api.Op(t, "DeleteServiceSpecificCredential", deletesServiceCredential, s.deleteServiceCredential)
}

// statusOf is the status of a credential that does not expire.
func statusOf(active bool) iamapi.StatusType {
	if active {
		return iamapi.StatusTypeActive
	}
	return iamapi.StatusTypeInactive
}

// order is a position in order of creation.
func order(seq uint64) string { return fmt.Sprintf("%020d", seq) }

// behindOrder is the sequence number behind which a page in order of creation
// begins.
func behindOrder(p *page) (uint64, error) {
	if p.after == "" {
		return 0, nil
	}
	after, err := strconv.ParseUint(p.after, 10, 64)
	if err != nil {
		return 0, invalid(invalidMarker)
	}
	return after, nil
}
