package server

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/state"
)

// Exists reports whether a data folder holds an installation.
func Exists(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, stateFile))
	return err == nil
}

// Verify opens the installation in a data folder with a master key, reads all
// of it, checks every invariant of its state, and closes it again.
func Verify(ctx context.Context, folder string, masterKey []byte) error {
	if !Exists(folder) {
		return errors.New("there is no installation")
	}
	c := Config{Data: folder, MasterKey: masterKey, Log: slog.New(slog.DiscardHandler)}
	sys, err := openSystem(ctx, &c, &clock{base: time.Now}, func(api.Observation) {})
	if err != nil {
		return err
	}
	return errors.Join(state.Check(sys.db.Snapshot()), sys.close())
}
