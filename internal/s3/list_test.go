package s3_test

import (
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestListObjects(t *testing.T) {
	w := newWorld(t)
	w.bucket("list")
	for _, key := range []string{"asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla"} {
		w.must(root, "PUT", "/list/"+key, "x")
	}
	// NextMarker of a common prefix passes all keys below it.
	var got []string
	for marker := ""; ; {
		a := w.must(root, "GET", "/list?delimiter=/&max-keys=1&marker="+marker, "")
		got = append(got, a.texts("Key")...)
		got = append(got, a.texts("Prefix")[1:]...)
		if a.text("IsTruncated") != "true" {
			break
		}
		marker = a.text("NextMarker")
	}
	if want := []string{"asdf", "boo/", "cquux/"}; !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	if a := w.must(root, "GET", "/list?max-keys=1", ""); a.text("NextMarker") != "" || a.text("IsTruncated") != "true" {
		t.Errorf("without a delimiter: %s", a.body)
	}
	if a := w.must(root, "GET", "/list?max-keys=0", ""); a.text("IsTruncated") != "false" || len(a.texts("Key")) != 0 {
		t.Errorf("max-keys=0: %s", a.body)
	}
	w.refused(w.do(root, "GET", "/list?max-keys=-1", ""), 400, "InvalidArgument")
	w.refused(w.do(root, "GET", "/list?list-type=2&continuation-token=boo", ""), 400, "InvalidArgument")
	a := w.must(root, "GET", "/list?list-type=2&fetch-owner=true&start-after=boo/bar&encoding-type=url&prefix=boo%2F", "")
	if got := a.texts("Key"); !slices.Equal(got, []string{"boo/baz/xyzzy"}) || len(a.text("ID")) != 64 || a.text("StartAfter") != "boo/bar" || a.text("KeyCount") != "1" {
		t.Errorf("start-after: %s", a.body)
	}
	w.must(root, "PUT", "/list/sp%20a%01c+e", "x")
	if a := w.must(root, "GET", "/list?list-type=2&encoding-type=url&prefix=sp", ""); a.text("Key") != "sp%20a%01c%2Be" {
		t.Errorf("url encoding: %s", a.body)
	}
}

func TestListBuckets(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.bucket(fmt.Sprintf("b-%d", i))
	}
	w.bucket("zzz")
	if got := w.must(root, "GET", "/", "").texts("Name"); len(got) != 6 {
		t.Errorf("listed %q", got)
	}
	var got []string
	for token := ""; ; {
		a := w.must(root, "GET", "/?max-buckets=2&prefix=b-"+token, "")
		got = append(got, a.texts("Name")...)
		if a.text("ContinuationToken") == "" {
			break
		}
		token = "&continuation-token=" + url.QueryEscape(a.text("ContinuationToken"))
	}
	if want := []string{"b-0", "b-1", "b-2", "b-3", "b-4"}; !slices.Equal(got, want) {
		t.Errorf("listed %q", got)
	}
	w.refused(w.do(root, "GET", "/?max-buckets=0", ""), 400, "InvalidArgument")
	w.refused(w.do(nobody, "GET", "/", ""), 403, "AccessDenied")
	stranger := w.user(other, "eve", allow("s3:*", "*"))
	if got := w.must(stranger, "GET", "/", "").texts("Name"); len(got) != 0 {
		t.Errorf("another account lists %q", got)
	}
}

// TestListModel compares listings of random buckets, page by page, with what a
// sorted list says.
func TestListModel(t *testing.T) {
	w := newWorld(t)
	buckets := 0
	rapid.Check(t, func(rt *rapid.T) {
		buckets++
		name := fmt.Sprintf("model-%d", buckets)
		w.bucket(name)
		part := rapid.StringMatching(`[ab/é\x00\x{10FFFF}]{1,4}`)
		keys := rapid.SliceOfNDistinct(part, 0, 12, rapid.ID[string]).Draw(rt, "keys")
		for _, key := range keys {
			w.must(root, "PUT", "/"+name+"/"+escape(key), key)
		}
		sort.Strings(keys)
		prefix := rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[ab/]{1,2}`)).Draw(rt, "prefix")
		delimiter := rapid.SampledFrom([]string{"", "/", "b", "é"}).Draw(rt, "delimiter")
		max := rapid.IntRange(1, 4).Draw(rt, "max")
		after := rapid.OneOf(rapid.Just(""), part).Draw(rt, "after")

		var got []string
		base := fmt.Sprintf("/%s?list-type=2&encoding-type=url&max-keys=%d&prefix=%s&delimiter=%s&start-after=%s",
			name, max, escape(prefix), escape(delimiter), escape(after))
		for target := base; target != ""; {
			a := w.must(root, "GET", target, "")
			n := len(got)
			for _, k := range append(a.texts("Key"), a.texts("Prefix")[1:]...) {
				text, err := url.PathUnescape(k)
				if err != nil {
					rt.Fatal(err)
				}
				got = append(got, text)
			}
			if len(got)-n > max || a.text("KeyCount") != fmt.Sprint(len(got)-n) {
				rt.Fatalf("a page of %d, KeyCount %s", len(got)-n, a.text("KeyCount"))
			}
			sort.Strings(got[n:])
			target = ""
			if a.text("IsTruncated") == "true" {
				target = base + "&continuation-token=" + url.QueryEscape(a.text("NextContinuationToken"))
			}
		}
		if want := naiveList(keys, prefix, delimiter, after); !slices.Equal(got, want) {
			rt.Fatalf("keys %q prefix %q delimiter %q after %q: listed %q, want %q", keys, prefix, delimiter, after, got, want)
		}
	})
}

// naiveList lists sorted keys as the documentation of ListObjectsV2 says.
func naiveList(keys []string, prefix, delimiter, after string) []string {
	var out []string
	for _, key := range keys {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok || key <= after {
			continue
		}
		if i := strings.Index(rest, delimiter); delimiter != "" && i >= 0 {
			key = prefix + rest[:i+len(delimiter)]
			if key == after {
				continue
			}
		}
		if len(out) == 0 || out[len(out)-1] != key {
			out = append(out, key)
		}
	}
	return out
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
