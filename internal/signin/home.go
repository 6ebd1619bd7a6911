package signin

import (
	"net/http"
	"net/url"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/state"
)

// identity is a principal as pages show it.
type identity struct {
	ARN     string
	Name    string // of the user, or role and session
	Account string // alias, or id
	ID      string // of the account
	Ends    string
	MFA     bool
}

func identityOf(snap *state.Snapshot, c *authz.Caller) identity {
	id := identity{ARN: c.ARN, Name: c.Name, Account: accountName(snap, c.Account), ID: c.Account}
	switch c.Kind {
	case engine.Root:
		id.Name = "root user"
	case engine.AssumedRole:
		if r, ok := snap.RoleByID(c.ID); ok {
			id.Name = r.Name + "/" + c.Name
		}
	}
	if c.Session != nil {
		id.Ends, id.MFA = c.Session.Expires.UTC().Format(time.RFC3339), !c.Session.MFA.IsZero()
	}
	return id
}

// accountName is how an account calls itself: its alias, or its id.
func accountName(snap *state.Snapshot, account string) string {
	if a, ok := snap.Account(account); ok && len(a.Aliases) > 0 {
		return a.Aliases[0]
	}
	return account
}

// homePage shows who is signed in and what there is to do.
func (s *Service) homePage(v *visit) {
	if v.signIn == nil {
		v.redirect(toSignIn(home))
		return
	}
	data := struct {
		Acting    identity
		Home      *identity // whom a switched role goes back to
		Switched  string    // under what name that role is shown
		Endpoint  string
		CanSwitch bool
	}{Acting: identityOf(v.snap, v.caller), Switched: v.signIn.Name, Endpoint: s.Pipeline.Endpoint(v.r)}
	if _, caller, ok := s.open(v, string(v.signIn.Home)); ok {
		data.CanSwitch = maySwitch(caller)
		if v.signIn.Switched != "" {
			h := identityOf(v.snap, caller)
			data.Home = &h
		}
	}
	v.show(http.StatusOK, "home.html", view{Title: "Signed in", Data: data})
}

// toSignIn is the path of the sign-in page that leads on to a path here.
func toSignIn(destination string) string {
	return "/signin?" + url.Values{"destination": {destination}}.Encode()
}
