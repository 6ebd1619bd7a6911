package iam

import (
	"context"
	"encoding/base64"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

const (
	credentialServiceKey = "iam:ServiceSpecificCredentialServiceName"
	credentialAgeKey     = "iam:ServiceSpecificCredentialAgeDays"
)

// credentialServices are the services with service-specific credentials. Those
// that are true have API keys, which can expire; the others user names with
// passwords.
var credentialServices = map[string]bool{
	"bedrock.amazonaws.com":    true,
	"cassandra.amazonaws.com":  false,
	"codecommit.amazonaws.com": false,
}

func createsServiceCredential(c *api.Call, in *iamapi.CreateServiceSpecificCredentialInput) []api.Check {
	check := with(users.on(c, in.UserName), credentialServiceKey, in.ServiceName)
	if in.CredentialAgeDays != nil {
		check = with(check, credentialAgeKey, strconv.Itoa(int(*in.CredentialAgeDays)))
	}
	return only(check)
}

func (s *Service) createServiceCredential(ctx context.Context, c *api.Call, in *iamapi.CreateServiceSpecificCredentialInput) (*iamapi.CreateServiceSpecificCredentialOutput, error) {
	apiKey, ok := credentialServices[in.ServiceName]
	if !ok {
		return nil, iamapi.NotSupportedService(serviceUnsupported)
	}
	if in.CredentialAgeDays != nil && !apiKey {
		return nil, invalid(ageUnsupported, in.ServiceName)
	}
	password, err := awsid.NewPassword(s.rand)
	if err != nil {
		return nil, fmt.Errorf("make a password: %w", err)
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateServiceSpecificCredentialOutput, error) {
		who, err := self(c, tx.Snapshot, &in.UserName)
		if err != nil {
			return nil, err
		}
		n := 0
		for _, other := range tx.ServiceCredentials(who.id) {
			if other.Service == in.ServiceName {
				n++
			}
		}
		if err := s.quotas.room(serviceCredentialsPerUser, n); err != nil {
			return nil, err
		}
		cred := &state.ServiceCredential{
			ID: tx.NewID(awsid.ServiceCredential), Account: c.Account, UserID: who.id, Service: in.ServiceName,
			Name: credentialName(tx.Snapshot, c.Account, in.ServiceName, who.name), Active: true, Created: tx.Now(), Seq: tx.NextSeq(),
		}
		if in.CredentialAgeDays != nil {
			cred.Expires = tx.Now().AddDate(0, 0, int(*in.CredentialAgeDays))
		}
		cred.Secret = credentialSecret(cred, password)
		tx.PutServiceCredential(cred)
		return &iamapi.CreateServiceSpecificCredentialOutput{ServiceSpecificCredential: newServiceCredentialShape(who.name, cred, c.Now)}, nil
	})
}

// listsServiceCredentials: with AllUsers it is about every user of the account.
func listsServiceCredentials(c *api.Call, in *iamapi.ListServiceSpecificCredentialsInput) []api.Check {
	if or(in.AllUsers, false) {
		return only(api.Check{Action: action(c), Resource: arn.User(c.Account, "/", "*")})
	}
	return onSelf(c, in.UserName)
}

