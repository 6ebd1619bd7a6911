package sigv4

import (
	"fmt"
	"sync"
	"testing"
)

func cacheSignature(id string) *Signature {
	return &Signature{AccessKeyID: id, Region: "us-east-1", Service: "iam", date: "20130524T000000Z"}
}

func TestSigningKeyCache(t *testing.T) {
	c := NewSigningKeyCache(8)
	s := cacheSignature("AKIDEXAMPLE")
	key := c.Key(s, "secret")
	if c.Key(s, "secret") != key {
		t.Error("a key is derived twice")
	}
	other := *s
	for name, k := range map[string]*SigningKey{
		"secret":  c.Key(s, "secre"),
		"id":      c.Key(cacheSignature("AKIDEXAMPL"), "secret"),
		"region":  func() *SigningKey { o := other; o.Region = "us-east-2"; return c.Key(&o, "secret") }(),
		"service": func() *SigningKey { o := other; o.Service = "sts"; return c.Key(&o, "secret") }(),
		"date":    func() *SigningKey { o := other; o.date = "20130525T000000Z"; return c.Key(&o, "secret") }(),
	} {
		if k == key {
			t.Errorf("the key of another %s is the same", name)
		}
	}
	if got, want := key.sign([]byte("x")), DeriveKey("secret", "20130524", "us-east-1", "iam").sign([]byte("x")); got != want {
		t.Error("the cached key is not the derived one")
	}
}

func TestSigningKeyCacheIsBounded(t *testing.T) {
	c := NewSigningKeyCache(8)
	hot := cacheSignature("AKIDHOT")
	key := c.Key(hot, "secret")
	for i := range 100 {
		c.Key(cacheSignature(fmt.Sprint("AKID", i)), "secret")
		if c.Key(hot, "secret") != key {
			t.Fatalf("a key in use is dropped after %d others", i)
		}
		if c.Len() > 8 {
			t.Fatalf("%d keys", c.Len())
		}
	}
	if small := NewSigningKeyCache(0); small.Key(hot, "secret") == nil || small.Len() != 1 {
		t.Error("the smallest cache holds nothing")
	}
}

func TestSigningKeyCacheInParallel(t *testing.T) {
	c := NewSigningKeyCache(8)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				s := cacheSignature(fmt.Sprint("AKID", (i+g)%12))
				want := DeriveKey("secret", "20130524", "us-east-1", "iam").sign([]byte("x"))
				if got := c.Key(s, "secret").sign([]byte("x")); got != want {
					t.Errorf("wrong key")
				}
			}
		})
	}
	wg.Wait()
	if c.Len() > 8 {
		t.Errorf("%d keys", c.Len())
	}
}
