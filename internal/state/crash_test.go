package state_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/bolt"
)

// These, when set, make the test binary the process that is killed.
const crashFile, crashRound = "WRIT_TEST_CRASH_FILE", "WRIT_TEST_CRASH_ROUND"

// TestCrash kills a process while eight writers update. Each user whose name
// the process printed was acknowledged, and must be there afterwards with its
// key and its event.
func TestCrash(t *testing.T) {
	if file := os.Getenv(crashFile); file != "" {
		writeUntilKilled(t, file)
		return
	}
	file := filepath.Join(t.TempDir(), "state.db")
	var acknowledged []string
	for round := range 3 {
		names := runAndKill(t, file, round, 100+70*round)
		acknowledged = append(acknowledged, names...)
		verify(t, file, acknowledged, names)
	}
}

func runAndKill(t *testing.T, file string, round, after int) (names []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), crashFile+"="+file, fmt.Sprintf("%s=%d", crashRound, round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "user "); ok {
			names = append(names, name)
		}
		if len(names) == after {
			cmd.Process.Kill()
		}
	}
	cmd.Wait() // tells that it was killed
	if len(names) < after {
		t.Fatalf("the process ended by itself after %d users", len(names))
	}
	return names
}

func writeUntilKilled(t *testing.T, file string) {
	st, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	refuse := func([]state.Outgoing) error { return errFull }
	db, err := state.Open(t.Context(), state.Options{Store: st, MasterKey: statetest.MasterKey, Events: refuse})
	if err != nil {
		t.Fatal(err)
	}
	if db.Snapshot().Organization() == nil {
		statetest.Organization(t, db, account)
	}
	var wg sync.WaitGroup
	var out sync.Mutex // lines stay whole
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("r%s-w%d-%d", os.Getenv(crashRound), w, i)
				statetest.Update(t, db, func(tx *state.Tx) error {
					putKey(tx, putUser(tx, name), "secret")
					record(tx, name)
					return nil
				})
				out.Lock()
				fmt.Println("user " + name)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// verify looks for all users, and for the events of those of the last round:
// the others were taken before.
func verify(t *testing.T, file string, users, events []string) {
	t.Helper()
	st, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	in := new(inbox)
	db, err := state.Open(t.Context(), state.Options{Store: st, MasterKey: statetest.MasterKey, Events: in.take})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	statetest.Check(t, db)
	for _, name := range users {
		u, ok := db.Snapshot().User(account, name)
		if !ok || len(db.Snapshot().AccessKeys(u.ID)) != 1 {
			t.Errorf("user %s was acknowledged and is not there with its key", name)
		}
	}
	if err := db.FlushEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	taken := map[string]bool{}
	for _, id := range in.ids {
		taken[id] = true
	}
	for _, id := range events {
		if !taken[id] {
			t.Errorf("the event of %s is lost", id)
		}
	}
}
