package s3

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strconv"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

func completesUpload(c *api.Call, in *s3api.CompleteMultipartUploadInput) []api.Check {
	return onWrite(c, in.Bucket, in.Key, true, nil)
}

// completeUpload puts the parts together into one content and makes that the
// newest version. The upload ends in the same commit; its parts, which nobody
// can reach then, are removed afterwards.
func (s *Service) completeUpload(ctx context.Context, c *api.Call, in *s3api.CompleteMultipartUploadInput) (*s3api.CompleteMultipartUploadOutput, error) {
	_, u, err := upload(c.Snapshot, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	g := guards{in.IfMatch, in.IfNoneMatch}
	if err := g.checkSyntax(); err != nil {
		return nil, err
	}
	if err := g.on(c.Snapshot, in.Bucket, in.Key); err != nil {
		return nil, err
	}
	parts, err := chosenParts(c.Snapshot, u, in)
	if err != nil {
		return nil, err
	}
	v, err := assembled(u, parts, in)
	if err != nil {
		return nil, err
	}
	if v.Content, err = s.join(parts); err != nil {
		return nil, err
	}
	out, err := s.commitUpload(ctx, c, in, u, parts, v, g)
	if err == nil {
		s.tidyUpload(ctx, c, u.ID)
	}
	return out, err
}

// chosenParts are the parts that the request lists, held against those that
// were uploaded.
func chosenParts(snap *state.Snapshot, u *state.Upload, in *s3api.CompleteMultipartUploadInput) ([]*state.Part, error) {
	if in.MultipartUpload == nil || len(in.MultipartUpload.Parts) == 0 || len(in.MultipartUpload.Parts) > maxParts {
		return nil, malformedXML()
	}
	asked := in.MultipartUpload.Parts
	for i := 1; i < len(asked); i++ {
		if value(asked[i].PartNumber) <= value(asked[i-1].PartNumber) {
			return nil, bad("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
	}
	parts := make([]*state.Part, 0, len(asked))
	for i, a := range asked {
		p, ok := snap.Part(u.ID, int(value(a.PartNumber)))
		if !ok || a.ETag == nil || strings.Trim(*a.ETag, `"`) != p.ETag {
			return nil, invalidPart(u, a)
		}
		if err := checkPartSums(u, a, p); err != nil {
			return nil, err
		}
		if p.Size < minPart && i < len(asked)-1 {
			return nil, failure(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
				shape.Detail{Name: "ETag", Value: p.ETag}, shape.Detail{Name: "MinSizeAllowed", Value: strconv.Itoa(minPart)},
				shape.Detail{Name: "PartNumber", Value: strconv.Itoa(p.Number)}, shape.Detail{Name: "ProposedSize", Value: decimal(p.Size)})
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func invalidPart(u *state.Upload, a s3api.CompletedPart) error {
	return failure(400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
		shape.Detail{Name: "UploadId", Value: u.ID}, shape.Detail{Name: "PartNumber", Value: strconv.Itoa(int(value(a.PartNumber)))},
		shape.Detail{Name: "ETag", Value: value(a.ETag)})
}

// checkPartSums holds the checksums that the request gives of a part against
// the part's. An upload with composite checksums needs them.
func checkPartSums(u *state.Upload, a s3api.CompletedPart, p *state.Part) error {
	given := sumsOf(a.ChecksumCRC32, a.ChecksumCRC32C, a.ChecksumCRC64NVME, a.ChecksumSHA1, a.ChecksumSHA256)
	for name, sum := range given {
		if has, ok := p.Checksums[name]; ok && has != sum || !ok && u.ChecksumAlgorithm != "" {
			return invalidPart(u, a)
		}
	}
	if u.ChecksumType == string(s3api.ChecksumTypeComposite) && given[u.ChecksumAlgorithm] == "" {
		return s3api.InvalidRequest("The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.",
			strings.ToLower(u.ChecksumAlgorithm), p.Number)
	}
	return nil
}

// assembled is the version that the parts make, but for its content.
func assembled(u *state.Upload, parts []*state.Part, in *s3api.CompleteMultipartUploadInput) (*state.ObjectVersion, error) {
	v := &state.ObjectVersion{
		Key: u.Key, ContentType: u.ContentType, Headers: u.Headers, Metadata: u.Metadata, Tags: u.Tags, StorageClass: u.StorageClass,
	}
	a := partAlgorithm(u)
	hash := md5.New()
	summed := make([]partSum, 0, len(parts))
	for _, p := range parts {
		v.Size += p.Size
		sum, err := hex.DecodeString(p.ETag)
		if err != nil {
			return nil, fmt.Errorf("ETag of part %d of upload %s: %w", p.Number, u.ID, err)
		}
		hash.Write(sum)
		summed = append(summed, partSum{p.Checksums[a.name], p.Size})
		kept := state.ObjectPart{Number: p.Number, Size: p.Size}
		if u.ChecksumAlgorithm != "" {
			kept.Checksums = sums{a.name: p.Checksums[a.name]}
		}
		v.Parts = append(v.Parts, kept)
	}
	v.ETag = hex.EncodeToString(hash.Sum(nil)) + "-" + strconv.Itoa(len(parts))
	switch {
	case v.Size > maxAssembly:
		return nil, entityTooLarge(v.Size)
	case in.MpuObjectSize != nil && *in.MpuObjectSize != v.Size:
		return nil, s3api.InvalidRequest("The provided 'x-amz-mp-object-size' header value %d does not match what was computed: %d", *in.MpuObjectSize, v.Size)
	}
	return v, sumUp(v, u, a, summed, in)
}

// sumUp sets the checksum of the whole, and holds the one that the request
// gives against it.
func sumUp(v *state.ObjectVersion, u *state.Upload, a *algorithm, parts []partSum, in *s3api.CompleteMultipartUploadInput) error {
	sum, ok := "", false
	v.ChecksumType = u.ChecksumType
	if v.ChecksumType == "" {
		v.ChecksumType = string(s3api.ChecksumTypeFullObject)
	}
	if v.ChecksumType == string(s3api.ChecksumTypeComposite) {
		sum, ok = a.composed(parts)
		sum += "-" + strconv.Itoa(len(parts))
	} else {
		sum, ok = a.whole(parts)
	}
	if !ok {
		return fmt.Errorf("upload %s: a part has no %s", u.ID, a.name)
	}
	v.Checksums = sums{a.name: sum}
	if in.ChecksumType != nil && string(*in.ChecksumType) != v.ChecksumType {
		return s3api.InvalidRequest("The upload was created using the %s checksum mode. The complete request must use the same checksum mode.", v.ChecksumType)
	}
	given := sumsOf(in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256)
	for name, want := range given {
		switch {
		case name != a.name && u.ChecksumAlgorithm != "":
			return s3api.InvalidRequest("Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s", strings.ToLower(a.name), strings.ToLower(name))
		case name == a.name && want != sum && want+"-"+strconv.Itoa(len(parts)) != sum:
			return bad("BadDigest", "The %s you specified did not match the calculated checksum.", name)
		}
	}
	return nil
}

// join writes the contents of the parts one behind the other into a new one.
func (s *Service) join(parts []*state.Part) (id string, err error) {
	id, d, err := s.files.begin()
	if err != nil {
		return "", storageFailure(err)
	}
	for _, p := range parts {
		if err := s.appendPart(d, p); err != nil {
			d.discard()
			return "", err
		}
	}
	if err := d.keep(); err != nil {
		return "", storageFailure(err)
	}
	return id, nil
}

func (s *Service) appendPart(d draft, p *state.Part) error {
	from, err := s.files.open(p.Content)
	if errors.Is(err, fs.ErrNotExist) { // the upload ended while this ran
		return noSuchUpload(p.Upload)
	}
	if err != nil {
		return fmt.Errorf("part %d of upload %s: %w", p.Number, p.Upload, err)
	}
	defer from.Close()
	n, err := io.Copy(d, from)
	if err == nil && n != p.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return storageFailure(err)
	}
	return nil
}

// commitUpload ends the upload and makes v the newest version of its key, if
// the parts are still those that v was made of.
func (s *Service) commitUpload(ctx context.Context, c *api.Call, in *s3api.CompleteMultipartUploadInput, u *state.Upload, parts []*state.Part, v *state.ObjectVersion, g guards) (*s3api.CompleteMultipartUploadOutput, error) {
	freshID, err := newVersionID(s.rand)
	if err != nil {
		return nil, err
	}
	location := url.URL{Scheme: "http", Host: c.HTTP.Host, Path: "/" + in.Bucket + "/" + in.Key}
	if c.HTTP.TLS != nil {
		location.Scheme = "https"
	}
	at := location.String()
	var stale string
	out, err := api.Update(ctx, c, func(tx *state.Tx) (*s3api.CompleteMultipartUploadOutput, error) {
		b, present, err := upload(tx.Snapshot, in.Bucket, in.Key, u.ID, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		if err := g.on(tx.Snapshot, b.Name, in.Key); err != nil {
			return nil, err
		}
		for i, p := range parts {
			if now, ok := tx.Part(u.ID, p.Number); !ok || now.Content != p.Content {
				return nil, invalidPart(u, in.MultipartUpload.Parts[i])
			}
		}
		made := *v
		stale = put(tx, b, &made, freshID)
		tx.DeleteUpload(present)
		out := &s3api.CompleteMultipartUploadOutput{
			Location: &at, Bucket: &in.Bucket, Key: &in.Key, ETag: etagText(made.ETag),
			VersionId: shownVersion(b, &made), ServerSideEncryption: aes256(), ChecksumType: checksumType(&made),
		}
		out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = sums(made.Checksums).members()
		return out, nil
	})
	return out, s.settle(err, v.Content, stale)
}
