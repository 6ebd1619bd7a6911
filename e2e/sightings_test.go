package e2e

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// sightings are what the SDK's clients saw: the calls that were answered, and
// every secret that was handed out.
type sightings struct {
	mu      sync.Mutex
	calls   []call   // guarded by mu
	secrets []string // guarded by mu
}

// call is one answered call.
type call struct {
	service, operation string // "IAM", "CreateUser", as the SDK calls them
	requestID          string
	keyID              string // who called; "" for nobody
	code, message      string // of the error; "" for none
}

// refusals are the codes of calls that were not authenticated. Such calls
// leave no event.
var refusals = []string{
	"InvalidClientTokenId", "SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken", "ExpiredToken",
	"IncompleteSignature", "MissingAuthenticationToken", "RequestTimeTooSkewed", "XAmzContentSHA256Mismatch",
	"InvalidIdentityToken",
}

func (c call) authenticated() bool { return !slices.Contains(refusals, c.code) }

func (s *sightings) secret(texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range texts {
		if len(text) >= 8 { // a shorter one is in any text by chance
			s.secrets = append(s.secrets, text)
		}
	}
}

func (s *sightings) allSecrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

func (s *sightings) allCalls() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// option makes a client tell s what it sees.
func (s *sightings) option(keyID string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Sightings", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleInitialize(ctx, in)
			s.note(ctx, keyID, out.Result, meta, err)
			return out, meta, err
		}), middleware.Before)
	}
}

func (s *sightings) note(ctx context.Context, keyID string, out any, meta middleware.Metadata, err error) {
	c := call{service: awsmiddleware.GetServiceID(ctx), operation: awsmiddleware.GetOperationName(ctx), keyID: keyID}
	c.requestID, _ = awsmiddleware.GetRequestIDMetadata(meta)
	if c.requestID == "" {
		if r, ok := awsmiddleware.GetRawResponse(meta).(*smithyhttp.Response); ok {
			c.requestID = r.Header.Get("X-Amz-Request-Id")
		}
	}
	var failed smithy.APIError
	if errors.As(err, &failed) {
		c.code, c.message = failed.ErrorCode(), failed.ErrorMessage()
	}
	if err != nil && c.code == "" || c.requestID == "" {
		return // never answered, or only presigned
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	s.secret(secretsOf(out)...)
}

// secretsOf returns what an answer hands out that nobody else may learn.
func secretsOf(out any) []string {
	if out == nil || reflect.ValueOf(out).IsZero() {
		return nil
	}
	var c *ststypes.Credentials
	switch o := out.(type) {
	case *iam.CreateAccessKeyOutput:
		return []string{aws.ToString(o.AccessKey.SecretAccessKey)}
	case *sts.AssumeRoleOutput:
		c = o.Credentials
	case *sts.AssumeRoleWithWebIdentityOutput:
		c = o.Credentials
	case *sts.AssumeRoleWithSAMLOutput:
		c = o.Credentials
	case *sts.GetSessionTokenOutput:
		c = o.Credentials
	case *sts.GetFederationTokenOutput:
		c = o.Credentials
	}
	if c == nil {
		return nil
	}
	return []string{aws.ToString(c.SecretAccessKey), aws.ToString(c.SessionToken)}
}
