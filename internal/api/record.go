package api

import (
	"crypto/tls"
	"encoding/json"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// record keeps the event of a call before its answer leaves. The event of a
// change rode in the change's commit; a call that is not authenticated is
// counted and not kept: anybody could fill the disk with those.
func (p *Pipeline) record(c *Call, out any, fail *shape.Error) *shape.Error {
	if c.refused != "" || c.Service == nil && c.page == nil || c.recorded {
		return fail
	}
	records, err := c.records(out, fail)
	if err == nil {
		err = p.Events.Append(records...)
	}
	if err == nil {
		return fail
	}
	p.Log.Error("event not kept", "request", c.RequestID, "err", err)
	if fail != nil {
		return fail
	}
	return internalFailure(err) // what cannot be recorded is not answered
}

// recordIn puts the event of a change into the change's commit.
func (c *Call) recordIn(tx *state.Tx, out any) error {
	records, err := c.records(out, nil)
	if err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		tx.Record(r.ID.String(), r.Time, audit.AppendRecord(nil, r), nil)
	}
	return nil
}

// records are the event of the call: one, or when it crosses accounts one for
// each of them, which share an id. A stranger's call is in the event store of
// whom it reached, and nowhere when it reached nobody.
func (c *Call) records(out any, fail *shape.Error) ([]audit.Record, error) {
	e := c.event(out, fail)
	var recipients []string
	if c.Account != "" {
		recipients = append(recipients, c.Account)
	}
	if owner := c.verdict.check.Account; owner != "" && owner != c.Account {
		if _, held := c.Snapshot.Account(owner); held {
			recipients = append(recipients, owner)
		}
	}
	if len(recipients) > 1 {
		shared, err := audit.NewID(c.pipeline.Rand)
		if err != nil {
			return nil, err
		}
		e.SharedEventID = shared.String()
	}
	decision := c.decision()
	records := make([]audit.Record, 0, len(recipients))
	for _, account := range recipients {
		id, err := audit.NewID(c.pipeline.Rand)
		if err != nil {
			return nil, err
		}
		e.ID, e.RecipientAccountID = id, account
		r := e.Record(nil, nil)
		r.Detail = c.detail(decision, account)
		records = append(records, r)
	}
	return records, nil
}

// event fills in what CloudTrail tells of a call.
func (c *Call) event(out any, fail *shape.Error) audit.Event {
	e := audit.Event{
		UserIdentity: c.identity(), Time: c.Now, Region: c.Region, RequestID: c.RequestID,
		UserAgent: clip(c.facts.UserAgent), TLS: c.tls(),
	}
	if c.facts.SourceIP.IsValid() {
		e.SourceIP = c.facts.SourceIP.String()
	}
	if fail != nil {
		e.ErrorCode, e.ErrorMessage = fail.Code, fail.Message
	}
	if c.page != nil {
		e.Source, e.Name, e.ReadOnly = c.page.Source, c.page.Name, c.page.ReadOnly
		e.Type, e.AdditionalEventData = c.page.Type, c.additional
		e.RequestParameters = c.asked
		if fail == nil {
			e.ResponseElements, e.ErrorMessage = c.given, c.failure
		}
		return e
	}
	e.Source, e.Name = c.Service.EventSource, c.operationName
	if c.op == nil {
		return e
	}
	e.ReadOnly, e.Data = c.op.readOnly, c.op.data
	switch {
	case c.told != nil:
		e.RequestParameters = c.elements(c.told)
	case c.input != nil:
		e.RequestParameters = c.elements(c.input)
	}
	if fail == nil && (!c.op.readOnly || c.op.issues) {
		e.ResponseElements = c.elements(out)
	}
	if r, ok := c.resource(); ok && c.listsResources() {
		e.Resources = []audit.Resource{r}
	} else if ok {
		e.Mentioned = []audit.Resource{r}
	}
	return e
}

// maxUserAgent is where CloudTrail cuts a user agent.
const maxUserAgent = 1 << 10

func clip(userAgent string) string {
	if len(userAgent) > maxUserAgent {
		return strings.ToValidUTF8(userAgent[:maxUserAgent], "")
	}
	return userAgent
}

// elements are the members of an input or output as CloudTrail prints them.
func (c *Call) elements(v any) []byte {
	if c.Service.Name == "sts" {
		return audit.AppendElementsTime(nil, v, audit.STSTime)
	}
	return audit.AppendElements(nil, v)
}

