// Package analyzer finds what is wrong with policies, or surprising about them.
//
// Start with Validate, which reads a document for a Use and returns Findings:
// what AWS refuses, in its words and with the place, sizes above AWS's quotas,
// and warnings about statements that mean something else than they seem to say.
// LikelyUse guesses what a document is for, Codes lists every kind of finding
// with a sentence and an example.
//
// A finding that claims something about requests carries a witness, a resource
// or the claims of a token for which it comes true.
//
// The package does no I/O and keeps no state. What exists in AWS it takes from
// package catalog, whose data has a date: that an action is not known there is a
// warning, never an error. It does not compare policies with each other, and it
// does not ask who can do what.
package analyzer
