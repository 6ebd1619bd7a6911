package e2e

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func etag(body string) string {
	sum := md5.Sum([]byte(body))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func objectsBreadth(t *testing.T, c *client) {
	c.newBucket(t, "objects")
	b, key, body := new("objects"), new("dir/ä +%&?.txt"), "0123456789"
	out := must(c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: key, Body: strings.NewReader(body), ContentType: new("text/plain"), CacheControl: new("no-cache"),
		ContentDisposition: new("inline"), Metadata: map[string]string{"color": "red", "x-y": "a b"}, Tagging: new("k=v%20w")}))(t)
	equal(t, "etag", *out.ETag, etag(body))
	if aws.ToString(out.ChecksumCRC32) == "" && aws.ToString(out.ChecksumCRC64NVME) == "" {
		t.Error("the SDK's default checksum did not come back")
	}
	got := must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, ChecksumMode: types.ChecksumModeEnabled}))(t)
	equal(t, "body", read(t, got.Body), body)
	equal(t, "type", *got.ContentType, "text/plain")
	equal(t, "headers", *got.CacheControl+" "+*got.ContentDisposition, "no-cache inline")
	equal(t, "metadata", got.Metadata["color"]+" "+got.Metadata["x-y"], "red a b")
	equal(t, "tags", *got.TagCount, 1)
	recent(t, "date", got.LastModified)
	head := must(c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b, Key: key}))(t)
	equal(t, "length", *head.ContentLength, 10)
	equal(t, "etag", *head.ETag, *out.ETag)
	objectReads(t, c, b, key, *out.ETag)
	objectTags(t, c, b, key)
	copies(t, c, b, key)
	checksums(t, c, b)
	styles(t, c, b)
	listings(t, c)
	deletions(t, c, b)
}

// objectReads: ranges and conditions.
func objectReads(t *testing.T, c *client, b, key *string, tag string) {
	for text, want := range map[string]string{"bytes=2-4": "234", "bytes=7-": "789", "bytes=-2": "89", "bytes=8-99": "89"} {
		got := must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, Range: &text}))(t)
		equal(t, text, read(t, got.Body), want)
		equal(t, "range of "+text, strings.HasSuffix(*got.ContentRange, "/10"), true)
	}
	fails(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, Range: new("bytes=10-")}))(t, failure{416, "InvalidRange", "The requested range is not satisfiable"})
	fails(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, IfMatch: new(`"x"`)}))(t, failure{412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"})
	_, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, IfNoneMatch: &tag})
	equal(t, "status of what is not modified", failureOf(err).status, 304)
	fails(c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: key, Body: strings.NewReader("x"), IfNoneMatch: new("*")}))(t, failure{412, "PreconditionFailed", ""})
	fails(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: new("nothing")}))(t, failure{404, "NoSuchKey", "The specified key does not exist."})
	_, err = c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b, Key: new("nothing")})
	equal(t, "status of no object", failureOf(err).status, 404)
	attributes := must(c.s3.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: b, Key: key,
		ObjectAttributes: []types.ObjectAttributes{"ETag", "ObjectSize", "Checksum", "StorageClass"}}))(t)
	equal(t, "size", *attributes.ObjectSize, 10)
	equal(t, "etag without quotes", `"`+*attributes.ETag+`"`, tag)
	acl := must(c.s3.GetObjectAcl(ctx, &s3.GetObjectAclInput{Bucket: b, Key: key}))(t)
	equal(t, "grant", acl.Grants[0].Permission, types.PermissionFullControl)
}

func objectTags(t *testing.T, c *client, b, key *string) {
	equal(t, "tag", *must(c.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: b, Key: key}))(t).TagSet[0].Value, "v w")
	must(c.s3.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: b, Key: key, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: new("a"), Value: new("1")}, {Key: new("b"), Value: new("2")}}}}))(t)
	equal(t, "tags", len(must(c.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: b, Key: key}))(t).TagSet), 2)
	must(c.s3.DeleteObjectTagging(ctx, &s3.DeleteObjectTaggingInput{Bucket: b, Key: key}))(t)
	equal(t, "tags", len(must(c.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: b, Key: key}))(t).TagSet), 0)
}

