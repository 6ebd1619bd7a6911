package sts

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// maxTradeInToken bounds what is looked at; a token is far shorter.
const maxTradeInToken = 256

// tradesToken: the token says what it is for, and the permission names nothing.
func tradesToken(*api.Call, *stsapi.GetDelegatedAccessTokenInput) []api.Check {
	return []api.Check{{Action: "sts:GetDelegatedAccessToken", Resource: "*"}}
}

// getDelegatedAccessToken implements GetDelegatedAccessToken: an exchange token
// of a delegation request becomes a session of whoever accepted the request,
// within the request's policy and until its time is over. A token works once,
// and for the account alone that made the request.
func (s *Service) getDelegatedAccessToken(ctx context.Context, c *api.Call, in *stsapi.GetDelegatedAccessTokenInput) (*stsapi.GetDelegatedAccessTokenOutput, error) {
	r, err := tradable(c, c.Snapshot, in.TradeInToken, c.Now)
	if err != nil {
		return nil, err
	}
	n, err := delegatedSession(c.Snapshot, r)
	if err != nil {
		return nil, err
	}
	creds, _, err := s.issue(c, n, r.TokenExpires().Truncate(time.Second).Sub(c.Now.Truncate(time.Second)))
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*stsapi.GetDelegatedAccessTokenOutput, error) {
		r, err := tradable(c, tx.Snapshot, in.TradeInToken, tx.Now())
		if err != nil {
			return nil, err
		}
		used := *r
		used.Exchanged = tx.Now()
		tx.PutDelegationRequest(&used)
		return &stsapi.GetDelegatedAccessTokenOutput{Credentials: creds, AssumedPrincipal: &used.Approver.ARN}, nil
	})
}

// tradable returns the delegation request of a token that can be exchanged. It
// does not tell why a token is not valid.
func tradable(c *api.Call, snap *state.Snapshot, token string, now time.Time) (*state.DelegationRequest, error) {
	id, _, _ := strings.Cut(token, ".")
	r, ok := snap.DelegationRequest(id)
	if !ok || len(token) > maxTradeInToken || r.Token == "" || r.Requestor != c.Account ||
		subtle.ConstantTimeCompare([]byte(r.Token), []byte(token)) != 1 {
		return nil, accessDenied(tokenInvalid)
	}
	if !r.Exchanged.IsZero() || !now.Before(r.TokenExpires()) {
		return nil, stsapi.ExpiredTradeInTokenException(tokenExpired)
	}
	return r, nil
}

// delegatedSession is the session that a request comes to. The policies of one
// session cannot be narrowed by those of another: whoever accepted under
// session policies delegates nothing.
func delegatedSession(snap *state.Snapshot, r *state.DelegationRequest) (*session.Session, error) {
	a := r.Approver
	if a.SessionPolicy != "" || len(a.SessionARNs) > 0 {
		return nil, accessDenied(approverHeld)
	}
	n := &session.Session{
		Account: r.OwnerAccount, PrincipalID: a.PrincipalID, Name: a.SessionName, MFA: a.MFA, SourceIdentity: a.SourceIdentity,
		Policy: r.Policy.Text, Tags: tagsOfSession(a.SessionTags), TransitiveTagKeys: a.TransitiveKeys,
		Provider: a.Provider, Context: tagsOfSession(a.Context), Delegate: r.Requestor,
	}
	if role, ok := snap.RoleByID(a.PrincipalID); ok && role.Account == r.OwnerAccount {
		n.Kind = session.DelegatedRole
		return n, nil
	}
	user, ok := snap.UserByID(a.PrincipalID)
	if a.PrincipalID != r.OwnerAccount && (!ok || user.Account != r.OwnerAccount) {
		return nil, accessDenied(approverGone)
	}
	n.Kind = session.DelegatedUser
	return n, nil
}

func tagsOfSession(tags []state.Tag) []session.Tag {
	var kept []session.Tag
	for _, t := range tags {
		kept = append(kept, session.Tag{Key: t.Key, Value: t.Value})
	}
	return kept
}
