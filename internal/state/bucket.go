package state

import (
	"fmt"
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
)

// Bucket is an S3 bucket. Its policy is the resource policy of its ARN.
type Bucket struct {
	Name              string             `cbor:"1,keyasint"`
	Account           string             `cbor:"2,keyasint"`
	ID                string             `cbor:"3,keyasint"` // a recreated bucket has another
	Region            string             `cbor:"4,keyasint"`
	Created           time.Time          `cbor:"5,keyasint"`
	Versioning        string             `cbor:"6,keyasint,omitempty"` // "", Enabled or Suspended
	PublicAccessBlock *PublicAccessBlock `cbor:"7,keyasint,omitempty"` // nil: not configured
	Ownership         string             `cbor:"8,keyasint,omitempty"` // BucketOwnerEnforced, …
	Tags              []Tag              `cbor:"9,keyasint,omitempty"`
}

// PublicAccessBlock is the public access block configuration of a bucket.
type PublicAccessBlock struct {
	BlockPublicACLs       bool `cbor:"1,keyasint,omitempty"`
	IgnorePublicACLs      bool `cbor:"2,keyasint,omitempty"`
	BlockPublicPolicy     bool `cbor:"3,keyasint,omitempty"`
	RestrictPublicBuckets bool `cbor:"4,keyasint,omitempty"`
}

// ARN of the bucket.
func (b *Bucket) ARN() string { return arn.Bucket(b.Name) }

type bucketTables struct {
	rows      index[*Bucket]
	byAccount index[*Bucket] // account, name
}

var buckets = table[Bucket]{
	prefix: "bucket",
	key:    func(b *Bucket) string { return b.Name },
	rows:   func(s *Snapshot) *index[*Bucket] { return &s.buckets.rows },
	index: func(s *Snapshot, b *Bucket, on bool) {
		s.buckets.byAccount.put(s, on, b.Account, b.Name, "", b)
	},
	check: func(s *Snapshot, b *Bucket) error {
		if _, ok := s.Account(b.Account); !ok {
			return fmt.Errorf("no account %s", b.Account)
		}
		return nil
	},
}

// Bucket returns a bucket by name, of whatever account.
func (s *Snapshot) Bucket(name string) (*Bucket, bool) { return s.buckets.rows.get(name, "", "") }

// Buckets yields the buckets of an account whose names follow afterName, by
// name.
func (s *Snapshot) Buckets(account, afterName string) iter.Seq[*Bucket] {
	return s.buckets.byAccount.after(account, afterName, "")
}

// NumBuckets counts the buckets of an account.
func (s *Snapshot) NumBuckets(account string) int { return s.buckets.byAccount.count(account) }

// PutBucket adds or replaces a bucket.
func (tx *Tx) PutBucket(b *Bucket) { put(tx, &buckets, b) }

// DeleteBucket removes a bucket that holds no versions and no uploads.
func (tx *Tx) DeleteBucket(b *Bucket) { remove(tx, &buckets, b) }
