package s3

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"syscall"

	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
)

// Errors that the model does not list. Codes, statuses and texts are those of
// "Error responses" in the Amazon S3 API Reference.

func failure(status int, code, text string, detail ...shape.Detail) *shape.Error {
	return &shape.Error{Code: code, Status: status, Message: text, Detail: detail}
}

func bad(code, format string, args ...any) *shape.Error {
	return failure(http.StatusBadRequest, code, fmt.Sprintf(format, args...))
}

func invalidArgument(name, value, text string) *shape.Error {
	return failure(http.StatusBadRequest, "InvalidArgument", text,
		shape.Detail{Name: "ArgumentName", Value: name}, shape.Detail{Name: "ArgumentValue", Value: value})
}

func notImplemented(text string) *shape.Error {
	return failure(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented. "+text)
}

func noSuchBucket(name string) *shape.Error {
	e := s3api.NoSuchBucket("The specified bucket does not exist")
	e.Detail = []shape.Detail{{Name: "BucketName", Value: name}}
	return e
}

func noSuchKey(key string) *shape.Error {
	e := s3api.NoSuchKey("The specified key does not exist.")
	e.Detail = []shape.Detail{{Name: "Key", Value: key}}
	return e
}

func noSuchVersion(key, id string) *shape.Error {
	return failure(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.",
		shape.Detail{Name: "Key", Value: key}, shape.Detail{Name: "VersionId", Value: id})
}

func noSuchUpload(id string) *shape.Error {
	e := s3api.NoSuchUpload("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	e.Detail = []shape.Detail{{Name: "UploadId", Value: id}}
	return e
}

// missing is the answer for a configuration that a bucket does not have.
func missing(code, text, bucket string) *shape.Error {
	return failure(http.StatusNotFound, code, text, shape.Detail{Name: "BucketName", Value: bucket})
}

func accessDenied() *shape.Error { return s3api.AccessDenied("Access Denied") }

func preconditionFailed(condition string) *shape.Error {
	return failure(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
		shape.Detail{Name: "Condition", Value: condition})
}

func entityTooLarge(size int64) *shape.Error {
	return failure(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
		shape.Detail{Name: "ProposedSize", Value: strconv.FormatInt(size, 10)},
		shape.Detail{Name: "MaxSizeAllowed", Value: strconv.FormatInt(maxContent, 10)})
}

// storageFailure is the answer when a content cannot be kept. A full disk is
// told: the client's data is complete and sending it again does not help.
func storageFailure(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		e := failure(http.StatusInsufficientStorage, "InsufficientStorage", "There is not enough space left to store this. Nothing was changed.")
		e.Cause = err
		return e
	}
	return fmt.Errorf("keep a content: %w", err)
}

// optional is s as a member that is absent when it is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// value is the value of an optional member, or its zero value.
func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
