package sts

import (
	"errors"
	"fmt"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/stsapi"
)

// issue seals a session and returns its credentials. packed is the share of
// the token's room that policies and tags take, in percent; nil when there are
// none, as AWS leaves it out.
func (s *Service) issue(c *api.Call, n *session.Session, duration time.Duration) (creds *stsapi.Credentials, packed *int32, err error) {
	n.Issued = c.Now.UTC().Truncate(time.Second)
	n.Expires = n.Issued.Add(duration)
	token, percent, err := s.sessions.Issue(c.Snapshot, n)
	var large *session.TooLargeError
	if errors.As(err, &large) {
		return nil, nil, stsapi.PackedPolicyTooLarge("Packed size of session policies and tags consumes %d%% of allotted space.", large.Percent)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("seal a session of %s: %w", n.PrincipalID, err)
	}
	if percent > 0 {
		p := int32(percent)
		packed = &p
	}
	return &stsapi.Credentials{AccessKeyId: n.AccessKeyID, SecretAccessKey: n.Secret, SessionToken: token, Expiration: n.Expires}, packed, nil
}
