package server

import (
	"context"
	"net/http"
	"time"

	"github.com/writ-iam/writ/internal/api"
)

// listedAccount is an account as the list of accounts has it.
type listedAccount struct {
	ID         string    `json:"accountId"`
	Name       string    `json:"name"`
	Email      string    `json:"email,omitempty"`
	Status     string    `json:"status"`
	Management bool      `json:"management,omitempty"`
	Created    time.Time `json:"created"`
	Path       string    `json:"path"` // in the organization, as GenerateOrganizationsAccessReport takes it
}

func listsAccounts(*api.Call) []api.Check {
	return []api.Check{{Action: "organizations:ListAccounts", Resource: "*"}}
}

// accountListPage lists the accounts, in the order of their ids. Only callers
// of the management account may.
func (s *Server) accountListPage() *api.Page {
	return &api.Page{
		Source: "organizations.amazonaws.com", Name: "ListAccounts", Checks: listsAccounts, ReadOnly: true,
		Do: func(_ context.Context, c *api.Call, _ http.ResponseWriter, _ []byte) (any, error) {
			if err := fromManagement(c, "lists"); err != nil {
				return nil, err
			}
			list := []listedAccount{}
			for a := range c.Snapshot.Accounts() {
				list = append(list, listedAccount{a.ID, a.Name, a.Email, a.Status, a.Management, a.Created, c.Snapshot.OrgPath(a.ID) + a.ID})
			}
			return map[string]any{"accounts": list}, nil
		},
	}
}
