package s3_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/sigv4"
)

func TestBucketNames(t *testing.T) {
	w := newWorld(t)
	for name, valid := range map[string]bool{
		"abc": true, "a-b.c": true, "123": true, strings.Repeat("a", 63): true,
		"ab": false, strings.Repeat("a", 64): false, "Abc": false, "a_b": false, "-abc": false, "abc-": false, ".abc": false,
		"a..b": false, "1.2.3.4": false, "xn--abc": false, "abc-s3alias": false, "abc--ol-s3": false, "a.mrap": false,
		"sthree-x": false, "amzn-s3-demo-x": false, "_writ": false, "federation": false, "a%20b": false, "a\u00fcb": false,
	} {
		a := w.do(root, "PUT", "/"+name, "")
		if valid != (a.status == 200) || !valid && a.errorCode() != "InvalidBucketName" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestCreateBucket(t *testing.T) {
	w := newWorld(t)
	in := func(region, name, constraint string, headers ...string) answer {
		body := ""
		if constraint != "" {
			body = "<CreateBucketConfiguration><LocationConstraint>" + constraint + "</LocationConstraint></CreateBucketConfiguration>"
		}
		r := httptest.NewRequest("PUT", "http://writ.test/"+name, strings.NewReader(body))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		target := w.target()
		target.Region = region
		if _, err := sigv4.Sign(r, root, target, sigv4.HashPayload([]byte(body))); err != nil {
			t.Fatal(err)
		}
		return w.send(r)
	}
	if a := in("us-east-1", "first", ""); a.status != 200 || a.header.Get("Location") != "/first" {
		t.Errorf("%d %v", a.status, a.header)
	}
	if a := in("us-east-1", "first", ""); a.status != 200 {
		t.Errorf("again in us-east-1: %d", a.status)
	}
	if a := in("eu-west-1", "second", "eu-west-1"); a.status != 200 {
		t.Errorf("eu-west-1: %s", a.body)
	}
	w.refused(in("eu-west-1", "second", "eu-west-1"), 409, "BucketAlreadyOwnedByYou")
	w.refused(in("eu-west-1", "third", ""), 400, "IllegalLocationConstraintException")
	w.refused(in("eu-west-1", "third", "eu-central-1"), 400, "IllegalLocationConstraintException")
	w.refused(in("us-east-1", "third", "mars-1"), 400, "")
	w.refused(in("us-east-1", "third", "", "x-amz-acl", "public-read"), 400, "InvalidBucketAclWithObjectOwnership")
	w.refused(in("us-east-1", "third", "", "x-amz-object-ownership", "ObjectWriter"), 501, "NotImplemented")
	w.refused(in("us-east-1", "third", "", "x-amz-bucket-object-lock-enabled", "true"), 501, "NotImplemented")
	if a := in("us-east-1", "third", "", "x-amz-acl", "private"); a.status != 200 {
		t.Errorf("private: %s", a.body)
	}
	if a := w.must(root, "HEAD", "/second", ""); a.header.Get("x-amz-bucket-region") != "eu-west-1" || a.header.Get("x-amz-bucket-arn") != "arn:aws:s3:::second" {
		t.Errorf("HEAD: %v", a.header)
	}
	if a := w.must(root, "GET", "/?bucket-region=eu-west-1", ""); len(a.texts("Name")) != 1 || a.text("BucketRegion") != "eu-west-1" {
		t.Errorf("of a region: %s", a.body)
	}
}

// TestRecreate: a bucket made anew has nothing of the one before.
func TestRecreate(t *testing.T) {
	w := newWorld(t)
	w.bucket("again")
	w.policy("again", statement("Allow", everybody, "s3:GetObject", "arn:aws:s3:::again/*", ""))
	w.must(root, "PUT", "/again?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")
	w.begin("/again/k")
	w.must(root, "DELETE", "/again", "")
	w.refused(w.do(root, "DELETE", "/again", ""), 404, "NoSuchBucket")
	w.bucket("again")
	w.refused(w.do(root, "GET", "/again?policy", ""), 404, "NoSuchBucketPolicy")
	w.refused(w.do(root, "GET", "/again?tagging", ""), 404, "NoSuchTagSet")
	if a := w.must(root, "GET", "/again?publicAccessBlock", ""); strings.Contains(a.body, "false") {
		t.Errorf("public access block: %s", a.body)
	}
	if a := w.must(root, "GET", "/again?uploads", ""); a.text("UploadId") != "" {
		t.Errorf("uploads: %s", a.body)
	}
}

func TestConfiguration(t *testing.T) {
	w := newWorld(t)
	w.bucket("conf")
	w.must(root, "DELETE", "/conf?publicAccessBlock", "")
	w.refused(w.do(root, "GET", "/conf?publicAccessBlock", ""), 404, "NoSuchPublicAccessBlockConfiguration")
	w.must(root, "DELETE", "/conf?ownershipControls", "")
	w.refused(w.do(root, "GET", "/conf?ownershipControls", ""), 404, "OwnershipControlsNotFoundError")
	w.refused(w.do(root, "PUT", "/conf?ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"), 501, "NotImplemented")
	w.refused(w.do(root, "PUT", "/conf?versioning", "<VersioningConfiguration/>"), 400, "IllegalVersioningConfigurationException")
	w.refused(w.do(root, "PUT", "/conf?versioning", "<VersioningConfiguration><Status>Maybe</Status></VersioningConfiguration>"), 400, "")
	w.refused(w.do(root, "PUT", "/conf?versioning", "not XML"), 400, "MalformedXML")
	w.refused(w.do(root, "PUT", "/conf?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", "Content-MD5", contentMD5("x")), 400, "BadDigest")
	w.refused(w.do(root, "GET", "/conf?cors", ""), 501, "NotImplemented")
	for body, code := range map[string]string{
		"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag></TagSet></Tagging>": "InvalidTag",
		"<Tagging><TagSet><Tag><Key>aws:a</Key><Value>1</Value></Tag></TagSet></Tagging>":                                    "InvalidTag",
		"<Tagging><TagSet><Tag><Key>" + strings.Repeat("k", 129) + "</Key><Value>1</Value></Tag></TagSet></Tagging>":         "",
		"<Tagging><TagSet>" + strings.Repeat("<Tag><Key>a</Key><Value>1</Value></Tag>", 51) + "</TagSet></Tagging>":          "BadRequest",
	} {
		w.refused(w.do(root, "PUT", "/conf?tagging", body), 400, code)
	}
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-tagging", "a=1&a=2"), 400, "InvalidTag")
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-tagging", strings.Repeat("a=1&", 10)+"b=1"), 400, "BadRequest")
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-meta-big", strings.Repeat("x", 2048)), 400, "MetadataTooLarge")
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-acl", "public-read"), 400, "AccessControlListNotSupported")
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-storage-class", "GLACIER"), 400, "InvalidStorageClass")
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-server-side-encryption", "aws:kms"), 501, "NotImplemented")
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-server-side-encryption-customer-algorithm", "AES256"), 501, "NotImplemented")
	w.refused(w.do(root, "PUT", "/conf/k", "x", "x-amz-object-lock-mode", "GOVERNANCE"), 501, "NotImplemented")
	w.contents(0)
}
