package signin

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/state"
)

// badRole is AWS's answer to every role that one cannot switch to. It does not
// tell whether there is such a role.
const badRole = "Invalid information in one or more fields. Check your information or contact your administrator."

// roleForm are the fields of the form, named as in AWS's links to it; its color
// is not used.
type roleForm struct {
	Account, RoleName, DisplayName string
}

// roleForm reads the fields, and reports false when one is given twice.
func (v *visit) roleForm() (f roleForm, ok bool) {
	for name, field := range map[string]*string{"account": &f.Account, "roleName": &f.RoleName, "displayName": &f.DisplayName} {
		text, once := v.one(name)
		if !once {
			return f, false
		}
		*field = strings.TrimSpace(text)
	}
	return f, true
}

// query is the form as a link to the page.
func (f roleForm) query() string {
	return url.Values{"account": {f.Account}, "roleName": {f.RoleName}, "displayName": {f.DisplayName}}.Encode()
}

// roleName is a role's name with or without its path.
var roleName = regexp.MustCompile(`^/?(?:[\x21-\x7e]{1,510}/)?[\w+=,.@-]{1,64}$`)

// role returns the ARN that the form names; it need not be that of a role.
func (f roleForm) role(snap *state.Snapshot) (string, bool) {
	account := f.Account
	if !arn.IsAccount(account) { // an id is no alias, whatever another account calls itself
		if a, ok := snap.Alias(account); ok {
			account = a.ID
		}
	}
	if !arn.IsAccount(account) || !roleName.MatchString(f.RoleName) {
		return "", false
	}
	name := strings.TrimPrefix(f.RoleName, "/")
	path := name[:strings.LastIndexByte(name, '/')+1]
	return arn.Role(account, "/"+path, name[len(path):]), true
}

// maxDisplayName is that of AWS's form, in characters.
const maxDisplayName = 64

// shown is the name under which the role is shown, as AWS makes it when none is
// given.
func (f roleForm) shown() (string, bool) {
	name := f.DisplayName
	if name == "" {
		name = f.RoleName[strings.LastIndexByte(f.RoleName, '/')+1:] + " @ " + f.Account
	} else if utf8.RuneCountInString(name) > maxDisplayName {
		return "", false
	}
	return name, utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// maySwitch reports whether a caller may switch roles at all: on AWS neither
// root users nor federated users may.
func maySwitch(c *authz.Caller) bool { return c.Kind == engine.User || c.Kind == engine.AssumedRole }

// switchRolePage shows the form. A link may fill it in, and no more: nobody's
// link switches the role.
func (s *Service) switchRolePage(v *visit) {
	f, ok := v.roleForm()
	if !ok {
		v.fail(http.StatusBadRequest, "The link gives a field twice.")
		return
	}
	if _, ok := s.homeSession(v, f); ok {
		v.show(http.StatusOK, "switchrole.html", view{Title: "Switch role", Data: f})
	}
}

// homeSession is the session of whoever signed in and may switch roles. When
// there is none, it answers and reports false.
func (s *Service) homeSession(v *visit, f roleForm) (*authz.Session, bool) {
	if v.signIn == nil {
		v.redirect(toSignIn("/switchrole?" + f.query()))
		return nil, false
	}
	held, caller, ok := s.open(v, string(v.signIn.Home))
	if !ok {
		v.redirect(toSignIn("/switchrole?" + f.query()))
		return nil, false
	}
	if !maySwitch(caller) {
		v.fail(http.StatusForbidden, "Only users and roles can switch roles, and root users cannot. Sign in as a user first.")
		return nil, false
	}
	return held, true
}

// switchRole switches to the role that the form names.
func (s *Service) switchRole(v *visit) {
	f, ok := v.roleForm()
	if !ok {
		v.fail(http.StatusBadRequest, badRole)
		return
	}
	held, ok := s.homeSession(v, f)
	if !ok {
		return
	}
	role, ok := f.role(v.snap)
	name, printable := f.shown()
	if !ok || !printable {
		s.badRole(v, f)
		return
	}
	session, fail := s.assume(v, held, role)
	switch {
	case fail == nil:
		fail = s.actAs(v, session, name)
	case fail.Status == http.StatusForbidden || fail.Code == "ValidationError":
		s.badRole(v, f)
		return
	}
	if fail != nil {
		v.refuse(fail)
		return
	}
	v.redirect(home)
}

func (s *Service) badRole(v *visit, f roleForm) {
	v.show(http.StatusForbidden, "switchrole.html", view{Title: "Switch role", Error: badRole, Data: f})
}
