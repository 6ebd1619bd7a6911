package engine_test

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
)

// What single services do otherwise.

// alwaysAllowed: everybody with an account may ask who it is, whatever denies it.
//
// Rule 17 [STS reference: GetCallerIdentity].
func (e *literalEvaluation) alwaysAllowed() bool {
	return e.hasAccount() && e.action == "sts:getcalleridentity"
}

// resource is what the request acts on: listing the buckets is about all of them.
//
// Rule 24 [UG: examples of evaluation logic].
func (e *literalEvaluation) resource() string {
	if e.action != "s3:listallmybuckets" {
		return e.request.Resource
	}
	if p := partitionOf(e.caller.ARN); p != "" {
		return "arn:" + p + ":s3:::*"
	}
	return "arn:aws:s3:::*"
}

// needsNoPermission: users and root users get sessions of their own unless they
// are denied.
//
// [STS reference: GetSessionToken].
func (e *literalEvaluation) needsNoPermission() bool {
	isUser := e.caller.Kind == engine.User || e.caller.Kind == engine.Root
	return isUser && e.action == "sts:getsessiontoken"
}

// refused: some requests are denied whatever policies allow.
func (e *literalEvaluation) refused() bool {
	service, name, _ := strings.Cut(e.action, ":")
	account, resource := segment(e.request.Resource, 4), segment(e.request.Resource, 5)
	switch service {
	case "sts": // [STS reference: AssumeRole; UG: compare STS credentials]: by users, role sessions and services alone
		k := e.caller.Kind
		switch name {
		case "assumerole":
			return k != engine.User && k != engine.AssumedRole && k != engine.Service || e.leavesPartition()
		case "assumerolewithsaml", "assumerolewithwebidentity": // [STS reference]: by those for whom a provider speaks
			return k != engine.Federated
		}
	case "iam": // rule 18 [ICS]: what AWS owns is not changed
		if account == "aws" && strings.HasPrefix(resource, "policy/") && slices.Contains(changesPolicy, name) ||
			strings.HasPrefix(resource, "role/aws-reserved/") && slices.Contains(changesRole, name) && !e.caller.ServiceLinked {
			return true
		}
	case "kms": // rule 14 [KMS reference: CreateAlias]: alias/aws/ is reserved
		changes := []string{"createalias", "updatealias", "deletealias"}
		if strings.HasPrefix(resource, "alias/aws/") && slices.Contains(changes, name) {
			return true
		}
	}
	return e.leavesPartition()
}

// The operations of IAM that change a managed policy, and a role.
var (
	changesPolicy = []string{
		"createpolicy", "createpolicyversion", "deletepolicy", "deletepolicyversion", "setdefaultpolicyversion",
		"tagpolicy", "untagpolicy",
	}
	changesRole = []string{
		"attachrolepolicy", "createrole", "createservicelinkedrole", "deleterole", "deleterolepermissionsboundary", "deleterolepolicy",
		"deleteservicelinkedrole", "detachrolepolicy", "putrolepermissionsboundary", "putrolepolicy", "tagrole", "untagrole",
		"updateassumerolepolicy", "updaterole", "updateroledescription",
	}
)

// leavesPartition: no access from one partition into another.
//
// Rule 20 [UG: compare-resource-policies].
func (e *literalEvaluation) leavesPartition() bool {
	caller, resource := partitionOf(e.caller.ARN), partitionOf(e.request.Resource)
	return e.hasAccount() && caller != "" && resource != "" && caller != resource
}

func partitionOf(s string) string {
	if parts := segments(s); parts[0] == "arn" && len(parts) > 1 {
		return parts[1]
	}
	return ""
}

// isTrust: requests for a role are decided by its trust policy.
//
// Rule 14 [UG: role trust policies].
func (e *literalEvaluation) isTrust() bool {
	assuming := []string{"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"}
	return e.layers.trust || slices.Contains(assuming, e.action)
}

// isKey: a KMS key, of which the key policy decides first. An alias is none.
//
// Rule 14 [KMS guide: key policies].
func (e *literalEvaluation) isKey() bool {
	return strings.HasPrefix(e.action, "kms:") && strings.HasPrefix(segment(e.request.Resource, 5), "key/")
}

// policyMustAllow: a trust policy and a key policy must allow by themselves, or
// leave it to the account.
//
// Rule 14 [UG: role trust policies; KMS guide: key policies].
func (e *literalEvaluation) policyMustAllow() bool { return e.isTrust() || e.isKey() }

// boundaryMustAllow: a user's boundary must allow assuming a role even where the
// trust policy names the user.
//
// Rule 15 [UG: id_roles_update-role-trust-policy].
func (e *literalEvaluation) boundaryMustAllow() bool {
	return e.isTrust() && e.caller.Kind == engine.User && e.isBounded()
}

// scpsBind: SCPs bind the members of member accounts, root users included, but
// not the management account and no service-linked roles.
//
// Rule 3 [Organizations guide: SCPs].
func (e *literalEvaluation) scpsBind() bool {
	return e.layers.scp != nil && e.hasAccount() && !e.caller.Management && !e.caller.ServiceLinked
}

// rcpsBind: RCPs bind everybody's requests to the services that support them, but
// not those of service-linked roles, not kms:RetireGrant, not AWS managed keys.
//
// Rule 3 [Organizations guide: RCPs; KMS guide]. Which services those are comes
// with the policies: of unreadable ones nothing is known, and they bind.
func (e *literalEvaluation) rcpsBind() bool {
	service, _, _ := strings.Cut(e.action, ":")
	switch {
	case e.layers.rcp == nil, e.caller.ServiceLinked, e.action == "kms:retiregrant", e.isKey() && e.isManagedKey():
		return false
	}
	readable := func(p literalPolicy) bool { return !p.unreadable }
	if !slices.ContainsFunc(slices.Concat(e.layers.rcp...), readable) {
		return true
	}
	return e.layers.schema.RCPCapable(service)
}

// isManagedKey: AWS managed keys have an alias that only AWS can give.
func (e *literalEvaluation) isManagedKey() bool {
	return slices.ContainsFunc(e.context["kms:resourcealiases"], func(alias string) bool {
		return strings.HasPrefix(alias, "alias/aws/")
	})
}
