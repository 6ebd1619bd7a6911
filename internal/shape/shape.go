// Package shape is what the generated API packages (iamapi, stsapi, s3api) have
// in common: the description of a service and its operations, the errors an
// operation may answer, and what Validate reports of a bad input.
//
// Start at Service. Nothing here knows a protocol, a policy or an account.
package shape

import "reflect"

// Protocol names how an API puts its calls into HTTP.
type Protocol uint8

// The protocols of the services that are built.
const (
	Query   Protocol = iota + 1 // awsQuery: form in, XML (or JSON) out
	RESTXML                     // restXml: members in path, query, headers and XML body
)

// Service describes one API as AWS's public model does.
type Service struct {
	Name        string // name in the credential scope of a signature: "iam"
	Version     string // "2010-05-08"
	Protocol    Protocol
	Namespace   string      // XML namespace of answers
	EventSource string      // as CloudTrail names the service: "iam.amazonaws.com"
	Operations  []Operation // sorted by name
}

// Operation describes one operation of a Service.
type Operation struct {
	Name   string
	Method string // HTTP method, of REST protocols
	URI    string // template, of REST protocols: "/{Bucket}/{Key+}?uploads"

	// Input and Output are struct types, never pointers. An operation
	// without members has an empty struct.
	Input, Output reflect.Type

	// ResultWrapper is the element around an awsQuery result,
	// "CreateRoleResult"; empty when the operation answers nothing.
	ResultWrapper string

	// Errors are the errors that the model lists for the operation.
	Errors []ErrorCode
}

// ErrorCode is an error that a model declares: its code on the wire and its
// HTTP status.
type ErrorCode struct {
	Code   string
	Status int
}

// New makes an error of this code. The text is for the client.
func (c ErrorCode) New(text string) *Error {
	return &Error{Code: c.Code, Status: c.Status, Message: text}
}
