package iam_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	markerElement = regexp.MustCompile(`<Marker>(.*)</Marker>`)
	userElement   = regexp.MustCompile(`<UserName>(.*?)</UserName>`)
	keyElement    = regexp.MustCompile(`<Key>(.*?)</Key>`)
)

// TestPagesWhileOthersWrite: whoever is there all the time is listed once, in
// order, whoever else comes and goes between the pages.
func TestPagesWhileOthersWrite(t *testing.T) {
	in := start(t, nil)
	names := rapid.StringMatching(`[a-cA-C]{1,3}`)
	rapid.Check(t, func(rt *rapid.T) {
		in.dropUsers()
		var stay []string
		for _, name := range rapid.SliceOfNDistinct(names, 0, 12, strings.ToLower).Draw(rt, "stay") {
			in.ok("CreateUser", "UserName="+name)
			stay = append(stay, name)
		}
		var seen []string
		params := []string{"MaxItems=1"}
		for {
			params[0] = fmt.Sprintf("MaxItems=%d", rapid.IntRange(1, 4).Draw(rt, "max"))
			body := in.ok("ListUsers", params...)
			for _, m := range userElement.FindAllStringSubmatch(body, -1) {
				seen = append(seen, m[1])
			}
			m := markerElement.FindStringSubmatch(body)
			if strings.Contains(body, "<IsTruncated>true</IsTruncated>") != (m != nil) {
				rt.Fatalf("IsTruncated and Marker disagree: %s", body)
			}
			if m == nil {
				break
			}
			params = []string{"", "Marker=" + m[1]}
			in.toggleUser(names.Draw(rt, "other"), stay)
		}
		if !slices.IsSortedFunc(seen, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
			rt.Fatalf("not in order: %v", seen)
		}
		for _, name := range stay {
			if n := len(slices.DeleteFunc(slices.Clone(seen), func(s string) bool { return s != name })); n != 1 {
				rt.Fatalf("%s is listed %d times: %v", name, n, seen)
			}
		}
	})
}

// toggleUser makes or deletes a user that is none of stay.
func (in *installation) toggleUser(name string, stay []string) {
	in.t.Helper()
	if slices.ContainsFunc(stay, func(s string) bool { return strings.EqualFold(s, name) }) {
		return
	}
	if _, ok := in.db.Snapshot().User(account, name); ok {
		in.ok("DeleteUser", "UserName="+name)
	} else {
		in.ok("CreateUser", "UserName="+name)
	}
}

func (in *installation) dropUsers() {
	in.t.Helper()
	for u := range in.db.Snapshot().Users(account, "") {
		in.ok("DeleteUser", "UserName="+u.Name)
	}
}

// TestForgedMarkers: a marker opens only as it was made, for the operation and
// the account it was made for.
func TestForgedMarkers(t *testing.T) {
	in := start(t, nil)
	for _, name := range []string{"a", "b", "c"} {
		in.ok("CreateUser", "UserName="+name)
		in.ok("CreateGroup", "GroupName="+name)
	}
	marker := markerElement.FindStringSubmatch(in.ok("ListUsers", "MaxItems=1"))[1]
	in.ok("ListUsers", "Marker="+marker)
	sealed, err := base64.RawURLEncoding.DecodeString(marker)
	must(t, err)
	forged := []string{"a", "", " ", marker + "A", marker[:len(marker)-1], base64.StdEncoding.EncodeToString([]byte("b"))}
	for i := range sealed {
		other := slices.Clone(sealed)
		other[i] ^= 1
		forged = append(forged, base64.RawURLEncoding.EncodeToString(other))
	}
	for _, m := range forged {
		if status, body := in.call(in.root(account), "ListUsers", values("Marker="+m)); status != http.StatusBadRequest {
			t.Errorf("marker %q: %d %s", m, status, body)
		}
	}
	for _, test := range []struct{ account, operation string }{{account, "ListGroups"}, {otherAccount, "ListUsers"}} {
		status, body := in.call(in.root(test.account), test.operation, values("Marker="+marker))
		if status != http.StatusBadRequest || !strings.Contains(body, "<Message>Invalid Marker.</Message>") {
			t.Errorf("%s of %s takes the marker: %d %s", test.operation, test.account, status, body)
		}
	}
}

// TestLongTagKeys: markers stay within the 320 characters that a client may
// send back, whatever the keys.
func TestLongTagKeys(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	for i := range 5 {
		in.ok("TagUser", "UserName=ann", fmt.Sprintf("Tags.member.1.Key=%s%d", strings.Repeat("\U00020000", 127), i), "Tags.member.1.Value=v")
	}
	seen := make(map[string]bool)
	params := []string{"UserName=ann", "MaxItems=1"}
	for range 5 {
		body := in.ok("ListUserTags", params...)
		seen[keyElement.FindStringSubmatch(body)[1]] = true
		if m := markerElement.FindStringSubmatch(body); m != nil {
			params = []string{"UserName=ann", "MaxItems=1", "Marker=" + m[1]}
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d keys of 5 are listed", len(seen))
	}
}
