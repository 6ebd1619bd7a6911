package catalog

import (
	"slices"
	"sync"
)

// GlobalKeys returns the condition keys that any service's requests may carry,
// in the order of AWS's page. The slice belongs to the caller.
func GlobalKeys() []KeyInfo { return slices.Clone(globalKeyTable) }

// globalKeys is built on first use, to keep the import free.
var globalKeys = sync.OnceValue(func() *keySet {
	set := newKeySet(append(GlobalKeys(), correctedKeys...))
	return &set
})

var providerKeys = sync.OnceValue(func() *keySet {
	set := newKeySet(providerKeyTable)
	return &set
})

// globalKeyTable follows "AWS global condition context keys" in the IAM User
// Guide, which gives data type and value type of each; the service reference
// has only three of them. Cross-service keys, whose prefix is a service's,
// stand here where that page lists them.
var globalKeyTable = []KeyInfo{
	// Properties of the principal.
	{Name: "aws:PrincipalArn", Type: ARN},
	{Name: "aws:PrincipalAccount", Type: String},
	{Name: "aws:PrincipalOrgPaths", Type: String, Multivalued: true},
	{Name: "aws:PrincipalOrgID", Type: String},
	{Name: "aws:PrincipalTag/${TagKey}", Type: String},
	{Name: "aws:PrincipalIsAWSService", Type: Bool},
	{Name: "aws:PrincipalServiceName", Type: String},
	{Name: "aws:PrincipalServiceNamesList", Type: String, Multivalued: true},
	{Name: "aws:PrincipalType", Type: String},
	{Name: "aws:userid", Type: String},
	{Name: "aws:username", Type: String},

	// Properties of a role session.
	{Name: "aws:AssumedRoot", Type: Bool},
	{Name: "aws:FederatedProvider", Type: String, OrType: ARN},
	{Name: "aws:TokenIssueTime", Type: Date},
	{Name: "aws:SignInSessionArn", Type: ARN},
	{Name: "aws:MultiFactorAuthAge", Type: Numeric},
	{Name: "aws:MultiFactorAuthPresent", Type: Bool},
	{Name: "aws:ChatbotSourceArn", Type: ARN},
	{Name: "aws:Ec2InstanceSourceVpc", Type: String},
	{Name: "aws:Ec2InstanceSourcePrivateIPv4", Type: IPAddress},
	{Name: "aws:SourceIdentity", Type: String},
	{Name: "ec2:RoleDelivery", Type: Numeric},
	{Name: "ec2:SourceInstanceArn", Type: ARN},
	{Name: "glue:RoleAssumedBy", Type: String},
	{Name: "glue:CredentialIssuingService", Type: String},
	{Name: "codebuild:BuildArn", Type: ARN},
	{Name: "codebuild:ProjectArn", Type: ARN},
	{Name: "lambda:SourceFunctionArn", Type: ARN},
	{Name: "ssm:SourceInstanceArn", Type: ARN},
	{Name: "identitystore:UserId", Type: String},

	// Properties of the network.
	{Name: "aws:SourceIp", Type: IPAddress},
	{Name: "aws:SourceVpc", Type: String},
	{Name: "aws:SourceVpcArn", Type: ARN},
	{Name: "aws:SourceVpce", Type: String},
	{Name: "aws:VpceAccount", Type: String},
	{Name: "aws:VpceOrgID", Type: String},
	{Name: "aws:VpceOrgPaths", Type: String, Multivalued: true},
	{Name: "aws:VpcSourceIp", Type: IPAddress},

	// Properties of the resource.
	{Name: "aws:ResourceAccount", Type: String},
	{Name: "aws:ResourceOrgID", Type: String},
	{Name: "aws:ResourceOrgPaths", Type: String, Multivalued: true},
	{Name: "aws:ResourceTag/${TagKey}", Type: String},

	// Properties of the request.
	{Name: "aws:CalledVia", Type: String, Multivalued: true},
	{Name: "aws:CalledViaFirst", Type: String},
	{Name: "aws:CalledViaLast", Type: String},
	{Name: "aws:CalledViaAWSMCP", Type: String},
	{Name: "aws:ViaAWSService", Type: Bool},
	{Name: "aws:ViaAWSMCPService", Type: Bool},
	{Name: "aws:CurrentTime", Type: Date},
	{Name: "aws:EpochTime", Type: Date, OrType: Numeric},
	{Name: "aws:referer", Type: String},
	{Name: "aws:RequestedRegion", Type: String},
	{Name: "aws:RequestTag/${TagKey}", Type: String},
	{Name: "aws:TagKeys", Type: String, Multivalued: true},
	{Name: "aws:SecureTransport", Type: Bool},
	{Name: "aws:SourceAccount", Type: String},
	{Name: "aws:SourceArn", Type: ARN},
	{Name: "aws:SourceOrgID", Type: String},
	{Name: "aws:SourceOrgPaths", Type: String, Multivalued: true},
	{Name: "aws:UserAgent", Type: String},
	{Name: "aws:IsMcpServiceAction", Type: Bool},
}

// providerKeyTable holds the keys that AWS STS reads from the tokens of every
// OIDC provider: "IAM and AWS STS condition context keys", default tab. Their
// prefix is the provider's URL without the scheme.
var providerKeyTable = []KeyInfo{
	{Name: "${Provider}:amr", Type: String, Multivalued: true},
	{Name: "${Provider}:aud", Type: String},
	{Name: "${Provider}:email", Type: String},
	{Name: "${Provider}:oaud", Type: String},
	{Name: "${Provider}:sub", Type: String},
}

// correctedKeys are keys of services whose entry in the service reference
// contradicts the IAM User Guide.
var correctedKeys = []KeyInfo{
	// The same page calls it multivalued.
	{Name: "cognito-identity.amazonaws.com:amr", Type: String, Multivalued: true},
}
