package audit

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTakeModel offers records again and again, across segments and restarts
// and with times out of order: each is in the log once.
func TestTakeModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := &memory{files: map[string]*memoryFile{}}
		l := openFolder(t, dir, small)
		known := map[int]bool{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
				closeTest(t, l)
				l = openFolder(t, dir, small)
			}
			var offered []Record
			for _, n := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 6).Draw(rt, "offered") {
				r := record(n)
				r.Time = noon.Add(time.Duration(n*7919%41) * time.Second)
				offered = append(offered, r)
				known[n] = true
			}
			if err := l.Take(offered...); err != nil {
				rt.Fatal(err)
			}
		}
		count := map[int]int{}
		for _, n := range numbers(lookup(t, l, Query{})) {
			count[n]++
		}
		for n := range known {
			if count[n] != 1 {
				rt.Fatalf("record %d is there %d times", n, count[n])
			}
		}
		if len(count) != len(known) {
			rt.Fatalf("%d records, want %d", len(count), len(known))
		}
		closeTest(t, l)
	})
}

// TestTakeWaits offers a record that is being written and whose write fails:
// Take does not answer for it before it is durable.
func TestTakeWaits(t *testing.T) {
	dir := newFaulty()
	l := openFolder(t, dir, Options{Failed: func(error) {}})
	l.commit.Lock() // as if a write were under way
	first := make(chan error)
	go func() { first <- l.Append(record(1)) }()
	for led := false; !led; { // until it is the leader of a batch
		l.mu.Lock()
		led = l.next.led
		l.mu.Unlock()
	}
	second := make(chan error)
	go func() { second <- l.Take(record(1)) }()
	dir.room.Store(10)
	l.commit.Unlock()
	if err := <-first; err == nil {
		t.Error("Append on a full disk succeeded")
	}
	if err := <-second; err == nil {
		wantNumbers(t, "taken", lookup(t, l, Query{}), []int{1})
	}
	dir.room.Store(1 << 40)
	if err := l.Take(record(1)); err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, "taken at last", lookup(t, l, Query{}), []int{1})
}

// TestTakeDamaged offers a record again whose bytes are damaged: it is taken.
func TestTakeDamaged(t *testing.T) {
	dir := t.TempDir()
	l := openTest(t, dir, small)
	appendInSteps(t, l, 0, 50)
	buildAll(t, l)
	file := filepath.Join(dir, "00000001.seg")
	b, _ := os.ReadFile(file)
	b[segmentHeader+frameHeader+60] ^= 1 // in record 0
	writeFile(t, file, b)
	if err := l.Take(records(0, 50)...); err != nil {
		t.Fatal(err)
	}
	var got []Record
	for r, err := range l.Lookup(t.Context(), Query{}) {
		if err != nil && !isDamage(err) {
			t.Fatal(err)
		}
		if err == nil {
			got = append(got, r)
		}
	}
	wantNumbers(t, "taken", got, countdown(50, 0))
}

func TestReset(t *testing.T) {
	dir := t.TempDir()
	l := openTest(t, dir, small)
	appendInSteps(t, l, 0, 100)
	before := l.End()
	if err := l.Reset(); err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, "after Reset", lookup(t, l, Query{}), nil)
	if err := l.Take(records(0, 10)...); err != nil { // as new
		t.Fatal(err)
	}
	wantNumbers(t, "after Reset and Take", lookup(t, l, Query{}), countdown(10, 0))
	for r, err := range l.Follow(t.Context(), before) {
		if err != nil {
			t.Fatal(err)
		}
		wantNumbers(t, "followed from before", []Record{r}, []int{0})
		break
	}
	closeTest(t, l)
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) > 2 {
		t.Errorf("files are left: %q", files)
	}
	wantNumbers(t, "after reopening", lookup(t, openTest(t, dir, small), Query{}), countdown(10, 0))
}

func TestRetention(t *testing.T) {
	now := noon.Add(100 * time.Second)
	for name, test := range map[string]struct {
		opt      Options
		min, max int // records left, of 300
	}{
		"size":     {Options{MaxBytes: 20 << 10}, 80, 130},
		"age":      {Options{MaxAge: 50 * time.Second}, 250, 275}, // record n is n seconds old or less
		"all":      {Options{MaxAge: time.Nanosecond, Now: func() time.Time { return now.Add(time.Hour) }}, 0, 0},
		"no limit": {Options{}, 300, 300},
	} {
		t.Run(name, func(t *testing.T) {
			opt := test.opt
			opt.SegmentBytes = 4 << 10
			if opt.Now == nil {
				opt.Now = func() time.Time { return now }
			}
			dir := t.TempDir()
			l := openTest(t, dir, opt)
			appendInSteps(t, l, 0, 300)
			if err := l.Expire(); err != nil {
				t.Fatal(err)
			}
			got := lookup(t, l, Query{})
			if len(got) < test.min || len(got) > test.max {
				t.Errorf("%d records are left, want %d to %d", len(got), test.min, test.max)
			}
			wantNumbers(t, "left", got, countdown(300, 300-len(got)))
			closeTest(t, l)
			wantNumbers(t, "after reopening", lookup(t, openTest(t, dir, opt), Query{}), numbers(got))
		})
	}
}

// TestRetentionUnderWay deletes segments while they are read.
func TestRetentionUnderWay(t *testing.T) {
	l := openTest(t, t.TempDir(), Options{SegmentBytes: 4 << 10, MaxBytes: 30 << 10})
	done := make(chan error, 1)
	go func() {
		var err error
		for n := 0; n < 600 && err == nil; n += 5 {
			err = errors.Join(l.Append(records(n, n+5)...), l.Expire())
		}
		done <- err
	}()
	for range 50 {
		from := rand.IntN(600)
		for r, err := range l.Lookup(t.Context(), Query{From: noon.Add(time.Duration(from) * time.Second)}) {
			if n := numbers([]Record{r}); err != nil || n[0] < from {
				t.Fatalf("Lookup from %d yields %v, %v", from, n, err)
			}
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
