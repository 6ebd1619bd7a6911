package iam

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
)

// addProviders adds the operations on identity providers.
func (s *Service) addProviders(t *api.Table) {
	api.Op(t, "CreateOpenIDConnectProvider", newOIDCProvider, s.createOIDCProvider)
	api.Op(t, "GetOpenIDConnectProvider", getsOIDCProvider, s.getOIDCProvider)
	api.Op(t, "ListOpenIDConnectProviders", listsOIDCProviders, s.listOIDCProviders)
	api.Op(t, "DeleteOpenIDConnectProvider", deletesOIDCProvider, s.deleteOIDCProvider)
	api.Op(t, "AddClientIDToOpenIDConnectProvider", addsClientID, s.addClientID)
	api.Op(t, "RemoveClientIDFromOpenIDConnectProvider", removesClientID, s.removeClientID)
	api.Op(t, "UpdateOpenIDConnectProviderThumbprint", updatesThumbprint, s.updateThumbprint)
	edit[iamapi.TagOpenIDConnectProviderOutput](t, "TagOpenIDConnectProvider", tagOIDCProvider, tagsEntity, s.tag)
	edit[iamapi.UntagOpenIDConnectProviderOutput](t, "UntagOpenIDConnectProvider", untagOIDCProvider, untagsEntity, untag)
	read(t, "ListOpenIDConnectProviderTags", listOIDCProviderTags, lists, listTags[iamapi.ListOpenIDConnectProviderTagsOutput](s))

	api.Op(t, "CreateSAMLProvider", newSAMLProvider, s.createSAMLProvider)
	api.Op(t, "GetSAMLProvider", getsSAMLProvider, s.getSAMLProvider)
	api.Op(t, "ListSAMLProviders", listsSAMLProviders, s.listSAMLProviders)
	api.Op(t, "UpdateSAMLProvider", updatesSAMLProvider, s.updateSAMLProvider)
	api.Op(t, "DeleteSAMLProvider", deletesSAMLProvider, s.deleteSAMLProvider)
	edit[iamapi.TagSAMLProviderOutput](t, "TagSAMLProvider", tagSAMLProvider, tagsEntity, s.tag)
	edit[iamapi.UntagSAMLProviderOutput](t, "UntagSAMLProvider", untagSAMLProvider, untagsEntity, untag)
	read(t, "ListSAMLProviderTags", listSAMLProviderTags, lists, listTags[iamapi.ListSAMLProviderTagsOutput](s))
}

// names reports whether a text is an ARN of the noun's type of resource.
func (n *noun) names(text string) bool {
	a, err := arn.Parse(text)
	return err == nil && a.Service == "iam" && a.Region == "" && arn.IsAccount(a.Account) &&
		strings.HasPrefix(a.Resource, n.kind+"/") && len(a.Resource) > len(n.kind)+1
}
