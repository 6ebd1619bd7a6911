package awscmd

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/wire/awsquery"
	"github.com/writ-iam/writ/internal/wire/restxml"
)

// Client sends signed calls to one endpoint.
type Client struct {
	Endpoint    string // "http://127.0.0.1:4600", perhaps with a path
	Region      string // "" is us-east-1
	Credentials sigv4.Credentials
	HTTP        *http.Client     // nil is one that follows no redirects
	Now         func() time.Time // nil is time.Now

	Answered func(http.Header) // is told the header of every answer, unless it is nil
}

// AnswerError is an error that the service answered. It prints as the AWS CLI
// prints it.
type AnswerError struct {
	Operation string // "" of a page that is no operation
	Status    int
	Code      string
	Message   string
	RequestID string
}

func (e *AnswerError) Error() string {
	if e.Operation == "" {
		return fmt.Sprintf("%s (%s)", e.Message, e.Code)
	}
	return fmt.Sprintf("An error occurred (%s) when calling the %s operation: %s", e.Code, e.Operation, e.Message)
}

// connectError is an endpoint that does not answer. It begins as the AWS CLI's.
type connectError struct {
	endpoint string
	err      error
}

func (e *connectError) Error() string {
	return fmt.Sprintf("Could not connect to the endpoint URL: %q: %v", e.endpoint, e.err)
}

func (e *connectError) Unwrap() error { return e.err }

// plainHTTP takes answers as they come: redirects would lose the signature,
// and transparent decompression the length.
var plainHTTP = newHTTP(nil)

func newHTTP(trust *tls.Config) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableCompression: true, IdleConnTimeout: time.Minute, TLSClientConfig: trust,
		},
	}
}

// HTTPClient returns a client that trusts the certificates in a file, in PEM,
// and no others, as the variable AWS_CA_BUNDLE has AWS's clients do. Without a
// file it trusts what the system does.
func HTTPClient(bundle string) (*http.Client, error) {
	if bundle == "" {
		return plainHTTP, nil
	}
	text, err := os.ReadFile(bundle)
	if err != nil {
		return nil, &setupError{fmt.Sprintf("no certificates to trust by AWS_CA_BUNDLE: %v", err)}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, &setupError{fmt.Sprintf("no certificates to trust by AWS_CA_BUNDLE: %s has none in PEM", bundle)}
	}
	return newHTTP(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}), nil
}

// Call calls an operation with the input that in points to, and reads the
// answer into out, a pointer to the operation's output. An answer that is an
// error is an *AnswerError. If the output has a stream, the caller closes it.
func (c *Client) Call(ctx context.Context, svc *shape.Service, op *shape.Operation, in, out any) error {
	req, body, err := newRequest(svc, op, in)
	if err != nil {
		return err
	}
	resp, err := c.Do(ctx, req, svc.Name, body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		return readError(op, svc.Protocol, resp)
	}
	if !hasStream(out) {
		defer resp.Body.Close()
	}
	if svc.Protocol == shape.Query {
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		return awsquery.DecodeResponse(b, op.ResultWrapper, out)
	}
	return restxml.DecodeResponse(resp.StatusCode, resp.Header, resp.Body, out)
}

// newRequest makes the request of a call, with a path and query alone, and its
// body.
func newRequest(svc *shape.Service, op *shape.Operation, in any) (*http.Request, io.ReadSeeker, error) {
	if svc.Protocol == shape.Query {
		form := awsquery.Encode(op.Name, svc.Version, in)
		req := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"},
		}}
		return req, strings.NewReader(form), nil
	}
	req, err := restxml.EncodeRequest(op.Method, op.URI, in)
	if err != nil {
		return nil, nil, err
	}
	if op.Name == "GetObject" { // so that the answer carries its checksum, as SDKs ask by default
		req.Header.Set("X-Amz-Checksum-Mode", "ENABLED")
	}
	body, err := seekable(req.Body)
	if err != nil {
		return nil, nil, err
	}
	return req, body, addChecksum(req.Header, in, body)
}

