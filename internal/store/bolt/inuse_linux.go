package bolt

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/writ-iam/writ/internal/store"
)

// inUse is store.ErrInUse with the process that holds the lock on path, as
// far as /proc/locks tells: it is silent about other containers.
func inUse(path string) error {
	err := fmt.Errorf("%w (%s)", store.ErrInUse, path)
	var st syscall.Stat_t
	if syscall.Stat(path, &st) != nil {
		return err
	}
	locks, readErr := os.ReadFile("/proc/locks")
	if readErr != nil {
		return err
	}
	inode := fmt.Sprintf(":%d", st.Ino)
	for line := range strings.Lines(string(locks)) {
		// 1: FLOCK ADVISORY WRITE 4711 fe:00:9978474 0 EOF
		f := strings.Fields(line)
		if len(f) >= 6 && f[1] == "FLOCK" && strings.HasSuffix(f[5], inode) && f[4] != "0" {
			return fmt.Errorf("%w (pid %s, %s)", store.ErrInUse, f[4], path)
		}
	}
	return err
}
