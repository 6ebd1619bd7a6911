package state

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// DelegationState is where a delegation request stands. See "Understanding the
// request lifecycle" in the IAM User Guide.
type DelegationState string

// The states that are kept. A request is expired by time alone.
const (
	DelegationUnassigned      DelegationState = "UNASSIGNED"
	DelegationAssigned        DelegationState = "ASSIGNED"
	DelegationPendingApproval DelegationState = "PENDING_APPROVAL"
	DelegationAccepted        DelegationState = "ACCEPTED"
	DelegationFinalized       DelegationState = "FINALIZED"
	DelegationRejected        DelegationState = "REJECTED"
	DelegationExpired         DelegationState = "EXPIRED" // never stored: see StateAt
)

// DelegationRequest is a product provider's request to act for a while as a
// principal of another account, with no more than Policy allows.
type DelegationRequest struct {
	ID            string `cbor:"1,keyasint"` // a UUID
	Requestor     string `cbor:"2,keyasint"` // account of the product provider
	RequestorName string `cbor:"3,keyasint,omitempty"`
	WorkflowID    string `cbor:"4,keyasint"` // the provider's own id, unique in its account

	Template   string                `cbor:"5,keyasint"` // ARN
	Parameters []DelegationParameter `cbor:"6,keyasint,omitempty"`
	Policy     *Document             `cbor:"7,keyasint"` // what became of them, a session policy

	Description     string        `cbor:"8,keyasint,omitempty"`
	Message         string        `cbor:"9,keyasint,omitempty"`
	Channel         string        `cbor:"10,keyasint"`
	RedirectURL     string        `cbor:"11,keyasint,omitempty"`
	Duration        time.Duration `cbor:"12,keyasint"` // of the delegated session
	OnlySendByOwner bool          `cbor:"13,keyasint,omitempty"`

	// OwnerAccount is the account that the request is for, "" for any; Owner
	// is the principal of it that has taken the request up, and OwnerID its id
	// as GetCallerIdentity shows it.
	OwnerAccount string `cbor:"14,keyasint,omitempty"`
	Owner        string `cbor:"15,keyasint,omitempty"`
	OwnerID      string `cbor:"16,keyasint,omitempty"`

	State     DelegationState     `cbor:"17,keyasint"`
	Notes     string              `cbor:"18,keyasint,omitempty"` // of whom forwarded it
	Rejection string              `cbor:"19,keyasint,omitempty"` // why it was rejected
	Approver  *DelegationApprover `cbor:"20,keyasint,omitempty"` // nil before it is accepted
	Token     Secret              `cbor:"21,keyasint,omitempty"` // the exchange token, of a finalized request

	Created time.Time `cbor:"22,keyasint"`
	Updated time.Time `cbor:"23,keyasint"`
	Seq     uint64    `cbor:"24,keyasint"` // order of creation; from Tx.NextSeq

	Exchanged time.Time `cbor:"25,keyasint,omitzero"` // when the token was used; it is used once
}

// DelegationParameter is a parameter of a policy template with its values.
type DelegationParameter struct {
	Name   string   `cbor:"1,keyasint"`
	Values []string `cbor:"2,keyasint"`
	List   bool     `cbor:"3,keyasint,omitempty"` // of type stringList
}

// DelegationApprover is the principal whose permissions are delegated, as it
// was when it accepted: what the delegated session has to be made of.
type DelegationApprover struct {
	ARN            string    `cbor:"1,keyasint"`
	PrincipalID    string    `cbor:"2,keyasint"` // unique id of the user or role, the account of its root user
	SessionName    string    `cbor:"3,keyasint,omitempty"`
	SourceIdentity string    `cbor:"4,keyasint,omitempty"`
	MFA            time.Time `cbor:"5,keyasint,omitzero"`
	SessionPolicy  string    `cbor:"6,keyasint,omitempty"`
	SessionARNs    []string  `cbor:"7,keyasint,omitempty"` // managed session policies
	SessionTags    []Tag     `cbor:"8,keyasint,omitempty"`
	Provider       string    `cbor:"9,keyasint,omitempty"`  // that vouched for the session
	Context        []Tag     `cbor:"10,keyasint,omitempty"` // condition keys that it gave
	TransitiveKeys []string  `cbor:"11,keyasint,omitempty"` // of SessionTags, those that further sessions have too
}

// Expires returns when the request expires unless its state changes: after one
// day when nobody has taken it up, else after seven.
func (r *DelegationRequest) Expires() time.Time {
	if r.State == DelegationUnassigned {
		return r.Updated.AddDate(0, 0, 1)
	}
	return r.Updated.AddDate(0, 0, 7)
}

// StateAt returns the state of the request at a time.
func (r *DelegationRequest) StateAt(now time.Time) DelegationState {
	if !now.Before(r.Expires()) {
		return DelegationExpired
	}
	return r.State
}

