package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// production is a "writ serve" and its log so far.
type production struct {
	cmd *exec.Cmd
	log *bufio.Reader
	all bytes.Buffer
}

// serve starts and stops "writ serve". What it printed is the command's output
// on start, its log that of stop.
func (s *scene) serve(ts *testscript.TestScript, args []string) bool {
	if args[0] == "stop" {
		p := s.production
		s.production = nil
		ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
		_, err := p.all.ReadFrom(p.log)
		ts.Check(err)
		ts.Check(p.cmd.Wait())
		p.all.WriteTo(ts.Stderr())
		return true
	}
	cmd := command(ts, append([]string{"serve"}, args[1:]...))
	out, err := os.Create(ts.MkAbs("serve.out"))
	ts.Check(err)
	defer out.Close()
	cmd.Stdout = out
	log, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s.production = &production{cmd: cmd, log: bufio.NewReader(log)}
	s.ready(ts)
	ts.Stdout().Write([]byte(ts.ReadFile("serve.out")))
	return true
}

// ready reads the log up to the line that says where the server answers.
func (s *scene) ready(ts *testscript.TestScript) {
	p := s.production
	for {
		line, err := p.log.ReadString('\n')
		p.all.WriteString(line)
		if err != nil {
			ts.Fatalf("the server did not start: %s", &p.all)
		}
		var entry struct{ Msg, URL string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "serving" {
			s.endpoint = entry.URL
			break
		}
	}
	ts.Setenv("AWS_ENDPOINT_URL", s.endpoint)
	var root keys
	if json.Unmarshal([]byte(ts.ReadFile("root.json")), &root) == nil {
		s.keys["root"] = root
		s.use(ts, root)
	}
}
