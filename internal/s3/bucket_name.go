package s3

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
)

// Prefixes and suffixes that S3 keeps for itself. See "General purpose bucket
// naming rules" in the Amazon S3 User Guide.
var (
	reservedPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

const minBucketName, maxBucketName = 3, 63

func (s *Service) checkBucketName(name string) error {
	if !validBucketName(name) || slices.Contains(s.reserved, name) {
		return named(bad("InvalidBucketName", "The specified bucket is not valid."), name)
	}
	return nil
}

func validBucketName(name string) bool {
	switch {
	case len(name) < minBucketName, len(name) > maxBucketName:
		return false
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "":
		return false
	case strings.ContainsAny(name[:1]+name[len(name)-1:], ".-"), strings.Contains(name, ".."):
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	return !slices.ContainsFunc(reservedPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) &&
		!slices.ContainsFunc(reservedSuffixes, func(p string) bool { return strings.HasSuffix(name, p) })
}

// named adds the bucket's name to an error.
func named(e *shape.Error, bucket string) *shape.Error {
	e.Detail = append(e.Detail, bucketName(bucket))
	return e
}

func bucketName(name string) shape.Detail { return shape.Detail{Name: "BucketName", Value: name} }
