package sigv4

import (
	"errors"
	"fmt"
)

// ErrNone reports a request that carries no signature at all.
var ErrNone = errors.New("sigv4: the request carries no signature")

// Reason says why a signature is refused. The list is closed.
type Reason uint8

// The reasons. AWS answers most of them differently on S3 and elsewhere.
const (
	MalformedHeader Reason = iota + 1 // the Authorization header or a date cannot be read
	MalformedQuery                    // the parameters of a presigned URL cannot be read, or one is missing
	Duplicate                         // a header or parameter of the signature stands twice
	Multiple                          // a signature in the header and one in the query
	Unsupported                       // another algorithm: Signature Version 2, 4A, a bearer token
	BadScope                          // region or terminator of the credential scope
	ScopeDate                         // the scope's day is not that of the request
	UnsignedHeaders                   // host or an x-amz- header is not signed
	Mismatch                          // the signature is not the one calculated
	Skewed                            // S3: signed too far from now
	Expired                           // signed too long ago; presigned: no longer valid
	NotYetValid                       // signed in the future
	BadExpires                        // X-Amz-Expires out of its bounds
	NoPayloadHash                     // S3: x-amz-content-sha256 is missing
	UnknownPayload                    // x-amz-content-sha256 is no hash and no known word
	PayloadMismatch                   // the body does not have the hash that was signed
	UnsignedStream                    // a chunked body without a verified header signature
	NoDecodedLength                   // a chunked body without x-amz-decoded-content-length
	BadChunk                          // the framing of a chunked body is broken
	ChunkTooSmall                     // a chunk other than the last has less than 8 KiB
	ChunkMismatch                     // a chunk or the trailer does not have the signature calculated
	BadTrailer                        // trailers are malformed or not those announced
	IncompleteBody                    // the body is shorter or longer than announced
)

var reasonNames = [...]string{
	MalformedHeader: "malformed-header", MalformedQuery: "malformed-query", Duplicate: "duplicate",
	Multiple: "multiple", Unsupported: "unsupported", BadScope: "bad-scope", ScopeDate: "scope-date",
	UnsignedHeaders: "unsigned-headers", Mismatch: "mismatch", Skewed: "skewed", Expired: "expired",
	NotYetValid: "not-yet-valid", BadExpires: "bad-expires", NoPayloadHash: "no-payload-hash",
	UnknownPayload: "unknown-payload", PayloadMismatch: "payload-mismatch", UnsignedStream: "unsigned-stream",
	NoDecodedLength: "no-decoded-length", BadChunk: "bad-chunk", ChunkTooSmall: "chunk-too-small",
	ChunkMismatch: "chunk-mismatch", BadTrailer: "bad-trailer", IncompleteBody: "incomplete-body",
}

// String returns the reason as a word for logs and metrics.
func (r Reason) String() string {
	if int(r) < len(reasonNames) && reasonNames[r] != "" {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason-%d", uint8(r))
}

// Error is a refused signature. Text is for the client, in the words of the
// service that the credential scope names, where it could be read.
type Error struct {
	Reason Reason
	Text   string

	// Detail are the further elements that S3 puts into this error, in its
	// order. They hold nothing that the client did not send or could not
	// compute, except the server's time.
	Detail []Detail
}

// Detail is one further element of an S3 error.
type Detail struct{ Name, Value string }

func (e *Error) Error() string { return "sigv4: " + e.Reason.String() + ": " + e.Text }

// Is reports whether target is an Error of the same reason: one compares with
// errors.Is and a bare &Error{Reason: …}.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

func refuse(reason Reason, format string, args ...any) *Error {
	if len(args) == 0 {
		return &Error{Reason: reason, Text: format}
	}
	return &Error{Reason: reason, Text: fmt.Sprintf(format, args...)}
}

// Texts that stand in more than one place.
const (
	textMismatch = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	textMismatchS3 = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
	textSkewS3     = "The difference between the request time and the current time is too large."
	textIncomplete = "The request body terminated unexpectedly"
	textBadTrailer = "The request contained trailing data that was not well-formed or did not conform to our published schema."
	textMechanism  = "The authorization mechanism you have provided is not supported. Please use " + Algorithm + "."
)
