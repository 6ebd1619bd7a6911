//go:build linux || darwin

package audit

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("WRIT_AUDIT_TEST_CHILD"); dir != "" {
		childAppend(dir)
	}
	os.Exit(m.Run())
}

// childAppend appends and takes from several goroutines for ever, and prints
// the number of each record once it is acknowledged.
func childAppend(dir string) {
	l, err := Open(dir, Options{SegmentBytes: 64 << 10})
	if err != nil {
		panic(err)
	}
	var from int
	fmt.Sscan(os.Getenv("WRIT_AUDIT_TEST_FROM"), &from)
	var next atomic.Int64
	next.Store(int64(from))
	var wg sync.WaitGroup
	for w := range 6 {
		wg.Go(func() {
			for {
				n := int(next.Add(1))
				var err error
				if w%2 == 0 {
					err = l.Append(record(n))
				} else {
					err = l.Take(record(n))
				}
				if err != nil {
					panic(err)
				}
				fmt.Printf("%d\n", n) // one write call: lines stay whole
			}
		})
	}
	wg.Wait()
}

// TestKill kills a child while it appends, several times. What it
// acknowledged is there, once, also after everything was offered again.
func TestKill(t *testing.T) {
	dir, acked, from := t.TempDir(), map[int]bool{}, 0
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		from = killWhileAppending(t, dir, from, 50+rand.IntN(400), acked)
		l := openTest(t, dir, Options{SegmentBytes: 64 << 10})
		var again []Record
		for n := range acked {
			again = append(again, record(n))
		}
		count := countRecords(t, l)
		for n := range acked {
			if count[n] != 1 {
				t.Fatalf("record %d was acknowledged and is there %d times", n, count[n])
			}
		}
		if err := l.Take(again...); err != nil {
			t.Fatal(err)
		}
		for n, times := range countRecords(t, l) {
			if times != 1 {
				t.Fatalf("record %d is there %d times after it was offered again", n, times)
			}
		}
		if damage, err := l.Verify(); err != nil || len(damage) > 0 {
			t.Errorf("damage %v, %v", damage, err)
		}
		closeTest(t, l)
	}
}

func countRecords(t *testing.T, l *Log) map[int]int {
	t.Helper()
	count := map[int]int{}
	for _, n := range numbers(lookup(t, l, Query{})) {
		count[n]++
	}
	return count
}

// killWhileAppending adds to acked what a child acknowledged before it was
// killed, and returns a number above all that it may have written.
func killWhileAppending(t *testing.T, dir string, from, after int, acked map[int]bool) int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WRIT_AUDIT_TEST_CHILD="+dir, fmt.Sprint("WRIT_AUDIT_TEST_FROM=", from))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := from
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); seen++ {
		if seen == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		var n int
		if _, err := fmt.Sscan(lines.Text(), &n); err == nil {
			acked[n], last = true, max(last, n)
		}
	}
	_ = cmd.Wait() // it was killed
	return last + 1000
}
