package iam

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEncoded(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "",
		"{ \"a\": \"+%2F\" }": "%7B%20%22a%22%3A%20%22%2B%252F%22%20%7D",
		"-._~":                "-._~",
		"a*é\n":               "a%2A%C3%A9%0A",
	} {
		if got := encoded(text); got != want {
			t.Errorf("encoded(%q) = %s, want %s", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		back, err := url.PathUnescape(encoded(text))
		if err != nil || back != text {
			t.Fatalf("%q comes back as %q, %v", text, back, err)
		}
	})
}

func BenchmarkEncoded(b *testing.B) {
	text := strings.Repeat(`{"Effect":"Allow","Action":"sts:AssumeRole"},`, 3)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		encoded(text)
	}
}
