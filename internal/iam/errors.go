package iam

import (
	"fmt"
	"net/http"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/shape"
)

// Texts as AWS was recorded to answer; where nothing is recorded, as its
// documentation words the error.
const (
	mustNameUser  = "Must specify userName when calling with non-User credentials"
	invalidMarker = "Invalid Marker."

	mustDetach        = "Cannot delete entity, must detach all policies first."
	mustDeleteInline  = "Cannot delete entity, must delete policies first."
	mustDeleteKeys    = "Cannot delete entity, must delete access keys first."
	mustDeleteSSHKeys = "Cannot delete entity, must delete SSH public keys first."
	mustDeleteCerts   = "Cannot delete entity, must delete signing certificates first."
	mustDeleteCreds   = "Cannot delete entity, must delete service specific credentials first."
	mustLeaveGroups   = "Cannot delete entity, must remove users from group first."
	mustDeleteLogin   = "Cannot delete entity, must delete login profile first."
	mustDeleteMFA     = "Cannot delete entity, must delete MFA device first."
	mustRemoveRoles   = "Cannot delete entity, must remove roles from instance profile first."
	policyInUse       = "Cannot delete a policy attached to entities."
	policyHasVersions = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
		"The default version is deleted with the policy."
	defaultVersion = "Cannot delete the default version of a policy."

	foreignDelete        = "Cannot delete policies outside your own account."
	foreignDeleteVersion = "Cannot delete policy versions for policies outside your own account."
	foreignUpdate        = "Cannot update policies outside your own account."

	userExists    = "User with name %s already exists."
	groupExists   = "Group with name %s already exists."
	roleExists    = "Role with name %s already exists."
	profileExists = "Instance Profile %s already exists."
	policyExists  = "A policy called %s already exists. Duplicate names are not allowed."
	aliasExists   = "The account alias %s already exists."
	aliasIsID     = "The account alias %s is not valid. It cannot be a 12-digit number."

	keyMissing        = "The Access Key with id %s cannot be found."
	aliasMissing      = "The account alias %s cannot be found."
	policyUnknown     = "Policy %s does not exist or is not attachable."
	versionMissing    = "Policy %s version %s does not exist or is not attachable."
	boundaryMissing   = "Scope ARN: %s does not exist or is not attachable."
	inlineMissing     = "The %s policy with name %s cannot be found."
	roleInProfile     = "Role %s in Instance Profile %s already exists."
	roleNotInProfile  = "Role %s in Instance Profile %s cannot be found."
	badARN            = "ARN %s is not valid."
	serviceRolePolicy = "Cannot attach a Service Role Policy to a Customer Role."
	reservedPath      = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"

	tooManyVersions  = "A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version."
	inlineTooLarge   = "Maximum policy size of %d bytes exceeded for %s %s"
	duplicateTags    = "Duplicate tag keys found."
	duplicateFolded  = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
	tooManyTags      = "The number of tags has reached the maximum limit."
	reservedTag      = "Tag keys that begin with aws: are reserved for AWS use."
	protectedRole    = "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS"
	unknownKeyDenied = "User: %s is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key %s"
	badKeyStatus     = "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"

	loginExists           = "Login Profile for user %s already exists."
	loginMissing          = "Login Profile for User %s cannot be found."
	noPassword            = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
	badPassword           = "Password does not conform to the account password policy."
	onlyUsersChange       = "Only IAM Users can change their own password"
	wrongOldPassword      = "The old password was incorrect."
	tooManyGuesses        = "Too many wrong passwords. Please try again later."
	changedMeanwhile      = "The password was changed by another request. Please try again."
	passwordPolicyMissing = "The Password Policy with domain name %s cannot be found."
	accountPolicyMissing  = "The account policy with name PasswordPolicy cannot be found."
)

