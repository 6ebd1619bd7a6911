package api

import (
	"reflect"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
)

// bucketData are the operations on buckets that CloudTrail counts as data
// events although no key is in their path. See "Amazon S3 CloudTrail events" in
// the Amazon S3 User Guide.
var bucketData = map[string]bool{
	"DeleteObjects": true, "HeadBucket": true, "ListMultipartUploads": true,
	"ListObjects": true, "ListObjectsV2": true, "ListObjectVersions": true,
}

// isData reports whether CloudTrail records an operation as a data event:
// those of S3 that act on objects.
func isData(service *shape.Service, op *shape.Operation) bool {
	return service.Name == "s3" && (strings.Contains(op.URI, "{Key") || bucketData[op.Name])
}

// issuesCredentials reports whether an operation hands out temporary
// credentials. CloudTrail counts such calls as reads, but its events tell the
// access key id by which to follow a session.
func issuesCredentials(output reflect.Type) bool {
	_, ok := output.FieldByName("Credentials")
	return ok
}

// ManagementEvents returns the names of a service's operations that CloudTrail
// records as management events.
func ManagementEvents(service *shape.Service) []string {
	var names []string
	for i := range service.Operations {
		if op := &service.Operations[i]; !isData(service, op) {
			names = append(names, op.Name)
		}
	}
	return names
}
