package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/policy"
)

func getsContextKeysForPrincipal(c *api.Call, in *iamapi.GetContextKeysForPrincipalPolicyInput) []api.Check {
	return onSource(c, in.PolicySourceArn)
}

func (s *Service) getContextKeysForCustomPolicy(_ context.Context, _ *api.Call, in *iamapi.GetContextKeysForCustomPolicyInput) (*iamapi.GetContextKeysForCustomPolicyOutput, error) {
	keys := newKeyNames()
	if err := keys.addPassed(in.PolicyInputList); err != nil {
		return nil, err
	}
	return &iamapi.GetContextKeysForCustomPolicyOutput{ContextKeyNames: keys.names}, nil
}

// getContextKeysForPrincipalPolicy implements
// GetContextKeysForPrincipalPolicy: the keys of the identity-based policies
// alone, not those of a boundary or of SCPs.
func (s *Service) getContextKeysForPrincipalPolicy(_ context.Context, c *api.Call, in *iamapi.GetContextKeysForPrincipalPolicyInput) (*iamapi.GetContextKeysForPrincipalPolicyOutput, error) {
	source, err := policySource(c, in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	keys := newKeyNames()
	for _, p := range authz.AppliedTo(c.Snapshot, source).Identity {
		keys.add(p.Document)
	}
	if err := keys.addPassed(in.PolicyInputList); err != nil {
		return nil, err
	}
	return &iamapi.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: keys.names}, nil
}

// keyNames are names of condition keys in the order in which policies ask for
// them, each once: case makes no difference.
type keyNames struct {
	names []string
	seen  map[string]bool
}

func newKeyNames() *keyNames { return &keyNames{[]string{}, make(map[string]bool)} }

func (k *keyNames) add(doc *policy.Document) {
	for _, name := range engine.ContextKeys(doc) {
		if lower := strings.ToLower(name); !k.seen[lower] {
			k.seen[lower] = true
			k.names = append(k.names, name)
		}
	}
}

// addPassed adds the keys of policies that stand in the request.
func (k *keyNames) addPassed(texts []string) error {
	for _, text := range texts {
		doc, err := policy.Parse(kindOf(text), text)
		if err != nil {
			return malformedInput(err)
		}
		k.add(doc)
	}
	return nil
}

// kindOf takes a policy that names principals for one of a resource.
func kindOf(text string) policy.Kind {
	doc, err := policy.ParseShape(text)
	if err == nil && slices.ContainsFunc(doc.Statements, func(st policy.Statement) bool { return st.Principal != nil }) {
		return policy.ResourceBased
	}
	return policy.IdentityBased
}