// Texts about SSH keys, certificates and service-specific credentials.
const (
	sshKeyMissing   = "The Public Key with id %s cannot be found."
	duplicateSSHKey = "The SSH public key is already associated with the specified IAM user."
	unknownEncoding = "The public key encoding format is unsupported or unrecognized."
	badPublicKey    = "The public key is malformed or otherwise invalid."
	outOfRange      = "An invalid or out-of-range value was supplied for an input parameter."

	certificateMissing   = "The Certificate with id %s cannot be found."
	malformedCertificate = "Certificate %s is malformed."
	invalidCertificate   = "The certificate is invalid."
	duplicateCertificate = "The same certificate is associated with an IAM user in the account."

	serverCertificateExists = "The Server Certificate with name %s already exists."
	badCertificate          = "Unable to parse certificate. Please ensure the certificate is in PEM format."
	certificateOutdated     = "The certificate must be valid at the time of upload."
	badPrivateKey           = "Invalid Private Key."
	encryptedKey            = "Unable to parse key; the body is encrypted."
	keyMismatch             = "The public key certificate and the private key do not match."
	badChain                = "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, " +
		"followed by any intermediaries in order. The index within the chain of the invalid certificate is: %d"

	serviceCredentialMissing = "No such credential %s exists."
	serviceUnsupported       = "The specified service does not support service-specific credentials."
	ageUnsupported           = "CredentialAgeDays is not supported for the service %s."
	allUsersOrOne            = "AllUsers cannot be specified together with UserName."
)

// Texts about MFA devices.
const (
	deviceExists  = "MFA device already exists."
	deviceInUse   = "MFA Device is already in use."
	deviceMissing = "MFA Device with serial number %s does not exist."
	wrongCode     = "Authentication code for device is not valid."
	mustBeUnused  = "MFA VirtualDevice in use. Must deactivate first."
	longSerial    = "1 validation error detected: Value at 'serialNumber' failed to satisfy constraint: Member must have length less than or equal to 256"
)

// Texts about service-linked roles and of the account's and the organization's
// settings.
const (
	linkedRoleTaken    = "Service role name %s has been taken in this account, please try a different suffix."
	noLinkedRole       = "The service %s has no service-linked role."
	suffixNotAllowed   = "Custom suffix is not allowed for %s"
	linkedNameTooLong  = "1 validation error detected: Value at 'customSuffix' failed to satisfy constraint: Member must have length less than or equal to %d"
	badDeletionTask    = "The deletion task id %s is not valid."
	deletionTaskGone   = "The deletion task %s cannot be found."
	inOrganization     = "The account is in an organization."
	outboundEnabled    = "Outbound identity federation is already enabled for your account."
	outboundDisabled   = "Outbound identity federation is not enabled for your account."
	notManagingAccount = "The account making the request is not the management account or delegated administrator account for centralized root access."
)

// Texts about identity providers.
const (
	badIssuer            = "Invalid Open ID Connect Provider URL"
	issuerNotHTTPS       = "Invalid Open ID Connect Provider URL. The URL must begin with https://."
	issuerUnknown        = "Unknown"
	issuerExists         = "Provider with url %s already exists."
	deletedIssuerMissing = "OpenId connect Provider %s cannot be found."
	noThumbprint         = "Thumbprint list must contain at least one entry."
	tooManyThumbprints   = "Thumbprint list must contain fewer than 5 entries."

	samlProviderExists   = "Provider with name %s already exists."
	badMetadata          = "Could not parse metadata"
	noIssuer             = "SAML Providers must reference at least one SAML assertion issuer."
	metadataTooLarge     = "The metadata has more than %d bytes."
	nothingToUpdate      = "Unable to update identity provider. No updates are defined for metadata or encryption assertion."
	addAndRemoveKey      = "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters."
	encryptionWithoutKey = "Unable to set assertion encryption mode to Required because no private key is provided."
	noKeyForEncryption   = "Failed to set assertion encryption mode to Required because no private key is present."
	keyNotRemoved        = "Failed to remove private key."
	tooManyPrivateKeys   = "Private key limit of %d is reached."
)

