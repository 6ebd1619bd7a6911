package audit

import (
	"strings"
	"time"
)

// Event is one record in CloudTrail's terms. A zero member is left out where
// CloudTrail leaves it out. See "CloudTrail record contents for management,
// data, and network activity events" and "CloudTrail userIdentity element" in
// the AWS CloudTrail User Guide.
type Event struct {
	UserIdentity UserIdentity
	Time         time.Time
	Source       string // "iam.amazonaws.com"
	Name         string // "CreateRole"
	Region       string
	SourceIP     string
	UserAgent    string
	ErrorCode    string
	ErrorMessage string // cut at 1 KB

	// JSON objects as AppendElements makes them; nil is null, or left out for
	// AdditionalEventData. One that is larger than CloudTrail allows is
	// replaced by {"omitted":true}.
	RequestParameters   []byte
	ResponseElements    []byte
	AdditionalEventData []byte

	RequestID string
	ID        ID
	ReadOnly  bool

	// Resources are printed and can be looked up. Mentioned can be looked up
	// only: CloudTrail finds an IAM user by name although the event has no
	// resources element.
	Resources []Resource
	Mentioned []Resource

	Type               string // "" is AwsApiCall
	Data               bool   // a data event, not a management event
	RecipientAccountID string
	SharedEventID      string
	TLS                TLSDetails
}

// UserIdentity says who called.
type UserIdentity struct {
	Type           string // Root, IAMUser, AssumedRole, FederatedUser, AWSAccount, AWSService, …
	PrincipalID    string
	ARN            string
	AccountID      string
	AccessKeyID    string
	UserName       string
	SessionContext *SessionContext // of temporary credentials
	InvokedBy      string
	// InvokedByDelegate is the account that acts by temporary delegation.
	InvokedByDelegate string
	// IdentityProvider vouched for a SAMLUser or WebIdentityUser.
	IdentityProvider string
}

// SessionContext says how temporary credentials came to be.
type SessionContext struct {
	Issuer           SessionIssuer
	WebIDFederation  WebIDFederation
	CreationDate     time.Time
	MFAAuthenticated bool
	SourceIdentity   string
	AssumedRoot      bool // a session of AssumeRoot
}

// SessionIssuer is the role or user that the session belongs to.
type SessionIssuer struct {
	Type, PrincipalID, ARN, AccountID, UserName string
}

// WebIDFederation says which identity provider vouched for the caller.
type WebIDFederation struct {
	FederatedProvider string
	Attributes        []byte // a JSON object
}

// Resource is something that the call was about.
type Resource struct {
	ARN       string
	AccountID string
	Type      string // "AWS::IAM::Role"
}

// TLSDetails are of the connection that the call came by.
type TLSDetails struct {
	Version, CipherSuite, ClientProvidedHostHeader string
}

// Record returns the record of e. Its JSON is appended to json and its
// attributes to attrs, so that a caller who keeps both allocates nothing.
func (e *Event) Record(json []byte, attrs []Attribute) Record {
	return Record{ID: e.ID, Time: e.Time, CloudTrail: e.AppendJSON(json), Attributes: e.appendAttributes(attrs)}
}

func (e *Event) appendAttributes(dst []Attribute) []Attribute {
	readOnly := "false"
	if e.ReadOnly {
		readOnly = "true"
	}
	for _, a := range [...]Attribute{
		{AccountID, e.RecipientAccountID},
		{EventSource, e.Source},
		{EventName, e.Name},
		{ReadOnly, readOnly},
		{Username, e.UserIdentity.lookupName()},
		{AccessKeyID, e.UserIdentity.AccessKeyID},
		{RequestID, e.RequestID},
		{PrincipalID, e.UserIdentity.entity()},
	} {
		if a.Value != "" {
			dst = append(dst, a)
		}
	}
	dst = appendResources(dst, e.Resources)
	return appendResources(dst, e.Mentioned)
}

// appendResources makes each resource findable by type, ARN and name.
func appendResources(dst []Attribute, resources []Resource) []Attribute {
	for i := range resources {
		r := &resources[i]
		name := r.ARN[strings.LastIndexAny(r.ARN, ":/")+1:]
		for _, a := range [...]Attribute{{ResourceType, r.Type}, {ResourceName, r.ARN}, {ResourceName, name}} {
			if a.Value != "" && !contains(dst, a) {
				dst = append(dst, a)
			}
		}
	}
	return dst
}

func contains(attrs []Attribute, want Attribute) bool {
	for _, a := range attrs {
		if a == want {
			return true
		}
	}
	return false
}

// lookupName is what CloudTrail's look-up calls Username: the name of a user,
// or of the session of a role or federated user.
func (u *UserIdentity) lookupName() string {
	switch {
	case u.Type == "Root":
		return "root"
	case u.UserName != "":
		return u.UserName
	}
	_, session, _ := strings.Cut(u.PrincipalID, ":")
	return session
}

// entity is the unique id of the user or role that acts, also through a session
// and also for a federated user that it vouches for; of a root user it is the
// account's id.
func (u *UserIdentity) entity() string {
	if u.Type == "FederatedUser" && u.SessionContext != nil {
		return u.SessionContext.Issuer.PrincipalID
	}
	if u.IdentityProvider != "" {
		return "" // what a provider calls somebody is no entity here
	}
	id, _, _ := strings.Cut(u.PrincipalID, ":")
	return id
}
