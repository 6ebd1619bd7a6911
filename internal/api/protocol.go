package api

import (
	"net/http"

	"github.com/writ-iam/writ/internal/shape"
)

// protocol is how one service's calls look as bytes.
type protocol interface {
	// route names the operation of a request. The name need not be one that
	// is built.
	route(c *Call, b *body) (name string, err *shape.Error)
	// decode fills the operation's input. missing are the paths of required
	// members that are absent.
	decode(c *Call, in any, b *body) (missing []string, err *shape.Error)
	// encode writes an answer. Its error means that the client is gone.
	encode(w http.ResponseWriter, c *Call, out any) error
	// fail writes an error.
	fail(w http.ResponseWriter, c *Call, e *shape.Error)

	// denied is the error for a denied call, with AWS's text.
	denied(text string) *shape.Error
	// refusal is the error for a request that cannot be authenticated.
	refusal(f failure) *shape.Error
	// invalid is the error for an input that violates the model.
	invalid(vs []shape.Violation) *shape.Error
	// unbuilt is the error for an operation that the table has not.
	unbuilt(name string) *shape.Error
	// throttled is the error for a caller who calls too often.
	throttled() *shape.Error
	// anonymous reports whether unsigned requests are authorized like others
	// (by resource-based policies) rather than refused.
	anonymous() bool
	// buffersBody reports whether route needs the body.
	buffersBody() bool
}

func newProtocol(t *Table) protocol {
	switch t.service.Protocol {
	case shape.Query:
		return &queryProtocol{table: t}
	case shape.RESTXML:
		return newRESTProtocol(t)
	}
	panic("api: no protocol for " + t.service.Name)
}