// seekable returns a body that can be read twice, to hash and to send it.
func seekable(r io.ReadCloser) (io.ReadSeeker, error) {
	if r == nil {
		return bytes.NewReader(nil), nil
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return bytes.NewReader(b), err
}

// Do signs a request for a service and sends it. The request has a path, a
// query and headers; scheme and host are the endpoint's, and its path is put
// in front.
func (c *Client) Do(ctx context.Context, req *http.Request, service string, body io.ReadSeeker) (*http.Response, error) {
	req, err := c.prepare(ctx, req, body)
	if err != nil {
		return nil, err
	}
	hash, err := hashOf(body)
	if err != nil {
		return nil, err
	}
	if c.Credentials.AccessKeyID != "" {
		now := time.Now
		if c.Now != nil {
			now = c.Now
		}
		target := sigv4.Target{Region: c.region(), Service: service, Time: now()}
		if _, err := sigv4.Sign(req, c.Credentials, target, hash); err != nil {
			return nil, err
		}
	}
	client := c.HTTP
	if client == nil {
		client = plainHTTP
	}
	resp, err := client.Do(req)
	var broken *url.Error
	if errors.As(err, &broken) {
		return nil, &connectError{c.Endpoint, broken.Err}
	}
	if err == nil && c.Answered != nil {
		c.Answered(resp.Header)
	}
	return resp, err
}

func (c *Client) region() string {
	if c.Region == "" {
		return "us-east-1"
	}
	return c.Region
}

// prepare completes a copy of req with the endpoint and the body.
func (c *Client) prepare(ctx context.Context, req *http.Request, body io.ReadSeeker) (*http.Request, error) {
	base, err := url.Parse(c.Endpoint)
	if err != nil || base.Host == "" {
		return nil, &setupError{fmt.Sprintf("Invalid endpoint: %s", c.Endpoint)}
	}
	size, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	out, err := http.NewRequestWithContext(ctx, req.Method, "/", nil)
	if err != nil {
		return nil, err
	}
	prefix := strings.TrimSuffix(base.Path, "/")
	out.URL = &url.URL{
		Scheme: base.Scheme, Host: base.Host, RawQuery: req.URL.RawQuery,
		Path: prefix + req.URL.Path, RawPath: prefix + req.URL.EscapedPath(),
	}
	out.Host = base.Host
	if req.Header != nil {
		out.Header = req.Header.Clone()
	}
	out.Header.Set("User-Agent", "writ-aws/1")
	if size > 0 {
		out.Body, out.ContentLength = io.NopCloser(body), size
	}
	return out, nil
}

// hashOf returns the payload hash of a body and leaves it at its start.
func hashOf(body io.ReadSeeker) (string, error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return "", err
	}
	_, err = body.Seek(0, io.SeekStart)
	return sigv4.HashPayload(b), err
}

// readError makes an error of an answer that is one. An answer without a body,
// to HEAD, has only its status.
func readError(op *shape.Operation, p shape.Protocol, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	e := &AnswerError{
		Operation: op.Name, Status: resp.StatusCode, RequestID: resp.Header.Get("X-Amzn-Requestid"),
		Code: fmt.Sprint(resp.StatusCode), Message: http.StatusText(resp.StatusCode),
	}
	if len(body) == 0 {
		return e
	}
	if p == shape.Query {
		if q, err := awsquery.DecodeError(body); err == nil {
			e.Code, e.Message, e.RequestID = q.Code, q.Message, q.RequestID
		}
		return e
	}
	if r, err := restxml.DecodeError(body); err == nil {
		e.Code, e.Message = r.Code, r.Message
	}
	return e
}

func hasStream(out any) bool {
	v := reflect.ValueOf(out).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Interface {
			return true
		}
	}
	return false
}
