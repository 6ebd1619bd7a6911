package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

const (
	// bucketQuota is the default quota of general purpose buckets an account.
	bucketQuota = 10_000
	// classicRegion is the region that buckets are in unless they say another.
	classicRegion = "us-east-1"
)

// createsBucket: the bucket does not exist yet, so that its ARN and its owner
// come from the request. Whose it is when it does exist is told to everybody
// who may create one.
func createsBucket(c *api.Call, in *s3api.CreateBucketInput) []api.Check {
	keys := requestKeys(c)
	headerKeys(keys, c.HTTP.Header, "x-amz-acl", "x-amz-object-ownership", "x-amz-bucket-namespace",
		"x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp")
	check := api.Check{Action: "s3:CreateBucket", Resource: arn.Bucket(in.Bucket), Account: c.Account, Context: keys}
	checks := []api.Check{check}
	if in.ObjectOwnership != nil {
		checks = append(checks, check.For("s3:PutBucketOwnershipControls"))
	}
	cfg := in.CreateBucketConfiguration
	if cfg == nil {
		return checks
	}
	if cfg.LocationConstraint != nil {
		keys["s3:locationconstraint"] = []string{string(*cfg.LocationConstraint)}
	}
	if len(cfg.Tags) > 0 {
		for _, t := range cfg.Tags {
			keys.Add("aws:RequestTag/", t.Key, t.Value)
			keys["aws:TagKeys"] = append(keys["aws:TagKeys"], t.Key)
		}
		checks = append(checks, check.For("s3:TagResource"))
	}
	return checks
}

func (s *Service) createBucket(ctx context.Context, c *api.Call, in *s3api.CreateBucketInput) (*s3api.CreateBucketOutput, error) {
	if c.Account == "" {
		return nil, accessDenied()
	}
	if err := s.checkBucketName(in.Bucket); err != nil {
		return nil, err
	}
	b, err := newBucket(c, in)
	if err != nil {
		return nil, err
	}
	location := "/" + b.Name
	return api.Update(ctx, c, func(tx *state.Tx) (*s3api.CreateBucketOutput, error) {
		if old, taken := tx.Bucket(b.Name); taken {
			return bucketTaken(old, b)
		}
		if tx.NumBuckets(b.Account) >= bucketQuota {
			return nil, bad("TooManyBuckets", "You have attempted to create more buckets than allowed")
		}
		made := *b
		made.Created = tx.Now()
		tx.PutBucket(&made)
		return &s3api.CreateBucketOutput{Location: &location}, nil
	})
}

