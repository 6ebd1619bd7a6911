package s3

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

// What the operations act on: which action on which resource, with which
// condition keys. See "Actions, resources, and condition keys for Amazon S3"
// in the Service Authorization Reference, and "Required permissions for Amazon
// S3 API operations" in the Amazon S3 User Guide.
//
// A bucket that does not exist is nobody's: an operation on it has no check,
// and its handler answers NoSuchBucket, as S3 tells everybody.

// onBucket is the check of an action on a bucket.
func onBucket(c *api.Call, name, action string) []api.Check {
	b, ok := c.Snapshot.Bucket(name)
	if !ok {
		return nil
	}
	return []api.Check{bucketCheck(c, b, action)}
}

func bucketCheck(c *api.Call, b *state.Bucket, action string) api.Check {
	keys := requestKeys(c)
	keys["s3:ResourceAccount"] = []string{b.Account}
	keys["aws:RequestedRegion"] = []string{regionName(b)} // a bucket is reached in its own region, whatever the signature says
	return api.Check{
		Action: action, Resource: b.ARN(), Account: b.Account, Policy: policyInForce(c, b), Context: keys,
	}
}

// objectCheck is the check of an action on an object.
func objectCheck(c *api.Call, b *state.Bucket, key, action string) api.Check {
	check := bucketCheck(c, b, action)
	check.Resource = arn.Object(b.Name, key)
	return check
}

// object names a version of an object, or the newest when version is nil.
type object struct {
	bucket, key string
	version     *string
}

// find returns what o names, a delete marker too.
func (o object) find(snap *state.Snapshot) (*state.ObjectVersion, bool) {
	if o.version != nil {
		return snap.Version(o.bucket, o.key, *o.version)
	}
	return snap.Latest(o.bucket, o.key)
}

// actions are the two names of an action: for the newest version of an object,
// and for one that the request names.
type actions struct{ newest, named string }

var (
	getObject           = actions{"s3:GetObject", "s3:GetObjectVersion"}
	getObjectAttributes = actions{"s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"}
	getObjectACL        = actions{"s3:GetObjectAcl", "s3:GetObjectVersionAcl"}
	getObjectTagging    = actions{"s3:GetObjectTagging", "s3:GetObjectVersionTagging"}
	putObjectTagging    = actions{"s3:PutObjectTagging", "s3:PutObjectVersionTagging"}
	deleteObjectTagging = actions{"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"}
	deleteObject        = actions{"s3:DeleteObject", "s3:DeleteObjectVersion"}
)

// onObject is the check of an action on an object that may exist, with the
// tags it has.
func onObject(c *api.Call, o object, a actions) []api.Check {
	b, ok := c.Snapshot.Bucket(o.bucket)
	if !ok {
		return nil
	}
	check := objectCheck(c, b, o.key, a.newest)
	if o.version != nil {
		check.Action = a.named
		check.Context["s3:VersionId"] = []string{*o.version}
	}
	if a != deleteObject { // deleting knows no s3:ExistingObjectTag
		if v, ok := o.find(c.Snapshot); ok {
			existingTags(check.Context, v.Tags)
		}
	}
	return []api.Check{check}
}

func existingTags(keys api.Keys, tags []state.Tag) {
	for _, t := range tags {
		keys.Add("s3:ExistingObjectTag/", t.Key, t.Value)
	}
}

// requestTags sets the keys of the tags that a request puts on an object.
func requestTags(keys api.Keys, tags []state.Tag) {
	for _, t := range tags {
		keys.Add("s3:RequestObjectTag/", t.Key, t.Value)
		keys["s3:RequestObjectTagKeys"] = append(keys["s3:RequestObjectTagKeys"], t.Key)
	}
}

// requestKeys are the condition keys that every action of S3 has.
func requestKeys(c *api.Call) api.Keys {
	keys := make(api.Keys, 8)
	if sig := c.Signature(); sig != nil {
		keys["s3:authType"] = []string{"REST-HEADER"}
		if sig.Presigned {
			keys["s3:authType"] = []string{"REST-QUERY-STRING"}
		}
		keys["s3:signatureversion"] = []string{sigv4.Algorithm}
		if sig.PayloadHash != "" {
			keys["s3:x-amz-content-sha256"] = []string{sig.PayloadHash}
		}
		keys["s3:signatureAge"] = []string{strconv.FormatInt(max(0, c.Now.Sub(sig.Time).Milliseconds()), 10)}
	}
	if t := c.HTTP.TLS; t != nil {
		keys["s3:TlsVersion"] = []string{tlsVersions[t.Version]}
	}
	return keys
}

var tlsVersions = map[uint16]string{0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}

// headerKeys sets the condition keys that are request headers, of the names
// given. A header that was not sent has no key.
func headerKeys(keys api.Keys, h http.Header, names ...string) {
	for _, name := range names {
		if values := h.Values(name); len(values) > 0 {
			keys["s3:"+name] = []string{strings.Join(values, ",")}
		}
	}
}

// queryKey sets the condition key of a query parameter that was sent.
func queryKey(keys api.Keys, name string, text *string) {
	if text != nil {
		keys[name] = []string{*text}
	}
}

// bucket returns the bucket that a call acts on.
func bucket(snap *state.Snapshot, name string, expectedOwner *string) (*state.Bucket, error) {
	b, ok := snap.Bucket(name)
	if !ok {
		return nil, noSuchBucket(name)
	}
	if expectedOwner != nil && *expectedOwner != b.Account {
		return nil, accessDenied()
	}
	return b, nil
}

// mayList reports whether the caller may learn which keys a bucket holds. To
// others a key that does not exist is denied, not missing.
func mayList(c *api.Call, b *state.Bucket) bool {
	return c.Allows(bucketCheck(c, b, "s3:ListBucket"))
}

// second is t in the precision of HTTP dates.
func second(t time.Time) time.Time { return t.Truncate(time.Second) }
