// Package s3api holds the types of the API of Amazon S3, version 2006-03-01:
// an input and an output for each operation, the structures and enums that they
// are made of, and the errors that operations answer.
//
// Start at Service, the list of operations. Inputs have a Validate method. The
// function named like an error's code makes that error, as in NoSuchBucket.
// The struct tags say how a member stands on the wire; package wire reads them.
//
// All of it is generated from the public API model; the package does nothing.
package s3api

//go:generate go run ../apimodel/apigen s3
