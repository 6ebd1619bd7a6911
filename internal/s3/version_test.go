package s3_test

import (
	"slices"
	"strings"
	"testing"
)

func TestVersions(t *testing.T) {
	w := newWorld(t)
	w.bucket("vers")
	put := func(body string) string {
		return w.must(root, "PUT", "/vers/k", body).header.Get("x-amz-version-id")
	}
	if id := put("null"); id != "" {
		t.Errorf("an unversioned bucket shows version %q", id)
	}
	w.versioning("vers", "Enabled")
	one, two := put("one"), put("two")
	if one == two || len(one) != 32 || strings.ContainsAny(one, "/ ") {
		t.Errorf("version ids %q, %q", one, two)
	}
	get := func(query string) answer { return w.do(root, "GET", "/vers/k"+query, "") }
	for query, want := range map[string]string{"": "two", "?versionId=" + one: "one", "?versionId=null": "null"} {
		if a := get(query); a.body != want {
			t.Errorf("%q holds %q", query, a.body)
		}
	}
	w.refused(get("?versionId=nosuch"), 404, "NoSuchVersion")
	w.refused(get("?versionId="), 400, "InvalidArgument")

	marker := w.must(root, "DELETE", "/vers/k", "")
	id := marker.header.Get("x-amz-version-id")
	if marker.status != 204 || marker.header.Get("x-amz-delete-marker") != "true" || id == "" {
		t.Errorf("delete: %d %v", marker.status, marker.header)
	}
	a := get("")
	w.refused(a, 404, "NoSuchKey")
	if a.header.Get("x-amz-delete-marker") != "true" || a.header.Get("x-amz-version-id") != id {
		t.Errorf("of a delete marker: %v", a.header)
	}
	a = get("?versionId=" + id)
	w.refused(a, 405, "MethodNotAllowed")
	if a.header.Get("Allow") != "DELETE" || a.header.Get("x-amz-delete-marker") != "true" {
		t.Errorf("of a named delete marker: %v", a.header)
	}
	a = w.must(root, "GET", "/vers?versions", "")
	if got := a.texts("VersionId"); !slices.Equal(got, []string{two, one, "null", id}) {
		t.Errorf("versions %q", got)
	}
	w.refused(w.do(root, "DELETE", "/vers", ""), 409, "BucketNotEmpty")
	w.must(root, "DELETE", "/vers/k?versionId="+id, "")
	if a := get(""); a.body != "two" {
		t.Errorf("after the marker went: %q", a.body)
	}

	w.versioning("vers", "Suspended")
	if id := put("again"); id != "null" {
		t.Errorf("a suspended bucket makes version %q", id)
	}
	if a := get("?versionId=null"); a.body != "again" || a.header.Get("x-amz-version-id") != "null" {
		t.Errorf("the null version: %q %v", a.body, a.header)
	}
	if a := w.must(root, "DELETE", "/vers/k", ""); a.header.Get("x-amz-version-id") != "null" {
		t.Errorf("a marker in a suspended bucket: %v", a.header)
	}
	for _, v := range []string{one, two, "null"} {
		w.must(root, "DELETE", "/vers/k?versionId="+v, "")
	}
	w.must(root, "DELETE", "/vers", "")
	w.contents(0)
}

func TestListVersionsPages(t *testing.T) {
	w := newWorld(t)
	w.bucket("pages")
	w.versioning("pages", "Enabled")
	var want []string
	for _, key := range []string{"a", "b/1", "b/2", "c"} {
		var ids []string
		for range 3 {
			ids = append(ids, w.must(root, "PUT", "/pages/"+key, "x").header.Get("x-amz-version-id"))
		}
		slices.Reverse(ids)
		want = append(want, ids...)
	}
	var got []string
	query := "/pages?versions&max-keys=2"
	for next := query; next != ""; {
		a := w.must(root, "GET", next, "")
		got = append(got, a.texts("VersionId")...)
		next = ""
		if a.text("IsTruncated") == "true" {
			next = query + "&key-marker=" + a.text("NextKeyMarker") + "&version-id-marker=" + a.text("NextVersionIdMarker")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	a := w.must(root, "GET", "/pages?versions&delimiter=/", "")
	if len(a.texts("VersionId")) != 6 || !slices.Equal(a.texts("Prefix"), []string{"", "b/"}) && len(a.texts("CommonPrefixes")) != 1 {
		t.Errorf("with a delimiter: %s", a.body)
	}
	w.refused(w.do(root, "GET", "/pages?versions&version-id-marker=x", ""), 400, "InvalidArgument")
}
