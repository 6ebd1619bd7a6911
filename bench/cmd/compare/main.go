// Command compare measures the engines of package bench against each other, in
// turns and in one process, and prints a table of medians.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/bench"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 9, "how often each engine has its turn; the table has the medians")
	turn := flag.Duration("time", 50*time.Millisecond, "how long a turn takes")
	flag.Parse()
	if err := run(*rounds, *turn); err != nil {
		log.Fatal("compare: ", err)
	}
}

func run(rounds int, turn time.Duration) error {
	engines := bench.Engines()
	for _, p := range bench.AgreementProblems() {
		if err := bench.Agree(&p, engines); err != nil {
			return fmt.Errorf("the engines do not answer alike, so nothing is measured: %w", err)
		}
	}
	fmt.Printf("%s, %s/%s, %d CPUs. Medians of %d turns; behind each peer, how many times Writ's time.\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	header := []string{"problem"}
	for _, e := range engines {
		header = append(header, e.Name+version(e.Module))
	}
	row(header)
	row(slices.Repeat([]string{"---"}, len(header)))
	for _, p := range bench.Problems() {
		times, err := measure(&p, engines, rounds, turn)
		if err != nil {
			return err
		}
		cells := []string{p.Name, duration(times[0])}
		for _, t := range times[1:] {
			cells = append(cells, fmt.Sprintf("%s (%s×)", duration(t), figures(t/times[0])))
		}
		row(cells)
	}
	return nil
}

// measure returns the median time of a decision in nanoseconds, for each engine.
func measure(p *bench.Problem, engines []bench.Engine, rounds int, turn time.Duration) ([]float64, error) {
	decides, counts := make([]func() bool, len(engines)), make([]int, len(engines))
	for i, e := range engines {
		loaded, err := e.Load(p)
		if err != nil {
			return nil, err
		}
		if decides[i], err = loaded(p.Measured); err != nil {
			return nil, err
		}
		for counts[i] = 1; repeat(decides[i], counts[i]) < turn; counts[i] *= 2 {
		}
	}
	times := make([][]float64, len(engines))
	for range rounds {
		for i, decide := range decides {
			runtime.GC() // the garbage of the engine before is not this one's
			times[i] = append(times[i], float64(repeat(decide, counts[i]))/float64(counts[i]))
		}
	}
	medians := make([]float64, len(engines))
	for i := range times {
		slices.Sort(times[i])
		medians[i] = times[i][rounds/2]
	}
	return medians, nil
}

func repeat(decide func() bool, n int) time.Duration {
	start := time.Now()
	for range n {
		decide()
	}
	return time.Since(start)
}

// version is that of a module in this build.
func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, m := range info.Deps {
			if m.Path == module && m.Version != "" && m.Replace == nil {
				return " " + m.Version
			}
		}
	}
	return ""
}

func row(cells []string) { fmt.Fprintln(os.Stdout, "| "+strings.Join(cells, " | ")+" |") }

func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return figures(ns) + " ns"
	case ns < 1e6:
		return figures(ns/1e3) + " µs"
	}
	return figures(ns/1e6) + " ms"
}

// figures writes x with two or three significant figures.
func figures(x float64) string {
	switch {
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
