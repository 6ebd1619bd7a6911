package arn

import "strings"

// Entity takes the resource part of an IAM ARN apart: "role/team/x/R" is kind
// "role", path "/team/x/" and name "R". ok is false for an ARN of another
// service and for one whose resource has no such parts, such as the root user.
func (a ARN) Entity() (kind, path, name string, ok bool) {
	if a.Service != "iam" {
		return "", "", "", false
	}
	kind, rest, found := strings.Cut(a.Resource, "/")
	i := strings.LastIndexByte(rest, '/')
	if !found || kind == "" || rest[i+1:] == "" {
		return "", "", "", false
	}
	return kind, "/" + rest[:i+1], rest[i+1:], true
}
