// Package sigv4 verifies and makes AWS Signature Version 4: in the
// Authorization header, in the query of a presigned URL, and over the chunks of
// a streamed body.
//
// A server starts at Parse, then asks the Signature in this order: CheckTime,
// Verify with a SigningKey from a SigningKeyCache and, for S3, Body. A client
// starts at Sign or Presign. What is verified is r.URL and r.Header as they
// are: route and decode from the same request.
//
// The package does not know who holds a key, whether a session token is good,
// or which service a caller meant to reach. Its Errors carry AWS's text; which
// error code and status go with a Reason is the protocol's affair.
//
// Sources: "Create a signed AWS API request" in the IAM User Guide, and
// "Authenticating Requests (AWS Signature Version 4)" in the S3 API Reference.
package sigv4
