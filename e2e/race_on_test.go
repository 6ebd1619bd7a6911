//go:build race

package e2e

// buildFlags make the server watch its own races when the tests do.
var buildFlags = []string{"-race"}
