// Package stsapi holds the types of the AWS Security Token Service's API,
// version 2011-06-15: an input and an output for each operation, the structures
// and enums they are made of, and the errors that operations answer.
//
// Start at Service, the list of operations. Inputs have a Validate method. An
// error is made by the function of its code, as in PackedPolicyTooLarge. The
// struct tags say how a member stands on the wire; internal/wire reads them.
//
// All of it is generated from the public API model; the package does nothing.
package stsapi

//go:generate go run ../apimodel/apigen sts
