package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/sts"
)

// TestSAMLAnswersComeToTheURLThatIsSet: providers may be asked where answers are
// taken, which is where the server says that it is, and not where a request
// says so.
func TestSAMLAnswersComeToTheURLThatIsSet(t *testing.T) {
	for _, tt := range []struct {
		cfg  server.Config
		want string
	}{
		{server.Config{Dev: true, URL: "https://iam.example.org/"}, "There is no SAML provider of that ARN"},
		{server.Config{Dev: true, URL: "https://iam.example.org", SAMLEndpoints: []string{"https://other.example.org/saml"}}, "There is no SAML provider of that ARN"},
		{server.Config{Dev: true}, "permits that with --saml-endpoint"},
	} {
		r := start(t, tt.cfg)
		resp, err := http.Get(r.URL() + "/saml/login?provider=arn:aws:iam::123456789012:saml-provider/None")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 404 || !strings.Contains(string(text), tt.want) {
			t.Errorf("%s: %d %s", tt.want, resp.StatusCode, text)
		}
		r.end(t)
	}
}

func TestSAMLInResponseToIsOneOfThree(t *testing.T) {
	for setting, good := range map[string]bool{"": true, "if-present": true, "required": true, "ignored": true, "never": false, "Required": false} {
		s, err := server.New(t.Context(), server.Config{Dev: true, Listen: "127.0.0.1:0", SAMLInResponseTo: sts.InResponseTo(setting)})
		if (err == nil) != good {
			t.Errorf("%q: %v", setting, err)
		}
		if err == nil {
			s.Close()
		}
	}
}
