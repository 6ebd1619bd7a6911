package federation_test

import (
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
)

var loginTime = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// trust believes a provider.
func trust(t testing.TB, p *federationtest.Provider, others ...*federationtest.Provider) *federation.Trust {
	t.Helper()
	m, err := federation.ParseMetadata(p.Metadata(others...))
	if err != nil {
		t.Fatal(err)
	}
	return &federation.Trust{
		Issuers: m.Issuers, Now: loginTime,
		Audience:  func(name string) bool { return name == federationtest.Audience },
		Recipient: func(name string) bool { return name == federationtest.Recipient },
	}
}

func TestSignedAssertion(t *testing.T) {
	p := federationtest.NewProvider(t, "https://idp.example.com/")
	l := federationtest.NewLogin("_a1", loginTime)
	a, err := trust(t, p).VerifyResponse(federationtest.Text(t, p.Response("_r1", p.Sign(t, p.Assertion(l)))))
	if err != nil {
		t.Fatal(err)
	}
	if a.Subject != "alice" {
		t.Errorf("%+v", a)
	}
}

func TestSignedResponse(t *testing.T) {
	p := federationtest.NewProvider(t, "https://idp.example.com/")
	l := federationtest.NewLogin("_a1", loginTime)
	for name, text := range map[string]string{
		"response": federationtest.Text(t, p.Sign(t, p.Response("_r1", p.Assertion(l)))),
		"both":     federationtest.Text(t, p.Sign(t, p.Response("_r1", p.Sign(t, p.Assertion(l))))),
	} {
		if _, err := trust(t, p).VerifyResponse(text); err != nil {
			t.Error(name, err)
		}
	}
}
