package s3

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/s3api"
)

// algorithm is one that S3 offers for checksums. See "Checking object
// integrity" in the Amazon S3 User Guide.
type algorithm struct {
	name string // as the API and the state have it: "CRC32"
	new  func() hash.Hash
	size int    // of a checksum, in bytes
	poly uint64 // reversed polynomial; 0 for hashes that cannot be combined
	// composite says that the checksum of a multipart upload may be one of the
	// checksums of its parts; full that it may be one of the whole content.
	composite, full bool
}

const (
	nvmePoly = 0x9a6c9329ac4bc9b5

	// defaultAlgorithm is what S3 computes where the client asks for none.
	defaultAlgorithm = "CRC64NVME"
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	nvme       = crc64.MakeTable(nvmePoly)
)

var algorithms = []*algorithm{
	{name: "CRC32", size: 4, new: func() hash.Hash { return crc32.NewIEEE() }, poly: crc32.IEEE, composite: true, full: true},
	{name: "CRC32C", size: 4, new: func() hash.Hash { return crc32.New(castagnoli) }, poly: crc32.Castagnoli, composite: true, full: true},
	{name: "CRC64NVME", size: 8, new: func() hash.Hash { return crc64.New(nvme) }, poly: nvmePoly, full: true},
	{name: "SHA1", size: sha1.Size, new: sha1.New, composite: true},
	{name: "SHA256", size: sha256.Size, new: sha256.New, composite: true},
}

// header is the header, or trailer, that carries the checksum.
func (a *algorithm) header() string { return checksumHeader + strings.ToLower(a.name) }

const checksumHeader = "x-amz-checksum-"

// algorithmNamed finds an algorithm by its name, in any case.
func algorithmNamed(name string) (*algorithm, bool) {
	i := slices.IndexFunc(algorithms, func(a *algorithm) bool { return strings.EqualFold(a.name, name) })
	if i < 0 {
		return nil, false
	}
	return algorithms[i], true
}

// decode returns the bytes of a checksum in base64.
func (a *algorithm) decode(text string) ([]byte, bool) {
	sum, err := base64.StdEncoding.DecodeString(text)
	return sum, err == nil && len(sum) == a.size
}

// sums are checksums by the name of their algorithm, in base64.
type sums map[string]string

// members are the checksums as the members of an output, in the order of
// algorithms.
func (s sums) members() (crc32, crc32c, crc64nvme, sha1, sha256 *string) {
	return optional(s["CRC32"]), optional(s["CRC32C"]), optional(s["CRC64NVME"]), optional(s["SHA1"]), optional(s["SHA256"])
}

// algorithms are the names of the algorithms that there are checksums of.
func (s sums) algorithms() []s3api.ChecksumAlgorithm {
	var names []s3api.ChecksumAlgorithm
	for _, a := range algorithms {
		if s[a.name] != "" {
			names = append(names, s3api.ChecksumAlgorithm(a.name))
		}
	}
	return names
}

// sumsOf are the checksums in an input, given in the order of algorithms.
func sumsOf(values ...*string) sums {
	s := make(sums)
	for i, v := range values {
		if v != nil {
			s[algorithms[i].name] = *v
		}
	}
	return s
}

// promised is the one checksum that a request sends or announces: its
// algorithm, and the value unless that comes in the trailer.
type promised struct {
	*algorithm
	value   string
	trailer bool
}

// promisedSum reads which checksum a request gives of its body. See
// "x-amz-checksum-…" and "x-amz-trailer" in the Amazon S3 API Reference.
func promisedSum(h http.Header) (promised, error) {
	var found []promised
	for name, values := range h {
		suffix, ok := strings.CutPrefix(strings.ToLower(name), checksumHeader)
		if !ok || notAChecksum[suffix] {
			continue
		}
		a, known := algorithmNamed(suffix)
		if !known {
			return promised{}, notImplemented("The checksum algorithm " + strings.ToUpper(suffix) + " is not built.")
		}
		if _, fine := a.decode(values[0]); !fine {
			return promised{}, s3api.InvalidRequest("Value for %s header is invalid.", a.header())
		}
		found = append(found, promised{algorithm: a, value: values[0]})
	}
	for name := range strings.SplitSeq(h.Get("X-Amz-Trailer"), ",") {
		suffix, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(name)), checksumHeader)
		if !ok {
			continue
		}
		a, known := algorithmNamed(suffix)
		if !known {
			return promised{}, notImplemented("The checksum algorithm " + strings.ToUpper(suffix) + " is not built.")
		}
		found = append(found, promised{algorithm: a, trailer: true})
	}
	if len(found) > 1 {
		return promised{}, s3api.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	return checkAnnounced(h, found)
}

// notAChecksum are the headers of the same prefix that are none.
var notAChecksum = map[string]bool{"mode": true, "type": true, "algorithm": true}

// checkAnnounced holds what was found against x-amz-sdk-checksum-algorithm.
func checkAnnounced(h http.Header, found []promised) (promised, error) {
	announced := h.Get("X-Amz-Sdk-Checksum-Algorithm")
	switch {
	case len(found) == 0 && announced != "":
		return promised{}, s3api.InvalidRequest("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	case len(found) == 0:
		return promised{}, nil
	case announced != "" && !strings.EqualFold(announced, found[0].name):
		return promised{}, s3api.InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
	}
	return found[0], nil
}
