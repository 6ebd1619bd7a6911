package signin

import (
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/sts"
)

// samlAccount is an account with the roles that a response has there.
type samlAccount struct {
	Name  string
	Roles []samlChoice
}

type samlChoice struct{ ARN, Name string }

// samlRoles has a person choose one of several roles. The form brings the
// response again: it has not been taken. Names of its classes and fields are
// those of AWS's page, which tools read.
func (s *Service) samlRoles(v *visit, roles []sts.SAMLRole, form *samlForm) {
	var accounts []samlAccount
	index := make(map[string]int)
	for _, r := range roles {
		i, known := index[r.Account]
		if !known {
			i = len(accounts)
			index[r.Account] = i
			name := accountName(v.snap, r.Account)
			if name != r.Account {
				name += " (" + r.Account + ")"
			}
			accounts = append(accounts, samlAccount{Name: name})
		}
		name := r.Role[strings.LastIndexByte(r.Role, '/')+1:]
		accounts[i].Roles = append(accounts[i].Roles, samlChoice{r.Role, name})
	}
	page := view{Title: "Select a role", Data: struct {
		Action, Response, RelayState string
		Accounts                     []samlAccount
	}{v.r.URL.Path, form.response, form.relayState, accounts}}
	status := http.StatusOK
	if form.role != "" { // which is none of them
		status, page.Error = http.StatusBadRequest, "Choose one of these roles."
	}
	v.show(status, "saml_roles.html", page)
}
