package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// accessRole is what AWS Organizations makes in each account that it creates,
// so that the management account reaches it.
const accessRole = "OrganizationAccountAccessRole"

// newAccount asks for a member account. What is empty is generated, the role's
// name is OrganizationAccountAccessRole.
type newAccount struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	ID       string `json:"accountId"`
	RoleName string `json:"roleName"`
	RootKey  bool   `json:"rootKey"` // also make a key for the account's root user
}

// madeAccount is the answer. The secret is told this once.
type madeAccount struct {
	Root
	Name    string `json:"name"`
	RoleARN string `json:"roleArn"`
}

func createsAccount(*api.Call) []api.Check {
	return []api.Check{{Action: "organizations:CreateAccount", Resource: "*"}}
}

// accountPage makes a member account, as Organizations' CreateAccount does.
// Only callers of the management account may.
func (s *Server) accountPage() *api.Page {
	return &api.Page{
		Source: "organizations.amazonaws.com", Name: "CreateAccount", Checks: createsAccount,
		Do: func(ctx context.Context, c *api.Call, _ http.ResponseWriter, body []byte) (any, error) {
			if err := fromManagement(c, "makes"); err != nil {
				return nil, err
			}
			in, err := readNewAccount(body)
			if err != nil {
				return nil, badRequest(err.Error())
			}
			if in.RootKey && !c.OfManagementRoot() {
				return nil, &shape.Error{Code: "AccessDeniedException", Status: http.StatusForbidden, Message: "Only the root user of the management account gets a key for another root user."}
			}
			return s.createAccount(ctx, c, in)
		},
	}
}

// fromManagement refuses callers of other accounts than the one that manages
// the organization.
func fromManagement(c *api.Call, does string) error {
	if acct, ok := c.Snapshot.Account(c.Account); ok && acct.Management {
		return nil
	}
	return &shape.Error{Code: "AccessDeniedException", Status: http.StatusForbidden, Message: "Only the management account " + does + " accounts."}
}

var roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

func readNewAccount(body []byte) (newAccount, error) {
	in := newAccount{RoleName: accessRole}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, err
	}
	switch {
	case in.Name == "" || len(in.Name) > 50:
		return in, errors.New("an account's name has 1 to 50 bytes")
	case in.ID != "" && !awsid.ValidAccount(in.ID):
		return in, errors.New("an account id has twelve digits")
	case !roleName.MatchString(in.RoleName):
		return in, errors.New("a role's name has 1 to 64 letters, digits and _+=,.@-")
	}
	return in, nil
}

func (s *Server) createAccount(ctx context.Context, c *api.Call, in newAccount) (*madeAccount, error) {
	var err error
	if in.ID == "" {
		if in.ID, err = awsid.NewAccount(rand.Reader); err != nil {
			return nil, err
		}
	}
	secret, err := awsid.NewSecret(rand.Reader)
	if err != nil {
		return nil, err
	}
	trust, err := state.ParseDocument(policy.Trust, trustOf(c.Account), catalog.Schema{})
	if err != nil {
		return nil, err
	}
	asked, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*madeAccount, error) {
		if _, taken := tx.Account(in.ID); taken {
			return nil, &shape.Error{Code: "DuplicateAccountException", Status: http.StatusBadRequest, Message: "The organization has an account " + in.ID + " already."}
		}
		tx.CreateAccount(state.Account{ID: in.ID, Name: in.Name, Email: in.Email})
		out := &madeAccount{Root: Root{Account: in.ID}, Name: in.Name, RoleARN: arn.Role(in.ID, "/", in.RoleName)}
		if err := putAccessRole(tx, in, trust); err != nil {
			return nil, err
		}
		if in.RootKey {
			out.AccessKeyID = tx.NewAccessKeyID(awsid.AccessKey, in.ID)
			out.SecretAccessKey = secret
			putRootKey(tx, out.Root)
		}
		given, err := json.Marshal(madeAccount{Root: Root{Account: in.ID, AccessKeyID: out.AccessKeyID}, Name: in.Name, RoleARN: out.RoleARN})
		if err != nil {
			return nil, err
		}
		c.Describe(asked, given)
		return out, nil
	})
}

func trustOf(account string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + arn.Root(account) + `"},"Action":"sts:AssumeRole"}]}`
}

func putAccessRole(tx *state.Tx, in newAccount, trust *state.Document) error {
	resolved, err := tx.Resolve(trust)
	if err != nil {
		return err
	}
	tx.PutRole(&state.Role{
		Account: in.ID, ID: tx.NewID(awsid.Role), Name: in.RoleName, Path: "/", Created: tx.Now(),
		MaxSession: time.Hour, Trust: resolved, Attached: []string{"arn:aws:iam::aws:policy/AdministratorAccess"},
	})
	return nil
}

// putRootKey gives a root user an access key.
func putRootKey(tx *state.Tx, r Root) {
	tx.PutAccessKey(&state.AccessKey{
		ID: r.AccessKeyID, Account: r.Account, UserID: r.Account, Secret: state.Secret(r.SecretAccessKey),
		Active: true, Created: tx.Now(), Seq: tx.NextSeq(),
	})
}
