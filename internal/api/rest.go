package api

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire/restxml"
)

// restProtocol is restXml as S3 speaks it.
type restProtocol struct {
	table  *Table
	routes []restRoute
}

// restCall is what restXml keeps of a request between routing and decoding.
type restCall struct {
	bucket, key string
	query       url.Values
}

func newRESTProtocol(t *Table) *restProtocol {
	return &restProtocol{table: t, routes: restRoutes(t.service)}
}

// route finds the operation by what the request cannot mean otherwise: of all
// operations that fit, the one that explains most of it.
func (p *restProtocol) route(c *Call, _ *body) (string, *shape.Error) {
	query, err := url.ParseQuery(c.HTTP.URL.RawQuery)
	if err != nil {
		return "", &shape.Error{Code: "InvalidURI", Status: 400, Message: "Couldn't parse the specified URI."}
	}
	bucket, key, ok := c.pipeline.bucketAndKey(c.HTTP)
	if !ok {
		return "", &shape.Error{Code: "InvalidURI", Status: 400, Message: "Couldn't parse the specified URI."}
	}
	c.rest = restCall{bucket: bucket, key: key, query: query}
	depth := 0
	switch {
	case key != "":
		depth = 2
	case bucket != "":
		depth = 1
	}
	best, name := -1, ""
	for i := range p.routes {
		if score, fits := p.routes[i].matches(c.HTTP, depth, query); fits && score > best {
			best, name = score, p.routes[i].name
		}
	}
	if name == "" {
		return "", &shape.Error{Code: "MethodNotAllowed", Status: 405, Message: "The specified method is not allowed against this resource."}
	}
	return name, nil
}

func (p *restProtocol) decode(c *Call, in any, b *body) ([]string, *shape.Error) {
	missing, err := restxml.Decode(restxml.Request{
		Labels: map[string]string{"Bucket": c.rest.bucket, "Key": c.rest.key},
		Query:  c.rest.query, Header: c.HTTP.Header, Body: b.bytes, Stream: b.stream,
	}, in)
	if err != nil {
		return nil, malformedXML(err)
	}
	return missing, nil
}

func malformedXML(cause error) *shape.Error {
	return &shape.Error{Code: "MalformedXML", Status: http.StatusBadRequest, Cause: cause,
		Message: "The XML you provided was not well-formed or did not validate against our published schema"}
}

func (p *restProtocol) encode(w http.ResponseWriter, c *Call, out any) error {
	h := w.Header()
	p.identify(h, c)
	c.extras.addHeaders(h)
	buf := getBuffer()
	defer putBuffer(buf)
	status, body, stream, err := restxml.Encode(h, (*buf)[:0], out)
	if err != nil {
		p.fail(w, c, internalFailure(err))
		return err
	}
	*buf = body[:0]
	if stream != nil {
		defer stream.Close()
	}
	if status == 0 {
		status = c.extras.status
	}
	if status == 0 {
		status = successStatus(c.Operation)
	}
	if stream == nil && len(body) > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/xml")
	}
	lowerMetadata(h)
	w.WriteHeader(status)
	if stream != nil {
		_, err = io.Copy(&steady{w, c.control}, stream)
		return err
	}
	_, err = w.Write(body)
	return err
}

// lowerMetadata writes the names of metadata in small letters, as S3 sends them:
// botocore keeps each name as it came, and to its users color is not Color.
func lowerMetadata(h http.Header) {
	for name, values := range h {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
}

// successStatus is 204 for deletions, as S3 answers them.
func successStatus(op *shape.Operation) int {
	if op.Method == http.MethodDelete {
		return http.StatusNoContent
	}
	return http.StatusOK
}

func (p *restProtocol) identify(h http.Header, c *Call) {
	h.Set("X-Amz-Request-Id", c.RequestID)
	h.Set("X-Amz-Id-2", c.RequestID)
	h.Set("X-Amzn-Requestid", c.RequestID)
}

// fail writes S3's error document; an answer to HEAD has the status alone.
func (p *restProtocol) fail(w http.ResponseWriter, c *Call, e *shape.Error) {
	p.identify(w.Header(), c)
	c.extras.addHeaders(w.Header())
	if e.Status == http.StatusNotModified {
		w.WriteHeader(e.Status)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	if c.HTTP.Method == http.MethodHead {
		w.WriteHeader(e.Status)
		return
	}
	details := e.Detail
	if len(details) == 0 {
		details = []shape.Detail{{Name: "Resource", Value: c.HTTP.URL.Path}}
	}
	w.WriteHeader(e.Status)
	w.Write(restxml.AppendError(nil, e.Code, e.Message, c.RequestID, c.RequestID, details))
}

func (p *restProtocol) denied(text string) *shape.Error {
	return &shape.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: text}
}

func (p *restProtocol) refusal(f failure) *shape.Error { return s3Words.refusal(f) }

// invalid names the member and the constraint that it violates; of one inside
// a document S3 says no more than that the document is malformed.
func (p *restProtocol) invalid(vs []shape.Violation) *shape.Error {
	var b strings.Builder
	for i, v := range vs {
		if strings.Contains(v.Path, ".") {
			return malformedXML(nil)
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(v.Path + ": " + v.Constraint)
	}
	return &shape.Error{Code: "InvalidArgument", Status: http.StatusBadRequest, Message: b.String()}
}

func (p *restProtocol) unbuilt(name string) *shape.Error {
	return &shape.Error{Code: "NotImplemented", Status: http.StatusNotImplemented,
		Message: "A header or query you provided implies functionality that is not implemented (" + name + "); see unsupported.txt for the reason."}
}

func (p *restProtocol) throttled() *shape.Error {
	return &shape.Error{Code: "SlowDown", Status: http.StatusServiceUnavailable, Message: "Please reduce your request rate."}
}

func (p *restProtocol) anonymous() bool   { return true }
func (p *restProtocol) buffersBody() bool { return false }
