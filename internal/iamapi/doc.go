// Package iamapi holds the types of the API of AWS Identity and Access Management, version
// 2010-05-08:
// an input and an output for each operation, the structures and enums that they
// are made of, and the errors that operations answer.
//
// Start at Service, the list of operations. Inputs have a Validate method. The
// function named like an error's code makes that error, as in EntityAlreadyExists.
// The struct tags say how a member stands on the wire; package wire reads them.
//
// All of it is generated from the public API model; the package does nothing.
package iamapi

//go:generate go run ../apimodel/apigen iam
