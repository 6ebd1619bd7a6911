package awscmd

import (
	"slices"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire"
)

// paginator says how an operation is paged, as botocore's paginators do.
type paginator struct {
	svc     *shape.Service
	op      *shape.Operation
	tokens  []token
	limit   string   // input member with the size of a page
	results []string // lists that are joined
	keep    []string // members of the first page that are shown beside
}

// token is a pair of members: where a page begins, and where the next does.
type token struct{ in, out string }

var (
	marker       = []token{{"Marker", "Marker"}}
	continuation = []token{{"ContinuationToken", "ContinuationToken"}}
)

// s3Paginators are S3's; IAM's follow one rule.
var s3Paginators = map[string]paginator{
	"ListBuckets":          {tokens: continuation, limit: "MaxBuckets", results: []string{"Buckets"}, keep: []string{"Owner", "Prefix"}},
	"ListDirectoryBuckets": {tokens: continuation, limit: "MaxDirectoryBuckets", results: []string{"Buckets"}},
	"ListMultipartUploads": {
		tokens: []token{{"KeyMarker", "NextKeyMarker"}, {"UploadIdMarker", "NextUploadIdMarker"}}, limit: "MaxUploads",
		results: []string{"Uploads", "CommonPrefixes"}, keep: []string{"RequestCharged", "Prefix"},
	},
	"ListObjectVersions": {
		tokens: []token{{"KeyMarker", "NextKeyMarker"}, {"VersionIdMarker", "NextVersionIdMarker"}}, limit: "MaxKeys",
		results: []string{"Versions", "DeleteMarkers", "CommonPrefixes"}, keep: []string{"RequestCharged", "Prefix"},
	},
	"ListObjects": {
		tokens: []token{{"Marker", "NextMarker"}}, limit: "MaxKeys",
		results: []string{"Contents", "CommonPrefixes"}, keep: []string{"RequestCharged", "Prefix"},
	},
	"ListObjectsV2": {
		tokens: []token{{"ContinuationToken", "NextContinuationToken"}}, limit: "MaxKeys",
		results: []string{"Contents", "CommonPrefixes"}, keep: []string{"RequestCharged", "Prefix"},
	},
	"ListParts": {
		tokens: []token{{"PartNumberMarker", "NextPartNumberMarker"}}, limit: "MaxParts", results: []string{"Parts"},
		keep: []string{"ChecksumAlgorithm", "Initiator", "Owner", "StorageClass", "ChecksumType"},
	},
}

// unpaged are IAM's operations with a Marker that botocore does not page.
var unpaged = []string{
	"GetOrganizationsAccessReport", "GetServiceLastAccessedDetails", "GetServiceLastAccessedDetailsWithEntities",
	"ListPoliciesGrantingServiceAccess", "ListServiceSpecificCredentials",
}

func paginatorOf(svc *shape.Service, op *shape.Operation) (*paginator, bool) {
	if svc.Name == "s3" {
		p, ok := s3Paginators[op.Name]
		p.svc, p.op = svc, op
		return &p, ok
	}
	in, out := wire.PlanOf(op.Input), wire.PlanOf(op.Output)
	if memberNamed(in, "Marker") == nil || memberNamed(out, "IsTruncated") == nil || slices.Contains(unpaged, op.Name) {
		return nil, false
	}
	p := &paginator{svc: svc, op: op, tokens: marker, limit: "MaxItems"}
	for i := range out.Fields {
		if f := &out.Fields[i]; f.Type.Kind == wire.List {
			p.results = append(p.results, f.Member)
		}
	}
	if op.Name == "GetGroup" {
		p.keep = []string{"Group"}
	}
	return p, true
}
