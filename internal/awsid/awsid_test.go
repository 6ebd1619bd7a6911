package awsid

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestAccountOfPublishedKeys(t *testing.T) {
	tests := []struct{ key, account, source string }{
		{"ASIAQNZGKIQY56JQ7WML", "029608264753", "Tal Be'ery, A short note on AWS KEY ID"},
		{"ASIAY34FZKBOKMUTVV7A", "609629065308", "Aidan Steele, AWS Access Key ID formats"},
		{"AKIAIOSFODNN7EXAMPLE", "", "AWS's documentation: older than the encoding"},
		{"ASIAQNZGKIQY56JQ7WM1", "", "a character outside the alphabet"},
		{"ASIAQNZGKIQY56JQ7WM", "", "too short"},
		{"AROAQNZGKIQY56JQ7WML", "", "no access key"},
		{"ASIA77777777777777777"[:20], "", "beyond twelve digits"},
		{"", "", "empty"},
	}
	for _, tt := range tests {
		account, ok := AccountOf(tt.key)
		if account != tt.account || ok != (tt.account != "") {
			t.Errorf("AccountOf(%q) = %q, %v; want %q (%s)", tt.key, account, ok, tt.account, tt.source)
		}
	}
}

func TestAccessKeyCarriesItsAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := rapid.StringMatching(`[0-9]{12}`).Draw(t, "account")
		prefix := rapid.SampledFrom([]Prefix{AccessKey, TemporaryAccessKey}).Draw(t, "prefix")
		seed := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "random")
		id, err := NewAccessKeyID(bytes.NewReader(seed), prefix, account)
		if err != nil {
			t.Fatal(err)
		}
		if len(id) != 20 || PrefixOf(id) != prefix || !ValidAccessKeyID(id) {
			t.Fatalf("id %q", id)
		}
		if got, ok := AccountOf(id); !ok || got != account {
			t.Fatalf("AccountOf(%q) = %q, %v; want %q", id, got, ok, account)
		}
	})
}

func TestShapes(t *testing.T) {
	unique, err := NewUniqueID(rand.Reader, Role)
	if err != nil || !regexp.MustCompile(`^AROA[A-Z2-7]{17}$`).MatchString(unique) {
		t.Errorf("unique id %q, %v", unique, err)
	}
	secret, err := NewSecret(rand.Reader)
	if err != nil || !regexp.MustCompile(`^[A-Za-z0-9+/]{40}$`).MatchString(secret) {
		t.Errorf("secret of %d characters, %v", len(secret), err)
	}
	saml, err := NewSAMLID(rand.Reader, "SAMLSP")
	if err != nil || !regexp.MustCompile(`^SAMLSP[A-Z0-9]{16}$`).MatchString(saml) {
		t.Errorf("id of a SAML provider %q, %v", saml, err)
	}
	uuid, err := NewUUID(rand.Reader)
	if err != nil || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(uuid) {
		t.Errorf("UUID %q, %v", uuid, err)
	}
	account, err := NewAccount(rand.Reader)
	if err != nil || !ValidAccount(account) {
		t.Errorf("account %q, %v", account, err)
	}
}

func TestNewAccountDrawsAgainAboveTwelveDigits(t *testing.T) {
	random := bytes.NewReader([]byte{255, 255, 255, 255, 255, 0, 0, 0, 0, 7})
	got, err := NewAccount(random)
	if err != nil || got != "000000000007" {
		t.Errorf("NewAccount = %q, %v", got, err)
	}
}

func TestSameRandomnessSameID(t *testing.T) {
	random := bytes.Repeat([]byte{7}, 64)
	a, errA := NewUniqueID(bytes.NewReader(random), User)
	b, errB := NewUniqueID(bytes.NewReader(random), User)
	if a != b || errA != nil || errB != nil {
		t.Errorf("%q, %v; %q, %v", a, errA, b, errB)
	}
}

func TestShortRandomnessFails(t *testing.T) {
	short := func() io.Reader { return bytes.NewReader([]byte{1, 2, 3}) }
	calls := map[string]func() (string, error){
		"access key": func() (string, error) { return NewAccessKeyID(short(), AccessKey, "123456789012") },
		"unique id":  func() (string, error) { return NewUniqueID(short(), User) },
		"secret":     func() (string, error) { return NewSecret(short()) },
		"account":    func() (string, error) { return NewAccount(short()) },
		"UUID":       func() (string, error) { return NewUUID(short()) },
		"SAML":       func() (string, error) { return NewSAMLID(short(), "SAMLSP") },
	}
	for name, call := range calls {
		if id, err := call(); err == nil || id != "" {
			t.Errorf("%s: %q, %v; want an error", name, id, err)
		}
	}
}

func TestValidAccount(t *testing.T) {
	for s, want := range map[string]bool{
		"123456789012": true, "000000000000": true,
		"": false, "12345678901": false, "1234567890123": false, "12345678901a": false, "+12345678901": false,
	} {
		if ValidAccount(s) != want {
			t.Errorf("ValidAccount(%q) = %v", s, !want)
		}
	}
	if _, err := NewAccessKeyID(rand.Reader, AccessKey, "12"); !errors.Is(err, ErrAccount) {
		t.Errorf("NewAccessKeyID of a bad account: %v", err)
	}
}

func TestNewUUID(t *testing.T) {
	id, err := NewUUID(bytes.NewReader(bytes.Repeat([]byte{0xff}, 16)))
	if want := "ffffffff-ffff-4fff-bfff-ffffffffffff"; id != want || err != nil {
		t.Errorf("NewUUID = %q, %v; want %q", id, err, want)
	}
}
