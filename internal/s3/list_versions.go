package s3

import (
	"context"
	"iter"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

func listsVersions(c *api.Call, in *s3api.ListObjectVersionsInput) []api.Check {
	return onListing(c, in.Bucket, "s3:ListBucketVersions", in.Prefix, in.Delimiter, in.MaxKeys)
}

func (s *Service) listVersions(_ context.Context, c *api.Call, in *s3api.ListObjectVersionsInput) (*s3api.ListObjectVersionsOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	size, err := pageSize("max-keys", in.MaxKeys)
	if err != nil {
		return nil, err
	}
	start, err := versionMarker(c.Snapshot, in)
	if err != nil {
		return nil, err
	}
	w := view{prefix: value(in.Prefix), delimiter: value(in.Delimiter), max: size}
	p := list(w, start,
		func(at position) iter.Seq[*state.ObjectVersion] { return c.Snapshot.Versions(b.Name, at.key, at.seq) },
		func(v *state.ObjectVersion) position { return position{v.Key, v.Seq} })
	e := encodingOf(in.EncodingType)
	out := &s3api.ListObjectVersionsOutput{
		Name: &b.Name, Prefix: e.text(w.prefix), KeyMarker: e.text(value(in.KeyMarker)), VersionIdMarker: in.VersionIdMarker,
		Delimiter: e.given(in.Delimiter), MaxKeys: number(size), IsTruncated: &p.truncated, EncodingType: in.EncodingType,
		CommonPrefixes: e.prefixes(p.prefixes),
	}
	addVersions(out, c.Snapshot, b, p.items, e)
	if p.truncated {
		out.NextKeyMarker = e.text(lastKey(p))
		if p.lastItem != nil {
			out.NextVersionIdMarker = &(*p.lastItem).VersionID
		}
	}
	return out, nil
}

// versionMarker is where the list begins. A version that is gone since the
// page before cannot be found again; the list goes on behind its key then.
func versionMarker(snap *state.Snapshot, in *s3api.ListObjectVersionsInput) (position, error) {
	at := position{key: value(in.KeyMarker)}
	if in.VersionIdMarker == nil {
		return at, nil
	}
	if in.KeyMarker == nil {
		return at, invalidArgument("version-id-marker", *in.VersionIdMarker, "A version-id marker cannot be specified without a key marker.")
	}
	if v, ok := snap.Version(in.Bucket, at.key, *in.VersionIdMarker); ok {
		at.seq = v.Seq
	}
	return at, nil
}

// addVersions adds versions and delete markers, which are apart in the answer.
func addVersions(out *s3api.ListObjectVersionsOutput, snap *state.Snapshot, b *state.Bucket, items []*state.ObjectVersion, e encoding) {
	owner := ownerOf(b.Account)
	for _, v := range items {
		newest, _ := snap.Latest(b.Name, v.Key)
		isLatest := newest == v
		if v.DeleteMarker {
			out.DeleteMarkers = append(out.DeleteMarkers, s3api.DeleteMarkerEntry{
				Key: e.text(v.Key), VersionId: &v.VersionID, IsLatest: &isLatest, LastModified: &v.Modified, Owner: owner,
			})
			continue
		}
		class := s3api.ObjectVersionStorageClass(v.StorageClass)
		out.Versions = append(out.Versions, s3api.ObjectVersion{
			Key: e.text(v.Key), VersionId: &v.VersionID, IsLatest: &isLatest, LastModified: &v.Modified, Owner: owner,
			ETag: etagText(v.ETag), Size: &v.Size, StorageClass: &class,
			ChecksumAlgorithm: sums(v.Checksums).algorithms(), ChecksumType: checksumType(v),
		})
	}
}
