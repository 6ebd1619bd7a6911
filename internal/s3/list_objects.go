package s3

import (
	"context"
	"iter"
	"strconv"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// onListing is the check of listing the keys of a bucket.
func onListing(c *api.Call, name, action string, prefix, delimiter *string, maxKeys *int32) []api.Check {
	checks := onBucket(c, name, action)
	for i := range checks {
		keys := checks[i].Context
		queryKey(keys, "s3:prefix", prefix)
		queryKey(keys, "s3:delimiter", delimiter)
		if maxKeys != nil {
			keys["s3:max-keys"] = []string{strconv.Itoa(int(*maxKeys))}
		}
	}
	return checks
}

func listsObjects(c *api.Call, in *s3api.ListObjectsInput) []api.Check {
	return onListing(c, in.Bucket, "s3:ListBucket", in.Prefix, in.Delimiter, in.MaxKeys)
}

func (s *Service) listObjects(_ context.Context, c *api.Call, in *s3api.ListObjectsInput) (*s3api.ListObjectsOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	size, err := pageSize("max-keys", in.MaxKeys)
	if err != nil {
		return nil, err
	}
	w := view{prefix: value(in.Prefix), delimiter: value(in.Delimiter), max: size}
	p := listKeys(c.Snapshot, b, w, value(in.Marker))
	e := encodingOf(in.EncodingType)
	out := &s3api.ListObjectsOutput{
		Name: &b.Name, Prefix: e.text(w.prefix), Marker: e.text(value(in.Marker)), Delimiter: e.given(in.Delimiter),
		MaxKeys: number(size), IsTruncated: &p.truncated, EncodingType: in.EncodingType,
		CommonPrefixes: e.prefixes(p.prefixes), Contents: objectShapes(p.items, e, ownerOf(b.Account)),
	}
	if p.truncated && in.Delimiter != nil { // otherwise the client takes the last key
		out.NextMarker = e.text(lastKey(p))
	}
	return out, nil
}

func listsObjectsV2(c *api.Call, in *s3api.ListObjectsV2Input) []api.Check {
	return onListing(c, in.Bucket, "s3:ListBucket", in.Prefix, in.Delimiter, in.MaxKeys)
}

func (s *Service) listObjectsV2(_ context.Context, c *api.Call, in *s3api.ListObjectsV2Input) (*s3api.ListObjectsV2Output, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	size, err := pageSize("max-keys", in.MaxKeys)
	if err != nil {
		return nil, err
	}
	start := value(in.StartAfter)
	if in.ContinuationToken != nil {
		if start, err = readToken(*in.ContinuationToken); err != nil {
			return nil, err
		}
	}
	w := view{prefix: value(in.Prefix), delimiter: value(in.Delimiter), max: size}
	p := listKeys(c.Snapshot, b, w, start)
	e := encodingOf(in.EncodingType)
	var owner *s3api.Owner
	if value(in.FetchOwner) {
		owner = ownerOf(b.Account)
	}
	out := &s3api.ListObjectsV2Output{
		Name: &b.Name, Prefix: e.text(w.prefix), Delimiter: e.given(in.Delimiter), StartAfter: e.given(in.StartAfter),
		ContinuationToken: in.ContinuationToken, MaxKeys: number(size), IsTruncated: &p.truncated, EncodingType: in.EncodingType,
		KeyCount: number(len(p.items) + len(p.prefixes)), CommonPrefixes: e.prefixes(p.prefixes),
		Contents: objectShapes(p.items, e, owner),
	}
	if p.truncated {
		out.NextContinuationToken = newToken(lastKey(p))
	}
	return out, nil
}

func listKeys(snap *state.Snapshot, b *state.Bucket, w view, after string) page[*state.ObjectVersion] {
	return list(w, position{key: after},
		func(at position) iter.Seq[*state.ObjectVersion] { return snap.Objects(b.Name, at.key) },
		func(v *state.ObjectVersion) position { return position{key: v.Key} })
}

// lastKey is the key or common prefix that a page ended with.
func lastKey(p page[*state.ObjectVersion]) string {
	if p.lastItem != nil {
		return (*p.lastItem).Key
	}
	return p.lastPrefix
}

func objectShapes(versions []*state.ObjectVersion, e encoding, owner *s3api.Owner) []s3api.Object {
	out := make([]s3api.Object, 0, len(versions))
	for _, v := range versions {
		class := s3api.ObjectStorageClass(v.StorageClass)
		out = append(out, s3api.Object{
			Key: e.text(v.Key), LastModified: &v.Modified, ETag: etagText(v.ETag), Size: &v.Size, StorageClass: &class,
			ChecksumAlgorithm: sums(v.Checksums).algorithms(), ChecksumType: checksumType(v), Owner: owner,
		})
	}
	return out
}

func checksumType(v *state.ObjectVersion) *s3api.ChecksumType {
	if v.ChecksumType == "" {
		return nil
	}
	t := s3api.ChecksumType(v.ChecksumType)
	return &t
}

func number(n int) *int32 {
	i := int32(n)
	return &i
}
