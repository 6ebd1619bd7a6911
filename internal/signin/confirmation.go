package signin

import (
	"encoding/base64"
	"net/http"
	"net/url"
)

const confirmationPath = "/v1/sessions/confirmation"

// confirmationPage shows the code that the user carries over to a client on
// another computer, in the form in which the AWS CLI asks for it. It knows no
// more than its address says.
func (s *Service) confirmationPage(v *visit) {
	state, ok1 := v.one("state")
	code, ok2 := v.one("code")
	refused, ok3 := v.one("error")
	switch {
	case ok3 && refused != "" && code == "":
		v.show(http.StatusOK, "error.html", view{Title: "Refused", Error: "The program was not let in."})
	case !ok1 || !ok2 || !isState(state) || code == "" || len(code) > maxCode:
		v.fail(http.StatusBadRequest, "This address holds no authorization code. Run the command again.")
	default:
		text := "state=" + url.QueryEscape(state) + "&code=" + url.QueryEscape(code)
		v.show(http.StatusOK, "confirmation.html", view{
			Title: "Authorization code", Data: base64.StdEncoding.EncodeToString([]byte(text)),
		})
	}
}
