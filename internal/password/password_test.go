package password

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestHash(t *testing.T) {
	a, err := Hash(t.Context(), bytes.NewReader(make([]byte, salting)), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", a)
	}
	for guess, want := range map[string]bool{"correct horse": true, "correct hors": false, "": false, "Correct horse": false} {
		if got, err := Matches(t.Context(), a, guess); got != want || err != nil {
			t.Errorf("%q matches: %v, %v", guess, got, err)
		}
	}
	b, err := Hash(t.Context(), bytes.NewReader(bytes.Repeat([]byte{1}, salting)), "correct horse")
	if err != nil || a == b {
		t.Errorf("another salt gives %s, %v", b, err)
	}
	if _, err := Hash(t.Context(), bytes.NewReader(nil), "x"); err == nil {
		t.Error("no error without randomness")
	}
}

func TestBadHash(t *testing.T) {
	for _, hash := range []string{"", "x", prefix, prefix + "AAAA$AAAA", "$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA"} {
		if ok, err := Matches(t.Context(), hash, ""); ok || err == nil {
			t.Errorf("%q: %v, %v", hash, ok, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	for range maxAtOnce {
		slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Hash(ctx, bytes.NewReader(make([]byte, salting)), "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("with all slots taken: %v", err)
	}
	for range maxAtOnce {
		<-slots
	}
	var all sync.WaitGroup
	for range 2 * maxAtOnce {
		all.Go(func() {
			if _, err := Hash(t.Context(), bytes.NewReader(make([]byte, salting)), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
