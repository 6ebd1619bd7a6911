package authz

import (
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

// Caller is the authenticated principal of a request. It is immutable.
type Caller struct {
	Kind        engine.PrincipalKind
	Account     string
	ARN         string // as GetCallerIdentity shows it
	UserID      string // as GetCallerIdentity shows it: AIDA…, AROA…:NAME, ACCT:NAME
	ID          string // unique id of the user, or the role, or the user behind a federated session; of root the account id
	Name        string // user name; name of the session
	AccessKeyID string
	Session     *Session // nil for long-term credentials
	Vouched     *Vouched // of a caller for whom an identity provider speaks; nil for others
}

// Session is an opened session token with its session policy compiled.
type Session struct {
	*session.Session
	Inline *engine.Policy // nil when no inline session policy was passed
}

// Anonymous is who sends a request without a signature.
var Anonymous = &Caller{Kind: engine.Anonymous}

// IsRoot reports whether the caller is the root user of its account.
func (c *Caller) IsRoot() bool { return c.Kind == engine.Root }

// OnRootTask reports whether the caller is a root user by AssumeRoot, for one
// task.
func (c *Caller) OnRootTask() bool { return c.Session != nil && c.Session.Kind == session.RootTask }

// delegated reports whether the caller acts for another, within the session
// policy that the other has accepted.
func (c *Caller) delegated() bool {
	return c.Session != nil && (c.Session.Kind == session.DelegatedUser || c.Session.Kind == session.DelegatedRole)
}

// limited reports whether session policies bound the caller. A federated user
// is always bound: without session policies it has no permissions.
func (c *Caller) limited() bool {
	return c.Session != nil && (c.Kind == engine.FederatedUser || c.Session.Inline != nil || len(c.Session.PolicyARNs) > 0)
}

// role returns the role behind an assumed-role session.
func (c *Caller) role(snap *state.Snapshot) (*state.Role, bool) {
	if c.Kind != engine.AssumedRole {
		return nil, false
	}
	return snap.RoleByID(c.ID)
}

// principal describes the caller to the engine.
func (c *Caller) principal(snap *state.Snapshot) engine.Principal {
	p := engine.Principal{Kind: c.Kind, Account: c.Account, ARN: c.ARN, ID: c.ID, SessionBinds: c.delegated()}
	if acct, ok := snap.Account(c.Account); ok {
		p.Management = acct.Management
	}
	switch c.Kind {
	case engine.AssumedRole:
		p.SessionName = c.Name
		if r, ok := c.role(snap); ok {
			p.RoleARN = r.ARN()
			p.ServiceLinked = r.ServiceLinked()
		}
	case engine.Federated:
		p.Provider = c.Vouched.Provider
	case engine.FederatedUser:
		p.SessionName = c.Name
		p.IssuerID, p.ID = c.ID, ""
		if u, ok := snap.UserByID(c.ID); ok {
			p.IssuerARN = u.ARN()
		}
	}
	return p
}

// ForAccessKey returns the principal of a long-term access key. It reports
// false when the user is gone.
func ForAccessKey(snap *state.Snapshot, key *state.AccessKey) (*Caller, bool) {
	if key.UserID == key.Account {
		return root(key.Account, key.ID), true
	}
	u, ok := snap.UserByID(key.UserID)
	if !ok {
		return nil, false
	}
	return user(u, key.ID), true
}

func root(account, keyID string) *Caller {
	return &Caller{
		Kind: engine.Root, Account: account, ARN: "arn:aws:iam::" + account + ":root",
		UserID: account, ID: account, AccessKeyID: keyID,
	}
}

func user(u *state.User, keyID string) *Caller {
	return &Caller{
		Kind: engine.User, Account: u.Account, ARN: u.ARN(),
		UserID: u.ID, ID: u.ID, Name: u.Name, AccessKeyID: keyID,
	}
}

// ForUser returns a user who has shown who it is otherwise than by a key.
func ForUser(u *state.User) *Caller { return user(u, "") }

// hidden is what events call a user that does not exist: what somebody typed
// there may be a password.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// Claimed is somebody who would be a user of an account and has not shown it, as
// events name them; u is nil when the account has no such user. It can do
// nothing.
func Claimed(account string, u *state.User) *Caller {
	if u == nil {
		return &Caller{Kind: engine.User, Account: account, Name: hidden}
	}
	return &Caller{Kind: engine.User, Account: account, UserID: u.ID, Name: u.Name}
}

// ForSession returns the principal of an opened session. It reports false when
// the user or role is gone: a new one of the same name is another principal.
func ForSession(snap *state.Snapshot, s *Session) (*Caller, bool) {
	var c *Caller
	switch s.Kind {
	case session.AssumedRole, session.DelegatedRole:
		r, ok := snap.RoleByID(s.PrincipalID)
		if !ok || r.Account != s.Account {
			return nil, false
		}
		c = &Caller{
			Kind: engine.AssumedRole, Account: r.Account, ID: r.ID, Name: s.Name,
			ARN: "arn:aws:sts::" + r.Account + ":assumed-role/" + r.Name + "/" + s.Name, UserID: r.ID + ":" + s.Name,
		}
	case session.FederatedUser:
		if !issuerExists(snap, s) {
			return nil, false
		}
		c = &Caller{
			Kind: engine.FederatedUser, Account: s.Account, ID: s.PrincipalID, Name: s.Name,
			ARN: "arn:aws:sts::" + s.Account + ":federated-user/" + s.Name, UserID: s.Account + ":" + s.Name,
		}
	case session.SessionToken, session.DelegatedUser, session.RootTask, session.SignedIn:
		if !issuerExists(snap, s) {
			return nil, false
		}
		c = root(s.Account, "")
		if u, ok := snap.UserByID(s.PrincipalID); ok {
			c = user(u, "")
		}
	default:
		return nil, false
	}
	c.AccessKeyID, c.Session = s.AccessKeyID, s
	return c, true
}

// issuerExists reports whether the user (or the account, for its root user)
// that asked for the session is still there.
func issuerExists(snap *state.Snapshot, s *Session) bool {
	if s.PrincipalID == s.Account {
		_, ok := snap.Account(s.Account)
		return ok
	}
	u, ok := snap.UserByID(s.PrincipalID)
	return ok && u.Account == s.Account
}
