package main

import (
	"errors"
	"fmt"
	"os/exec"

	"github.com/writ-iam/writ/internal/server"
)

// masterKey returns the key that was given; nil when none was, and then the
// data folder's own is used.
func (s *settings) masterKey() ([]byte, error) {
	given := 0
	for _, source := range []string{s.MasterKey, s.MasterKeyFile, s.MasterKeyCommand} {
		if source != "" {
			given++
		}
	}
	switch {
	case given > 1:
		return nil, errors.New("the master key is given more than once: choose one of --master-key, --master-key-file and --master-key-command")
	case s.MasterKey != "":
		return server.ParseMasterKey(s.MasterKey)
	case s.MasterKeyFile != "":
		key, err := server.ReadMasterKey(s.MasterKeyFile)
		return key, hint(err, "make one with: openssl rand -hex 32 > %s && chmod 600 %s", s.MasterKeyFile, s.MasterKeyFile)
	case s.MasterKeyCommand != "":
		out, err := exec.Command("sh", "-c", s.MasterKeyCommand).Output()
		if err != nil {
			return nil, fmt.Errorf("--master-key-command failed: %w%s", err, stderrOf(err))
		}
		key, err := server.ParseMasterKey(string(out))
		if err != nil {
			return nil, fmt.Errorf("what --master-key-command printed: %w", err)
		}
		return key, nil
	}
	return nil, nil
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return ": " + string(exit.Stderr)
	}
	return ""
}
