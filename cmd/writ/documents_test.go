package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// block is what stands between two fences of a document.
type block struct {
	text string
	file string // the name of the file that it shows: `NAME`: before the fence
}

func blocksOf(t *testing.T, path string) []block {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	before, inside, text := "", false, ""
	for line := range strings.Lines(string(data)) {
		switch {
		case !strings.HasPrefix(line, "```"):
			if inside {
				text += line
			} else if strings.TrimSpace(line) != "" {
				before = strings.TrimSpace(line)
			}
		case inside:
			b := block{text: text}
			if words, ok := strings.CutSuffix(before, "`:"); ok {
				b.file = words[strings.LastIndex(words, "`")+1:]
			}
			blocks, before, inside = append(blocks, b), "", false
		default:
			inside, text = true, ""
		}
	}
	return blocks
}

// transcript runs the command lines of a transcript in the present folder, and
// returns it with what they print now.
func transcript(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	command := ""
	for line := range strings.Lines(text) {
		rest, first := strings.CutPrefix(line, "$ writ ")
		if first {
			command = ""
		} else if command == "" {
			continue // what a command printed
		} else {
			rest = line
		}
		b.WriteString(line)
		command += " " + strings.TrimSuffix(strings.TrimSpace(rest), `\`)
		if strings.HasSuffix(line, "\\\n") {
			continue
		}
		code, stdout, stderr := run(t, strings.Fields(command)...)
		b.WriteString(stdout + stderr)
		if code != 0 {
			fmt.Fprintf(&b, "exit status %d\n", code)
		}
		command = ""
	}
	return b.String()
}

// Every block of docs/CASES.md is a file or a transcript, which prints what it
// says.
func TestCasesDocument(t *testing.T) {
	blocks := blocksOf(t, "../../docs/CASES.md")
	t.Chdir(t.TempDir())
	transcripts := 0
	for _, b := range blocks {
		if b.file != "" {
			writeText(t, b.file, b.text)
		}
	}
	for _, b := range blocks {
		if b.file != "" {
			continue
		}
		transcripts++
		if got := transcript(t, b.text); got != b.text {
			t.Errorf("the document says\n%s\nand writ\n%s", b.text, got)
		}
	}
	if transcripts < 3 {
		t.Errorf("%d transcripts: are the fences read as they are written?", transcripts)
	}
}

// What README.md shows of "writ policy" is what it prints.
func TestReadmePolicyCommands(t *testing.T) {
	blocks := blocksOf(t, "../../README.md")
	script, err := txtar.ParseFile("testdata/script/policy_eval.txtar")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, f := range script.Files {
		writeText(t, f.Name, string(f.Data))
	}
	writeText(t, "queues.json", `{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Action":"sqs:*","Resource":"*"},
  {"Effect":"Deny","Action":"sqs:*","Resource":"arn:aws:sqs:*:q"}]}
`)
	transcripts := 0
	for _, b := range blocks {
		if !strings.HasPrefix(b.text, "$ writ policy ") {
			continue
		}
		transcripts++
		got, _, _ := strings.Cut(transcript(t, b.text), "exit status ")
		if got != b.text {
			t.Errorf("README.md says\n%s\nand writ\n%s", b.text, got)
		}
	}
	if transcripts != 2 {
		t.Errorf("%d transcripts of writ policy in README.md, want 2", transcripts)
	}
}

// The Go code that README.md shows is that of the engine's example, which is
// compiled and run.
func TestReadmeEmbedsTheEngine(t *testing.T) {
	example, err := os.ReadFile(filepath.Join("..", "..", "engine", "example_embed_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	lines := func(s string) (list []string) {
		for line := range strings.Lines(s) {
			code, _, _ := strings.Cut(line, " //")
			if code = strings.Join(strings.Fields(code), " "); code != "" && !strings.HasPrefix(code, "//") {
				list = append(list, code)
			}
		}
		return list
	}
	for _, b := range blocksOf(t, "../../README.md") {
		if !strings.Contains(b.text, "engine.Decide(") {
			continue
		}
		if !strings.Contains(strings.Join(lines(string(example)), "\n"), strings.Join(lines(b.text), "\n")) {
			t.Errorf("engine/example_embed_test.go does not have the lines that README.md shows:\n%s", b.text)
		}
		return
	}
	t.Error("README.md does not show how to embed the engine")
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
