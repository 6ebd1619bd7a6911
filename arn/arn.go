// Package arn parses, prints and matches Amazon Resource Names.
//
// Start with Parse, or with the constructors (Role, User, Bucket, …) that print
// the names Writ hands out. Match compares a pattern of a policy with a name,
// segment by segment.
//
// The package knows the form of an ARN, not which services or resource types
// exist, and it asks nobody whether the thing named is there.
//
// Source: "Amazon Resource Names (ARNs)" in the AWS General Reference, "IAM
// identifiers" in the IAM User Guide.
package arn

import (
	"errors"
	"strings"
)

// ErrFormat says that a text is no ARN: it has fewer than six parts, does not
// begin with "arn:", or lacks a partition, a service or a resource.
var ErrFormat = errors.New("arn: not in the form arn:partition:service:region:account:resource")

// ARN is an ARN taken apart. Region and Account may be empty, as in the name of
// an S3 bucket; Resource may contain colons and slashes.
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// Parse takes s apart. The parts are substrings of s: nothing is copied, no case
// is changed and no part is checked against a list.
func Parse(s string) (ARN, error) {
	p, n := Split(s)
	if n < 6 || p[0] != "arn" || p[1] == "" || p[2] == "" || p[5] == "" {
		return ARN{}, ErrFormat
	}
	return ARN{p[1], p[2], p[3], p[4], p[5]}, nil
}

// Split cuts s at its first five colons and returns the parts and their number,
// at most six. It accepts any text: patterns of policies may have fewer parts.
func Split(s string) (parts [6]string, n int) {
	for n = 0; n < 5; n++ {
		i := strings.IndexByte(s, ':')
		if i < 0 {
			break
		}
		parts[n], s = s[:i], s[i+1:]
	}
	parts[n] = s
	return parts, n + 1
}

// SplitPattern is Split for a value of a policy. Where that has policy variables,
// colons within ${…} do not count.
func SplitPattern(s string, variables bool) (parts [6]string, n int) {
	start := 0
	for i := 0; i < len(s) && n < 5; i++ {
		switch {
		case s[i] == ':':
			parts[n], start = s[start:i], i+1
			n++
		case variables && strings.HasPrefix(s[i:], "${"):
			if end := strings.IndexByte(s[i:], '}'); end > 0 {
				i += end
			}
		}
	}
	parts[n] = s[start:]
	return parts, n + 1
}

// String prints a; Parse(a.String()) gives a again.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// In returns a in another partition.
func (a ARN) In(partition string) ARN {
	a.Partition = partition
	return a
}

// Type returns the part of Resource before its first slash or colon: "role" in
// "role/team/x", "log-group" in "log-group:x". It is empty when there is neither,
// as in the name of a bucket.
func (a ARN) Type() string {
	if i := strings.IndexAny(a.Resource, "/:"); i >= 0 {
		return a.Resource[:i]
	}
	return ""
}

// Name returns the part of Resource behind its last slash: "x" in "role/team/x".
// Without a slash it is the whole Resource.
func (a ARN) Name() string {
	return a.Resource[strings.LastIndexByte(a.Resource, '/')+1:]
}
