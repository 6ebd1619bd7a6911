package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary a writ too: scripts run the real main in
// processes of their own, which can be killed.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"writ": main})
}
