// Package federation verifies what identity providers say: SAML 2.0 responses
// and their assertions (Trust.VerifyResponse), by what the providers say of
// themselves, their metadata (ParseMetadata). Private keys open the assertions
// that they encrypt.
//
// The package fetches nothing, keeps nothing and does not know the time: its
// callers hand it in, and remember which assertions they have seen.
package federation