// TokenExpires returns when the exchange token of a finalized request ends,
// and with it every session that is made of it.
func (r *DelegationRequest) TokenExpires() time.Time { return r.Updated.Add(r.Duration) }

// PolicyARN is the name of the resource-based policy of the request, which
// holds the permissions that its owner has by default.
func (r *DelegationRequest) PolicyARN() string { return arn.DelegationRequest(r.Requestor, r.ID) }

type delegationTables struct {
	rows        index[*DelegationRequest]
	byWorkflow  index[*DelegationRequest] // requestor, workflow id
	byRequestor index[*DelegationRequest] // requestor, order
	byAccount   index[*DelegationRequest] // owner account, order: those that have an owner
	byOwner     index[*DelegationRequest] // id of the owner, order
}

var delegationRequests = table[DelegationRequest]{
	prefix:  "delegation",
	key:     func(r *DelegationRequest) string { return r.ID },
	account: func(r *DelegationRequest) string { return r.Requestor },
	rows:    func(s *Snapshot) *index[*DelegationRequest] { return &s.delegationRequests.rows },
	index: func(s *Snapshot, r *DelegationRequest, on bool) {
		t, order := &s.delegationRequests, sequence(r.Seq)
		t.byWorkflow.put(s, on, r.Requestor, r.WorkflowID, "", r)
		t.byRequestor.put(s, on, r.Requestor, order, "", r)
		if r.OwnerID != "" {
			t.byAccount.put(s, on, r.OwnerAccount, order, "", r)
			t.byOwner.put(s, on, r.OwnerID, order, "", r)
		}
	},
	check: checkDelegationRequest,
}

func checkDelegationRequest(s *Snapshot, r *DelegationRequest) error {
	if _, ok := s.Account(r.Requestor); !ok {
		return fmt.Errorf("no account %s", r.Requestor)
	}
	if r.Policy == nil || r.Policy.Kind != policy.Session {
		return errors.New("no session policy")
	}
	var owned, accepted bool
	switch r.State {
	case DelegationUnassigned:
	case DelegationAssigned, DelegationPendingApproval, DelegationRejected:
		owned = true
	case DelegationAccepted, DelegationFinalized:
		owned, accepted = true, true
	default:
		return fmt.Errorf("state %q", r.State)
	}
	switch {
	case owned != (r.OwnerID != "") || owned != (r.Owner != "") || owned && r.OwnerAccount == "":
		return fmt.Errorf("%s with the owner %q", r.State, r.Owner)
	case accepted && r.Approver == nil:
		return fmt.Errorf("%s without an approver", r.State)
	case (r.State == DelegationFinalized) != (r.Token != ""):
		return fmt.Errorf("%s: has an exchange token: %t", r.State, r.Token != "")
	case r.State != DelegationFinalized && !r.Exchanged.IsZero():
		return fmt.Errorf("%s with a used exchange token", r.State)
	}
	return nil
}

// DelegationRequest returns a delegation request by its id.
func (s *Snapshot) DelegationRequest(id string) (*DelegationRequest, bool) {
	return s.delegationRequests.rows.get(id, "", "")
}

// DelegationRequestOf returns the request that a product provider knows by
// that workflow id.
func (s *Snapshot) DelegationRequestOf(requestor, workflowID string) (*DelegationRequest, bool) {
	return s.delegationRequests.byWorkflow.get(requestor, workflowID, "")
}

// DelegationRequestsFrom yields the requests that an account has made, in
// order of creation.
func (s *Snapshot) DelegationRequestsFrom(requestor string) iter.Seq[*DelegationRequest] {
	return s.delegationRequests.byRequestor.under(requestor)
}

// NumDelegationRequestsFrom returns how many requests an account has made.
func (s *Snapshot) NumDelegationRequestsFrom(requestor string) int {
	return s.delegationRequests.byRequestor.count(requestor)
}

// DelegationRequests yields the requests that principals of an account have
// taken up, behind that sequence number, in order of creation.
func (s *Snapshot) DelegationRequests(account string, afterSeq uint64) iter.Seq[*DelegationRequest] {
	return s.delegationRequests.byAccount.after(account, sequence(afterSeq), "")
}

// DelegationRequestsOwnedBy yields the requests of an owner, named as
// GetCallerIdentity does, in order of creation.
func (s *Snapshot) DelegationRequestsOwnedBy(id string) iter.Seq[*DelegationRequest] {
	return s.delegationRequests.byOwner.under(id)
}

// PutDelegationRequest adds or replaces a delegation request.
func (tx *Tx) PutDelegationRequest(r *DelegationRequest) { put(tx, &delegationRequests, r) }

// DeleteDelegationRequest removes a delegation request with its policy.
func (tx *Tx) DeleteDelegationRequest(r *DelegationRequest) {
	tx.DeleteResourcePolicy(r.PolicyARN())
	remove(tx, &delegationRequests, r)
}
