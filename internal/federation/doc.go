// Package federation reads and verifies what identity providers say: the
// metadata of SAML 2.0 identity providers and the private keys that open the
// assertions which they encrypt, and the web identity tokens of OpenID Connect
// providers.
//
// Start at ParseMetadata for SAML and at ParseToken for OpenID Connect, whose
// keys an Issuers fetches and keeps. The package does not know the time: it
// comes in.
package federation
