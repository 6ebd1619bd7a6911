package s3_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestLargestDeletion sends the largest DeleteObjects that the API allows: it
// has to fit into the bounds of a body, of commits and of events.
func TestLargestDeletion(t *testing.T) {
	w := newWorld(t)
	w.bucket("large")
	var keys []string
	for i := range 1000 {
		keys = append(keys, fmt.Sprintf("%s%04d", strings.Repeat("k", 1020), i))
	}
	body := deletion(false, keys...)
	if a := w.must(root, "POST", "/large?delete", body, "Content-MD5", contentMD5(body)); len(a.texts("Deleted")) != 1000 {
		t.Errorf("%.300s", a.body)
	}
}
