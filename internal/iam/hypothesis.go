package iam

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// everyResource is the resource that a simulation is about when it names none.
const everyResource = "*"

// hypothesis is what a simulation supposes: the policies of source, if there
// is one, with those of the request. What is stored of a principal is known to
// it only of source, which the call was authorized for: the caller may be
// named by anybody.
func (s *Service) hypothesis(c *api.Call, in *iamapi.SimulateCustomPolicyInput, source state.Entity) (*authz.Hypothesis, error) {
	h := &authz.Hypothesis{Now: c.Now, Asker: c.Account, Caller: engine.Principal{Kind: engine.User, Account: c.Account}}
	if source != nil {
		h.Applied = authz.AppliedTo(c.Snapshot, source)
		h.Caller, h.Tags = authz.PrincipalOf(c.Snapshot, source)
	}
	for _, step := range []func(*authz.Hypothesis, *iamapi.SimulateCustomPolicyInput) error{
		checkActions, checkResources, checkScenario, suppose(source), s.addPassed, s.setBoundary, s.setResourcePolicy, setOwner, setKeys,
	} {
		if err := step(h, in); err != nil {
			return nil, err
		}
	}
	return h, evaluable(h)
}

// evaluable refuses stored policies that cannot be read any more: they deny
// everything, for a reason that no simulation can show.
func evaluable(h *authz.Hypothesis) error {
	for source := range h.Sources {
		if !source.Policy.Readable() {
			return iamapi.PolicyEvaluation(unreadablePolicy, source.Name)
		}
	}
	return nil
}

// checkActions refuses what is no action: SimulateCustomPolicy and its kin
// know no wildcards. Whether an action exists is not asked.
func checkActions(_ *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	if len(in.ActionNames) == 0 {
		return iamapi.InvalidInput(noActions)
	}
	for _, name := range in.ActionNames {
		service, action, ok := strings.Cut(name, ":")
		if !ok || service == "" || action == "" || strings.ContainsAny(name, "*? ,\t\r\n") || strings.Contains(action, ":") {
			return iamapi.InvalidInput(badActions, name)
		}
	}
	return nil
}

func checkResources(_ *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	if len(in.ResourceArns) > maxResources {
		return iamapi.InvalidInput(tooManyResources, maxResources)
	}
	for _, text := range in.ResourceArns {
		if text == everyResource && len(in.ResourceArns) == 1 {
			continue
		}
		if _, err := arn.Parse(text); err != nil {
			return iamapi.InvalidInput(badResource, text)
		}
	}
	return nil
}

// scenarios are the types of EC2 resources that each ResourceHandlingOption
// demands.
var scenarios = map[string][]string{
	"EC2-VPC-InstanceStore":        {"instance", "image", "security-group", "network-interface"},
	"EC2-VPC-InstanceStore-Subnet": {"instance", "image", "security-group", "network-interface", "subnet"},
	"EC2-VPC-EBS":                  {"instance", "image", "security-group", "network-interface", "volume"},
	"EC2-VPC-EBS-Subnet":           {"instance", "image", "security-group", "network-interface", "subnet", "volume"},
}

func checkScenario(_ *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	if in.ResourceHandlingOption == nil {
		return nil
	}
	types, ok := scenarios[*in.ResourceHandlingOption]
	if !ok {
		return iamapi.InvalidInput(badScenario, *in.ResourceHandlingOption)
	}
	for _, kind := range types {
		if !slices.ContainsFunc(in.ResourceArns, func(text string) bool {
			a, err := arn.Parse(text)
			return err == nil && a.Service == "ec2" && a.Type() == kind
		}) {
			return iamapi.InvalidInput(scenarioLacks, *in.ResourceHandlingOption, kind)
		}
	}
	return nil
}

// suppose sets the caller that CallerArn names, when it is not source itself.
func suppose(source state.Entity) func(*authz.Hypothesis, *iamapi.SimulateCustomPolicyInput) error {
	return func(h *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
		if in.CallerArn == nil {
			if in.ResourcePolicy != nil && h.Caller.ARN == "" {
				return iamapi.InvalidInput(badCaller)
			}
			return nil
		}
		a, err := arn.Parse(*in.CallerArn)
		kind, _, _, ok := a.Entity()
		if err != nil || !ok || !arn.IsAccount(a.Account) || in.ResourcePolicy != nil && kind != "user" {
			return iamapi.InvalidInput(badCaller)
		}
		if source != nil && source.ARN() == *in.CallerArn {
			return nil
		}
		h.Tags = nil
		switch kind {
		case "user":
			h.Caller = engine.Principal{Kind: engine.User, Account: a.Account, ARN: *in.CallerArn}
		case "group":
			h.Caller = engine.Principal{Kind: engine.User, Account: a.Account}
		case "role":
			h.Caller = engine.Principal{Kind: engine.AssumedRole, Account: a.Account, RoleARN: *in.CallerArn}
		default:
			return iamapi.InvalidInput(badCaller)
		}
		return nil
	}
}

