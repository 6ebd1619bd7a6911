package api

import (
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire/awsquery"
)

// queryProtocol is awsQuery: a form in, XML out, or JSON where the client
// accepts that (aws-iam-authenticator and others ask STS for it).
type queryProtocol struct{ table *Table }

// queryCall is what awsQuery keeps of a request between routing and decoding.
type queryCall struct {
	form awsquery.Form
	json bool
}

func (p *queryProtocol) route(c *Call, body *body) (string, *shape.Error) {
	form, err := awsquery.Parse(c.HTTP.URL.RawQuery, body.bytes)
	if err != nil {
		return "", malformedInput(err)
	}
	c.query = queryCall{form: form, json: acceptsJSON(c.HTTP)}
	action, version := form.Get("Action"), form.Get("Version")
	switch {
	case action == "":
		return "", &shape.Error{Code: "MissingAction", Status: 400, Message: "The request must contain the parameter Action."}
	case version != "" && version != p.table.service.Version:
		return "", invalidAction(action, version)
	}
	return action, nil
}

func invalidAction(action, version string) *shape.Error {
	return &shape.Error{Code: "InvalidAction", Status: 400, Message: "Could not find operation " + action + " for version " + version}
}

func malformedInput(err error) *shape.Error {
	return &shape.Error{Code: "MalformedInput", Status: 400, Message: err.Error()}
}

// unbuilt tells an operation that AWS does not know from one that Writ has not
// built.
func (p *queryProtocol) unbuilt(name string) *shape.Error {
	if p.table.models(name) {
		return notBuilt(p.table.service.Name, name)
	}
	return invalidAction(name, p.table.service.Version)
}

func notBuilt(service, name string) *shape.Error {
	return &shape.Error{
		Code: "NotImplemented", Status: http.StatusNotImplemented,
		Message: "Writ does not implement " + service + ":" + name + "; see unsupported.txt for the reason.",
	}
}

func (p *queryProtocol) throttled() *shape.Error {
	return &shape.Error{Code: "Throttling", Status: http.StatusBadRequest, Message: "Rate exceeded"}
}

func (p *queryProtocol) anonymous() bool   { return false }
func (p *queryProtocol) buffersBody() bool { return true }

func (p *queryProtocol) decode(c *Call, in any, _ *body) ([]string, *shape.Error) {
	missing, err := awsquery.Decode(c.query.form, in)
	if err != nil {
		return nil, malformedInput(err)
	}
	return missing, nil
}

func (p *queryProtocol) encode(w http.ResponseWriter, c *Call, out any) error {
	r := awsquery.Response{
		Operation: c.op.Name, ResultWrapper: c.op.ResultWrapper,
		Namespace: p.table.service.Namespace, RequestID: c.RequestID, Result: out,
	}
	buf := getBuffer()
	defer putBuffer(buf)
	if c.query.json {
		*buf = awsquery.AppendJSONResponse((*buf)[:0], r)
	} else {
		*buf = awsquery.AppendResponse((*buf)[:0], r)
	}
	return p.write(w, c, http.StatusOK, *buf)
}

func (p *queryProtocol) fail(w http.ResponseWriter, c *Call, e *shape.Error) {
	kind := "Sender"
	if e.Status >= 500 {
		kind = "Receiver"
	}
	out := awsquery.Error{Namespace: p.table.service.Namespace, Type: kind, Code: e.Code, Message: e.Message, RequestID: c.RequestID}
	if acceptsJSON(c.HTTP) {
		p.write(w, c, e.Status, awsquery.AppendJSONError(nil, out))
		return
	}
	p.write(w, c, e.Status, awsquery.AppendError(nil, out))
}

// write sends body. The XML content type has no charset: Vault's AWS login
// compares the whole string.
func (p *queryProtocol) write(w http.ResponseWriter, c *Call, status int, body []byte) error {
	contentType := "text/xml"
	if acceptsJSON(c.HTTP) {
		contentType = "application/json"
	}
	h := w.Header()
	h["Content-Type"] = []string{contentType}
	h["X-Amzn-Requestid"] = []string{c.RequestID}
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

func acceptsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return accept != "" && strings.Contains(accept, "application/json")
}

func (p *queryProtocol) denied(text string) *shape.Error {
	return &shape.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: text}
}

func (p *queryProtocol) refusal(f failure) *shape.Error { return queryWords.refusal(f) }

// invalid lists every violation in one message. STS tells the offending value,
// IAM no longer does.
func (p *queryProtocol) invalid(vs []shape.Violation) *shape.Error {
	return &shape.Error{Code: "ValidationError", Status: http.StatusBadRequest, Message: shape.Message(vs, p.table.service.Name == "sts")}
}
