package sts_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/sts"
)

// logOf has the service log into what is returned.
func logOf(s *sts.Service) *bytes.Buffer {
	b := new(bytes.Buffer)
	s.Log = slog.New(slog.NewTextHandler(b, nil))
	return b
}

// wantLine fails unless the log is one line with all of the texts, and without
// the secrets.
func wantLine(t *testing.T, log *bytes.Buffer, texts, secrets []string) {
	t.Helper()
	line := log.String()
	log.Reset()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, "level=WARN") || !strings.Contains(line, "request=") {
		t.Errorf("not one line: %s", line)
	}
	for _, text := range texts {
		if !strings.Contains(line, text) {
			t.Errorf("the line lacks %s: %s", text, line)
		}
	}
	for _, text := range secrets {
		if strings.Contains(line, text) {
			t.Errorf("the line has %s: %s", text, line)
		}
	}
}

// TestWebIdentityIsDisbelieved: the log says why, and nothing of the token.
func TestWebIdentityIsDisbelieved(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", w.trust(onlyAssume, ""))
	log := logOf(w.sts)
	for name, c := range map[string]struct {
		claims map[string]any
		texts  []string
	}{
		"another issuer": {map[string]any{"iss": "https://secret-claim.example.com"}, []string{"has no OIDC provider for the issuer"}},
		"audience":       {map[string]any{"aud": "secret-claim"}, []string{"Incorrect token audience", "provider=" + w.provider()}},
		"expired":        {map[string]any{"exp": w.Now.Add(-time.Hour).Unix()}, []string{"ExpiredTokenException", "provider=" + w.provider()}},
	} {
		token := w.idp.Token(w.claims(c.claims))
		a := w.assume("r", token)
		if a.Status != 400 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
		wantLine(t, log, append(c.texts, "at=AssumeRoleWithWebIdentity"), []string{"secret-claim", "repo:o/r", token[:20], "expiration"})
	}
	w.idp.KeysURL = "https://169.254.169.254/keys"
	w.Now = w.Now.Add(24 * time.Hour)
	if a := w.assume("r", w.idp.Token(w.claims(nil))); !strings.Contains(a.Body, "IDPCommunicationError") {
		t.Errorf("unreachable: %s", a.Body)
	}
	wantLine(t, log, []string{"IDPCommunicationError", "not public", "provider=" + w.provider()}, nil)
}

// TestSAMLIsDisbelieved: so it is with assertions.
func TestSAMLIsDisbelieved(t *testing.T) {
	f := newFederated(t)
	log := logOf(f.sts)
	l := f.login("_secret", "r")
	l.Recipient = "https://secret-claim.example.com/"
	if a := f.present(l); a.Status != 400 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	wantLine(t, log, []string{"at=AssumeRoleWithSAML", "provider=" + samlProviderARN, "audience"}, []string{"secret", "alice"})
	f.post("r", f.idp.Post(t, l), "PrincipalArn", samlProviderARN+"-secret")
	wantLine(t, log, []string{"Specified provider doesn't exist"}, []string{"secret"})
}

// TestLogFlood: strangers do not fill the log.
func TestLogFlood(t *testing.T) {
	w := newWebWorld(t)
	log := logOf(w.sts)
	send := func() apitest.Answer { return w.assume("r", "x.y.z") }
	for range 100 {
		if a := send(); a.Status != 400 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	if n := strings.Count(log.String(), "\n"); n < 1 || n > 20 {
		t.Errorf("%d lines", n)
	}
	log.Reset()
	w.Now = w.Now.Add(time.Second)
	send()
	wantLine(t, log, []string{"InvalidIdentityToken"}, nil)
}
