// Package e2e holds the tests that use the real AWS SDK for Go against a real
// writ process: the story of the README step by step, each operation once, and
// what SDKs do by themselves (checksums, paging, waiting, refreshing). The
// identity providers that it trusts are the tests' own, and Dex, which the
// command in dex makes.
//
// Start at main_test.go, which builds the command, and story_test.go. The same
// story with the AWS command line is story.sh; run runs both. Nothing here
// imports Writ: what a test knows, a stranger with an SDK can know.
package e2e
