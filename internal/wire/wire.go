// Package wire turns tagged structs into the bytes of AWS's XML protocols and
// back. It holds what those protocols share: the plan of a type, read once
// from its tags; scalars as text; XML, appended to a slice and pulled from one.
//
// Start at PlanOf. The protocols are the packages awsquery and restxml below
// this one, and their callers need nothing else from here but Error. The
// package knows no service and no HTTP, and it does not validate: it says
// which required members are absent and which bytes cannot be decoded.
//
// # Tags
//
// A field of a structure is described by its type and by a tag,
// `aws:"WireName,option,option=value"`:
//
//	required            absent is reported by decoders; always printed
//	flat                a list or map without an element around it
//	item=N              name of the elements of a list (member)
//	entry=N key=N value=N   names inside a map (entry, key, value)
//	header, headers     an HTTP header; all those that begin with WireName
//	uri, query, status  a label of the path, a query parameter, the status
//	payload, stream     the whole body; as a stream of bytes
//	attr                an XML attribute
//	time=F              iso8601, unix or rfc822 instead of the protocol's
//	ns=URI prefix=P     XML namespace that the element declares
//	jsonvalue           a string that holds JSON (base64 in a header)
//	sensitive           must be neither logged nor recorded
//
// A blank field names the root element of its structure:
//
//	_ struct{} `aws:"Tagging,ns=http://s3.amazonaws.com/doc/2006-03-01/"`
package wire

import "fmt"

// MaxDepth is how deep structures and XML elements may be nested.
const MaxDepth = 64

// Reason is why bytes could not be decoded.
type Reason uint8

// The reasons. Syntax is about the body as a whole; the others concern the
// part of it that Error names.
const (
	Syntax    Reason = iota + 1 // malformed encoding, form or XML
	Duplicate                   // given more than once
	Value                       // not a value of the member's type
	Limit                       // too many, too deep or too long
	Unknown                     // an XML element that the structure lacks
)

// Error says which part of a message could not be decoded, and why.
type Error struct {
	Reason Reason
	Name   string // the parameter, element or header; may be empty
	Text   string
}

func (e *Error) Error() string {
	if e.Name == "" {
		return e.Text
	}
	return fmt.Sprintf("%s: %s", e.Name, e.Text)
}
