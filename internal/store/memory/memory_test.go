package memory_test

import (
	"testing"

	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/memory"
	"github.com/writ-iam/writ/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Suite{
		Open:     func(*testing.T, string) store.Store { return memory.New() },
		Volatile: true,
	})
}
