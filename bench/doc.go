// Package bench puts the same authorization problems to Writ's engine and to
// other policy engines, and compares the time they take.
//
// Start with Problems: each is a neutral description, of which every engine gets
// its policies in its own language and its requests in its own form, made before
// the clock starts. Agree asks all engines hundreds of questions; where they do
// not all answer alike, nothing is measured. The command compare prints the table
// that stands in docs/PERFORMANCE.md.
//
// Every engine is used in the fastest way that its documents show. What an engine
// cannot express is said beside the code that makes its policies.
//
// The module is nested so that no user of Writ depends on any of this.
// github.com/minio/pkg, whose licence is the AGPL, is imported here and nowhere
// else, to be measured; nothing of it is copied, and nothing here is part of what
// Writ ships.
package bench
