// Package federation reads what identity providers say of themselves: the
// metadata of SAML 2.0 identity providers, and the private keys that open the
// assertions which they encrypt.
//
// Start at ParseMetadata. The package fetches nothing, keeps nothing and does
// not know the time: whether something is still valid is for its callers.
package federation
