package s3

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// Access control lists are off: every object belongs to the account of its
// bucket, and policies alone say who may do what. That is S3's default since
// April 2023, and the only setting here.

const enforced = s3api.ObjectOwnershipBucketOwnerEnforced

func getsOwnership(c *api.Call, in *s3api.GetBucketOwnershipControlsInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetBucketOwnershipControls")
}

func (s *Service) getOwnership(_ context.Context, c *api.Call, in *s3api.GetBucketOwnershipControlsInput) (*s3api.GetBucketOwnershipControlsOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if b.Ownership == "" {
		return nil, missing("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", b.Name)
	}
	return &s3api.GetBucketOwnershipControlsOutput{OwnershipControls: &s3api.OwnershipControls{
		Rules: []s3api.OwnershipControlsRule{{ObjectOwnership: s3api.ObjectOwnership(b.Ownership)}},
	}}, nil
}

func putsOwnership(c *api.Call, in *s3api.PutBucketOwnershipControlsInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:PutBucketOwnershipControls")
}

func (s *Service) putOwnership(ctx context.Context, c *api.Call, in *s3api.PutBucketOwnershipControlsInput) (*s3api.PutBucketOwnershipControlsOutput, error) {
	if err := verifyBody(c, in.ContentMD5); err != nil {
		return nil, err
	}
	rules := in.OwnershipControls.Rules
	switch {
	case len(rules) != 1:
		return nil, malformedXML()
	case rules[0].ObjectOwnership != enforced:
		return nil, notImplemented("Access control lists are not built; the object ownership is always BucketOwnerEnforced.")
	}
	return configure[s3api.PutBucketOwnershipControlsOutput](ctx, c, in.Bucket, in.ExpectedBucketOwner, func(b *state.Bucket) error {
		b.Ownership = string(enforced)
		return nil
	})
}

// deletesOwnership: S3 has no action of its own for it.
func deletesOwnership(c *api.Call, in *s3api.DeleteBucketOwnershipControlsInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:PutBucketOwnershipControls")
}

// deleteOwnership takes the setting away. Lists stay off all the same.
func (s *Service) deleteOwnership(ctx context.Context, c *api.Call, in *s3api.DeleteBucketOwnershipControlsInput) (*s3api.DeleteBucketOwnershipControlsOutput, error) {
	return configure[s3api.DeleteBucketOwnershipControlsOutput](ctx, c, in.Bucket, in.ExpectedBucketOwner, func(b *state.Bucket) error {
		b.Ownership = ""
		return nil
	})
}

func getsBucketACL(c *api.Call, in *s3api.GetBucketAclInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetBucketAcl")
}

func (s *Service) getBucketACL(_ context.Context, c *api.Call, in *s3api.GetBucketAclInput) (*s3api.GetBucketAclOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	return &s3api.GetBucketAclOutput{Owner: ownerOf(b.Account), Grants: ownersGrant(b.Account)}, nil
}

func getsObjectACL(c *api.Call, in *s3api.GetObjectAclInput) []api.Check {
	return onObject(c, object{in.Bucket, in.Key, in.VersionId}, getObjectACL)
}

func (s *Service) getObjectACL(_ context.Context, c *api.Call, in *s3api.GetObjectAclInput) (*s3api.GetObjectAclOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if _, err := readable(c, b, object{in.Bucket, in.Key, in.VersionId}); err != nil {
		return nil, err
	}
	return &s3api.GetObjectAclOutput{Owner: ownerOf(b.Account), Grants: ownersGrant(b.Account)}, nil
}

// ownersGrant is the one grant that there is: the owner's.
func ownersGrant(account string) []s3api.Grant {
	owner, full := ownerOf(account), s3api.PermissionFullControl
	return []s3api.Grant{{Grantee: &s3api.Grantee{ID: owner.ID, Type: s3api.TypeCanonicalUser}, Permission: &full}}
}

// refuseACL is the answer to a request that sets an access control list.
func refuseACL(acl *s3api.ObjectCannedACL, grants ...*string) error {
	for _, g := range grants {
		if g != nil {
			return bad("AccessControlListNotSupported", "The bucket does not allow ACLs")
		}
	}
	if acl != nil && *acl != s3api.ObjectCannedACLBucketOwnerFullControl {
		return bad("AccessControlListNotSupported", "The bucket does not allow ACLs")
	}
	return nil
}
