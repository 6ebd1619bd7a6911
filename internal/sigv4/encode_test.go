package sigv4

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plainNormalize follows botocore's remove_dot_segments, step by step.
func plainNormalize(path string) string {
	var out []string
	for _, segment := range strings.Split(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, segment)
		}
	}
	normal := "/" + strings.Join(out, "/")
	if strings.HasSuffix(path, "/") && len(out) > 0 {
		normal += "/"
	}
	return string(appendPath(nil, normal))
}

func TestNormalizeAgreesWithThePlainWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.StringMatching(`(/|\.|\.\.|a|%2F|\+|é){0,12}`).Draw(t, "path")
		if got, want := string(appendNormalized([]byte("kept"), path)), "kept"+plainNormalize(path); got != want {
			t.Fatalf("%q becomes %q, want %q", path, got, want)
		}
	})
}

func TestParamAgreesWithURL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(`([a-z~*+ /=]|%[0-9a-fA-F]{2}|%|%[0-9g]|é){0,12}`).Draw(t, "raw")
		got, ok := appendParam(nil, raw)
		text, err := url.QueryUnescape(raw)
		if ok != (err == nil) {
			t.Fatalf("%q: %v, url says %v", raw, ok, err)
		}
		if back, err := url.PathUnescape(string(got)); ok && (err != nil || back != text) {
			t.Fatalf("%q becomes %q, which is %q, want %q", raw, got, back, text)
		}
	})
}

func TestHeaderValues(t *testing.T) {
	for value, want := range map[string]string{
		"": "", " ": "", "a": "a", "  a  b   c ": "a b c", "\ta\t": "a", "a\t\tb": "a\t\tb", `"a   b"`: `"a b"`,
	} {
		if got := string(appendTrimmed(nil, value)); got != want {
			t.Errorf("%q becomes %q, want %q", value, got, want)
		}
	}
}
