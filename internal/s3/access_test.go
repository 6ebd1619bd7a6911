package s3_test

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/sigv4"
)

// statement is a bucket policy of one statement.
func statement(effect, principal, actions, resources, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + principal +
		`,"Action":` + list(actions) + `,"Resource":` + list(resources) + condition + `}]}`
}

const everybody = `"*"`

func userARN(account, name string) string { return "arn:aws:iam::" + account + ":user/" + name }

func aws(arn string) string { return `{"AWS":"` + arn + `"}` }

// TestActions holds what each operation asks for against a user who may do
// that one thing, and everything but that.
func TestActions(t *testing.T) {
	w := newWorld(t)
	w.bucket("acts")
	w.versioning("acts", "Enabled")
	w.must(root, "PUT", "/acts?policy", statement("Allow", aws("arn:aws:iam::"+account+":root"), "s3:GetObject", "arn:aws:s3:::acts/*", ""))
	id := w.must(root, "PUT", "/acts/k", "x").header.Get("x-amz-version-id")
	up := w.begin("/acts/up")
	const bucket, object = "arn:aws:s3:::acts", "arn:aws:s3:::acts/*"
	for i, tt := range []struct{ action, on, method, target, body string }{
		{"s3:ListAllMyBuckets", "*", "GET", "/", ""},
		{"s3:CreateBucket", "arn:aws:s3:::acts-new", "PUT", "/acts-new", ""},
		{"s3:DeleteBucket", "arn:aws:s3:::acts-new", "DELETE", "/acts-new", ""},
		{"s3:ListBucket", bucket, "HEAD", "/acts", ""},
		{"s3:ListBucket", bucket, "GET", "/acts", ""},
		{"s3:ListBucket", bucket, "GET", "/acts?list-type=2", ""},
		{"s3:ListBucketVersions", bucket, "GET", "/acts?versions", ""},
		{"s3:ListBucketMultipartUploads", bucket, "GET", "/acts?uploads", ""},
		{"s3:GetBucketLocation", bucket, "GET", "/acts?location", ""},
		{"s3:GetBucketPolicy", bucket, "GET", "/acts?policy", ""},
		{"s3:GetBucketPolicyStatus", bucket, "GET", "/acts?policyStatus", ""},
		{"s3:GetBucketVersioning", bucket, "GET", "/acts?versioning", ""},
		{"s3:GetBucketPublicAccessBlock", bucket, "GET", "/acts?publicAccessBlock", ""},
		{"s3:GetBucketOwnershipControls", bucket, "GET", "/acts?ownershipControls", ""},
		{"s3:GetBucketAcl", bucket, "GET", "/acts?acl", ""},
		{"s3:GetEncryptionConfiguration", bucket, "GET", "/acts?encryption", ""},
		{"s3:PutBucketTagging", bucket, "PUT", "/acts?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"},
		{"s3:GetBucketTagging", bucket, "GET", "/acts?tagging", ""},
		{"s3:PutBucketTagging", bucket, "DELETE", "/acts?tagging", ""},
		{"s3:PutBucketVersioning", bucket, "PUT", "/acts?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"},
		{"s3:PutBucketOwnershipControls", bucket, "PUT", "/acts?ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"},
		{"s3:PutBucketOwnershipControls", bucket, "DELETE", "/acts?ownershipControls", ""},
		{"s3:PutBucketPublicAccessBlock", bucket, "PUT", "/acts?publicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>"},
		{"s3:PutBucketPublicAccessBlock", bucket, "DELETE", "/acts?publicAccessBlock", ""},
		{"s3:PutBucketPolicy", bucket, "PUT", "/acts?policy", statement("Deny", everybody, "s3:GetObject", "arn:aws:s3:::acts/none", "")},
		{"s3:DeleteBucketPolicy", bucket, "DELETE", "/acts?policy", ""},
		{"s3:PutObject", object, "PUT", "/acts/new", "x"},
		{"s3:PutObject", object, "POST", "/acts/new?uploads", ""},
		{"s3:PutObject", object, "PUT", "/acts/up?partNumber=1&uploadId=" + up, "x"},
		{"s3:ListMultipartUploadParts", object, "GET", "/acts/up?uploadId=" + up, ""},
		{"s3:AbortMultipartUpload", object, "DELETE", "/acts/up?uploadId=" + up, ""},
		{"s3:GetObject", object, "GET", "/acts/k", ""},
		{"s3:GetObject", object, "HEAD", "/acts/k", ""},
		{"s3:GetObjectVersion", object, "GET", "/acts/k?versionId=" + id, ""},
		{"s3:GetObjectAcl", object, "GET", "/acts/k?acl", ""},
		{"s3:GetObjectVersionAcl", object, "GET", "/acts/k?acl&versionId=" + id, ""},
		{"s3:GetObjectTagging", object, "GET", "/acts/k?tagging", ""},
		{"s3:GetObjectVersionTagging", object, "GET", "/acts/k?tagging&versionId=" + id, ""},
		{"s3:PutObjectTagging", object, "PUT", "/acts/k?tagging", "<Tagging><TagSet/></Tagging>"},
		{"s3:PutObjectVersionTagging", object, "PUT", "/acts/k?tagging&versionId=" + id, "<Tagging><TagSet/></Tagging>"},
		{"s3:DeleteObjectTagging", object, "DELETE", "/acts/k?tagging", ""},
		{"s3:DeleteObjectVersionTagging", object, "DELETE", "/acts/k?tagging&versionId=" + id, ""},
		{"s3:DeleteObject", object, "DELETE", "/acts/k", ""},
		{"s3:DeleteObjectVersion", object, "DELETE", "/acts/k?versionId=" + id, ""},
	} {
		name := string(rune('a'+i/26)) + string(rune('a'+i%26))
		not := w.user(account, "not-"+name, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"`+tt.action+`","Resource":"*"}}`)
		w.refused(w.do(not, tt.method, tt.target, tt.body), 403, map[bool]string{true: "", false: "AccessDenied"}[tt.method == "HEAD"])
		only := w.user(account, "only-"+name, allow(tt.action, tt.on))
		if a := w.do(only, tt.method, tt.target, tt.body); a.status >= 300 {
			t.Errorf("%s %s with %s alone: %d %s", tt.method, tt.target, tt.action, a.status, a.body)
		}
	}
	only := w.user(account, "attributes", allow("s3:GetObject", object))
	w.must(root, "PUT", "/acts/k", "x")
	w.refused(w.do(only, "GET", "/acts/k?attributes", "", "x-amz-object-attributes", "ETag"), 403, "AccessDenied")
	both := w.user(account, "both", allow("s3:GetObject s3:GetObjectAttributes", object))
	w.must(both, "GET", "/acts/k?attributes", "", "x-amz-object-attributes", "ETag")
}

// TestConditionKeys: a user who may do something on a condition alone.
func TestConditionKeys(t *testing.T) {
	w := newWorld(t)
	w.bucket("keys")
	w.must(root, "PUT", "/keys/red", "x", "x-amz-tagging", "team=red")
	w.must(root, "PUT", "/keys/blue", "x", "x-amz-tagging", "team=blue")
	users := 0
	for _, tt := range []struct {
		action, condition, method, target string
		headers                           []string
		want                              bool
	}{
		{"s3:ListBucket", `{"StringLike":{"s3:prefix":"home/*"}}`, "GET", "/keys?list-type=2&prefix=home/ann", nil, true},
		{"s3:ListBucket", `{"StringLike":{"s3:prefix":"home/*"}}`, "GET", "/keys?list-type=2&prefix=", nil, false},
		{"s3:ListBucket", `{"StringLike":{"s3:prefix":"home/*"}}`, "GET", "/keys?list-type=2", nil, false},
		{"s3:ListBucket", `{"StringEquals":{"s3:prefix":"${aws:username}/"}}`, "GET", "/keys?prefix=user-3/", nil, true},
		{"s3:ListBucket", `{"StringEquals":{"s3:delimiter":"/"}}`, "GET", "/keys?delimiter=/", nil, true},
		{"s3:ListBucket", `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, "GET", "/keys?max-keys=11", nil, false},
		{"s3:ListBucket", `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, "GET", "/keys?max-keys=10", nil, true},
		{"s3:GetObject", `{"StringEquals":{"s3:ExistingObjectTag/team":"red"}}`, "GET", "/keys/red", nil, true},
		{"s3:GetObject", `{"StringEquals":{"s3:ExistingObjectTag/team":"red"}}`, "GET", "/keys/blue", nil, false},
		{"s3:PutObject", `{"StringEquals":{"s3:x-amz-storage-class":"STANDARD_IA"}}`, "PUT", "/keys/new", []string{"x-amz-storage-class", "STANDARD_IA"}, true},
		{"s3:PutObject", `{"StringEquals":{"s3:x-amz-server-side-encryption":"AES256"}}`, "PUT", "/keys/new", nil, false},
		{"s3:PutObject", `{"StringEquals":{"s3:if-none-match":"*"}}`, "PUT", "/keys/once", []string{"If-None-Match", "*"}, true},
		{"s3:PutObject", `{"StringEquals":{"s3:if-none-match":"*"}}`, "PUT", "/keys/new", nil, false},
		{"s3:PutObject", `{"Bool":{"s3:ObjectCreationOperation":"false"}}`, "POST", "/keys/new?uploads", nil, true},
		{"s3:PutObject", `{"Bool":{"s3:ObjectCreationOperation":"false"}}`, "PUT", "/keys/new", nil, false},
		{"s3:PutObject*", `{"StringEquals":{"s3:RequestObjectTag/team":"red"}}`, "PUT", "/keys/new", []string{"x-amz-tagging", "team=red"}, true},
		{"s3:PutObject*", `{"StringEquals":{"s3:RequestObjectTag/team":"red"}}`, "PUT", "/keys/new", []string{"x-amz-tagging", "team=blue"}, false},
		{"s3:PutObject*", `{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["team"]}}`, "PUT", "/keys/new", []string{"x-amz-tagging", "team=a&other=b"}, false},
		{"s3:PutObject*", `{"StringEquals":{"s3:RequestObjectTag/team":"red"}}`, "PUT", "/keys/new", []string{"x-amz-tagging", "team=red&Team=blue"}, false},
		{"s3:PutObject", `{"Null":{"s3:RequestObjectTagKeys":"true"}}`, "PUT", "/keys/new", []string{"x-amz-tagging", "team=red"}, false},
		{"s3:PutObject", `{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`, "PUT", "/keys/new", []string{"x-amz-acl", "bucket-owner-full-control"}, false}, // and s3:PutObjectAcl
		{"s3:PutObject*", `{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`, "PUT", "/keys/new", []string{"x-amz-acl", "bucket-owner-full-control"}, true},
		{"s3:GetObject", `{"StringEquals":{"s3:authType":"REST-HEADER","s3:signatureversion":"AWS4-HMAC-SHA256"}}`, "GET", "/keys/red", nil, true},
		{"s3:GetObject", `{"StringEquals":{"s3:ResourceAccount":"` + account + `","aws:ResourceAccount":"` + account + `"}}`, "GET", "/keys/red", nil, true},
		{"s3:GetObject", `{"NumericLessThan":{"s3:signatureAge":"1000"}}`, "GET", "/keys/red", nil, true},
		{"s3:GetObjectVersion", `{"StringEquals":{"s3:VersionId":"null"}}`, "GET", "/keys/red?versionId=null", nil, true},
		{"s3:CreateBucket", `{"StringEquals":{"s3:LocationConstraint":"eu-west-1"}}`, "PUT", "/keys-new", nil, false},
	} {
		policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + tt.action + `","Resource":"*","Condition":` + tt.condition + `}}`
		who := w.user(account, "user-"+strconv.Itoa(users), policy)
		users++
		a := w.do(who, tt.method, tt.target, "", tt.headers...)
		if allowed := a.status < 300; allowed != tt.want || !allowed && a.status != 403 {
			t.Errorf("%s if %s: %s %s %q: %d %s", tt.action, tt.condition, tt.method, tt.target, tt.headers, a.status, a.body)
		}
	}
	who := w.user(account, "maker", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:CreateBucket","Resource":"*","Condition":{"StringEquals":{"s3:LocationConstraint":"eu-west-1"}}}}`)
	w.must(who, "PUT", "/keys-new", "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>")
	if a := w.must(root, "GET", "/keys-new?location", ""); a.text("LocationConstraint") != "eu-west-1" {
		t.Errorf("location: %s", a.body)
	}
}

// TestNotThere: whether a key exists is for those who may list the bucket.
func TestNotThere(t *testing.T) {
	w := newWorld(t)
	w.bucket("hidden")
	reader := w.user(account, "reader", allow("s3:Get*", "*"))
	lister := w.user(account, "lister", allow("s3:Get* s3:ListBucket", "*"))
	for _, target := range []string{"/hidden/k", "/hidden/k?tagging", "/hidden/k?acl", "/hidden/k?versionId=x"} {
		w.refused(w.do(reader, "GET", target, ""), 403, "AccessDenied")
		if a := w.do(lister, "GET", target, ""); a.status != 404 {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
	w.refused(w.do(reader, "HEAD", "/hidden/k", ""), 403, "")
	w.refused(w.do(lister, "HEAD", "/hidden/k", ""), 404, "")
	w.refused(w.do(nobody, "GET", "/hidden/k", ""), 403, "AccessDenied")
	w.refused(w.do(nobody, "GET", "/nothere/k", ""), 404, "NoSuchBucket")
	w.must(root, "DELETE", "/hidden", "", "x-amz-expected-bucket-owner", account)
}

func TestAcrossAccounts(t *testing.T) {
	w := newWorld(t)
	w.bucket("shared")
	w.must(root, "PUT", "/shared/k", "shared")
	all := w.user(other, "all", allow("s3:*", "*"))
	none := w.user(other, "none", "")
	for _, target := range []string{"/shared", "/shared/k", "/shared?policy"} {
		w.refused(w.do(all, "GET", target, ""), 403, "AccessDenied")
	}
	w.refused(w.do(all, "PUT", "/shared", ""), 409, "BucketAlreadyExists")
	w.refused(w.do(root, "GET", "/shared/k", "", "x-amz-expected-bucket-owner", other), 403, "AccessDenied")
	w.must(root, "PUT", "/shared?policy", statement("Allow", `{"AWS":["`+userARN(other, "all")+`","`+userARN(other, "none")+`"]}`, "s3:GetObject s3:PutObject", "arn:aws:s3:::shared/*", ""))
	w.must(all, "GET", "/shared/k", "")
	w.refused(w.do(none, "GET", "/shared/k", ""), 403, "AccessDenied") // its own account must allow too
	w.must(all, "PUT", "/shared/theirs", "x")
	a := w.must(root, "GET", "/shared/theirs?acl", "")
	if owners := a.texts("ID"); owners[0] != w.must(root, "GET", "/", "").text("ID") {
		t.Errorf("an object of a foreign writer: %s", a.body)
	}
}

// TestPublic opens a bucket to everybody, and closes it again.
func TestRule43RestrictPublicBuckets(t *testing.T) {
	w := newWorld(t)
	w.bucket("pub")
	w.must(root, "PUT", "/pub/k", "public")
	public := statement("Allow", everybody, "s3:GetObject", "arn:aws:s3:::pub/*", "")
	a := w.do(root, "PUT", "/pub?policy", public)
	w.refused(a, 403, "AccessDenied")
	if want := "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."; !strings.Contains(a.text("Message"), want) {
		t.Errorf("message: %s", a.text("Message"))
	}
	w.must(root, "PUT", "/pub?publicAccessBlock", "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>")
	w.must(root, "PUT", "/pub?policy", public)
	if a := w.must(root, "GET", "/pub?policyStatus", ""); a.text("IsPublic") != "TRUE" && a.text("IsPublic") != "true" {
		t.Errorf("status: %s", a.body)
	}
	stranger := w.user(other, "eve", allow("s3:*", "*"))
	local := w.user(account, "local", "")
	w.refused(w.do(nobody, "GET", "/pub/k", ""), 403, "AccessDenied")
	w.refused(w.do(stranger, "GET", "/pub/k", ""), 403, "AccessDenied")
	w.must(local, "GET", "/pub/k", "")
	w.must(root, "DELETE", "/pub?publicAccessBlock", "")
	for _, who := range []sigv4.Credentials{nobody, stranger, local} {
		if a := w.must(who, "GET", "/pub/k", ""); a.body != "public" {
			t.Errorf("%q", a.body)
		}
	}
	w.refused(w.do(nobody, "GET", "/pub", ""), 403, "AccessDenied")
	w.refused(w.do(nobody, "PUT", "/pub/k", "x"), 403, "AccessDenied")
	w.refused(w.do(nobody, "GET", "/pub/k?response-content-type=text/html", ""), 400, "InvalidRequest")
	w.refused(w.do(nobody, "PUT", "/pub-new", ""), 403, "AccessDenied")
}

// TestAnonymousChunks: without a signature nothing vouches for the framing of
// a chunked body.
func TestAnonymousChunks(t *testing.T) {
	w := newWorld(t)
	w.bucket("drop")
	w.policy("drop", statement("Allow", everybody, "s3:PutObject", "arn:aws:s3:::drop/*", ""))
	w.must(nobody, "PUT", "/drop/k", "plain")
	for _, payload := range []string{sigv4.StreamingUnsignedTrailer, sigv4.StreamingPayload} {
		if a := w.do(nobody, "PUT", "/drop/k", "1\r\nx\r\n0\r\n\r\n", "X-Amz-Content-Sha256", payload); a.status < 400 {
			t.Errorf("%s: %d", payload, a.status)
		}
	}
	if a := w.must(root, "GET", "/drop/k", ""); a.body != "plain" {
		t.Errorf("holds %q", a.body)
	}
}

// TestLockedOut: a policy that denies everybody can be repaired by the root
// user of the bucket's account.
func TestLockedOut(t *testing.T) {
	w := newWorld(t)
	w.bucket("locked")
	admin := w.user(account, "admin", allow("*", "*"))
	w.must(admin, "PUT", "/locked?policy", statement("Deny", everybody, "s3:*", "arn:aws:s3:::locked arn:aws:s3:::locked/*", ""))
	w.refused(w.do(admin, "DELETE", "/locked?policy", ""), 403, "AccessDenied")
	w.refused(w.do(root, "GET", "/locked", ""), 403, "AccessDenied")
	w.must(root, "GET", "/locked?policy", "")
	w.must(root, "DELETE", "/locked?policy", "")
	w.must(admin, "GET", "/locked", "")
}

func TestPresigned(t *testing.T) {
	w := newWorld(t)
	w.bucket("signed")
	w.must(root, "PUT", "/signed/k", "x")
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"s3:authType":"REST-QUERY-STRING"},"NumericLessThan":{"s3:signatureAge":60000}}}}`
	who := w.user(account, "presigner", policy)
	w.refused(w.do(who, "GET", "/signed/k", ""), 403, "AccessDenied")
	r := httptest.NewRequest("GET", "http://writ.test/signed/k", nil)
	if _, err := sigv4.Presign(r, who, w.target(), time.Hour, sigv4.UnsignedPayload); err != nil {
		t.Fatal(err)
	}
	if a := w.send(r); a.body != "x" {
		t.Errorf("presigned: %d %s", a.status, a.body)
	}
	w.Now = w.Now.Add(2 * time.Minute)
	w.refused(w.send(r), 403, "AccessDenied") // the policy's age is over, the signature's is not
	w.Now = w.Now.Add(time.Hour)
	w.refused(w.send(r), 403, "AccessDenied")
}
