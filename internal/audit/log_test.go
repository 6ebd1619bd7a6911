package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// record makes record number n, a second after the one before it.
func record(n int) Record {
	var id ID
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return Record{
		ID: id, Time: noon.Add(time.Duration(n) * time.Second),
		Attributes: []Attribute{
			{AccountID, "123456789012"},
			{EventName, []string{"CreateUser", "ListUsers", "GetRole"}[n%3]},
			{Username, fmt.Sprintf("user%d", n%17)},
			{RequestID, fmt.Sprintf("request-%d", n)},
		},
		CloudTrail: fmt.Appendf(nil, `{"n":%d,"pad":%q}`, n, strings.Repeat("x", n%200)),
		Detail:     fmt.Appendf(nil, "detail %d", n)[:n%9],
	}
}

func records(from, to int) []Record {
	var rs []Record
	for n := from; n < to; n++ {
		rs = append(rs, record(n))
	}
	return rs
}

// small makes many segments out of few records.
var small = Options{SegmentBytes: 4 << 10}

func openTest(t testing.TB, dir string, opt Options) *Log {
	t.Helper()
	return openFolder(t, disk(dir), opt)
}

// openFolder opens a log in a folder that is not a disk.
func openFolder(t testing.TB, dir folder, opt Options) *Log {
	t.Helper()
	if opt.Failed == nil {
		opt.Failed = func(err error) { t.Errorf("in the background: %v", err) }
	}
	l, err := open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeTest(t, l) })
	return l
}

