package policycase

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func simple(id int) string {
	return fmt.Sprintf(`{"id":"%d","request":{"principal":"arn:aws:iam::111122223333:user/ann","action":"s3:GetObject","resource":"*"}}`, id)
}

// Answers come in the order of the cases, however the input is cut and whatever
// stands between.
func TestBatchOrder(t *testing.T) {
	var in strings.Builder
	const n = 5000
	for i := range n {
		in.WriteString(simple(i))
		if i%3 == 0 {
			in.WriteString("\r")
		}
		in.WriteString("\n")
		if i%7 == 0 {
			in.WriteString("\n  \n")
		}
	}
	for name, reader := range map[string]io.Reader{
		"whole":    strings.NewReader(in.String()),
		"halves":   iotest.HalfReader(strings.NewReader(in.String())),
		"no end":   strings.NewReader(strings.TrimRight(in.String(), "\n ")),
		"4 KiB":    &smallReader{strings.NewReader(in.String()), 4 << 10},
		"bytes":    &smallReader{strings.NewReader(in.String()), 1},
		"data EOF": iotest.DataErrReader(strings.NewReader(in.String())),
	} {
		var out bytes.Buffer
		counts, err := Batch(t.Context(), reader, &out, nil)
		if err != nil || counts != (Counts{Answered: n}) {
			t.Errorf("%s: %+v, %v", name, counts, err)
		}
		i := 0
		for line := range strings.Lines(out.String()) {
			if !strings.HasPrefix(line, fmt.Sprintf(`{"id":"%d","effect":"ImplicitDeny"`, i)) {
				t.Fatalf("%s: answer %d is %s", name, i, line)
			}
			i++
		}
		if i != n {
			t.Errorf("%s: %d answers", name, i)
		}
	}
}

// smallReader brings no more than most bytes at a time, as pipes do.
type smallReader struct {
	r    io.Reader
	most int
}

func (s *smallReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.most)]) }

// However little each Read brings, lines are put together with about as much
// memory as they take, and long ones are not copied over and over.
func TestBatchSmallReads(t *testing.T) {
	for name, in := range map[string]string{
		"short lines": strings.Repeat(simple(1)+"\n", 40_000),
		"one line":    `{"id":"` + strings.Repeat("x", 4<<20) + `"}`,
		"too long":    strings.Repeat("x", 2*maxLine) + "\n" + simple(1),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		lines := 0
		err := (&splitter{in: &smallReader{strings.NewReader(in), 4 << 10}, line: 1}).split(func(c *chunk) bool {
			lines += bytes.Count(c.lines, []byte{'\n'})
			return true
		})
		runtime.ReadMemStats(&after)
		if err != nil || lines != strings.Count(in, "\n") && name != "too long" {
			t.Errorf("%s: %d lines, %v", name, lines, err)
		}
		if used, limit := after.TotalAlloc-before.TotalAlloc, 8*uint64(len(in)); used > limit {
			t.Errorf("%s: %d bytes of memory for %d of input", name, used, len(in))
		}
	}
}

// An id need not be the case's alone.
func TestBatchSameID(t *testing.T) {
	in := strings.Repeat(simple(7)+"\n", 3) + strings.Replace(simple(7), "GetObject", "PutObject", 1) + "\n{\"id\":\"7\"}\n"
	var out bytes.Buffer
	counts, err := Batch(t.Context(), strings.NewReader(in), &out, nil)
	if err != nil || counts != (Counts{Answered: 4, Failed: 1}) || strings.Count(out.String(), `{"id":"7",`) != 5 {
		t.Errorf("%+v, %v\n%s", counts, err, &out)
	}
}

// Lines are numbered as an editor numbers them, and an error stops nobody else.
func TestBatchErrors(t *testing.T) {
	long := `{"id":"` + strings.Repeat("x", maxLine+2*chunkBytes) + `"}`
	in := simple(1) + "\n\nnonsense\n" + long + "\n" + simple(5) + "\n{\"id\":\"last\""
	var out bytes.Buffer
	counts, err := Batch(t.Context(), strings.NewReader(in), &out, nil)
	if err != nil || counts != (Counts{Answered: 2, Failed: 3}) {
		t.Errorf("%+v, %v", counts, err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{
		`{"id":"1","effect"`, `{"id":"","line":3,"error":"not valid JSON`, `{"id":"","line":4,"error":"the line is longer than 16 MiB"}`,
		`{"id":"5","effect"`, `{"id":"last","line":6,"error":"not valid JSON`,
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("answer %d: want %s…, got\n%.300s", i, want, out.String())
		}
	}
}

// A program can ask, read the answer and ask again.
func TestBatchAnswersAtOnce(t *testing.T) {
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := Batch(t.Context(), in, out, nil)
		ended <- err
	}()
	lines := bufio.NewScanner(answers)
	for i := range 3 {
		fmt.Fprintln(ask, simple(i))
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), fmt.Sprintf(`{"id":"%d"`, i)) {
			t.Fatalf("got %q, %v", lines.Text(), lines.Err())
		}
	}
	ask.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestBatchStops(t *testing.T) {
	in := strings.Repeat(simple(1)+"\n", 20000)
	broken := errors.New("broken pipe")
	if _, err := Batch(t.Context(), strings.NewReader(in), failingWriter{broken}, nil); !errors.Is(err, broken) {
		t.Errorf("writing: %v", err)
	}
	if _, err := Batch(t.Context(), io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), io.Discard, nil); !errors.Is(err, broken) {
		t.Errorf("reading: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting, _ := io.Pipe() // nothing ever comes
	cancel()
	if _, err := Batch(ctx, waiting, io.Discard, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	waiting.Close()
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
