// Package policy reads and prints the documents of AWS's policy language.
//
// Start with Parse, which takes a document apart for one of the kinds of policies
// and says where and why it is wrong, in AWS's words. Use.Parse does so for
// managed policies and for those of a service's resources, ParseShape for a
// document of unknown kind. Canonical and Print write a document again, Format
// lays out its text, Size counts it as AWS does, and Use.Quotas lists the limits.
// Document.CheckBucket and CheckTrust know what S3 and IAM ask of the policies of
// buckets and roles beyond the grammar, when they store one.
//
// The parser reads tokens itself, because encoding/json accepts duplicate keys,
// keys in the wrong case and invalid UTF-8: where two readers of one document
// see different statements, one of them can be told anything.
//
// The package decides no request (engine does), Parse applies no quota, and
// nothing here asks whether an action, a condition key or a principal exists.
//
// Sources: "IAM JSON policy reference" and "Grammar of the IAM JSON policy
// language" in the IAM User Guide; where these are silent, the answers AWS was
// observed to give.
package policy
