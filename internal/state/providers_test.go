package state_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

func putSAMLProvider(tx *state.Tx, name string) *state.SAMLProvider {
	p := &state.SAMLProvider{
		Account: account, ID: tx.NewSAMLProviderID(), Name: name, Metadata: "<m/>", Created: tx.Now(), ValidUntil: tx.Now().AddDate(100, 0, 0),
	}
	tx.PutSAMLProvider(p)
	return p
}

func putSAMLKey(tx *state.Tx, p *state.SAMLProvider, key state.Secret) *state.SAMLKey {
	k := &state.SAMLKey{ID: tx.NewSAMLKeyID(), Account: p.Account, Provider: p.ID, Key: key, Created: tx.Now(), Seq: tx.NextSeq()}
	tx.PutSAMLKey(k)
	return k
}

// TestProvidersSurviveRestart also reads what the store holds: no private key.
func TestProvidersSurviveRestart(t *testing.T) {
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st})
	const secret = "the private key of a service"
	var keys []string
	statetest.Update(t, db, func(tx *state.Tx) error {
		p := putSAMLProvider(tx, "Corp")
		keys = []string{putSAMLKey(tx, p, secret).ID, putSAMLKey(tx, p, secret).ID}
		strict := *p
		strict.Encrypted, strict.Tags = true, []state.Tag{{Key: "k", Value: "v"}}
		tx.PutSAMLProvider(&strict)
		tx.PutOIDCProvider(&state.OIDCProvider{
			Account: account, URL: "idp.example.com/Realm/", ClientIDs: []string{"z", "a"}, Thumbprints: []string{strings.Repeat("a", 40)}, Created: tx.Now(),
		})
		return nil
	})
	if contains(t, st, secret) {
		t.Error("a private key is stored in clear")
	}
	again := statetest.Open(t, state.Options{Store: st})
	if diff := statetest.Diff(db.Snapshot(), again.Snapshot()); diff != "" {
		t.Errorf("after a restart:\n%s", diff)
	}
	s := again.Snapshot()
	p, ok := s.SAMLProvider("arn:aws:iam::" + account + ":saml-provider/Corp")
	if !ok || !p.Encrypted || !p.ValidUntil.Equal(p.Created.AddDate(100, 0, 0)) || p.ValidUntil.Location() != time.UTC {
		t.Fatalf("SAMLProvider: %v, %v", p, ok)
	}
	var ids []string
	for k := range s.SAMLKeys(p.ID) {
		if ids = append(ids, k.ID); string(k.Key) != secret {
			t.Errorf("key %s: %q", k.ID, string(k.Key))
		}
	}
	if !slices.Equal(ids, keys) {
		t.Errorf("keys %v, want %v", ids, keys)
	}
	if o, ok := s.OIDCProvider("arn:aws:iam::" + account + ":oidc-provider/idp.example.com/Realm/"); !ok || !slices.Equal(o.ClientIDs, []string{"z", "a"}) {
		t.Errorf("OIDCProvider: %v, %v", o, ok)
	}
}

func TestProvidersByARN(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	statetest.Update(t, db, func(tx *state.Tx) error {
		for _, name := range []string{"b", "A"} {
			putSAMLProvider(tx, name)
		}
		for _, url := range []string{"idp.example.com/x", "idp.example.com/x/", "IDP.example.com/x"} {
			tx.PutOIDCProvider(&state.OIDCProvider{Account: account, URL: url, Created: tx.Now()})
		}
		return nil
	})
	s := db.Snapshot()
	prefix := "arn:aws:iam::" + account + ":"
	for providerARN, want := range map[string]bool{
		prefix + "saml-provider/A":                        true,
		prefix + "saml-provider/a":                        false,
		prefix + "oidc-provider/A":                        false,
		prefix + "saml-provider/x/A":                      false,
		"arn:aws-cn:iam::" + account + ":saml-provider/A": false,
		"arn:aws:iam::" + member + ":saml-provider/A":     false,
		"A": false,
	} {
		if _, ok := s.SAMLProvider(providerARN); ok != want {
			t.Errorf("SAMLProvider(%s): %v", providerARN, ok)
		}
	}
	if _, ok := s.SAMLProviderNamed(account, "a"); !ok {
		t.Error("two names may differ in case only")
	}
	got := names(s.SAMLProviders(account), func(p *state.SAMLProvider) string { return p.Name })
	if !slices.Equal(got, []string{"A", "b"}) || s.NumSAMLProviders(account) != 2 || s.NumSAMLProviders(member) != 0 {
		t.Errorf("SAML providers %v", got)
	}
	got = names(s.OIDCProviders(account), func(p *state.OIDCProvider) string { return p.URL })
	if !slices.Equal(got, []string{"IDP.example.com/x", "idp.example.com/x", "idp.example.com/x/"}) || s.NumOIDCProviders(account) != 3 {
		t.Errorf("OIDC providers %v", got)
	}
}

func TestDeleteSAMLProviderRemovesItsKeys(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	var gone, kept *state.SAMLProvider
	statetest.Update(t, db, func(tx *state.Tx) error {
		gone, kept = putSAMLProvider(tx, "gone"), putSAMLProvider(tx, "kept")
		for range 2 {
			putSAMLKey(tx, gone, "k")
			putSAMLKey(tx, kept, "k")
		}
		return nil
	})
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.DeleteSAMLProvider(gone)
		return nil
	})
	count := func(p *state.SAMLProvider) int { return len(slices.Collect(db.Snapshot().SAMLKeys(p.ID))) }
	if count(gone) != 0 || count(kept) != 2 {
		t.Errorf("%d keys of the deleted, %d of the other", count(gone), count(kept))
	}
}

func TestCheckOfProviders(t *testing.T) {
	for text, fn := range map[string]func(tx *state.Tx){
		"there is no private key": func(tx *state.Tx) {
			p := *putSAMLProvider(tx, "p")
			p.Encrypted = true
			tx.PutSAMLProvider(&p)
		},
		"no such provider": func(tx *state.Tx) {
			putSAMLKey(tx, &state.SAMLProvider{Account: account, ID: "SAMLSP"}, "k")
		},
		"a client id twice": func(tx *state.Tx) {
			tx.PutOIDCProvider(&state.OIDCProvider{Account: account, URL: "u", ClientIDs: []string{"a", "b", "a"}})
		},
		"no account": func(tx *state.Tx) {
			tx.PutOIDCProvider(&state.OIDCProvider{Account: "999999999999", URL: "u"})
		},
	} {
		db, err := state.Open(t.Context(), state.Options{Store: memory.New(), MasterKey: statetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		statetest.Organization(t, db, account)
		statetest.Update(t, db, func(tx *state.Tx) error { fn(tx); return nil })
		if err := state.Check(db.Snapshot()); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("Check: %v, want %q", err, text)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
