package iam

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
)

// The condition keys of IAM's own operations. See "Actions, resources, and
// condition keys for AWS Identity and Access Management" in the Service
// Authorization Reference.
const (
	boundaryKey = "iam:PermissionsBoundary"
	policyKey   = "iam:PolicyARN"

	orgPolicyKey = "iam:OrganizationsPolicyId"
)

// action is the action of the call's own operation.
func action(c *api.Call) string { return "iam:" + c.Operation.Name }

// on is the check of an operation on the entity of that name: its ARN and its
// tags, or where there is none the ARN that one would have at the path "/".
func (n *noun) on(c *api.Call, name string) api.Check {
	check, _ := n.checked(c, name)
	return check
}

// bounded is on with the entity's permissions boundary as a condition key.
func (n *noun) bounded(c *api.Call, name string) api.Check {
	check, h := n.checked(c, name)
	if h.boundary != nil && *h.boundary != "" {
		check.Context = api.Keys{boundaryKey: {*h.boundary}}
	}
	return check
}

func (n *noun) checked(c *api.Call, name string) (api.Check, holder) {
	check := api.Check{Action: action(c)}
	h, ok := n.find(c.Snapshot, c.Account, name)
	if !ok {
		check.Resource = n.arn(c.Account, name)
		return check, h
	}
	check.Resource = h.ARN()
	if h.tags != nil {
		check.Tags = *h.tags
	}
	return check, h
}

// only is a call that one check decides.
func only(check api.Check) []api.Check { return []api.Check{check} }

// with adds a condition key to a check.
func with(check api.Check, key string, values ...string) api.Check {
	if check.Context == nil {
		check.Context = make(api.Keys, 1)
	}
	check.Context[key] = values
	return check
}

// account is the check of an operation on the account as a whole.
func account(c *api.Call) []api.Check {
	return only(api.Check{Action: action(c), Resource: "*"})
}

// listing is the check of an operation that lists a kind of entity. The
// reference knows no resource type for it; AWS's denials name the path that is
// listed.
func listing(c *api.Call, kind string, prefix *string) []api.Check {
	path := "/"
	if prefix != nil {
		path = *prefix
	}
	return only(api.Check{Action: action(c), Resource: "arn:" + arn.Default + ":iam::" + c.Account + ":" + kind + path})
}

// making is the check of an operation that makes an entity. The tags it gets
// need the permission to tag.
func making(c *api.Call, resource string, tags []iamapi.Tag, tagging string) []api.Check {
	check := api.Check{Action: action(c), Resource: resource}
	if len(tags) == 0 {
		return only(check)
	}
	check.Context = requestTags(tags)
	return []api.Check{check, check.For(tagging)}
}

// requestTags are the condition keys of tags in a request.
func requestTags(tags []iamapi.Tag) api.Keys {
	keys := make(api.Keys, len(tags)+1)
	for _, t := range tags {
		keys.Add("aws:RequestTag/", t.Key, t.Value)
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], t.Key)
	}
	return keys
}

// onPolicy is the check of an operation on a managed policy.
func onPolicy(c *api.Call, policyARN string) api.Check { return policies.onARN(c, policyARN) }

// onARN is the check of an operation on an entity that is named by its ARN, of
// whatever account: one of another account is for that account to allow, AWS's
// own count as the caller's.
func (n *noun) onARN(c *api.Call, name string) api.Check {
	check := n.on(c, name)
	if a, err := arn.Parse(name); err == nil && arn.IsAccount(a.Account) {
		check.Account = a.Account
	}
	return check
}

// onOwnPolicy is the check of an operation that changes a managed policy.
// Those of AWS nobody changes: there is nothing to check, and the handler
// denies it in AWS's words.
func onOwnPolicy(c *api.Call, policyARN string) []api.Check {
	if strings.HasPrefix(policyARN, awsPolicyPrefix) {
		return nil
	}
	return only(onPolicy(c, policyARN))
}
