package engine

import (
	"strings"

	"github.com/writ-iam/writ/arn"
)

// The exceptions that single services make to the rules. Everything that
// decide.go does for one service or one action by name is asked of this file.

// alwaysAllowed reports whether no policy counts, not even one that denies: any
// caller with an account may ask who it is.
//
// Source: GetCallerIdentity in the AWS STS API Reference.
func alwaysAllowed(e *evaluation) bool {
	return e.hasAccount && string(e.action()) == "sts:getcalleridentity"
}

// listsBuckets reports whether the action is s3:ListAllMyBuckets. It has no
// resource types, and yet policies may allow it on "arn:aws:s3:::*": that is the
// resource it acts on, and one bucket's ARN does not match it.
//
// Sources: the examples of "Policy evaluation logic" in the IAM User Guide, and
// "Controlling access to a bucket with user policies" in the Amazon S3 User Guide.
func listsBuckets(e *evaluation) bool { return string(e.action()) == "s3:listallmybuckets" }

// allBuckets is what s3:ListAllMyBuckets acts on in the partition of the caller.
func allBuckets(caller string) string {
	switch p := partition(caller); p {
	case "", arn.Default:
		return "arn:aws:s3:::*"
	case "aws-cn":
		return "arn:aws-cn:s3:::*"
	case "aws-us-gov":
		return "arn:aws-us-gov:s3:::*"
	default:
		return "arn:" + p + ":s3:::*"
	}
}

// needsNoPermission reports whether the request is allowed unless it is denied:
// users and root users get sessions of their own.
//
// Source: "Permissions for GetSessionToken" in the IAM User Guide. It says too that
// a policy has no effect on the action, yet the guide's MFA policies leave it out
// of their Deny as if one had: the safer reading.
func needsNoPermission(e *evaluation) bool {
	kind := e.req.Principal.Kind
	return (kind == User || kind == Root) && string(e.action()) == "sts:getsessiontoken"
}

// refusal is a set of requests that are denied whatever policies allow.
type refusal struct {
	service  string        // of the actions, with the colon
	actions  []string      // in lower case; those ending in * are beginnings
	kind     PrincipalKind // 0: any
	butKind  PrincipalKind // is spared
	resource string        // what the sixth part of the ARN begins with
	account  string        // the fifth part; "": any

	notLinked bool // sessions of service-linked roles are spared
}

// refusals are checked behind the explicit denies, which are reported as such.
var refusals = []refusal{
	// "You cannot call AssumeRole by using AWS account root user credentials."
	{service: "sts:", actions: []string{"assumerole"}, kind: Root},

	// "AWS STS credentials" compares who can call: users and role sessions can.
	// Requests without a signature are refused, and a session of
	// GetFederationToken "cannot call AWS STS API operations except
	// GetCallerIdentity", whatever trust policy names it.
	{service: "sts:", actions: []string{"assumerole"}, kind: Anonymous},
	{service: "sts:", actions: []string{"assumerole"}, kind: FederatedUser},

	// The others of its kin are called with what an identity provider says of
	// somebody, and without AWS credentials: nobody else is their caller.
	{service: "sts:", actions: []string{"assumerole"}, kind: Federated},
	{service: "sts:", actions: []string{"assumerolewithsaml", "assumerolewithwebidentity"}, butKind: Federated},

	// AWS managed policies belong to AWS.
	{service: "iam:", account: "aws", resource: "policy/", actions: []string{
		"createpolicy*", "deletepolicy*", "setdefaultpolicyversion", "tagpolicy", "untagpolicy",
	}},

	// Roles that AWS has made for its own services (IAM Identity Center), which
	// manages them through its service-linked role.
	{service: "iam:", resource: "role/aws-reserved/", notLinked: true, actions: []string{
		"addrole*", "attachrole*", "createrole", "createservicelinkedrole", "deleterole*", "deleteservicelinkedrole",
		"detachrole*", "putrole*",
		"tagrole", "untagrole", "updaterole*", "updateassumerolepolicy",
	}},

	// "AWS KMS reserves aliases that begin with alias/aws/".
	{service: "kms:", resource: "alias/aws/", actions: []string{"createalias", "updatealias", "deletealias"}},
}

