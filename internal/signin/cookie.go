package signin

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/state"
)

// Names of the cookies. Over HTTPS "__Host-" stands in front: no other host,
// and no page served in plain text, can then set them.
const (
	sessionCookie = "writ-session"
	formCookie    = "writ-form"
)

// formField is the name of the hidden field that every form has.
const formField = "form_token"

// newSecret returns 256 random bits as text.
func (s *Service) newSecret() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		return "", fmt.Errorf("randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func (s *Service) secure(v *visit) bool { return strings.HasPrefix(s.Pipeline.Endpoint(v.r), "https:") }

func (s *Service) cookieName(v *visit, name string) string {
	if s.secure(v) {
		return "__Host-" + name
	}
	return name
}

// cookie returns the value of a cookie; "" when there is none, or two.
func (s *Service) cookie(v *visit, name string) string {
	if found := v.r.CookiesNamed(s.cookieName(v, name)); len(found) == 1 {
		return found[0].Value
	}
	return ""
}

// setCookie sets a cookie that ends with the browser's session, and that no
// script reads; "" removes it. Lax lets it come with a link from elsewhere, as
// aws login opens one, and not with another site's form.
func (s *Service) setCookie(v *visit, name, value string) {
	c := &http.Cookie{
		Name: s.cookieName(v, name), Value: value, Path: "/",
		HttpOnly: true, Secure: s.secure(v), SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// openForms gives the browser the cookie to which its forms are bound, and of a
// POST checks that it is from such a form, shown by this site. When it is not,
// openForms answers and reports false.
func (s *Service) openForms(v *visit) bool {
	key := s.cookie(v, formCookie)
	if v.r.Method == http.MethodPost {
		want := state.Digest("form", key)
		fromHere := s.origins.Check(v.r) == nil
		if !fromHere || key == "" || subtle.ConstantTimeCompare([]byte(want), []byte(v.get(formField))) != 1 {
			v.fail(http.StatusForbidden, "This form was not sent from a page of this site, or its page is too old. Go back, load the page again and repeat.")
			return false
		}
	}
	if len(key) != base64.RawURLEncoding.EncodedLen(32) {
		var err error
		if key, err = s.newSecret(); err != nil {
			s.broken(v, err)
			return false
		}
		s.setCookie(v, formCookie, key)
	}
	v.formToken = state.Digest("form", key)
	return true
}
