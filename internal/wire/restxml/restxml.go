// Package restxml is the restXml protocol as S3 speaks it: members of a call
// stand in the path, the query string, the headers and an XML body, and those
// of an answer in the status, the headers and an XML body.
//
// A server starts at Decode, Encode and AppendError; a client at EncodeRequest
// and DecodeResponse. The package knows no operation: types are described by
// their tags (see package wire). It does not find the operation of a request,
// split its path, validate, sign or speak event streams.
package restxml

import (
	"strings"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire"
)

const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// AppendError appends S3's error document. details stand behind the message,
// in order.
func AppendError(dst []byte, code, message, requestID, hostID string, details []shape.Detail) []byte {
	dst = append(dst, declaration...)
	dst = append(dst, "<Error>"...)
	dst = wire.AppendElement(dst, "Code", code)
	if message != "" {
		dst = wire.AppendElement(dst, "Message", message)
	}
	for _, d := range details {
		dst = wire.AppendElement(dst, d.Name, d.Value)
	}
	dst = wire.AppendElement(dst, "RequestId", requestID)
	dst = wire.AppendElement(dst, "HostId", hostID)
	return append(dst, "</Error>"...)
}

// bodyName is the name of the root element of a body that s describes: the
// blank field's, else that of the Go type, whose Output AWS calls Result.
func bodyName(s *wire.Structure) wire.Name {
	name := s.Root
	if name.Local == "" {
		name.Local = s.Go.Name()
		if base, ok := strings.CutSuffix(name.Local, "Output"); ok {
			name.Local = base + "Result"
		}
	}
	return name
}

// payloadName is the name of the root element of a payload: that of its
// structure, else the member's.
func payloadName(f *wire.Field) wire.Name {
	name := f.Type.Of.Root
	if name.Local == "" {
		name.Local = f.Name
	}
	if f.Space != "" {
		name.Space, name.Prefix = f.Space, f.Prefix
	}
	return name
}

// timeIn is the format of f's times in headers and query strings.
func timeIn(f *wire.Field) wire.TimeFormat {
	switch {
	case f.Time != 0:
		return f.Time
	case f.In == wire.Header:
		return wire.RFC822
	}
	return wire.ISO8601
}
