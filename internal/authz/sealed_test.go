package authz_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
)

func TestSealFor(t *testing.T) {
	e := apitest.New(t, func(*apitest.Env) []*api.Table { return nil })
	s := authz.NewSessions(e.Schema, rand.Reader)
	type small struct{ A string }
	type large struct{ A, B string }
	snap := e.DB.Snapshot()
	text, err := s.SealFor(snap, "one", small{"x"})
	if err != nil {
		t.Fatal(err)
	}
	var got small
	if err := s.OpenFor(snap, "one", text, &got); err != nil || got.A != "x" {
		t.Errorf("%+v, %v", got, err)
	}
	wider, err := s.SealFor(snap, "one", large{"x", "y"})
	if err != nil {
		t.Fatal(err)
	}
	for name, attack := range map[string]struct {
		purpose session.Purpose
		text    string
	}{
		"another purpose": {"two", text}, "nothing": {"one", ""}, "padding": {"one", text + "="}, "a line end": {"one", text[:4] + "\n" + text[4:]},
		"another spelling": {"one", strings.ToUpper(text)}, "less": {"one", text[:len(text)-4]}, "another value": {"one", wider},
	} {
		if err := s.OpenFor(snap, attack.purpose, attack.text, new(small)); !errors.Is(err, session.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
