package api

import (
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
)

// findService chooses the table. A signed or presigned request goes to the
// service of its credential scope, whatever its path or host; an unsigned one
// to S3, the only service with anonymous requests, unless it plainly is a form
// call of another, which then is refused in that service's words.
func (p *Pipeline) findService(c *Call, sig *sigv4.Signature) *shape.Error {
	c.setRegion(sig)
	name := "s3"
	switch {
	case sig != nil:
		name = sig.Service
	case formCall(c.HTTP):
		name = "sts"
	}
	if name == "iam" {
		c.facts.Region = globalRegion // wherever the client says that it is
	}
	t := p.tables[name]
	if t == nil {
		return &shape.Error{
			Code: "UnknownService", Status: http.StatusNotFound,
			Message: "This installation has no service " + name + ". The service is the fourth part of the credential scope that the request was signed with.",
		}
	}
	c.Service, c.protocol, c.table = t.service, t.protocol, t
	return nil
}

// globalRegion is aws:RequestedRegion of services without regions, IAM, and of
// unsigned requests, which go to S3's global endpoint. See "AWS global
// condition context keys" in the IAM User Guide.
const globalRegion = "us-east-1"

func (c *Call) setRegion(sig *sigv4.Signature) {
	c.Region = globalRegion
	if sig != nil {
		c.Region = sig.Region
	}
	c.facts.Region = c.Region
}

// formCall reports whether an unsigned request is an awsQuery call: a form
// posted to the root, or an Action in the query there.
func formCall(r *http.Request) bool {
	if strings.Trim(r.URL.Path, "/") != "" {
		return false
	}
	return r.Method == http.MethodPost || r.URL.Query().Has("Action")
}

func (c *Call) setOperation(name string) {
	c.op = c.table.ops[name]
	c.operationName = name
	if c.op != nil {
		c.Operation = c.op.Operation
	}
}
