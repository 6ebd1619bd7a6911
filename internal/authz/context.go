package authz

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
)

// Facts are what a request itself says, whoever sends it.
type Facts struct {
	Now             time.Time
	SourceIP        netip.Addr // invalid when not known: aws:SourceIp is then absent
	SecureTransport bool
	UserAgent       string
	Referer         string
	Region          string // region of the credential scope
	SignatureAge    time.Duration
	AuthType        string    // "REST-HEADER", "REST-QUERY-STRING"
	MFA             time.Time // when the caller used an MFA device with this request; zero without one
}

// setContext sets the global condition keys, those of the caller and those of
// the check. See "AWS global condition context keys" in the IAM User Guide.
func (w *work) setContext(snap *state.Snapshot, req *Request, check *Check, owner string) {
	w.ctx.Reset()
	w.setFacts(&req.Facts)
	w.ctx.SetPrincipal(&w.req.Principal)
	if req.Caller.Kind != engine.Anonymous && req.Caller.Kind != engine.Federated {
		w.setCaller(snap, req)
	}
	w.setResource(snap, check, owner)
	for name, values := range check.Context {
		w.ctx.Set(name, values...)
	}
}

func (w *work) setTime(now time.Time) {
	w.ctx.Set("aws:CurrentTime", now.UTC().Format(time.RFC3339))
	w.ctx.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
}

func (w *work) setFacts(f *Facts) {
	c := &w.ctx
	w.setTime(f.Now)
	c.Set("aws:SecureTransport", strconv.FormatBool(f.SecureTransport))
	if f.SourceIP.IsValid() {
		c.Set("aws:SourceIp", f.SourceIP.String())
	}
	if f.UserAgent != "" {
		c.Set("aws:UserAgent", f.UserAgent)
	}
	if f.Referer != "" {
		c.Set("aws:Referer", f.Referer)
	}
	if f.Region != "" {
		c.Set("aws:RequestedRegion", f.Region)
	}
	c.Set("aws:ViaAWSService", "false")
}

func (w *work) setCaller(snap *state.Snapshot, req *Request) {
	w.setPrincipalOrg(snap, req.Caller.Account)
	w.setPrincipalTags(snap, req.Caller)
	w.setSession(req.Caller)
	w.setMFA(&req.Facts, req.Caller)
}

func (w *work) setPrincipalOrg(snap *state.Snapshot, account string) {
	if org := snap.Organization(); org != nil {
		w.ctx.Set("aws:PrincipalOrgID", org.ID)
		w.ctx.Set("aws:PrincipalOrgPaths", snap.OrgPath(account))
		w.ctx.Set("aws:PrincipalOrgMasterAccountId", org.ManagementAccount)
	}
}

// setPrincipalTags sets aws:PrincipalTag: the tags of the user or role, over
// which the session's tags win.
func (w *work) setPrincipalTags(snap *state.Snapshot, c *Caller) {
	if r, ok := c.role(snap); ok {
		w.setTags("aws:PrincipalTag/", r.Tags)
	} else if u, ok := snap.UserByID(c.ID); ok && (c.Kind == engine.User || c.Kind == engine.FederatedUser) {
		w.setTags("aws:PrincipalTag/", u.Tags)
	}
	if c.Session == nil {
		return
	}
	for _, t := range c.Session.Tags {
		w.ctx.Set("aws:PrincipalTag/"+t.Key, t.Value)
	}
}

// setSession sets the keys that only temporary credentials have.
func (w *work) setSession(c *Caller) {
	s := c.Session
	if s == nil {
		return
	}
	w.ctx.Set("aws:TokenIssueTime", s.Issued.UTC().Format(time.RFC3339))
	if c.OnRootTask() {
		w.ctx.Set("aws:AssumedRoot", "true")
	}
	if s.SourceIdentity != "" {
		w.ctx.Set("aws:SourceIdentity", s.SourceIdentity)
	}
	if s.Provider != "" {
		w.ctx.Set("aws:FederatedProvider", s.Provider)
	}
	if s.SignIn != "" {
		w.ctx.Set("aws:SignInSessionArn", arn.SignInSession(s.Account, s.SignIn))
	}
	for i := 0; i < len(s.Context); { // values of one key stand side by side
		key, values := s.Context[i].Key, []string(nil)
		for ; i < len(s.Context) && s.Context[i].Key == key; i++ {
			values = append(values, s.Context[i].Value)
		}
		w.ctx.Set(key, values...)
	}
}

// setMFA sets the keys that say whether the caller used an MFA device, with
// this request or when its session was made. Long-term credentials by
// themselves have neither key.
func (w *work) setMFA(f *Facts, c *Caller) {
	at := f.MFA
	if at.IsZero() && c.Session != nil {
		at = c.Session.MFA
	}
	if at.IsZero() && c.Session == nil {
		return
	}
	w.ctx.Set("aws:MultiFactorAuthPresent", strconv.FormatBool(!at.IsZero()))
	if !at.IsZero() {
		w.ctx.Set("aws:MultiFactorAuthAge", strconv.FormatInt(int64(f.Now.Sub(at)/time.Second), 10))
	}
}

func (w *work) setResource(snap *state.Snapshot, check *Check, owner string) {
	w.setOwner(snap, owner)
	w.setTags("aws:ResourceTag/", check.Tags)
	if service(check.Action) == "iam" {
		w.setTags("iam:ResourceTag/", check.Tags)
	}
}

func (w *work) setOwner(snap *state.Snapshot, owner string) {
	w.ctx.Set("aws:ResourceAccount", owner)
	if org := snap.Organization(); org != nil {
		if _, held := snap.Account(owner); held {
			w.ctx.Set("aws:ResourceOrgID", org.ID)
			w.ctx.Set("aws:ResourceOrgPaths", snap.OrgPath(owner))
		}
	}
}

func (w *work) setTags(prefix string, tags []state.Tag) {
	for i, t := range tags {
		values := []string{t.Value}
		for j, other := range tags { // tag keys may differ in case, condition keys may not
			if i != j && engine.SameKey(other.Key, t.Key) {
				values = append(values, other.Value)
			}
		}
		w.ctx.Set(prefix+t.Key, values...)
	}
}
