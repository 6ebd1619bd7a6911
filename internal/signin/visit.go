package signin

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/state"
)

// visit is one request to a page.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	snap *state.Snapshot
	now  time.Time

	// form has the parameters: of a POST its body's, which leave out the
	// query; of a GET the query's.
	form url.Values
	// formToken stands in every form that is shown, and must come back.
	formToken string

	// Who is signed in by the browser's cookie; all nil when nobody is.
	signIn *state.SignIn
	acting *authz.Session // what the browser acts with: the role, when it has switched
	caller *authz.Caller  // whose session that is
}

// maxForm bounds the body of a form: a SAML response may take 100,000
// characters in base64, which a form escapes.
const maxForm = 1 << 19

// parseForm reads the parameters; when it cannot, it answers and reports false.
func (v *visit) parseForm() bool {
	if v.r.Method != http.MethodPost {
		form, err := url.ParseQuery(v.r.URL.RawQuery)
		if err != nil {
			v.fail(http.StatusBadRequest, "The query of this address cannot be read.")
			return false
		}
		v.form = form
		return true
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	err := v.r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		v.fail(http.StatusRequestEntityTooLarge, "The form is too large.")
	case err != nil:
		v.fail(http.StatusBadRequest, "The form cannot be read.")
	}
	v.form = v.r.PostForm
	return err == nil
}

// one returns the value of a parameter, and false when it is given twice: two
// readers might each take another.
func (v *visit) one(name string) (string, bool) {
	values := v.form[name]
	if len(values) > 1 {
		return "", false
	}
	if len(values) == 0 {
		return "", true
	}
	return values[0], true
}

// get is one for parameters of which the first counts.
func (v *visit) get(name string) string { return v.form.Get(name) }

// redirect sends the browser to a path of this installation, by GET.
func (v *visit) redirect(path string) {
	v.w.Header().Set("Location", path)
	v.w.WriteHeader(http.StatusSeeOther)
}

// fields returns the values of parameters; when one is given twice, it answers
// and reports false.
func (v *visit) fields(names ...string) (map[string]string, bool) {
	values := make(map[string]string, len(names))
	for _, name := range names {
		value, ok := v.one(name)
		if !ok {
			v.fail(http.StatusBadRequest, "A field of this form was sent twice. Load the page again and fill it in anew.")
			return nil, false
		}
		values[name] = value
	}
	return values, true
}
