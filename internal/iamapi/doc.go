// Package iamapi holds the types of AWS Identity and Access Management's API,
// version 2010-05-08: an input and an output for each operation, the structures
// and enums they are made of, and the errors that operations answer.
//
// Start at Service, the list of operations. Inputs have a Validate method. An
// error is made by the function of its code, as in EntityAlreadyExists. The
// struct tags say how a member stands on the wire; internal/wire reads them.
//
// All of it is generated from the public API model; the package does nothing.
package iamapi

//go:generate go run ../apimodel/apigen iam
