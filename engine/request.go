package engine

// PrincipalKind says what a caller is. The zero kind is nobody: everything is
// denied to it.
type PrincipalKind uint8

// The kinds of callers.
const (
	Anonymous     PrincipalKind = iota + 1 // not authenticated
	Root                                   // the root user of an account
	User                                   // an IAM user, or a session of GetSessionToken
	AssumedRole                            // a role session
	FederatedUser                          // a session of GetFederationToken
	Service                                // an AWS service calling by itself
	Federated                              // someone an identity provider vouches for: AssumeRoleWithWebIdentity, AssumeRoleWithSAML
)

var principalKinds = [...]string{"", "Anonymous", "Root", "User", "AssumedRole", "FederatedUser", "Service", "Federated"}

// String returns the name of the kind, "AssumedRole" for instance.
func (k PrincipalKind) String() string {
	if int(k) < len(principalKinds) {
		return principalKinds[k]
	}
	return ""
}

// hasAccount reports whether callers of this kind belong to an account, whose
// policies (identity-based, SCPs) then speak for them.
func (k PrincipalKind) hasAccount() bool {
	return k == Root || k == User || k == AssumedRole || k == FederatedUser
}

// Principal is the caller.
type Principal struct {
	Kind    PrincipalKind
	Account string // empty for Anonymous, Service and Federated
	ARN     string // as GetCallerIdentity prints it; of a session: the session's

	// ID is the unique id of the user (AIDA…) or of the role (AROA…), "" when
	// it is not known. Policies compiled with CompileOptions.Principals compare
	// it; without it they name nobody but accounts.
	ID string

	SessionName string // AssumedRole: the name in the session's ARN
	RoleARN     string // AssumedRole: the role, with its path

	// FederatedUser: the user who called GetFederationToken.
	IssuerARN string
	IssuerID  string

	Service  string // Service: "ec2.amazonaws.com"
	Provider string // Federated: ARN or name of the identity provider

	ServiceLinked bool // AssumedRole: of a service-linked role
	Management    bool // Account is the organization's management account
	SessionBinds  bool // session policies limit it even where a resource's policy names it
}

// Request is a question: may Principal do Action on Resource?
type Request struct {
	Principal Principal
	Action    string // "s3:GetObject", in any case of letters
	// Resource is the ARN that the action acts on, or "*" for an action that
	// names none.
	Resource string
	// ResourceAccount owns Resource. When it is empty it is the account in
	// Resource, and where that names none (buckets) the caller's own.
	ResourceAccount string
	Context         *Context // nil is an empty context
}

// Layers are the policies that apply to a request. A layer that is nil takes no
// part. One that is not nil and empty takes part and allows nothing. A nil
// *Policy inside a layer stands for one that could not be read: it denies.
type Layers struct {
	Identity []*Policy // of the user and its groups, or of the role
	Boundary []*Policy // the permissions boundary
	Session  []*Policy // the session policies
	Resource *Policy   // of the resource, or with Trust the role's trust policy

	// SCP and RCP have a level for the root, one for each OU, one for the
	// account, in any order: each must allow. SCPs are those of the caller's
	// account, RCPs those of the resource's (RCPFullAWSAccess included). They
	// are left out by Decide for callers and services that they do not bind.
	SCP, RCP [][]*Policy

	Endpoint []*Policy // of the VPC endpoint that the request came through

	// Trust says that Resource is a role trust policy. Requests for
	// sts:AssumeRole and its kin are always decided so.
	Trust bool
}

// Schema are the facts about AWS's services that policies depend on. Its
// methods are called from many goroutines, HasResourceTypes and RCPCapable in
// the course of Decide.
type Schema interface {
	// Multivalued reports whether requests can have several values of the
	// condition key, given in lower case. An unknown key has one.
	Multivalued(key string) bool
	// HasResourceTypes reports whether policies can name resources for the
	// action. Without resource types only Resource "*" matches it. An unknown
	// action has them.
	HasResourceTypes(action string) bool
	// RCPCapable reports whether RCPs apply to the service, given by the prefix
	// of its actions in lower case.
	RCPCapable(service string) bool
}
