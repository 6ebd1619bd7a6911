package sts

import (
	"fmt"

	"github.com/writ-iam/writ/internal/shape"
)

func invalid(format string, args ...any) *shape.Error {
	return &shape.Error{Code: "ValidationError", Status: 400, Message: fmt.Sprintf(format, args...)}
}

func accessDenied(text string) *shape.Error {
	return &shape.Error{Code: "AccessDenied", Status: 403, Message: text}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
