package policy

import (
	"strings"

	"github.com/writ-iam/writ/arn"
)

// resourceFault returns the first resource that is not in a form that IAM takes,
// nil if there is none. A resource before it that fails legacy parsing is
// reported at once: AWS comes to that check first.
func (p *parser) resourceFault() *fault {
	for i := range p.doc.Statements {
		st := &p.doc.Statements[i]
		if st.Resource == nil {
			continue
		}
		short := -1
		for j, v := range st.Resource.Values {
			if v.Text == "*" {
				continue
			}
			parts, n := arn.Split(v.Text)
			if code, arg := resourceForm(v.Text, &parts, n); code != "" {
				return &fault{code, v.Pos, arg}
			}
			if short < 0 && isShort(v.Text, &parts, n) {
				short = j
			}
		}
		if short >= 0 {
			v := st.Resource.Values[short]
			p.fail(v.Pos, ShortResource, v.Text)
			return nil
		}
	}
	return nil
}

// isShort reports whether r has an empty part but too few parts, or no service.
// AWS takes "arn:aws:fdsasf" and refuses "arn:aws:s3::example_bucket".
func isShort(r string, parts *[6]string, n int) bool {
	return n < 6 && strings.Contains(r, "::") || n > 2 && parts[2] == ""
}

// resourceForm returns why r, which is not "*" and has n parts, cannot be a
// resource of an identity-based policy, "" if it can. The second result is what
// AWS's text names.
func resourceForm(r string, parts *[6]string, n int) (Code, string) {
	switch {
	case n < 2:
		return ResourceNotARN, r
	case parts[1] != "*" && !arn.IsPartition(parts[1]):
		return ResourcePartition, badPartition(*parts, n)
	case parts[0] != "arn":
		return ResourceNotARN, r
	case n < 3 || strings.IndexByte(parts[2], '*') >= 0 || strings.IndexByte(parts[2], '?') >= 0:
		return ResourceVendor, r
	}
	switch parts[2] {
	case "iam":
		return iamResource(r, parts, n)
	case "s3":
		if parts[3] != "" && !hasAnyPrefix(parts[5], regionalS3) {
			return ResourceRegion, "Resource " + r + " can not contain region information."
		}
	}
	return "", ""
}

func iamResource(r string, parts *[6]string, n int) (Code, string) {
	if parts[3] != "" {
		return ResourceRegion, "IAM resource " + r + " cannot contain region information."
	}
	if name := parts[5]; n == 6 && name != "*" && name != "root" && !hasAnyPrefix(name, iamTypes) {
		return ResourcePath, r
	}
	return "", ""
}

// badPartition is AWS's text. It prints the ARN it made of the resource: the
// first part is taken for "arn", missing ones are stars.
func badPartition(parts [6]string, n int) string {
	for i := n; i < len(parts); i++ {
		parts[i] = "*"
	}
	if n == 3 && parts[2] == "" {
		parts[2] = "*"
	}
	parts[0] = "arn"
	return `Partition "` + parts[1] + `" is not valid for resource "` + strings.Join(parts[:], ":") + `".`
}

// iamTypes are the types of AWS's text, and those that the Service
// Authorization Reference has since then.
var iamTypes = []string{
	"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
	"sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
	"delegation-request/", "role-template/",
}

// regionalS3 are the types of S3 resources that have a region, by the Service
// Authorization Reference; buckets and objects have none.
var regionalS3 = []string{
	"*", "accesspoint/", "access-grants/", "async-request/", "job/", "storage-lens/", "storage-lens-group/",
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
