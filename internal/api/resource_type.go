package api

import (
	"strings"

	"github.com/writ-iam/writ/arn"
)

// resourceTypes are CloudFormation's names of the resources of ARNs, by service
// and the first word of the resource.
var resourceTypes = map[string]string{
	"iam:user": "AWS::IAM::User", "iam:group": "AWS::IAM::Group", "iam:role": "AWS::IAM::Role",
	"iam:policy": "AWS::IAM::Policy", "iam:instance-profile": "AWS::IAM::InstanceProfile",
	"iam:oidc-provider": "AWS::IAM::OIDCProvider", "iam:saml-provider": "AWS::IAM::SAMLProvider",
}

func resourceType(text string) string {
	a, err := arn.Parse(text)
	if err != nil {
		return ""
	}
	if a.Service == "s3" {
		if strings.Contains(a.Resource, "/") {
			return "AWS::S3::Object"
		}
		return "AWS::S3::Bucket"
	}
	kind, _, _ := strings.Cut(a.Resource, "/")
	return resourceTypes[a.Service+":"+kind]
}
