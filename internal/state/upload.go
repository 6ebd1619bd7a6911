package state

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// Upload is a multipart upload under way.
type Upload struct {
	Bucket            string            `cbor:"1,keyasint"`
	Key               string            `cbor:"2,keyasint"`
	ID                string            `cbor:"3,keyasint"` // unique in the installation, without "/"
	Seq               uint64            `cbor:"4,keyasint"` // order; from Tx.NextSeq
	Created           time.Time         `cbor:"5,keyasint"`
	Initiator         string            `cbor:"6,keyasint,omitempty"` // ARN
	Owner             string            `cbor:"7,keyasint,omitempty"` // account
	ContentType       string            `cbor:"8,keyasint,omitempty"`
	Headers           map[string]string `cbor:"9,keyasint,omitempty"`
	Metadata          map[string]string `cbor:"10,keyasint,omitempty"`
	Tags              []Tag             `cbor:"11,keyasint,omitempty"`
	StorageClass      string            `cbor:"12,keyasint,omitempty"`
	ChecksumAlgorithm string            `cbor:"13,keyasint,omitempty"`
	ChecksumType      string            `cbor:"14,keyasint,omitempty"`
}

// Part is an uploaded part of an upload.
type Part struct {
	Upload    string            `cbor:"1,keyasint"`
	Number    int               `cbor:"2,keyasint"` // 1 to 10,000
	Size      int64             `cbor:"3,keyasint"`
	ETag      string            `cbor:"4,keyasint"`
	Modified  time.Time         `cbor:"5,keyasint"`
	Checksums map[string]string `cbor:"6,keyasint,omitempty"`
	Content   string            `cbor:"7,keyasint"` // id of the content file
}

type uploadTables struct {
	rows    index[*Upload]
	byOrder index[*Upload] // bucket, key, order
}

var uploads = table[Upload]{
	prefix: "upload",
	key:    func(u *Upload) string { return u.ID },
	rows:   func(s *Snapshot) *index[*Upload] { return &s.uploads.rows },
	index: func(s *Snapshot, u *Upload, on bool) {
		s.uploads.byOrder.put(s, on, u.Bucket, u.Key, sequence(u.Seq), u)
	},
	check: func(s *Snapshot, u *Upload) error {
		if _, ok := s.Bucket(u.Bucket); !ok || u.Seq == 0 {
			return errors.New("no bucket, or no order")
		}
		return nil
	},
}

var parts = table[Part]{
	prefix: "part",
	key:    func(p *Part) string { return partKey(p.Upload, p.Number) },
	rows:   func(s *Snapshot) *index[*Part] { return &s.parts },
	check: func(s *Snapshot, p *Part) error {
		if _, ok := s.uploads.rows.get(p.Upload, "", ""); !ok {
			return errors.New("no upload")
		}
		return nil
	},
}

// partKey sorts the parts of an upload by number.
func partKey(upload string, number int) string { return fmt.Sprintf("%s/%05d", upload, number) }

// Upload returns an upload by id, if it is one of that bucket and key.
func (s *Snapshot) Upload(bucket, key, id string) (*Upload, bool) {
	u, ok := s.uploads.rows.get(id, "", "")
	if !ok || u.Bucket != bucket || u.Key != key {
		return nil, false
	}
	return u, true
}

// Uploads yields the uploads of a bucket by key, then in order of creation,
// that follow the upload afterSeq of afterKey. With afterSeq 0 it begins
// behind all uploads of afterKey.
func (s *Snapshot) Uploads(bucket, afterKey string, afterSeq uint64) iter.Seq[*Upload] {
	if afterSeq == 0 {
		return s.uploads.byOrder.after(bucket, afterKey, afterAll)
	}
	return s.uploads.byOrder.after(bucket, afterKey, sequence(afterSeq))
}

// Part returns a part of an upload.
func (s *Snapshot) Part(uploadID string, number int) (*Part, bool) {
	return s.parts.get(partKey(uploadID, number), "", "")
}

// Parts yields the parts of an upload whose numbers follow afterNumber, by
// number.
func (s *Snapshot) Parts(uploadID string, afterNumber int) iter.Seq[*Part] {
	return func(yield func(*Part) bool) {
		for p := range s.parts.from(partKey(uploadID, afterNumber+1)) {
			if p.Upload != uploadID || !yield(p) {
				return
			}
		}
	}
}

// PutUpload adds or replaces an upload.
func (tx *Tx) PutUpload(u *Upload) { put(tx, &uploads, u) }

// DeleteUpload removes an upload that has no parts any more.
func (tx *Tx) DeleteUpload(u *Upload) { remove(tx, &uploads, u) }

// PutPart adds or replaces a part.
func (tx *Tx) PutPart(p *Part) { put(tx, &parts, p) }

// DeletePart removes a part; its content file is the caller's.
func (tx *Tx) DeletePart(p *Part) { remove(tx, &parts, p) }
