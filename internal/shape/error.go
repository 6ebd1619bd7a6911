package shape

import "fmt"

// Error is an answer that says no. Code, Status and Message go to the client
// as they are; Cause is for the log alone.
type Error struct {
	Code    string
	Status  int
	Message string
	Detail  []Detail // further elements of the answer, in order (S3 has them)
	Cause   error
}

// Detail is one further element of an error answer, such as S3's BucketName.
type Detail struct{ Name, Value string }

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an Error of the same code: one compares with
// errors.Is and a bare &Error{Code: …}.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}
