package authz

import "github.com/writ-iam/writ/engine"

// Vouched says which identity provider speaks for a caller.
type Vouched struct {
	Provider string // as policies name it: an ARN, or the name of a built-in provider
	Type     string // what events call such a caller: "WebIdentityUser"
	Name     string // what events call the provider
}

// NewVouched returns a caller without an account, for whom an identity provider
// speaks. userID is the caller's principal id in events.
func NewVouched(v Vouched, userID, name string) *Caller {
	return &Caller{Kind: engine.Federated, UserID: userID, Name: name, Vouched: &v}
}
