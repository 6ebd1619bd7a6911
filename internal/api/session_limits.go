package api

import (
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
)

// barred refuses what some temporary credentials cannot be used for, whatever
// policies say. See "Compare AWS STS credentials" in the IAM User Guide. A
// browser's calls, which have no signature, may use IAM as a federated user: see
// GetFederationToken in the STS API Reference.
func (c *Call) barred() *shape.Error {
	s := c.Caller.Session
	if s == nil {
		return nil
	}
	name := c.operationName
	if name == "GetSessionToken" || name == "GetFederationToken" {
		return nil // these refuse all sessions, in words of their own
	}
	allowed := true
	switch {
	case s.Kind == session.FederatedUser && c.Service.Name == "iam":
		allowed = c.signature == nil
	case s.Kind == session.FederatedUser && c.Service.Name == "sts":
		allowed = name == "GetCallerIdentity"
	case s.Kind == session.SessionToken && c.Service.Name == "iam":
		allowed = !s.MFA.IsZero()
	case s.Kind == session.SessionToken && c.Service.Name == "sts":
		allowed = name == "GetCallerIdentity" || name == "AssumeRole"
	}
	if allowed {
		return nil
	}
	return c.protocol.refusal(failure{kind: badToken})
}
