package engine

import "github.com/writ-iam/writ/policy"

// Effect is the outcome of a request. The zero Effect is ImplicitDeny.
type Effect uint8

// The outcomes, as AWS names them.
const (
	ImplicitDeny Effect = iota // nothing allows the request
	ExplicitDeny               // a statement denies it
	Allow
)

var effects = [...]string{"ImplicitDeny", "ExplicitDeny", "Allow"}

// String returns the name of the effect, "ImplicitDeny" for instance.
func (e Effect) String() string {
	if int(e) < len(effects) {
		return effects[e]
	}
	return effects[ImplicitDeny]
}

// Layer is a kind of policy that takes part in a decision.
type Layer uint8

// The layers. NoLayer decides where no policy does: for a request that names no
// known principal or action, and for the exceptions in exceptions.go.
const (
	NoLayer Layer = iota
	IdentityLayer
	BoundaryLayer
	SessionLayer
	ResourceLayer
	TrustLayer // a role's trust policy, in place of ResourceLayer
	SCPLayer
	RCPLayer
	EndpointLayer
)

var layers = [...]string{"", "identity", "boundary", "session", "resource", "trust", "scp", "rcp", "vpcEndpoint"}

// String returns the short name of the layer, "boundary" for instance, "" for
// NoLayer.
func (l Layer) String() string {
	if int(l) < len(layers) {
		return layers[l]
	}
	return ""
}

// StatementRef names a statement. The zero StatementRef names none.
type StatementRef struct {
	Policy string      // the name given to Compile
	Kind   policy.Kind // of the policy; 0 in the zero StatementRef
	Level  int         // of SCPs and RCPs: the policy's level in Layers
	Place  int         // the policy's place in its layer or level, from 0
	Sid    string
	Index  int             // of the statement, from 0; -1 stands for the whole of an unreadable policy
	Start  policy.Position // of the statement's braces in the text of the policy
	End    policy.Position
}

// IsZero reports whether s names no statement.
func (s StatementRef) IsZero() bool { return s == StatementRef{} }

// Decision is the answer to a request. The zero Decision denies it.
type Decision struct {
	Effect Effect

	// Layer decided: that of Statement, or for an implicit deny the first
	// layer that had to allow the request and did not. A request across
	// accounts is allowed by its resource's account, after its caller's own.
	Layer Layer

	// Statement is the first statement that allowed or denied the request. It
	// is zero for an implicit deny, and where no statement was needed.
	Statement StatementRef
}
