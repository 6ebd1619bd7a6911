package analyzer

import (
	"strings"

	"github.com/writ-iam/writ/policy"
)

// LikelyUse guesses what a document is for. With principals it is a trust policy
// if it speaks of nothing but taking roles, and else the policy of a resource;
// without it is identity-based. Boundaries, session policies, SCPs and RCPs look
// like these, so a person should be told what was assumed.
func LikelyUse(text string) policy.Use {
	d, err := policy.ParseShape(text)
	if err != nil {
		return likelyOfText(text)
	}
	principals, resources, sts, ecr := false, false, true, true
	for i := range d.Statements {
		st := &d.Statements[i]
		principals = principals || st.Principal != nil
		resources = resources || st.Resource != nil
		for _, a := range st.Action.Values {
			service, _, _ := strings.Cut(strings.ToLower(a.Text), ":")
			sts = sts && service == "sts"
			ecr = ecr && service == "ecr"
		}
	}
	switch {
	case !principals:
		return policy.Use{Kind: policy.IdentityBased}
	case sts && !resources:
		return policy.Use{Kind: policy.Trust}
	case ecr && !resources: // repositories' policies alone have no Resource
		return policy.Use{Kind: policy.ResourceBased, Service: "ecr"}
	}
	return policy.Use{Kind: policy.ResourceBased}
}

// likelyOfText is LikelyUse for a text that is not well formed.
func likelyOfText(text string) policy.Use {
	switch {
	case !strings.Contains(text, `Principal"`):
		return policy.Use{Kind: policy.IdentityBased}
	case strings.Contains(text, `"sts:AssumeRole`) && !strings.Contains(text, `Resource"`):
		return policy.Use{Kind: policy.Trust}
	}
	return policy.Use{Kind: policy.ResourceBased}
}
