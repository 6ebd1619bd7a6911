package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"time"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/accountfile"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

func readsAccountDetails(*api.Call) []api.Check {
	return []api.Check{{Action: "iam:GetAccountAuthorizationDetails", Resource: "*"}}
}

// accountDetailsPage shows an account whole, as the AWS CLI prints
// GetAccountAuthorizationDetails: the caller's, or to the management account's
// root user that of ?account=…
func (s *Server) accountDetailsPage() *api.Page {
	sys := s.current()
	return &api.Page{
		Source: "iam.amazonaws.com", Name: "GetAccountAuthorizationDetails", Checks: readsAccountDetails, ReadOnly: true,
		Do: func(_ context.Context, c *api.Call, w http.ResponseWriter, _ []byte) (any, error) {
			account := c.HTTP.URL.Query().Get("account")
			switch {
			case account == "":
				account = c.Account
			case account != c.Account && !c.OfManagementRoot():
				return nil, &shape.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: "Only the root user of the management account sees other accounts."}
			}
			if _, held := c.Snapshot.Account(account); !held {
				return nil, noSuchAccount(account)
			}
			c.Describe([]byte(`{"account":"`+account+`"}`), nil)
			return json.RawMessage(accountfile.Append(nil, sys.iam.AccountDetails(c, account))), nil
		},
	}
}

func noSuchAccount(account string) *shape.Error {
	return &shape.Error{Code: "AccountNotFoundException", Status: http.StatusNotFound, Message: "There is no account " + account + " here."}
}

// putAccountDetailsPage makes entities of an account as the body has them, a
// part of account details of at most one commit. With ?create=NAME the account
// is made when it is not there, with ?rootKey=true a key of its root user.
func (s *Server) putAccountDetailsPage() *api.Page {
	sys := s.current()
	return &api.Page{
		Source: "writ", Name: "PutAccountDetails", RootOnly: true, Checks: noChecks,
		Do: func(ctx context.Context, c *api.Call, _ http.ResponseWriter, body []byte) (any, error) {
			query := c.HTTP.URL.Query()
			account := query.Get("account")
			if !awsid.ValidAccount(account) {
				return nil, badRequest("an account id has twelve digits: ?account=…")
			}
			details, err := accountfile.Decode(body)
			if err != nil {
				return nil, badRequest(err.Error())
			}
			if err := accountfile.Check(details, Here(c.Now)); err != nil {
				return nil, badRequest(err.Error())
			}
			put, err := sys.iam.PutAccountDetails(account, details)
			if err != nil {
				return nil, err
			}
			secret, err := awsid.NewSecret(rand.Reader)
			if err != nil {
				return nil, err
			}
			return api.Update(ctx, c, func(tx *state.Tx) (*Root, error) {
				out := &Root{Account: account}
				if _, held := tx.Account(account); !held {
					name := query.Get("create")
					if name == "" || len(name) > 50 {
						return nil, noSuchAccount(account)
					}
					tx.CreateAccount(state.Account{ID: account, Name: name})
				}
				if query.Get("rootKey") == "true" {
					out.AccessKeyID, out.SecretAccessKey = tx.NewAccessKeyID(awsid.AccessKey, account), secret
					putRootKey(tx, *out)
				}
				if err := put(tx); err != nil {
					return nil, err
				}
				return out, describePut(c, out, details)
			})
		},
	}
}

// Here is what decides which entities of an account's details can be made.
func Here(now time.Time) accountfile.Here {
	known := func(policyARN string) bool {
		_, ok := catalog.ManagedPolicy(policyARN)
		return ok
	}
	return accountfile.Here{Now: now, Policy: known, Linked: iam.HasLinkedRole}
}

// describePut tells the event which entities there were, by ARN.
func describePut(c *api.Call, out *Root, details *accountfile.Details) error {
	asked, err := json.Marshal(map[string]any{"account": out.Account, "entities": accountfile.ARNs(details)})
	if err != nil {
		return err
	}
	given, err := json.Marshal(Root{Account: out.Account, AccessKeyID: out.AccessKeyID})
	if err != nil {
		return err
	}
	c.Describe(asked, given)
	return nil
}