// refused reports whether the request is denied whatever policies allow. So is
// any that leaves its partition.
func refused(e *evaluation) bool {
	if e.leavesPartition() {
		return true
	}
	for i := range refusals {
		if r := &refusals[i]; e.name[0] == r.service[0] && hasPrefix(e.action(), r.service) && r.covers(e) {
			return true
		}
	}
	return false
}

// covers reports whether r concerns the request, whose service is that of r.
func (r *refusal) covers(e *evaluation) bool {
	switch {
	case r.notLinked && e.req.Principal.ServiceLinked,
		r.butKind != 0 && r.butKind == e.req.Principal.Kind,
		r.kind != 0 && r.kind != e.req.Principal.Kind,
		r.resource != "" && !strings.HasPrefix(e.resource.part(5), r.resource),
		r.account != "" && e.resource.part(4) != r.account:
		return false
	}
	name := e.action()[len(r.service):]
	for _, a := range r.actions {
		start, open := strings.CutSuffix(a, "*")
		if string(name) == start || open && hasPrefix(name, start) {
			return true
		}
	}
	return false
}

// leavesPartition reports whether caller and resource are in different
// partitions, of which neither knows the other's principals.
func (e *evaluation) leavesPartition() bool {
	caller, resource := partition(e.req.Principal.ARN), partition(e.req.Resource)
	return caller != resource && caller != "" && resource != "" && e.hasAccount
}

// partition is the second part of an ARN, "" when s is none.
func partition(s string) string {
	const arn, aws = "arn:", "aws"
	switch {
	case strings.HasPrefix(s, arn+aws+":"): // nearly all
		return aws
	case !strings.HasPrefix(s, arn):
		return ""
	}
	name, _, _ := strings.Cut(s[len(arn):], ":")
	return name
}

// isTrustAction reports whether the action is decided by a trust policy.
func isTrustAction(action []byte) bool {
	switch string(action) {
	case "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity":
		return true
	}
	return false
}

// isKMSKey reports whether the resource is a KMS key, whose key policy must
// allow: without it, identity-based policies have no effect. Aliases follow the
// rule of other resources.
//
// Source: "Key policies in AWS KMS" in the AWS KMS Developer Guide.
func isKMSKey(e *evaluation) bool {
	return hasPrefix(e.action(), "kms:") && strings.HasPrefix(e.resource.part(5), "key/")
}

// boundaryBindsTrust says that a user needs its boundary's leave to assume a
// role even where the trust policy names the user.
//
// Source: "Update a role trust policy" in the IAM User Guide.
func boundaryBindsTrust(e *evaluation) bool {
	return e.layer == TrustLayer && e.bounded && e.req.Principal.Kind == User
}

// scpsApply reports whether SCPs bind the caller: not those without an account,
// not the management account, not service-linked roles.
//
// Source: "Service control policies" in the AWS Organizations User Guide.
func (e *evaluation) scpsApply() bool {
	p := &e.req.Principal
	return e.hasAccount && !p.Management && !p.ServiceLinked
}

// rcpsApply reports whether RCPs bind the request: not service-linked roles, not
// services that have none, not kms:RetireGrant, not AWS managed keys.
//
// Source: "Resource control policies" in the AWS Organizations User Guide.
func (e *evaluation) rcpsApply() bool {
	if e.req.Principal.ServiceLinked || string(e.action()) == "kms:retiregrant" {
		return false
	}
	service, _, _ := strings.Cut(e.req.Action, ":")
	for _, level := range e.layers.RCP {
		for _, p := range level {
			if p != nil && p.schema != nil {
				return p.schema.RCPCapable(strings.ToLower(service)) && !e.isManagedKey()
			}
		}
	}
	return !e.isManagedKey()
}

// kmsAliases is the key that lists the aliases of the key a request is about.
var kmsAliases = newKeyName("kms:ResourceAliases")

// isManagedKey reports whether the resource is an AWS managed KMS key, which its
// alias tells.
func (e *evaluation) isManagedKey() bool {
	if !isKMSKey(e) {
		return false
	}
	for _, alias := range e.ctx.lookup(&kmsAliases) {
		if strings.HasPrefix(alias, "alias/aws/") {
			return true
		}
	}
	return false
}
