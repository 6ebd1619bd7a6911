// Package federation verifies what identity providers say: web identity tokens
// of OpenID Connect, and SAML 2.0 responses with their assertions.
//
// Start at ParseToken for OpenID Connect, whose keys an Issuers fetches and
// keeps, and at Trust.VerifyResponse for SAML, with what ParseMetadata reads of
// a provider and the private keys that open encrypted assertions. The package
// does not know the time, which comes in, nor which assertions were seen before:
// its callers remember them.
package federation