// listsResources reports whether CloudTrail has a resources element for the
// call: data events have, and those that reach into another account.
func (c *Call) listsResources() bool {
	return c.op.data || c.operationName == "AssumeRole" || c.op.vouch != nil
}

// decision is the decision on the call: in whole when it was denied, and else
// no more than what decided. Strangers, of whom there is no end, get no more
// either.
func (c *Call) decision() authz.Explanation {
	if !c.verdict.made {
		return authz.Explanation{}
	}
	req := authz.Request{Caller: c.Caller, Facts: c.facts}
	if c.verdict.decision.Effect == engine.Allow || c.Caller.Kind == engine.Anonymous {
		return authz.Brief(&req, &c.verdict.check, c.verdict.decision)
	}
	return c.pipeline.authorizer.Explain(c.Snapshot, &req, &c.verdict.check)
}

// detail is what of the decision the event of an account keeps.
func (c *Call) detail(e authz.Explanation, account string) []byte {
	if !c.verdict.made {
		return nil
	}
	owner := c.verdict.check.Account
	if owner == "" {
		owner = c.Account
	}
	b, err := json.Marshal(e.For(account, c.Account, owner))
	if err != nil {
		panic("api: an explanation is not JSON: " + err.Error()) // strings and numbers only
	}
	return b
}

func (c *Call) tls() audit.TLSDetails {
	if c.HTTP.TLS == nil {
		return audit.TLSDetails{}
	}
	return audit.TLSDetails{
		Version:                  tls.VersionName(c.HTTP.TLS.Version),
		CipherSuite:              tls.CipherSuiteName(c.HTTP.TLS.CipherSuite),
		ClientProvidedHostHeader: c.HTTP.Host,
	}
}

// resource is what the call was about: the resource of the check that decided
// it.
func (c *Call) resource() (audit.Resource, bool) {
	check := &c.verdict.check
	if !c.verdict.made || check.Resource == "" || check.Resource == "*" {
		return audit.Resource{}, false
	}
	owner := check.Account
	if owner == "" {
		owner = c.Account
	}
	return audit.Resource{ARN: check.Resource, AccountID: owner, Type: resourceType(check.Resource)}, true
}

// identity is CloudTrail's userIdentity. See "CloudTrail userIdentity element"
// in the AWS CloudTrail User Guide.
func (c *Call) identity() audit.UserIdentity {
	who := c.Caller
	id := audit.UserIdentity{PrincipalID: who.UserID, ARN: who.ARN, AccountID: who.Account, AccessKeyID: who.AccessKeyID}
	switch who.Kind {
	case engine.Root:
		id.Type = "Root"
	case engine.User:
		id.Type, id.UserName = "IAMUser", who.Name
	case engine.AssumedRole:
		id.Type = "AssumedRole"
	case engine.FederatedUser:
		id.Type = "FederatedUser"
	case engine.Federated:
		return audit.UserIdentity{Type: who.Vouched.Type, PrincipalID: who.UserID, UserName: who.Name, IdentityProvider: who.Vouched.Name}
	default:
		return audit.UserIdentity{Type: "AWSAccount", AccountID: "anonymous"}
	}
	if who.Session != nil {
		id.SessionContext, id.InvokedByDelegate = c.sessionContext(who), who.Session.Delegate
	}
	return id
}

func (c *Call) sessionContext(who *authz.Caller) *audit.SessionContext {
	s := who.Session
	sc := &audit.SessionContext{CreationDate: s.Issued, MFAAuthenticated: !s.MFA.IsZero(), SourceIdentity: s.SourceIdentity, AssumedRoot: who.OnRootTask()}
	if s.SignIn != "" {
		sc.SignInSessionARN = arn.SignInSession(s.Account, s.SignIn)
	}
	if s.Provider != "" && !strings.Contains(s.Provider, ":saml-provider/") {
		sc.WebIDFederation.FederatedProvider = s.Provider
	}
	if r, ok := c.Snapshot.RoleByID(s.PrincipalID); ok {
		sc.Issuer = audit.SessionIssuer{Type: "Role", PrincipalID: r.ID, ARN: r.ARN(), AccountID: r.Account, UserName: r.Name}
	} else if u, ok := c.Snapshot.UserByID(s.PrincipalID); ok && who.Kind == engine.FederatedUser {
		sc.Issuer = audit.SessionIssuer{Type: "IAMUser", PrincipalID: u.ID, ARN: u.ARN(), AccountID: u.Account, UserName: u.Name}
	}
	return sc
}