func (s *Service) listServiceCredentials(_ context.Context, c *api.Call, in *iamapi.ListServiceSpecificCredentialsInput) (*iamapi.ListServiceSpecificCredentialsOutput, error) {
	if in.ServiceName != nil {
		if _, ok := credentialServices[*in.ServiceName]; !ok {
			return nil, iamapi.NotSupportedService(serviceUnsupported)
		}
	}
	p, err := s.page(c, or(in.UserName, ""), in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	found, err := behindOf(c, p, in)
	if err != nil {
		return nil, err
	}
	creds := fill(p, found, func(c *state.ServiceCredential) string { return order(c.Seq) })
	out := &iamapi.ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: shapes(creds, func(cred *state.ServiceCredential) iamapi.ServiceSpecificCredentialMetadata {
		return serviceCredentialShape(c.Snapshot, cred, c.Now)
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// behindOf yields the credentials that a list is of, from the page on.
func behindOf(c *api.Call, p *page, in *iamapi.ListServiceSpecificCredentialsInput) (iter.Seq[*state.ServiceCredential], error) {
	after, err := behindOrder(p)
	if err != nil {
		return nil, err
	}
	var all iter.Seq[*state.ServiceCredential]
	switch {
	case !or(in.AllUsers, false):
		who, err := self(c, c.Snapshot, in.UserName)
		if err != nil {
			return nil, err
		}
		all = slices.Values(c.Snapshot.ServiceCredentials(who.id))
	case in.UserName != nil:
		return nil, invalid(allUsersOrOne)
	default:
		all = c.Snapshot.AllServiceCredentials(c.Account, after)
	}
	return func(yield func(*state.ServiceCredential) bool) {
		for cred := range all {
			if cred.Seq > after && cred.Service == or(in.ServiceName, cred.Service) && !yield(cred) {
				return
			}
		}
	}, nil
}

func resetsServiceCredential(c *api.Call, in *iamapi.ResetServiceSpecificCredentialInput) []api.Check {
	return onServiceCredential(c, in.UserName, in.ServiceSpecificCredentialId)
}

// resetServiceCredential implements ResetServiceSpecificCredential. An API key
// keeps its end.
func (s *Service) resetServiceCredential(ctx context.Context, c *api.Call, in *iamapi.ResetServiceSpecificCredentialInput) (*iamapi.ResetServiceSpecificCredentialOutput, error) {
	password, err := awsid.NewPassword(s.rand)
	if err != nil {
		return nil, fmt.Errorf("make a password: %w", err)
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.ResetServiceSpecificCredentialOutput, error) {
		who, old, err := ownServiceCredential(c, tx.Snapshot, in.UserName, in.ServiceSpecificCredentialId)
		if err != nil {
			return nil, err
		}
		cred := *old
		cred.Secret = credentialSecret(&cred, password)
		tx.PutServiceCredential(&cred)
		return &iamapi.ResetServiceSpecificCredentialOutput{ServiceSpecificCredential: newServiceCredentialShape(who.name, &cred, c.Now)}, nil
	})
}

func updatesServiceCredential(c *api.Call, in *iamapi.UpdateServiceSpecificCredentialInput) []api.Check {
	return onServiceCredential(c, in.UserName, in.ServiceSpecificCredentialId)
}

func (s *Service) updateServiceCredential(ctx context.Context, c *api.Call, in *iamapi.UpdateServiceSpecificCredentialInput) (*iamapi.UpdateServiceSpecificCredentialOutput, error) {
	if in.Status == iamapi.StatusTypeExpired { // time alone does that
		return nil, invalid(badKeyStatus)
	}
	return write[iamapi.UpdateServiceSpecificCredentialOutput](ctx, c, func(tx *state.Tx) error {
		_, cred, err := ownServiceCredential(c, tx.Snapshot, in.UserName, in.ServiceSpecificCredentialId)
		if err != nil {
			return err
		}
		changed := *cred
		changed.Active = in.Status == iamapi.StatusTypeActive
		tx.PutServiceCredential(&changed)
		return nil
	})
}

func deletesServiceCredential(c *api.Call, in *iamapi.DeleteServiceSpecificCredentialInput) []api.Check {
	return onServiceCredential(c, in.UserName, in.ServiceSpecificCredentialId)
}

func (s *Service) deleteServiceCredential(ctx context.Context, c *api.Call, in *iamapi.DeleteServiceSpecificCredentialInput) (*iamapi.DeleteServiceSpecificCredentialOutput, error) {
	return write[iamapi.DeleteServiceSpecificCredentialOutput](ctx, c, func(tx *state.Tx) error {
		_, cred, err := ownServiceCredential(c, tx.Snapshot, in.UserName, in.ServiceSpecificCredentialId)
		if err != nil {
			return err
		}
		tx.DeleteServiceCredential(cred)
		return nil
	})
}

// onServiceCredential is onSelf with the service of the credential as a
// condition key.
func onServiceCredential(c *api.Call, name *string, id string) []api.Check {
	checks := onSelf(c, name)
	if _, cred, err := ownServiceCredential(c, c.Snapshot, name, id); err == nil {
		checks[0] = with(checks[0], credentialServiceKey, cred.Service)
	}
	return checks
}

// ownServiceCredential returns a credential of the user of that name, or of
// the caller.
func ownServiceCredential(c *api.Call, snap *state.Snapshot, name *string, id string) (subject, *state.ServiceCredential, error) {
	who, err := self(c, snap, name)
	if err != nil {
		return who, nil, err
	}
	cred, ok := snap.ServiceCredential(id)
	if !ok || cred.UserID != who.id {
		return who, nil, notFound(serviceCredentialMissing, id)
	}
	return who, cred, nil
}

// credentialName is the name that a service knows a new credential by:
// ann-at-123456789012, and ann+1-at-123456789012 for her second. A name may be
// taken by one who had the user's name before.
func credentialName(snap *state.Snapshot, account, service, user string) string {
	name := user + "-at-" + account
	for n := 1; ; n++ {
		if _, taken := snap.ServiceCredentialNamed(account, service, name); !taken {
			return name
		}
		name = fmt.Sprintf("%s+%d-at-%s", user, n, account)
	}
}

// credentialSecret is what the client of a service presents: the password, or
// an API key, which holds its name too.
func credentialSecret(c *state.ServiceCredential, password string) state.Secret {
	if credentialServices[c.Service] {
		return state.Secret("ABSK" + base64.StdEncoding.EncodeToString([]byte(c.Name+":"+password)))
	}
	return state.Secret(password)
}

func serviceCredentialStatus(c *state.ServiceCredential, now time.Time) iamapi.StatusType {
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return iamapi.StatusTypeExpired
	}
	return statusOf(c.Active)
}

// newServiceCredentialShape shows the secret, which nothing does later.
func newServiceCredentialShape(user string, c *state.ServiceCredential, now time.Time) *iamapi.ServiceSpecificCredential {
	out := &iamapi.ServiceSpecificCredential{
		CreateDate: c.Created, ExpirationDate: optional(c.Expires), ServiceName: c.Service, ServiceSpecificCredentialId: c.ID,
		UserName: user, Status: serviceCredentialStatus(c, now),
	}
	secret := string(c.Secret)
	if credentialServices[c.Service] {
		out.ServiceCredentialAlias, out.ServiceCredentialSecret = &c.Name, &secret
	} else {
		out.ServiceUserName, out.ServicePassword = &c.Name, &secret
	}
	return out
}

func serviceCredentialShape(snap *state.Snapshot, c *state.ServiceCredential, now time.Time) iamapi.ServiceSpecificCredentialMetadata {
	out := iamapi.ServiceSpecificCredentialMetadata{
		CreateDate: c.Created, ExpirationDate: optional(c.Expires), ServiceName: c.Service, ServiceSpecificCredentialId: c.ID,
		Status: serviceCredentialStatus(c, now),
	}
	if u, ok := snap.UserByID(c.UserID); ok {
		out.UserName = u.Name
	}
	if credentialServices[c.Service] {
		out.ServiceCredentialAlias = &c.Name
	} else {
		out.ServiceUserName = &c.Name
	}
	return out
}