func copies(t *testing.T, c *client, b, key *string) {
	source := new("objects/dir/%C3%A4%20%2B%25%26%3F.txt")
	out := must(c.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: b, Key: new("copy"), CopySource: source}))(t)
	equal(t, "etag", *out.CopyObjectResult.ETag, etag("0123456789"))
	recent(t, "date", out.CopyObjectResult.LastModified)
	got := must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: new("copy")}))(t)
	equal(t, "copy", read(t, got.Body)+got.Metadata["color"]+*got.ContentType, "0123456789redtext/plain")
	must(c.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: b, Key: new("copy"), CopySource: source, MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"color": "blue"}}))(t)
	equal(t, "metadata", must(c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b, Key: new("copy")}))(t).Metadata["color"], "blue")

	// Who may write and not read cannot copy.
	cop := c.newUser(t, "cop")
	c.grant(t, "cop", document(allow(`["s3:PutObject","s3:GetObject"]`, `"arn:aws:s3:::objects/to/*"`)))
	fails(cop.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: b, Key: new("to/k"), CopySource: source}))(t, denied("User: "+cop.whoami(t)+
		` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::objects/`+*key+`" because no identity-based policy allows the s3:GetObject action`))
}

// checksums: each algorithm, in a header as SDKs send it without TLS; what does
// not match is refused.
func checksums(t *testing.T, c *client, b *string) {
	for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		key := new("sum/" + string(algorithm))
		must(c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: key, Body: strings.NewReader("summed"), ChecksumAlgorithm: algorithm}))(t)
		got := must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, ChecksumMode: types.ChecksumModeEnabled}))(t)
		equal(t, string(algorithm), read(t, got.Body), "summed") // the SDK checks the sum as it reads
		sums := map[types.ChecksumAlgorithm]*string{"CRC32": got.ChecksumCRC32, "CRC32C": got.ChecksumCRC32C, "CRC64NVME": got.ChecksumCRC64NVME, "SHA1": got.ChecksumSHA1, "SHA256": got.ChecksumSHA256}
		if aws.ToString(sums[algorithm]) == "" {
			t.Errorf("no %s came back", algorithm)
		}
	}
	fails(c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: new("bad"), Body: strings.NewReader("x"), ChecksumSHA256: new("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")}))(t,
		failure{400, "BadDigest", ""})
	fails(c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: new("bad"), Body: strings.NewReader("x"), ContentMD5: new("1B2M2Y8AsgTpgAmy7PhCfg==")}))(t,
		failure{400, "BadDigest", "The Content-MD5 you specified did not match what we received."})
}

// styles: a bucket in the path, and in front of the host name.
func styles(t *testing.T, c *client, b *string) {
	large := strings.Repeat("0123456789abcdef", 64<<10/16*20) // more than one chunk
	for _, path := range []bool{true, false} {
		client := s3.NewFromConfig(c.config, func(o *s3.Options) {
			o.UsePathStyle, o.BaseEndpoint = path, new(strings.Replace(c.server.URL, "127.0.0.1", "localhost", 1))
		})
		for _, key := range []string{"style", "a/b/../c", "a//b", "trailing/", "*'()~ ", "./dot"} {
			if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: &key, Body: strings.NewReader(large)}); err != nil {
				t.Errorf("path style %t, key %q: %v", path, key, err)
				continue
			}
			got := must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: &key}))(t)
			equal(t, fmt.Sprintf("%q is what was written", key), read(t, got.Body) == large, true)
			must(client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: &key}))(t)
		}
	}
}