// Texts about temporary delegation. AWS publishes none.
const (
	delegationMissing = "The delegation request with id %s cannot be found."
	delegationState   = "The delegation request %s is in the state %s."
	workflowExists    = "A delegation request with the workflow id %s already exists."
	rootDelegates     = "A root user can accept delegation requests of at most 4 hours."
	onlyOwnerSends    = "Only the owner of this delegation request can send its token."
	badChannel        = "NotificationChannel must be the ARN of an SNS topic of account %s."
	templateMissing   = "The policy template %s is not registered for account %s."
	templateEmpty     = "The parameters leave no statement of the policy template."
	badParameter      = "The policy parameter %s must have a type and values: one of a string, one or more of a stringList."
	parameterTwice    = "The policy parameter %s is given twice."
	parameterUnknown  = "The policy template has no parameter %s."
	parameterMissing  = "The policy parameter %s is missing."
	renderedTooLarge  = "The policy that the template and its parameters make has more than %d characters."
	badRendered       = "The template and its parameters make no valid policy: %s"
	notSummarized     = "EntityArn must be the ARN of a delegation request."
)

// Texts about simulations of policies.
const (
	badEntityARN     = "Invalid Entity Arn: %s does not clearly define entity type and name."
	badCaller        = "Invalid caller - Caller must be an IAM user in this context."
	badOwner         = "'%s' is not a valid as a Resource Owner."
	badResource      = "ResourceNames are not in a valid ARN format: %s."
	badActions       = "Invalid Input Actions: [%s]."
	noActions        = "Invalid Input Actions: []."
	tooManyResources = "A simulation has at most %d resources."
	tooMuchWork      = "The policies are too large to be simulated with so many resources."
	badScenario      = "The resource handling option %s is not supported."
	scenarioLacks    = "The resource handling option %s needs a resource of the type %s."
	manyBoundaries   = "Only one permissions boundary policy can be simulated."
	inapplicable     = "The resource policy is not applicable to the resource %s."
	incompleteKey    = "A context entry needs a name and a type."
	keyTwice         = "The context key %s has more than one entry."
	badKeyValue      = "The context key %s has a value that is not of the type %s."
	unreadablePolicy = "The policy %s cannot be evaluated."
)

// Texts about reports, and codes of those that failed. Some are misspelt by AWS.
const (
	noReport       = "No report exists. Starting a new report generation task"
	reportTooLarge = "The report is too large."

	badARNPartition = "Invalid ARN partition"
	badARNService   = "Invalid service in ARN"
	badReportARN    = "Invalid Entity Arn: %s is not supported."
	foreignReport   = "User: %s is not authorized to perform the operation on %s"
	arnMissing      = "ARN %s does not exist."
	jobMissing      = "Job %s does not exist."
	badNamespace    = "Service namepace %s is either invalid or unsupported."
	badNamespaces   = "Invalid service namespace: [%s]"

	onlyManagement      = "Only the management account of the organization may ask for this report."
	organizationsDenied = "Requester is not authorized to perform the required AWS Organizations Describe* and List* actions."
	noOrgEntity         = "The entity with the specified path does not exist in your organization."
	noOrgPolicy         = "The policy with the specified ID does not exist in your organization."

	serviceFailure = "ServiceFailure"
	reportFailed   = "The events that the report is made from could not be read in time or not at all. Please try again."
)

func notFound(format string, args ...any) error { return iamapi.NoSuchEntity(format, args...) }

func exists(format, name string) error { return iamapi.EntityAlreadyExists(format, name) }

func conflict(text string) error { return iamapi.DeleteConflict("%s", text) }

func protected(role string) error { return iamapi.UnmodifiableEntity(protectedRole, role) }

// invalid and denied are errors that every operation may answer; the model
// does not list them.
func invalid(format string, args ...any) error {
	return &shape.Error{Code: "ValidationError", Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

func denied(format string, args ...any) error {
	return &shape.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: fmt.Sprintf(format, args...)}
}
