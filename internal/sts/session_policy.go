package sts

import (
	"errors"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/stsapi"
	"github.com/writ-iam/writ/policy"
)

// maxSessionPolicyARNs is the quota of managed session policies.
const maxSessionPolicyARNs = 10

// passed are the session policies that a call passes.
type passed struct {
	inline string
	arns   []string
}

// sessionPolicies checks the session policies of a call. Managed ones are of
// the account whose session they bound, or AWS's.
func sessionPolicies(c *api.Call, account string, inline *string, arns []stsapi.PolicyDescriptorType) (passed, error) {
	var p passed
	if inline != nil {
		if _, err := policy.Parse(policy.Session, *inline); err != nil {
			return p, malformed(err)
		}
		p.inline = *inline
	}
	if len(arns) > maxSessionPolicyARNs {
		return p, invalid("The number of session policy ARNs exceeds the limit of %d.", maxSessionPolicyARNs)
	}
	for _, d := range arns {
		if d.Arn == nil {
			return p, invalid("A session policy needs an ARN.")
		}
		a, err := arn.Parse(*d.Arn)
		if err != nil {
			return p, invalid("ARN %s is not valid.", *d.Arn)
		}
		if _, ok := c.Snapshot.ManagedPolicy(*d.Arn); !ok || a.Account != account && a.Account != "aws" {
			return p, invalid("Policy ARN %s does not exist or is not attachable.", *d.Arn)
		}
		p.arns = append(p.arns, *d.Arn)
	}
	return p, nil
}

func malformed(err error) error {
	var e *policy.Error
	if errors.As(err, &e) {
		return stsapi.MalformedPolicyDocument("%s", e.Text)
	}
	return stsapi.MalformedPolicyDocument("%v", err)
}
