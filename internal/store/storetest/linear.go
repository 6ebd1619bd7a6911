package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/writ-iam/writ/internal/store"
)

// A call is one call of the store; answer is what it said.
type call struct {
	op    string // "append", "head" or "load"
	after uint64
	value string
}

type answer struct {
	rev      uint64
	conflict bool
	value    string // of the only key
}

// cell is the state of the model: a revision and the value of one key.
type cell struct {
	rev   uint64
	value string
}

var model = porcupine.Model{
	Init: func() any { return cell{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(cell), input.(call), output.(answer)
		switch in.op {
		case "append":
			if in.after != s.rev {
				return out.conflict, s
			}
			return !out.conflict && out.rev == s.rev+1, cell{s.rev + 1, in.value}
		case "head":
			return out.rev == s.rev, s
		default:
			return out.rev == s.rev && out.value == s.value, s
		}
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %+v", in, out) },
}

// testLinearizable checks that concurrent calls answer as if each happened at
// one moment between its start and its end.
func testLinearizable(t *testing.T, s Suite) {
	const clients, calls = 6, 40
	st, start := s.open(t), time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			var known uint64
			for i := range calls {
				in := call{op: []string{"append", "append", "head", "load"}[(i+client)%4], after: known, value: fmt.Sprint(client, i)}
				began := time.Since(start)
				out, err := perform(t, st, in)
				ended := time.Since(start)
				if err != nil {
					t.Errorf("%+v: %v", in, err)
					return
				}
				known = max(known, out.rev)
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: client, Input: in, Call: int64(began), Output: out, Return: int64(ended)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if got := porcupine.CheckOperationsTimeout(model, history, time.Minute); got != porcupine.Ok {
		t.Errorf("history of %d calls is not linearizable: %s", len(history), got)
	}
}

func perform(t *testing.T, st store.Store, in call) (out answer, err error) {
	switch in.op {
	case "append":
		out.rev, err = st.Append(t.Context(), in.after, []store.Change{set("k", in.value)})
		if errors.Is(err, store.ErrConflict) {
			return answer{conflict: true}, nil
		}
	case "head":
		out.rev, err = st.Head(t.Context())
	case "load":
		out.rev, err = st.Load(t.Context(), func(_ string, value []byte) error {
			out.value = string(value)
			return nil
		})
	}
	return out, err
}
