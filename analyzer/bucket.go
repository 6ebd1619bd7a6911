package analyzer

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/policy"
)

// bucket holds a bucket policy against S3's own rules. Which bucket it belongs to
// is taken from its resources.
func (v *validation) bucket() {
	if v.use.Kind != policy.ResourceBased || v.use.Service != "s3" || len(v.findings) > 0 {
		return
	}
	if name := bucketOf(v.doc); name != "" {
		if e := v.doc.CheckBucket(name, v.bucketActions); e != nil {
			v.refused(e)
		}
	}
}

// bucketOf returns the ARN of the bucket that a policy seems to belong to: the
// first that it names in full. It is "" for the policy of an access point, and
// the ARN of no bucket when none is named.
func bucketOf(d *policy.Document) string {
	whole := noBucket
	for i := range d.Statements {
		if d.Statements[i].Resource == nil {
			continue
		}
		for _, r := range d.Statements[i].Resource.Values {
			parts, n := arn.Split(r.Text)
			if n == 6 && strings.HasPrefix(parts[5], "accesspoint/") {
				return ""
			}
			name, _, _ := strings.Cut(parts[5], "/")
			if n == 6 && parts[2] == "s3" && name != "" && !strings.ContainsAny(name, "*?") {
				return r.Text[:len(r.Text)-len(parts[5])+len(name)]
			}
			if name, ok := strings.CutSuffix(name, "*"); ok && n == 6 && parts[2] == "s3" && name != "" {
				whole = r.Text[:len(r.Text)-len(parts[5])+len(name)]
			}
		}
	}
	return whole
}

// noBucket is a name that no bucket has.
const noBucket = "arn:aws:s3:::\n"

// bucketActions is S3's actions by the catalog.
func (v *validation) bucketActions(pattern string) (bucket, objects, known bool) {
	if pattern == "*" {
		return true, true, true
	}
	prefix, name, _ := strings.Cut(pattern, ":")
	if !strings.EqualFold(prefix, "s3") {
		return false, false, false
	}
	s3, _ := catalog.Service("s3")
	for a := range v.matching(s3, name) {
		known = true
		for _, r := range a.Resources {
			bucket = bucket || r.Name == "bucket"
			objects = objects || r.Name == "object"
		}
	}
	return bucket, objects, known
}
