// Package awsquery is the awsQuery protocol of IAM and STS: a call is a form
// (Action, Version and a parameter per member, Tags.member.1.Key), an answer
// is XML, or JSON where the client accepts that.
//
// A server starts at Parse, Decode and AppendResponse; a client at Encode and
// DecodeResponse. The package knows no operation: types are described by their
// tags (see package wire). It does not route, validate or sign.
package awsquery