// newBucket is the bucket that a request describes: ACLs off and all public
// access blocked, as S3 makes buckets since April 2023.
func newBucket(c *api.Call, in *s3api.CreateBucketInput) (*state.Bucket, error) {
	if err := refuseBucketOptions(in); err != nil {
		return nil, err
	}
	region, err := bucketRegion(c.Region, in.CreateBucketConfiguration)
	if err != nil {
		return nil, err
	}
	b := &state.Bucket{
		Name: in.Bucket, Account: c.Account, ID: newContentID(), Region: region,
		Ownership:         string(s3api.ObjectOwnershipBucketOwnerEnforced),
		PublicAccessBlock: &state.PublicAccessBlock{BlockPublicACLs: true, IgnorePublicACLs: true, BlockPublicPolicy: true, RestrictPublicBuckets: true},
	}
	if cfg := in.CreateBucketConfiguration; cfg != nil && len(cfg.Tags) > 0 {
		if b.Tags, err = bucketTags(cfg.Tags); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func refuseBucketOptions(in *s3api.CreateBucketInput) error {
	granted := in.GrantFullControl != nil || in.GrantRead != nil || in.GrantReadACP != nil || in.GrantWrite != nil || in.GrantWriteACP != nil
	switch {
	case granted, in.ACL != nil && *in.ACL != s3api.BucketCannedACLPrivate:
		return bad("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
	case in.ObjectOwnership != nil && *in.ObjectOwnership != s3api.ObjectOwnershipBucketOwnerEnforced:
		return notImplemented("Access control lists are not built; the object ownership is always BucketOwnerEnforced.")
	case value(in.ObjectLockEnabledForBucket):
		return notImplemented("Object lock is not built.")
	case in.BucketNamespace != nil && *in.BucketNamespace != s3api.BucketNamespaceGlobal:
		return notImplemented("Bucket names are global.")
	}
	if cfg := in.CreateBucketConfiguration; cfg != nil && (cfg.Bucket != nil || cfg.Location != nil) {
		return notImplemented("Directory buckets are not built.")
	}
	return nil
}

// bucketRegion is the region that the bucket will be in. A request to the
// endpoint of us-east-1 may name any; elsewhere it must name that endpoint's.
func bucketRegion(endpoint string, cfg *s3api.CreateBucketConfiguration) (string, error) {
	constraint := ""
	if cfg != nil {
		constraint = string(value(cfg.LocationConstraint))
	}
	switch {
	case endpoint == classicRegion || endpoint == "":
		if constraint == "" {
			return classicRegion, nil
		}
		return constraint, nil
	case constraint == "":
		return "", bad("IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case constraint != endpoint && !(constraint == "EU" && endpoint == "eu-west-1"):
		return "", bad("IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", constraint)
	}
	return constraint, nil
}

// bucketTaken answers for a name in use. In us-east-1 making one's own bucket
// again is no error, for the sake of old clients.
func bucketTaken(old, b *state.Bucket) (*s3api.CreateBucketOutput, error) {
	if old.Account != b.Account {
		e := s3api.BucketAlreadyExists("The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.")
		return nil, named(e, b.Name)
	}
	if b.Region == classicRegion {
		location := "/" + b.Name
		return &s3api.CreateBucketOutput{Location: &location}, nil
	}
	return nil, named(s3api.BucketAlreadyOwnedByYou("Your previous request to create the named bucket succeeded and you already own it."), b.Name)
}

func deletesBucket(c *api.Call, in *s3api.DeleteBucketInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:DeleteBucket")
}

// deleteBucket deletes a bucket without objects. Uploads under way do not keep
// it; they are given up.
func (s *Service) deleteBucket(ctx context.Context, c *api.Call, in *s3api.DeleteBucketInput) (*s3api.DeleteBucketOutput, error) {
	doomed, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if holdsVersions(c.Snapshot, in.Bucket) {
		return nil, bucketNotEmpty(in.Bucket)
	}
	if err := s.abandonUploads(ctx, c, doomed); err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*s3api.DeleteBucketOutput, error) {
		b, err := bucket(tx.Snapshot, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		if holdsVersions(tx.Snapshot, b.Name) || holdsUploads(tx.Snapshot, b.Name) {
			return nil, bucketNotEmpty(b.Name)
		}
		tx.DeleteResourcePolicy(b.ARN())
		tx.DeleteBucket(b)
		return new(s3api.DeleteBucketOutput), nil
	})
}

func holdsVersions(snap *state.Snapshot, bucket string) bool {
	for range snap.Versions(bucket, "", 0) {
		return true
	}
	return false
}

func holdsUploads(snap *state.Snapshot, bucket string) bool {
	for range snap.Uploads(bucket, "", 0) {
		return true
	}
	return false
}

func bucketNotEmpty(name string) error {
	return failure(http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty", bucketName(name))
}

func headsBucket(c *api.Call, in *s3api.HeadBucketInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:ListBucket")
}

func (s *Service) headBucket(_ context.Context, c *api.Call, in *s3api.HeadBucketInput) (*s3api.HeadBucketOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	return &s3api.HeadBucketOutput{BucketArn: optional(b.ARN()), BucketRegion: optional(regionName(b))}, nil
}

func getsLocation(c *api.Call, in *s3api.GetBucketLocationInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetBucketLocation")
}

// getLocation answers no constraint for us-east-1, as S3 does.
func (s *Service) getLocation(_ context.Context, c *api.Call, in *s3api.GetBucketLocationInput) (*s3api.GetBucketLocationOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	out := new(s3api.GetBucketLocationOutput)
	if b.Region != classicRegion {
		constraint := s3api.BucketLocationConstraint(b.Region)
		out.LocationConstraint = &constraint
	}
	return out, nil
}

// regionName is the region of a bucket; "EU" is an old name of one.
func regionName(b *state.Bucket) string {
	if b.Region == "EU" {
		return "eu-west-1"
	}
	return b.Region
}

// ownerOf is an account as S3 shows owners: by its canonical user id, which
// only has to be the same each time and tell nothing.
func ownerOf(account string) *s3api.Owner {
	sum := sha256.Sum256([]byte("canonical user of account " + account))
	return &s3api.Owner{ID: optional(hex.EncodeToString(sum[:]))}
}

// etagText is an ETag as it stands in answers.
func etagText(etag string) *string {
	if etag == "" {
		return nil
	}
	return optional(`"` + etag + `"`)
}
