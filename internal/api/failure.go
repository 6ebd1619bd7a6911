package api

import (
	"errors"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
)

// failure says why a request cannot be authenticated. Each protocol has its
// own words for it (a table in its file), AWS's.
type failure struct {
	kind   failureKind
	text   string // the default text of the kind when empty
	detail []shape.Detail
}

type failureKind uint8

const (
	missing        failureKind = iota // no signature at all
	malformed                         // a signature that cannot be read
	unsupportedSig                    // another algorithm, or both header and query
	unknownKey                        // no such key, or an inactive one
	badSignature
	unsignedHeaders // headers that must be signed are not
	notFresh        // the request's time is too far from now
	expired         // signed too long ago; a presigned URL after its time
	badToken        // a session token that does not open, or belongs to another key
	expiredToken    // a session after its end
	badPayload      // the body is not the one that was signed
	badStream       // the framing of the body is broken, or it ends early
	numFailures
)

func (k failureKind) String() string {
	return [numFailures]string{
		"missing", "malformed", "unsupported", "unknown key", "bad signature", "unsigned headers", "not fresh",
		"expired", "bad token", "expired token", "bad payload", "bad stream",
	}[k]
}

// words is one protocol's answer to a kind of failure. The text is the default:
// sigv4 words its refusals itself, in the manner of the service.
type words struct {
	code   string
	status int
	text   string
}

type vocabulary [numFailures]words

func (v *vocabulary) refusal(f failure) *shape.Error {
	w := v[f.kind]
	if f.text != "" {
		w.text = f.text
	}
	return &shape.Error{Code: w.code, Status: w.status, Message: w.text, Detail: f.detail}
}

const invalidToken = "The security token included in the request is invalid."

// queryWords are IAM's and STS's.
var queryWords = vocabulary{
	missing:        {"MissingAuthenticationToken", 403, "Request is missing Authentication Token"},
	malformed:      {"IncompleteSignature", 400, "Authorization header is incomplete."},
	unsupportedSig: {"IncompleteSignature", 400, "Unsupported signature."},
	unknownKey:     {"InvalidClientTokenId", 403, invalidToken},
	badSignature: {"SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
	unsignedHeaders: {"SignatureDoesNotMatch", 403, "A header that must be signed is not."},
	notFresh:        {"SignatureDoesNotMatch", 403, "Signature expired."},
	expired:         {"SignatureDoesNotMatch", 403, "Signature expired."},
	badToken:        {"InvalidClientTokenId", 403, invalidToken},
	expiredToken:    {"ExpiredToken", 403, "The security token included in the request is expired"},
	badPayload:      {"SignatureDoesNotMatch", 403, "The body is not the one that was signed."},
	badStream:       {"IncompleteSignature", 400, "The body is not framed as it was announced."},
}

// s3Words are S3's. See "Error responses" in the Amazon S3 API Reference.
var s3Words = vocabulary{
	missing:         {"AccessDenied", 403, "Access Denied"},
	malformed:       {"AuthorizationHeaderMalformed", 400, "The authorization header is malformed."},
	unsupportedSig:  {"InvalidRequest", 400, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."},
	unknownKey:      {"InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."},
	badSignature:    {"SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	unsignedHeaders: {"AccessDenied", 403, "There were headers present in the request which were not signed"},
	notFresh:        {"RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large."},
	expired:         {"AccessDenied", 403, "Request has expired"},
	badToken:        {"InvalidToken", 400, "The provided token is malformed or otherwise invalid."},
	expiredToken:    {"ExpiredToken", 400, "The provided token has expired."},
	badPayload:      {"XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed."},
	badStream:       {"IncompleteBody", 400, "The request body terminated unexpectedly"},
}

// failureKinds says of each reason of sigv4 which failure it is.
var failureKinds = map[sigv4.Reason]failureKind{
	sigv4.MalformedHeader: malformed, sigv4.MalformedQuery: malformed, sigv4.Duplicate: malformed,
	sigv4.Multiple: unsupportedSig, sigv4.Unsupported: unsupportedSig,
	sigv4.BadScope: malformed, sigv4.ScopeDate: malformed, sigv4.UnsignedHeaders: unsignedHeaders,
	sigv4.Mismatch: badSignature, sigv4.Skewed: notFresh, sigv4.Expired: expired, sigv4.NotYetValid: expired,
	sigv4.BadExpires: malformed, sigv4.NoPayloadHash: malformed, sigv4.UnknownPayload: malformed,
	sigv4.PayloadMismatch: badPayload, sigv4.UnsignedStream: unsupportedSig, sigv4.NoDecodedLength: badStream,
	sigv4.BadChunk: badStream, sigv4.ChunkTooSmall: badStream, sigv4.ChunkMismatch: badSignature,
	sigv4.BadTrailer: badStream, sigv4.IncompleteBody: badStream,
}

// failureOf is the failure that an error of sigv4 means. Any other error is a
// signature that cannot be read.
func failureOf(err error) failure {
	var e *sigv4.Error
	if !errors.As(err, &e) {
		return failure{kind: malformed}
	}
	f := failure{kind: failureKinds[e.Reason], text: e.Text}
	for _, d := range e.Detail {
		f.detail = append(f.detail, shape.Detail(d))
	}
	return f
}
