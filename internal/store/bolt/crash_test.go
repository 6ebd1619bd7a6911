//go:build linux || darwin

package bolt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/bolt"
)

// childRole makes the test binary a child of a crash test.
const childRole = "WRIT_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	path := os.Getenv("WRIT_STORE_TEST_FILE")
	switch os.Getenv(childRole) {
	case "load":
		childLoad(path)
	case "full":
		childFull(path)
	default:
		os.Exit(m.Run())
	}
}

// child starts the test binary in a role and returns its output.
func child(t *testing.T, role, path string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, "WRIT_STORE_TEST_FILE="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, out
}

// childLoad appends from several goroutines for ever, and prints each
// revision with its key once it is acknowledged.
func childLoad(path string) {
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		panic(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				head, err := s.Head(context.Background())
				if err != nil {
					panic(err)
				}
				key := fmt.Sprintf("key%d", head+1)
				rev, err := s.Append(context.Background(), head, []store.Change{{Key: key, Value: value(head + 1)}, {Key: "head", Value: []byte(key)}})
				if errors.Is(err, store.ErrConflict) {
					continue
				}
				if err != nil {
					panic(err)
				}
				fmt.Printf("%d\n", rev) // one write call: lines stay whole
			}
		})
	}
	wg.Wait()
}

// value is what revision rev writes: of a length that differs, so that pages
// split and move.
func value(rev uint64) []byte {
	return []byte(strings.Repeat(fmt.Sprintf("%d,", rev), int(rev%300)+1))
}

func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		acked := killUnderLoad(t, path, 20+rand.IntN(200))
		s := open(t, path)
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		verifyRevisions(t, s, acked)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killUnderLoad kills a child after so many acknowledgements and returns the
// highest revision that it acknowledged.
func killUnderLoad(t *testing.T, path string, after int) (acked uint64) {
	t.Helper()
	cmd, out := child(t, "load", path)
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		var rev uint64
		if _, err := fmt.Sscan(lines.Text(), &rev); err == nil {
			acked = max(acked, rev)
		}
	}
	_ = cmd.Wait() // it was killed
	if acked == 0 {
		t.Fatal("the child acknowledged nothing")
	}
	return acked
}

// verifyRevisions checks that s holds the keys of all revisions up to its
// head, and that the head is acked or later.
func verifyRevisions(t *testing.T, s *bolt.Store, acked uint64) {
	t.Helper()
	state := map[string]string{}
	head, err := s.Load(t.Context(), func(key string, value []byte) error {
		state[key] = string(value)
		return nil
	})
	if err != nil || head < acked {
		t.Fatalf("Load = %d, %v; %d was acknowledged", head, err, acked)
	}
	for rev := uint64(1); rev <= head; rev++ {
		if key := fmt.Sprintf("key%d", rev); state[key] != string(value(rev)) {
			t.Fatalf("%s is missing or wrong; head %d, acknowledged %d", key, head, acked)
		}
	}
	if len(state) != int(head)+1 || state["head"] != fmt.Sprintf("key%d", head) {
		t.Errorf("%d keys and head %q at revision %d", len(state), state["head"], head)
	}
}

// childFull fills the disk (a limit on the size of files stands in for it),
// reports what was acknowledged until then, makes room and goes on.
func childFull(path string) {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		panic(err)
	}
	rev := appendUntilFull(s, 0, 100)
	setFileLimit(512 << 10)
	rev = appendUntilFull(s, rev, 100_000)
	full := rev
	if err := s.Check(context.Background()); err != nil {
		panic(err)
	}
	setFileLimit(1 << 40)
	rev = appendUntilFull(s, rev, 200)
	if err := errors.Join(s.Check(context.Background()), s.Close()); err != nil {
		panic(err)
	}
	fmt.Println(full, rev)
}

func setFileLimit(bytes uint64) {
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &lim); err != nil {
		panic(err)
	}
	lim.Cur = min(bytes, lim.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &lim); err != nil {
		panic(err)
	}
}

// appendUntilFull appends up to n commits and returns the last revision that
// was acknowledged.
func appendUntilFull(s *bolt.Store, rev uint64, n int) uint64 {
	for range n {
		got, err := s.Append(context.Background(), rev, []store.Change{{Key: fmt.Sprintf("key%d", rev+1), Value: value(rev + 1)}, {Key: "head", Value: fmt.Appendf(nil, "key%d", rev+1)}})
		if err != nil {
			if errors.Is(err, store.ErrConflict) {
				panic(err)
			}
			return rev
		}
		rev = got
	}
	return rev
}

func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	cmd, out := child(t, "full", path)
	var full, rev uint64
	if _, err := fmt.Fscan(out, &full, &rev); err != nil {
		t.Fatalf("the child failed: %v", errors.Join(err, cmd.Wait()))
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if full <= 100 || full >= 100_000 || rev != full+200 {
		t.Errorf("full at revision %d, then up to %d", full, rev)
	}
	s := open(t, path)
	defer s.Close()
	verifyRevisions(t, s, rev)
}
