package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestLookupModel compares look-ups with a plain scan, on records whose times
// are out of order and often equal, before and after indexes are built, and
// after a restart.
func TestLookupModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := &memory{files: map[string]*memoryFile{}}
		l := openFolder(t, dir, small)
		n := rapid.IntRange(1, 120).Draw(rt, "records")
		var all []Record // in the order of arrival
		for i := range n {
			r := record(i)
			r.Time = noon.Add(time.Duration(rapid.IntRange(-20, 20).Draw(rt, "time")) * time.Second)
			all = append(all, r)
		}
		for batch := range slices.Chunk(all, rapid.IntRange(1, 30).Draw(rt, "batch")) {
			appendTest(t, l, batch...)
		}
		if rapid.Bool().Draw(rt, "index") {
			for _, v := range l.sealed() {
				if err := l.index(&v); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if rapid.Bool().Draw(rt, "restart") {
			closeTest(t, l)
			l = openFolder(t, dir, small)
		}
		for range 5 {
			q := drawQuery(rt, n)
			want := naive(all, q)
			got := lookup(t, l, q)
			if diff := cmp.Diff(numbers(want), numbers(got), cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("%+v (-want +got):\n%s", q, diff)
			}
			wantNumbers(t, "in pages", pages(t, l, q, rapid.IntRange(1, 7).Draw(rt, "page")), numbers(want))
		}
		closeTest(t, l)
	})
}

func drawQuery(t *rapid.T, n int) Query {
	var q Query
	for _, a := range []Attribute{
		{EventName, "ListUsers"},
		{Username, fmt.Sprintf("user%d", rapid.IntRange(0, 20).Draw(t, "user"))},
		{AccountID, "123456789012"},
		{EventID, record(rapid.IntRange(0, n).Draw(t, "id")).ID.String()},
		{RequestID, "nobody's"},
	} {
		if rapid.IntRange(0, 3).Draw(t, a.Key.String()) == 0 {
			q.Attributes = append(q.Attributes, a)
		}
	}
	bound := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "open") {
			return time.Time{}
		}
		return noon.Add(time.Duration(rapid.IntRange(-25, 25).Draw(t, "seconds")) * time.Second)
	})
	q.From, q.To = bound.Draw(t, "from"), bound.Draw(t, "to")
	return q
}

// naive is Lookup by looking at every record.
func naive(all []Record, q Query) []Record {
	var found []Record
	for _, r := range slices.Backward(all) {
		if q.Matches(&r) && (q.From.IsZero() || !r.Time.Before(q.From)) && (q.To.IsZero() || !r.Time.After(q.To)) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b Record) int { return b.Time.Compare(a.Time) })
	return found
}

// pages looks up a page at a time, as with NextToken.
func pages(t testing.TB, l *Log, q Query, size int) []Record {
	var all []Record
	for q.Max = size; ; {
		page := lookup(t, l, q)
		all = append(all, page...)
		if len(page) < size {
			return all
		}
		token, err := page[size-1].cursorText()
		if err != nil {
			t.Fatal(err)
		}
		if err := q.After.UnmarshalText(token); err != nil {
			t.Fatal(err)
		}
	}
}

func (r Record) cursorText() ([]byte, error) { return r.Cursor().MarshalText() }

func TestCursorText(t *testing.T) {
	var c Cursor
	for _, bad := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAAAP__________"} {
		if err := c.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("UnmarshalText(%q) succeeded", bad)
		}
	}
}

func TestLookupCanceled(t *testing.T) {
	l := openTest(t, t.TempDir(), small)
	appendTest(t, l, records(0, 100)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n, last := 0, error(nil)
	for _, err := range l.Lookup(ctx, Query{}) {
		n, last = n+1, err
		cancel()
	}
	if n != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d results, the last is %v", n, last)
	}
}

// TestIndexLost loses and damages index files in every way: look-ups must not.
func TestIndexLost(t *testing.T) {
	dir := t.TempDir()
	l := openTest(t, dir, small)
	appendInSteps(t, l, 0, 200)
	buildAll(t, l)
	closeTest(t, l)
	indexes, _ := filepath.Glob(filepath.Join(dir, "*.idx"))
	if len(indexes) < 3 {
		t.Fatalf("%d indexes: the test means to have many", len(indexes))
	}
	whole, err := os.ReadFile(indexes[1])
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, l *Log) {
		t.Helper()
		for n := 0; n < 200; n += 11 {
			wantNumbers(t, what, lookup(t, l, Query{Attributes: []Attribute{{RequestID, fmt.Sprintf("request-%d", n)}}}), []int{n})
		}
		wantNumbers(t, what, lookup(t, l, Query{}), countdown(200, 0))
	}
	for at := 0; at < len(whole); at += 37 {
		damaged := slices.Clone(whole)
		damaged[at] ^= 0x40
		writeFile(t, indexes[1], damaged)
		l := openTest(t, dir, small)
		check(fmt.Sprintf("byte %d of an index damaged", at), l)
		closeTest(t, l)

		writeFile(t, indexes[1], whole[:at])
		l = openTest(t, dir, small)
		check(fmt.Sprintf("index cut at %d", at), l)
		if at%5 == 0 {
			buildAll(t, l)
			writeFile(t, indexes[1], damaged) // while the log is open
			check("damaged under way", l)
			_ = os.Remove(indexes[1])
			check("deleted under way", l)
		}
		closeTest(t, l)
	}
}

func appendInSteps(t testing.TB, l *Log, from, to int) {
	t.Helper()
	for n := from; n < to; n += 5 {
		appendTest(t, l, records(n, min(n+5, to))...)
	}
}

func buildAll(t testing.TB, l *Log) {
	t.Helper()
	for _, v := range l.sealed() {
		if err := l.index(&v); err != nil {
			t.Fatal(err)
		}
	}
}

func writeFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