func listings(t *testing.T, c *client) {
	c.newBucket(t, "listed")
	b := new("listed")
	for _, key := range []string{"a", "b/1", "b/2", "b/c/3", "d d&<ü"} {
		c.put(t, "listed", key, "x")
	}
	v1 := must(c.s3.ListObjects(ctx, &s3.ListObjectsInput{Bucket: b, Delimiter: new("/"), MaxKeys: aws.Int32(2)}))(t)
	equal(t, "first page", keysOf(v1.Contents)+"|"+prefixesOf(v1.CommonPrefixes), "a|b/")
	equal(t, "truncated", *v1.IsTruncated, true)
	v1 = must(c.s3.ListObjects(ctx, &s3.ListObjectsInput{Bucket: b, Delimiter: new("/"), Marker: v1.NextMarker}))(t)
	equal(t, "second page", keysOf(v1.Contents)+"|"+prefixesOf(v1.CommonPrefixes), "d d&<ü|")
	v2 := must(c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b, Prefix: new("b/"), Delimiter: new("/"), FetchOwner: new(true)}))(t)
	equal(t, "under b/", keysOf(v2.Contents)+"|"+prefixesOf(v2.CommonPrefixes), "b/1 b/2|b/c/")
	equal(t, "count", *v2.KeyCount, 3)
	equal(t, "owner", *v2.Contents[0].Owner.ID != "", true)
	equal(t, "size and class", fmt.Sprintf("%d %s", *v2.Contents[0].Size, v2.Contents[0].StorageClass), "1 STANDARD")
	v2 = must(c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b, StartAfter: new("b/2")}))(t)
	equal(t, "after b/2", keysOf(v2.Contents), "b/c/3 d d&<ü")
	v2 = must(c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b, EncodingType: types.EncodingTypeUrl, StartAfter: new("c")}))(t)
	equal(t, "encoded", must(url.QueryUnescape(keysOf(v2.Contents)))(t), "d d&<ü")
	equal(t, "encoded in ASCII", strings.ContainsAny(keysOf(v2.Contents), " &<ü"), false)
}

func keysOf(list []types.Object) string {
	var keys []string
	for _, o := range list {
		keys = append(keys, *o.Key)
	}
	return strings.Join(keys, " ")
}

func prefixesOf(list []types.CommonPrefix) string {
	var prefixes []string
	for _, p := range list {
		prefixes = append(prefixes, *p.Prefix)
	}
	return strings.Join(prefixes, " ")
}

// deletions: several at once, each authorized for itself.
func deletions(t *testing.T, c *client, b *string) {
	del := c.newUser(t, "del")
	c.grant(t, "del", document(allow(`"s3:DeleteObject"`, `"arn:aws:s3:::objects/mine/*"`)))
	c.put(t, *b, "mine/a&b", "x")
	c.put(t, *b, "yours/k", "x")
	out := must(del.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: b, Delete: &types.Delete{Objects: []types.ObjectIdentifier{
		{Key: new("mine/a&b")}, {Key: new("yours/k")}, {Key: new("mine/none")}}}}))(t)
	equal(t, "deleted", len(out.Deleted), 2)
	equal(t, "refused", len(out.Errors), 1)
	equal(t, "refused", *out.Errors[0].Key+" "+*out.Errors[0].Code, "yours/k AccessDenied")
	must(c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b, Key: new("yours/k")}))(t)
	must(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: new("yours/k")}))(t)
	must(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: new("yours/k")}))(t)
}

func versionsBreadth(t *testing.T, c *client) {
	c.newBucket(t, "versioned")
	b, key := new("versioned"), new("k")
	must(c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: b, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}))(t)
	first, second := c.put(t, *b, *key, "one"), c.put(t, *b, *key, "two")
	equal(t, "versions differ", *first.VersionId != *second.VersionId, true)
	equal(t, "newest", read(t, must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key}))(t).Body), "two")
	equal(t, "oldest", read(t, must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, VersionId: first.VersionId}))(t).Body), "one")
	gone := must(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: key}))(t)
	equal(t, "marker", *gone.DeleteMarker, true)
	fails(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key}))(t, failure{404, "NoSuchKey", ""})
	list := must(c.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: b}))(t)
	equal(t, "versions", len(list.Versions), 2)
	equal(t, "newest first", *list.Versions[0].VersionId, *second.VersionId)
	equal(t, "marker", *list.DeleteMarkers[0].VersionId, *gone.VersionId)
	equal(t, "marker is latest", *list.DeleteMarkers[0].IsLatest, true)
	must(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: key, VersionId: gone.VersionId}))(t)
	equal(t, "back again", read(t, must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key}))(t).Body), "two")
	// Deleting a version is a permission of its own.
	vera := c.newUser(t, "vera")
	c.grant(t, "vera", document(allow(`["s3:DeleteObject","s3:GetObject"]`, `"*"`)))
	fails(vera.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, VersionId: first.VersionId}))(t, denied(""))
	fails(vera.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: key, VersionId: first.VersionId}))(t, denied(""))
}
