package arn

// The names below are printed in the default partition; Parse and In give them
// in another. Nothing is checked: account, path and name come from the state,
// which has checked them. A path begins and ends with a slash; "" counts as "/".

// Root is the account itself, as principals name it.
func Root(account string) string { return iam(account, "root") }

// User is an IAM user.
func User(account, path, name string) string { return iam(account, "user"+slash(path)+name) }

// Group is an IAM group.
func Group(account, path, name string) string { return iam(account, "group"+slash(path)+name) }

// Role is an IAM role.
func Role(account, path, name string) string { return iam(account, "role"+slash(path)+name) }

// Policy is a managed policy; those of AWS have the account "aws".
func Policy(account, path, name string) string { return iam(account, "policy"+slash(path)+name) }

// InstanceProfile is an instance profile.
func InstanceProfile(account, path, name string) string {
	return iam(account, "instance-profile"+slash(path)+name)
}

// ServerCertificate is a server certificate kept by IAM.
func ServerCertificate(account, path, name string) string {
	return iam(account, "server-certificate"+slash(path)+name)
}

// DelegationRequest is a delegation request, in the account that it is for.
func DelegationRequest(account, id string) string {
	return iam(account, "delegation-request/"+id)
}

// MFA is a virtual MFA device, whose name is its serial number too.
func MFA(account, path, name string) string { return iam(account, "mfa"+slash(path)+name) }

// SAMLProvider is a SAML identity provider.
func SAMLProvider(account, name string) string { return iam(account, "saml-provider/"+name) }

// OIDCProvider is an OpenID Connect identity provider; url is its issuer
// without the scheme.
func OIDCProvider(account, url string) string { return iam(account, "oidc-provider/"+url) }

// AssumedRole is a session of a role. The role's path is no part of it.
func AssumedRole(account, role, session string) string {
	return sts(account, "assumed-role/"+role+"/"+session)
}

// FederatedUser is a session made by GetFederationToken.
func FederatedUser(account, name string) string { return sts(account, "federated-user/"+name) }

// SignInSession is a sign-in, of a browser or of a client that a browser let
// in: what aws:SignInSessionArn has.
func SignInSession(account, id string) string {
	return "arn:" + Default + ":signin:us-east-1:" + account + ":session/" + id
}

// PublicClient is an OAuth client that authorizes itself in a browser: name is
// "localhost" or "remote".
func PublicClient(account, name string) string {
	return "arn:" + Default + ":signin:us-east-1:" + account + ":oauth2/public-client/" + name
}

// Bucket is an S3 bucket.
func Bucket(name string) string { return "arn:" + Default + ":s3:::" + name }

// Object is an object of an S3 bucket.
func Object(bucket, key string) string { return "arn:" + Default + ":s3:::" + bucket + "/" + key }

func iam(account, resource string) string {
	return "arn:" + Default + ":iam::" + account + ":" + resource
}

func sts(account, resource string) string {
	return "arn:" + Default + ":sts::" + account + ":" + resource
}

func slash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
