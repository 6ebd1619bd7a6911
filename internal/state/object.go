package state

import (
	"errors"
	"iter"
	"time"
)

// NullVersion is the id of the version that is kept without versioning.
const NullVersion = "null"

// ObjectVersion is a version of an object, or a delete marker.
type ObjectVersion struct {
	Bucket       string            `cbor:"1,keyasint"`
	Key          string            `cbor:"2,keyasint"`
	VersionID    string            `cbor:"3,keyasint"` // NullVersion, or random and without "/"
	Seq          uint64            `cbor:"4,keyasint"` // order; from Tx.NextSeq, the highest is the newest
	DeleteMarker bool              `cbor:"5,keyasint,omitempty"`
	Size         int64             `cbor:"6,keyasint,omitempty"`
	ETag         string            `cbor:"7,keyasint,omitempty"` // without quotes
	Modified     time.Time         `cbor:"8,keyasint"`
	ContentType  string            `cbor:"9,keyasint,omitempty"`
	Headers      map[string]string `cbor:"10,keyasint,omitempty"` // Cache-Control and the like
	Metadata     map[string]string `cbor:"11,keyasint,omitempty"` // x-amz-meta-…, without the prefix
	Tags         []Tag             `cbor:"12,keyasint,omitempty"`
	Checksums    map[string]string `cbor:"13,keyasint,omitempty"` // algorithm -> base64
	ChecksumType string            `cbor:"14,keyasint,omitempty"` // COMPOSITE or FULL_OBJECT
	Content      string            `cbor:"15,keyasint,omitempty"` // id of the content file
	StorageClass string            `cbor:"16,keyasint,omitempty"`
	Owner        string            `cbor:"17,keyasint,omitempty"` // account
	Parts        []ObjectPart      `cbor:"18,keyasint,omitempty"` // of a multipart upload
}

// ObjectPart is a part of an object that was uploaded in parts.
type ObjectPart struct {
	Number    int               `cbor:"1,keyasint"`
	Size      int64             `cbor:"2,keyasint"`
	ETag      string            `cbor:"3,keyasint,omitempty"`
	Checksums map[string]string `cbor:"4,keyasint,omitempty"`
	Content   string            `cbor:"5,keyasint,omitempty"` // id of the content file, where each part has its own
}

type objectTables struct {
	rows    index[*ObjectVersion]
	byOrder index[*ObjectVersion] // bucket, key, newest first
}

var objects = table[ObjectVersion]{
	prefix: "object",
	key:    func(v *ObjectVersion) string { return objectKey(v.Bucket, v.Key, v.VersionID) },
	rows:   func(s *Snapshot) *index[*ObjectVersion] { return &s.objects.rows },
	index: func(s *Snapshot, v *ObjectVersion, on bool) {
		s.objects.byOrder.put(s, on, v.Bucket, v.Key, sequence(^v.Seq), v)
	},
	check: func(s *Snapshot, v *ObjectVersion) error {
		if _, ok := s.Bucket(v.Bucket); !ok || v.Seq == 0 {
			return errors.New("no bucket, or no order")
		}
		return nil
	},
}

// objectKey is unambiguous: neither a bucket's name nor a version id has a "/".
func objectKey(bucket, key, version string) string {
	if bucket == "" || key == "" || version == "" {
		return ""
	}
	return bucket + "/" + key + "/" + version
}

// Version returns a version of an object.
func (s *Snapshot) Version(bucket, key, versionID string) (*ObjectVersion, bool) {
	return s.objects.rows.get(objectKey(bucket, key, versionID), "", "")
}

// Latest returns the newest version of an object, which may be a delete
// marker.
func (s *Snapshot) Latest(bucket, key string) (*ObjectVersion, bool) {
	for v := range s.objects.byOrder.under2(bucket, key) {
		return v, true
	}
	return nil, false
}

// afterAll follows the versions of a key in byOrder.
const afterAll = "\xff\xff\xff\xff\xff\xff\xff\xff\xff"

// Objects yields the newest version of each object whose key follows afterKey,
// by key; objects whose newest version is a delete marker are left out.
func (s *Snapshot) Objects(bucket, afterKey string) iter.Seq[*ObjectVersion] {
	return func(yield func(*ObjectVersion) bool) {
		for {
			v, ok := first(s.objects.byOrder.after(bucket, afterKey, afterAll))
			if !ok || !v.DeleteMarker && !yield(v) {
				return
			}
			afterKey = v.Key
		}
	}
}

// Versions yields all versions of a bucket by key, newest first, that follow
// the version afterSeq of afterKey. With afterSeq 0 it begins behind all
// versions of afterKey.
func (s *Snapshot) Versions(bucket, afterKey string, afterSeq uint64) iter.Seq[*ObjectVersion] {
	if afterSeq == 0 {
		return s.objects.byOrder.after(bucket, afterKey, afterAll)
	}
	return s.objects.byOrder.after(bucket, afterKey, sequence(^afterSeq))
}

// PutObjectVersion adds or replaces a version.
func (tx *Tx) PutObjectVersion(v *ObjectVersion) { put(tx, &objects, v) }

// DeleteObjectVersion removes a version; its content file is the caller's.
func (tx *Tx) DeleteObjectVersion(v *ObjectVersion) { remove(tx, &objects, v) }

func first[V any](seq iter.Seq[V]) (V, bool) {
	for v := range seq {
		return v, true
	}
	var none V
	return none, false
}
