//go:build !linux

package bolt

import (
	"fmt"

	"github.com/writ-iam/writ/internal/store"
)

// inUse is store.ErrInUse for the file at path.
func inUse(path string) error { return fmt.Errorf("%w (%s)", store.ErrInUse, path) }