// passed is a policy that stands in the request.
func (s *Service) passed(kind policy.Kind, name, text string) (authz.Source, error) {
	doc, err := policy.Parse(kind, text)
	if err != nil {
		return authz.Source{}, malformedInput(err)
	}
	compiled, err := engine.Compile(doc, engine.CompileOptions{Schema: s.schema})
	if err != nil {
		return authz.Source{}, iamapi.PolicyEvaluation(unreadablePolicy, name)
	}
	return authz.Source{Name: name, Document: doc, Policy: compiled}, nil
}

// malformedInput gives the reason in AWS's words. These operations know no
// MalformedPolicyDocument.
func malformedInput(err error) error {
	var e *policy.Error
	if errors.As(err, &e) {
		return iamapi.InvalidInput("%s", e.Text)
	}
	return err
}

func (s *Service) addPassed(h *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	for i, text := range in.PolicyInputList {
		source, err := s.passed(policy.IdentityBased, fmt.Sprintf("PolicyInputList.%d", i+1), text)
		if err != nil {
			return err
		}
		h.Identity = append(h.Identity, source)
	}
	if h.Identity == nil {
		h.Identity = []authz.Source{}
	}
	return nil
}

// setBoundary puts the boundary of the request in the place of the stored one.
func (s *Service) setBoundary(h *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	switch len(in.PermissionsBoundaryPolicyInputList) {
	case 0:
		return nil
	case 1:
	default:
		return iamapi.InvalidInput(manyBoundaries)
	}
	source, err := s.passed(policy.PermissionsBoundary, "PermissionsBoundaryPolicyInputList.1", in.PermissionsBoundaryPolicyInputList[0])
	h.Boundary = []authz.Source{source}
	return err
}

// setResourcePolicy takes the policy of the resources for a role's trust
// policy when they are all roles. Each of them must be one that it can speak
// of.
func (s *Service) setResourcePolicy(h *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	if in.ResourcePolicy == nil {
		return nil
	}
	kind := policy.ResourceBased
	if len(in.ResourceArns) > 0 && !slices.ContainsFunc(in.ResourceArns, func(text string) bool { return !isRole(text) }) {
		kind = policy.Trust
	}
	source, err := s.passed(kind, "ResourcePolicy", *in.ResourcePolicy)
	if err != nil {
		return err
	}
	for _, text := range in.ResourceArns {
		if !speaksOf(source.Document, text) {
			return iamapi.InvalidInput(inapplicable, text)
		}
	}
	h.Resource = &source
	return nil
}

func isRole(text string) bool {
	a, err := arn.Parse(text)
	kind, _, _, ok := a.Entity()
	return err == nil && ok && kind == "role"
}

// speaksOf reports whether one of a policy's resources is of the service that
// an ARN belongs to.
func speaksOf(doc *policy.Document, text string) bool {
	parts, _ := arn.Split(text)
	for i := range doc.Statements {
		r := doc.Statements[i].Resource
		if r == nil || r.Not {
			return true
		}
		for _, v := range r.Values {
			if pattern, n := arn.Split(v.Text); n < len(pattern) || text == everyResource || pattern[2] == parts[2] || strings.ContainsAny(pattern[2], "*?") {
				return true
			}
		}
	}
	return false
}

func setOwner(h *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	if in.ResourceOwner == nil {
		return nil
	}
	a, err := arn.Parse(*in.ResourceOwner)
	if err != nil || a.Service != "iam" || a.Resource != "root" || !arn.IsAccount(a.Account) {
		return iamapi.InvalidInput(badOwner, *in.ResourceOwner)
	}
	h.Owner = a.Account
	return nil
}

// readBy is the comparison that reads the values of each type of context key.
var readBy = map[iamapi.ContextKeyTypeEnum]policy.Comparison{
	iamapi.ContextKeyTypeEnumString:  policy.StringEquals,
	iamapi.ContextKeyTypeEnumNumeric: policy.NumericEquals,
	iamapi.ContextKeyTypeEnumBoolean: policy.Bool,
	iamapi.ContextKeyTypeEnumIp:      policy.IPAddress,
	iamapi.ContextKeyTypeEnumBinary:  policy.BinaryEquals,
	iamapi.ContextKeyTypeEnumDate:    policy.DateEquals,
}

func setKeys(h *authz.Hypothesis, in *iamapi.SimulateCustomPolicyInput) error {
	h.Keys = make(authz.Keys, len(in.ContextEntries))
	for _, entry := range in.ContextEntries {
		if entry.ContextKeyName == nil || entry.ContextKeyType == nil {
			return iamapi.InvalidInput(incompleteKey)
		}
		name := strings.ToLower(*entry.ContextKeyName)
		if _, twice := h.Keys[name]; twice {
			return iamapi.InvalidInput(keyTwice, *entry.ContextKeyName)
		}
		kind := iamapi.ContextKeyTypeEnum(strings.TrimSuffix(string(*entry.ContextKeyType), "List"))
		for _, v := range entry.ContextKeyValues {
			if !engine.Reads(readBy[kind], v) || kind == iamapi.ContextKeyTypeEnumBoolean && !isBoolean(v) {
				return iamapi.InvalidInput(badKeyValue, *entry.ContextKeyName, *entry.ContextKeyType)
			}
		}
		h.Keys[name] = entry.ContextKeyValues
	}
	return nil
}

func isBoolean(v string) bool { return strings.EqualFold(v, "true") || strings.EqualFold(v, "false") }
