package s3

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// policyInForce returns the ARN under which the bucket's policy takes part in
// a decision, or "" where it takes none: with RestrictPublicBuckets a public
// policy lets nobody in from outside the bucket's account, not even whom
// another statement of it names.
func policyInForce(c *api.Call, b *state.Bucket) string {
	pab := b.PublicAccessBlock
	if pab == nil || !pab.RestrictPublicBuckets || c.Account == b.Account {
		return b.ARN()
	}
	if doc, ok := c.Snapshot.ResourcePolicy(b.ARN()); ok && public(doc.Parsed()) {
		return ""
	}
	return b.ARN()
}

// public reports whether a bucket policy is public: whether one of its Allow
// statements is not restricted to fixed principals, accounts, organizations,
// networks or sources. See "The meaning of public" in "Blocking public access
// to your Amazon S3 storage", Amazon S3 User Guide.
func public(doc *policy.Document) bool {
	return slices.ContainsFunc(doc.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && !fixedPrincipals(s.Principal) && !slices.ContainsFunc(s.Conditions, restricts)
	})
}

// fixedPrincipals reports whether only named principals are meant.
func fixedPrincipals(p *policy.Principals) bool {
	return p != nil && !p.Not && !slices.ContainsFunc(p.Values, func(v policy.Principal) bool {
		return v.Type == policy.AnyPrincipal || strings.ContainsAny(v.Value, "*?")
	})
}

// restrictingKeys are the condition keys that make a statement not public, in
// lower case.
var restrictingKeys = map[string]bool{
	"aws:principalorgid": true, "aws:principalorgpaths": true, "aws:principalaccount": true, "aws:principalarn": true,
	"aws:sourcearn": true, "aws:sourcevpc": true, "aws:sourcevpce": true, "aws:sourceowner": true,
	"aws:sourceaccount": true, "aws:sourceip": true, "aws:userid": true,
	"s3:dataaccesspointarn": true, "s3:dataaccesspointaccount": true, "s3:x-amz-server-side-encryption-aws-kms-key-id": true,
}

// restricts reports whether a condition holds for fixed values alone: it must
// need the key to be there, and compare it with values that have neither
// wildcards nor variables.
func restricts(c policy.Condition) bool {
	if c.Operator.IfExists || c.Operator.Qualifier == policy.ForAllValues || !restrictingKeys[strings.ToLower(c.Key)] {
		return false
	}
	fixed := fixedValue
	switch c.Operator.Comparison {
	case policy.StringEquals, policy.StringEqualsIgnoreCase, policy.StringLike, policy.ARNEquals, policy.ARNLike:
	case policy.IPAddress:
		fixed = narrowNetwork
	default:
		return false
	}
	if strings.EqualFold(c.Key, "s3:DataAccessPointArn") {
		fixed = fixedAccessPoint
	}
	return !slices.ContainsFunc(c.Values, func(v policy.Value) bool { return !fixed(v.Text) })
}

func fixedValue(text string) bool {
	return !strings.ContainsAny(text, "*?") && !strings.Contains(text, "${")
}

// fixedAccessPoint: the ARN of an access point may have a wildcard behind the
// account, which is then fixed.
func fixedAccessPoint(text string) bool {
	parts := strings.SplitN(text, ":", 6)
	return len(parts) == 6 && len(parts[4]) == 12 && fixedValue(parts[4]) && !strings.Contains(text, "${")
}

// narrowNetwork reports whether a range of addresses counts as fixed: one that
// is broader than /8 (IPv6: /32) holds a good part of the internet.
func narrowNetwork(text string) bool {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.IsValid()
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return false
	}
	if p.Addr().Is4() {
		return p.Bits() >= 8
	}
	return p.Bits() >= 32
}
