// Package architecture holds the rules of the code that a test can hold: which
// package may import which, that every package says what it is for, and that
// the library packages stay pure. It has tests only; docs/ARCHITECTURE.md has
// the table they read. docs/OPERATIONS.md is made here too.
package architecture

//go:generate go test -run OperationsDocument -update .
