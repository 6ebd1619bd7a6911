package s3api

import (
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/shape"
)

// The bindings that S3 has and the query protocol has not.
func TestTags(t *testing.T) {
	const ns = ",ns=http://s3.amazonaws.com/doc/2006-03-01/"
	for _, test := range []struct {
		in          any
		field, want string
	}{
		{PutObjectInput{}, "Bucket", "Bucket,required,uri"},
		{PutObjectInput{}, "Body", "Body,payload,stream"},
		{PutObjectInput{}, "Metadata", "x-amz-meta-,headers"},
		{PutObjectInput{}, "SSECustomerKey", "x-amz-server-side-encryption-customer-key,header,sensitive"},
		{PutObjectInput{}, "ObjectLockRetainUntilDate", "x-amz-object-lock-retain-until-date,header,time=iso8601"},
		{GetObjectInput{}, "IfModifiedSince", "If-Modified-Since,header"},
		{GetObjectInput{}, "ResponseExpires", "response-expires,query,time=rfc822"},
		{GetObjectInput{}, "PartNumber", "partNumber,query"},
		{GetObjectOutput{}, "Body", "Body,payload,stream"},
		{DeleteObjectInput{}, "MFA", "x-amz-mfa,header,sensitive"},
		{RenameObjectInput{}, "ClientToken", "x-amz-client-token,header"},
		{CreateBucketInput{}, "CreateBucketConfiguration", "CreateBucketConfiguration,payload" + ns},
		{CopyObjectOutput{}, "CopyObjectResult", "CopyObjectResult,payload" + ns},
		{GetBucketPolicyOutput{}, "Policy", "Policy,payload"},
		{GetBucketPolicyStatusOutput{}, "PolicyStatus", "PolicyStatus,payload" + ns},
		{ListObjectsV2Output{}, "_", "ListBucketResult" + ns},
		{ListObjectsV2Output{}, "Contents", "Contents,flat"},
		{ListBucketsOutput{}, "_", "ListAllMyBucketsResult" + ns},
		{ListBucketsOutput{}, "Buckets", "Buckets,item=Bucket"},
		{ListObjectVersionsOutput{}, "Versions", "Version,flat"},
		{DeleteObjectsOutput{}, "Errors", "Error,flat"},
		{GetBucketAclOutput{}, "Grants", "AccessControlList,item=Grant"},
		{GetBucketLocationOutput{}, "_", "LocationConstraint" + ns},
		{GetBucketLocationOutput{}, "LocationConstraint", "LocationConstraint"},
		{Grant{}, "Grantee", "Grantee,ns=http://www.w3.org/2001/XMLSchema-instance,prefix=xsi"},
		{Grantee{}, "Type", "xsi:type,required,attr"},
		{LifecycleRuleAndOperator{}, "Tags", "Tag,flat"},
		{InventoryEncryption{}, "SSEKMS", "SSE-KMS"},
		{ObjectIdentifier{}, "LastModifiedTime", "LastModifiedTime,time=rfc822"},
		{SelectObjectContentInput{}, "_", "SelectObjectContentRequest" + ns},
		{SelectObjectContentOutput{}, "Payload", "Payload,payload"},
	} {
		typ := reflect.TypeOf(test.in)
		f, ok := typ.FieldByName(test.field)
		if test.field == "_" {
			f, ok = typ.Field(0), typ.Field(0).Name == "_"
		}
		if got := f.Tag.Get("aws"); !ok || got != test.want {
			t.Errorf("%v.%s has tag %q, want %q", typ, test.field, got, test.want)
		}
	}
}

// Streams are read by us in inputs and by the client in outputs; the elements
// of lists are values. This need only compile.
var (
	_ io.Reader     = PutObjectInput{}.Body
	_ io.ReadCloser = GetObjectOutput{}.Body
	_ *time.Time    = GetObjectOutput{}.LastModified
	_               = ListObjectsV2Output{Contents: []Object{{Size: new(int64)}}}
	_               = GetBucketAclOutput{Grants: []Grant{{Grantee: &Grantee{Type: TypeCanonicalUser}}}}
	_               = DeleteObjectsInput{Delete: Delete{Objects: []ObjectIdentifier{{Key: "k"}}}}
)

func TestURIs(t *testing.T) {
	want := map[string][2]string{
		"ListBuckets":           {"GET", "/"},
		"GetObject":             {"GET", "/{Bucket}/{Key+}"},
		"ListObjectsV2":         {"GET", "/{Bucket}?list-type=2"},
		"CreateMultipartUpload": {"POST", "/{Bucket}/{Key+}?uploads"},
		"SelectObjectContent":   {"POST", "/{Bucket}/{Key+}?select&select-type=2"},
	}
	got := make(map[string][2]string)
	for _, op := range Service.Operations {
		if _, ok := want[op.Name]; ok {
			got[op.Name] = [2]string{op.Method, op.URI}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		got  *shape.Error
		want shape.Error
	}{
		{NoSuchBucket("The specified bucket does not exist"), shape.Error{Code: "NoSuchBucket", Status: 404, Message: "The specified bucket does not exist"}},
		{NoSuchKey("x"), shape.Error{Code: "NoSuchKey", Status: 404, Message: "x"}},
		{BucketAlreadyOwnedByYou("x"), shape.Error{Code: "BucketAlreadyOwnedByYou", Status: 409, Message: "x"}},
		{InvalidObjectState("x"), shape.Error{Code: "InvalidObjectState", Status: 403, Message: "x"}},
	} {
		if diff := cmp.Diff(test.want, *test.got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