func closeTest(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func appendTest(t testing.TB, l *Log, rs ...Record) {
	t.Helper()
	if err := l.Append(rs...); err != nil {
		t.Fatal(err)
	}
}

// lookup returns all records of a query and fails on any error.
func lookup(t testing.TB, l *Log, q Query) []Record {
	t.Helper()
	var got []Record
	for r, err := range l.Lookup(context.Background(), q) {
		if err != nil {
			t.Fatalf("Lookup: %v", err)
		}
		got = append(got, r)
	}
	return got
}

// numbers returns which records those are.
func numbers(rs []Record) []int {
	var ns []int
	for i := range rs {
		ns = append(ns, int(binary.BigEndian.Uint64(rs[i].ID[8:])))
	}
	return ns
}

// countdown returns from-1 down to to.
func countdown(from, to int) []int {
	var ns []int
	for n := from - 1; n >= to; n-- {
		ns = append(ns, n)
	}
	return ns
}

func wantNumbers(t testing.TB, what string, rs []Record, want []int) {
	t.Helper()
	if diff := cmp.Diff(want, numbers(rs), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var ignorePlace = cmpopts.IgnoreFields(Record{}, "Next", "start")

func TestRecordRoundTrip(t *testing.T) {
	for _, want := range append(records(0, 20), Record{Time: time.Unix(0, 0).UTC()}) {
		b := AppendRecord([]byte("x"), &want)[1:]
		got, err := ParseRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), ignorePlace); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for n := range b {
			if _, err := ParseRecord(b[:n]); !errors.Is(err, ErrRecord) {
				t.Fatalf("ParseRecord of %d of %d bytes = %v", n, len(b), err)
			}
		}
		if _, err := ParseRecord(append(b, 0)); !errors.Is(err, ErrRecord) {
			t.Errorf("ParseRecord with a byte more = %v", err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, r := range records(0, 10) {
		f.Add(AppendRecord(nil, &r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord(b)
		if err != nil {
			return
		}
		again, err := ParseRecord(AppendRecord(nil, &r))
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty(), ignorePlace); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestAppendAndReopen(t *testing.T) {
	dir, n := t.TempDir(), 0
	for range 4 {
		l := openTest(t, dir, small)
		wantNumbers(t, "after reopening", lookup(t, l, Query{}), countdown(n, 0))
		appendInSteps(t, l, n, n+60)
		n += 60
		got := lookup(t, l, Query{})
		wantNumbers(t, "all", got, countdown(n, 0))
		if diff := cmp.Diff(record(n-1), got[0], cmpopts.EquateEmpty(), ignorePlace); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(l.segments) < 3 {
			t.Errorf("%d segments: the test means to have many", len(l.segments))
		}
		closeTest(t, l)
		if l.Dropped() != 0 || len(l.Damage()) != 0 {
			t.Errorf("%d bytes dropped, damage %v", l.Dropped(), l.Damage())
		}
	}
}

func TestMemory(t *testing.T) {
	l, err := OpenMemory(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeTest(t, l)
	appendTest(t, l, records(0, 300)...)
	wantNumbers(t, "all", lookup(t, l, Query{}), countdown(300, 0))
	if damage, err := l.Verify(); err != nil || damage != nil {
		t.Errorf("Verify = %v, %v", damage, err)
	}
}

// TestConcurrent appends, takes and posts from many goroutines while others
// look up and follow.
func TestConcurrent(t *testing.T) {
	const writers, each = 8, 60
	l := openTest(t, t.TempDir(), Options{SegmentBytes: 16 << 10})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	followed := make(chan map[ID]int, 1)
	go func() {
		seen := map[ID]int{}
		for r, err := range l.Follow(ctx, Position{}) {
			if err != nil {
				break
			}
			if seen[r.ID]++; len(seen) == writers*each {
				break
			}
		}
		followed <- seen
	}()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				r := record(w*each + i)
				var err error
				switch i % 3 {
				case 0:
					err = l.Append(r)
				case 1:
					err = l.Take(r, r, record(w*each+i-1))
				default:
					if err = l.Post(r); err == nil {
						err = l.sync()
					}
				}
				if err != nil {
					t.Error(err)
				}
				if got := lookup(t, l, Query{Attributes: []Attribute{{RequestID, fmt.Sprintf("request-%d", w*each+i)}}}); len(got) != 1 {
					t.Errorf("record %d is there %d times once acknowledged", w*each+i, len(got))
				}
			}
		})
	}
	wg.Wait()
	wantNumbers(t, "all", lookup(t, l, Query{}), countdown(writers*each, 0))
	for id, n := range <-followed {
		if n != 1 {
			t.Errorf("Follow yielded %v %d times", id, n)
		}
	}
}

func TestPost(t *testing.T) {
	dir := t.TempDir()
	l := openTest(t, dir, Options{})
	if err := l.Post(record(0)); err != nil {
		t.Fatal(err)
	}
	for range l.Follow(t.Context(), Position{}) {
		break // it becomes durable by itself
	}
	if err := l.Post(record(1)); err != nil {
		t.Fatal(err)
	}
	closeTest(t, l) // writes what is left
	wantNumbers(t, "after Close", lookup(t, openTest(t, dir, Options{}), Query{}), []int{1, 0})
}

func TestClosed(t *testing.T) {
	l := openTest(t, t.TempDir(), Options{})
	closeTest(t, l)
	var followErr error
	for _, err := range l.Follow(t.Context(), Position{}) {
		followErr = err
	}
	for name, err := range map[string]error{
		"Append": l.Append(record(0)), "Take": l.Take(record(0)), "Post": l.Post(record(0)), "Reset": l.Reset(), "Follow": followErr,
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close = %v", name, err)
		}
	}
	closeTest(t, l)
}

func TestFollow(t *testing.T) {
	l := openTest(t, t.TempDir(), small)
	appendTest(t, l, records(0, 50)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	var places []Position
	next := 0
	var last error
	for r, err := range l.Follow(ctx, Position{}) {
		if last = err; err != nil {
			break
		}
		wantNumbers(t, "followed", []Record{r}, []int{next})
		if next++; next == 50 || next == 75 {
			appendTest(t, l, records(next, next+25)...)
		}
		if places = append(places, r.Next); next == 100 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || next != 100 {
		t.Errorf("Follow ends after %d records with %v", next, last)
	}
	for i, place := range places[:99] {
		for r := range l.Follow(t.Context(), place) {
			wantNumbers(t, "resumed", []Record{r}, []int{i + 1})
			break
		}
	}
	if l.End() != places[99] {
		t.Errorf("End = %v, want %v", l.End(), places[99])
	}
}
