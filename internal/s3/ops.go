// Package s3 is the Simple Storage Service: buckets, objects and what is
// configured of them, over a small object store of its own.
//
// Start at Table, the list of operations; a subject is a file. check.go says
// what operations act on and with which condition keys, public.go when a bucket
// policy is public, digest.go how a body becomes a content, and files.go where
// contents lie. What S3 has and this package has not stands in unsupported.txt
// with its reason.
//
// The package does not authenticate, authorize, route or record: the pipeline
// does (internal/api). All but the contents themselves is in internal/state.
package s3

import (
	"io"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
)

// Options are what a Service is made of. Files and Rand are required.
type Options struct {
	Files *Files
	Rand  io.Reader
	// Schema is what bucket policies are compiled with, as in state.Options.
	Schema engine.Schema
	// Actions are all actions of S3. Bucket policies that name others are
	// refused, and nil refuses none.
	Actions []Action
	// Reserved are names that no bucket may have, because paths of the server
	// begin with them.
	Reserved []string
}

// Action is an action of S3, and on what it can act.
type Action struct {
	Name           string // "GetObject"
	Bucket, Object bool
}

// Service answers the operations of S3.
type Service struct {
	files    *Files
	rand     io.Reader
	schema   engine.Schema
	actions  []Action
	reserved []string
}

// New returns the service.
func New(o Options) *Service {
	return &Service{files: o.Files, rand: o.Rand, schema: o.Schema, actions: o.Actions, reserved: o.Reserved}
}

// Table returns the operations of S3 that are built.
func (s *Service) Table() *api.Table {
	t := api.NewTable(&s3api.Service)
	s.addBuckets(t)
	s.addObjects(t)
	s.addUploads(t)
	return t
}

func (s *Service) addBuckets(t *api.Table) {
	api.Op(t, "CreateBucket", createsBucket, s.createBucket)
	api.Op(t, "DeleteBucket", deletesBucket, s.deleteBucket)
	api.Op(t, "DeleteBucketOwnershipControls", deletesOwnership, s.deleteOwnership)
	api.Op(t, "DeleteBucketPolicy", deletesPolicy, s.deletePolicy)
	api.Op(t, "DeleteBucketTagging", deletesBucketTags, s.deleteBucketTags)
	api.Op(t, "DeletePublicAccessBlock", deletesAccessBlock, s.deleteAccessBlock)
	api.Op(t, "GetBucketAcl", getsBucketACL, s.getBucketACL)
	api.Op(t, "GetBucketEncryption", getsEncryption, s.getEncryption)
	api.Op(t, "GetBucketLocation", getsLocation, s.getLocation)
	api.Op(t, "GetBucketOwnershipControls", getsOwnership, s.getOwnership)
	api.Op(t, "GetBucketPolicy", getsPolicy, s.getPolicy)
	api.Op(t, "GetBucketPolicyStatus", getsPolicyStatus, s.getPolicyStatus)
	api.Op(t, "GetBucketTagging", getsBucketTags, s.getBucketTags)
	api.Op(t, "GetBucketVersioning", getsVersioning, s.getVersioning)
	api.Op(t, "GetPublicAccessBlock", getsAccessBlock, s.getAccessBlock)
	api.Op(t, "HeadBucket", headsBucket, s.headBucket)
	api.Op(t, "ListBuckets", listsBuckets, s.listBuckets)
	api.Op(t, "PutBucketOwnershipControls", putsOwnership, s.putOwnership)
	api.Op(t, "PutBucketPolicy", putsPolicy, s.putPolicy)
	api.Op(t, "PutBucketTagging", putsBucketTags, s.putBucketTags)
	api.Op(t, "PutBucketVersioning", putsVersioning, s.putVersioning)
	api.Op(t, "PutPublicAccessBlock", putsAccessBlock, s.putAccessBlock)
}

func (s *Service) addObjects(t *api.Table) {
	api.Op(t, "CopyObject", copiesObject, s.copyObject)
	api.Op(t, "DeleteObject", deletesObject, s.deleteObject)
	api.Itemised(t, "DeleteObjects", deletesObjects, s.deleteObjects)
	api.Op(t, "DeleteObjectTagging", deletesObjectTags, s.deleteObjectTags)
	api.Op(t, "GetObject", getsObject, s.getObject)
	api.Op(t, "GetObjectAcl", getsObjectACL, s.getObjectACL)
	api.Op(t, "GetObjectAttributes", getsAttributes, s.getAttributes)
	api.Op(t, "GetObjectTagging", getsObjectTags, s.getObjectTags)
	api.Op(t, "HeadObject", headsObject, s.headObject)
	api.Op(t, "ListObjects", listsObjects, s.listObjects)
	api.Op(t, "ListObjectsV2", listsObjectsV2, s.listObjectsV2)
	api.Op(t, "ListObjectVersions", listsVersions, s.listVersions)
	api.Op(t, "PutObject", putsObject, s.putObject)
	api.Op(t, "PutObjectTagging", putsObjectTags, s.putObjectTags)
}

func (s *Service) addUploads(t *api.Table) {
	api.Op(t, "AbortMultipartUpload", abortsUpload, s.abortUpload)
	api.Op(t, "CompleteMultipartUpload", completesUpload, s.completeUpload)
	api.Op(t, "CreateMultipartUpload", createsUpload, s.createUpload)
	api.Op(t, "ListMultipartUploads", listsUploads, s.listUploads)
	api.Op(t, "ListParts", listsParts, s.listParts)
	api.Op(t, "UploadPart", uploadsPart, s.uploadPart)
	api.Op(t, "UploadPartCopy", copiesPart, s.copyPart)
}
