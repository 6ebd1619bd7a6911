package api

import (
	"io"

	"github.com/writ-iam/writ/internal/awsid"
)

// newRequestID returns a random UUID, as AWS names requests. It panics when r
// fails: without randomness nothing here is safe.
func newRequestID(r io.Reader) string {
	id, err := awsid.NewUUID(r)
	if err != nil {
		panic("api: no randomness: " + err.Error())
	}
	return id
}
