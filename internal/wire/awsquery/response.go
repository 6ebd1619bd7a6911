package awsquery

import (
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire"
)

// Response is the answer to a call that succeeded.
type Response struct {
	Operation     string
	ResultWrapper string // element around the result; empty when there is none
	Namespace     string
	RequestID     string
	Result        any // a pointer to a struct, or nil
}

// printer has the time format of IAM and STS.
var printer = wire.Printer{Time: wire.ISO8601}

// AppendResponse appends r as XML. The metadata stands last, behind the
// result, as AWS has it.
func AppendResponse(dst []byte, r Response) []byte {
	dst = appendRoot(dst, r.Operation, "Response", r.Namespace)
	if r.ResultWrapper != "" {
		dst = wire.AppendStart(dst, r.ResultWrapper)
	}
	if r.Result != nil {
		s, v := wire.Target(r.Result)
		dst = printer.Members(dst, s, v)
	}
	if r.ResultWrapper != "" {
		dst = wire.AppendEnd(dst, r.ResultWrapper)
	}
	dst = append(dst, "<ResponseMetadata>"...)
	dst = wire.AppendElement(dst, "RequestId", r.RequestID)
	dst = append(dst, "</ResponseMetadata></"...)
	dst = append(dst, r.Operation...)
	return append(dst, "Response>"...)
}

// appendRoot appends the start tag of the element name+suffix.
func appendRoot(dst []byte, name, suffix, namespace string) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	dst = append(dst, suffix...)
	if namespace != "" {
		dst = append(dst, ` xmlns="`...)
		dst = wire.AppendEscaped(dst, namespace)
		dst = append(dst, '"')
	}
	return append(dst, '>')
}

// Error is the answer to a call that failed. A Message that is empty is left
// out, as AWS does for errors that have none.
type Error struct {
	Namespace string
	Type      string // "Sender" or "Receiver"
	Code      string
	Message   string
	Detail    []shape.Detail // further members of the error
	RequestID string
}

// AppendError appends e as XML.
func AppendError(dst []byte, e Error) []byte {
	dst = appendRoot(dst, "ErrorResponse", "", e.Namespace)
	dst = append(dst, "<Error>"...)
	dst = wire.AppendElement(dst, "Type", e.Type)
	dst = wire.AppendElement(dst, "Code", e.Code)
	if e.Message != "" {
		dst = wire.AppendElement(dst, "Message", e.Message)
	}
	for _, d := range e.Detail {
		dst = wire.AppendElement(dst, d.Name, d.Value)
	}
	dst = append(dst, "</Error>"...)
	dst = wire.AppendElement(dst, "RequestId", e.RequestID)
	return append(dst, "</ErrorResponse>"...)
}
