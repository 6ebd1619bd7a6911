package main

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

func TestExitStatus(t *testing.T) {
	plain := errors.New("no")
	for _, tt := range []struct {
		err  error
		args []string
		code int
		told string
	}{
		{plain, []string{"events"}, 1, "writ: error: no\n"},
		{plain, []string{"explain", "policy"}, 1, "writ: error: no\n"},
		{plain, []string{"policy", "fmt"}, 3, "writ: error: no\n"},
		{plain, []string{"--config", "events", "policy"}, 3, "writ: error: no\n"},
		{plain, []string{"--config=x", "policy", "fmt"}, 3, "writ: error: no\n"},
		{plain, []string{"--config"}, 1, "writ: error: no\n"},
		{exitStatus{2, nil}, []string{"policy", "eval"}, 2, ""},
		{exitStatus{3, plain}, []string{"events"}, 3, "writ: error: no\n"},
		{fmt.Errorf("file: %w", exitStatus{1, plain}), []string{"policy"}, 1, "writ: error: file: no\n"},
		{hint(exitStatus{3, plain}, "do this"), []string{"policy"}, 3, "writ: error: no\nwrit: hint: do this\n"},
		{exitStatus{3, hint(plain, "do that")}, []string{"policy"}, 3, "writ: error: no\nwrit: hint: do that\n"},
	} {
		var told bytes.Buffer
		p := &process{Stderr: &told}
		p.report(tt.err)
		if code := statusOf(tt.err, tt.args); code != tt.code || told.String() != tt.told {
			t.Errorf("%v of writ %q: exit status %d and %q, want %d and %q", tt.err, tt.args, code, &told, tt.code, tt.told)
		}
	}
}
