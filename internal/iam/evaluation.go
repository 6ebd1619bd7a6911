package iam

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// evaluator puts the answers of a simulation in the form of the API.
type evaluator struct {
	sim       *authz.Simulation
	hyp       *authz.Hypothesis
	arns      func(action string) []string
	resources []string // never empty
	named     bool     // the request named them

	// The statements of each policy as answers have them, made when the first
	// of a policy is wanted.
	identity, boundary [][]iamapi.Statement
	resource           []iamapi.Statement
}

func (s *Service) newEvaluator(snap *state.Snapshot, h *authz.Hypothesis, resources []string) *evaluator {
	return &evaluator{
		sim: authz.Simulate(snap, h), hyp: h, arns: s.arns, resources: resources,
		named:    len(resources) > 1 || resources[0] != everyResource,
		identity: make([][]iamapi.Statement, len(h.Identity)), boundary: make([][]iamapi.Statement, len(h.Boundary)),
	}
}

// The kinds of policies in answers. The wire has these, not the values that
// the model lists.
const (
	identityType = "IAM Policy"
	boundaryType = "Permissions Boundary Policy"
	resourceType = "Resource Policy"
)

// evaluate decides an action on all resources. The result as a whole is the
// strictest of theirs.
func (e *evaluator) evaluate(action string, out *iamapi.EvaluationResult) {
	out.EvalActionName, out.EvalResourceName = action, e.resourceName(action)
	out.EvalDecision, out.MatchedStatements = iamapi.PolicyEvaluationDecisionTypeAllowed, []iamapi.Statement{}
	out.MissingContextValues = e.sim.Missing()
	allowedBy := struct{ organizations, boundary bool }{true, true}
	if e.named {
		out.EvalDecisionDetails = map[string]iamapi.PolicyEvaluationDecisionType{}
		out.ResourceSpecificResults = make([]iamapi.ResourceSpecificResult, len(e.resources))
	}
	for i, resource := range e.resources {
		answer := e.sim.Ask(action, resource)
		decision, matched := decisionShape(answer.Decision.Effect), e.matched(answer.Deciding)
		if strictness[decision] > strictness[out.EvalDecision] {
			out.EvalDecision, out.MatchedStatements = decision, matched
		} else if decision == out.EvalDecision {
			out.MatchedStatements = union(out.MatchedStatements, matched)
		}
		allowedBy.organizations = allowedBy.organizations && answer.SCP == engine.Allow
		allowedBy.boundary = allowedBy.boundary && answer.Boundary == engine.Allow
		details := e.details(&answer)
		mergeDetails(&out.EvalDecisionDetails, details)
		if e.named {
			out.ResourceSpecificResults[i] = iamapi.ResourceSpecificResult{
				EvalResourceName: resource, EvalResourceDecision: decision, MatchedStatements: matched,
				MissingContextValues: e.sim.Missing(), EvalDecisionDetails: details,
				PermissionsBoundaryDecisionDetail: e.boundaryDetail(answer.Boundary == engine.Allow),
			}
		}
	}
	if e.hyp.InOrganization {
		out.OrganizationsDecisionDetail = organizationDetails[allowedBy.organizations]
		if !allowedBy.organizations {
			out.EvalDecisionDetails = nil
		}
	}
	out.PermissionsBoundaryDecisionDetail = e.boundaryDetail(allowedBy.boundary)
}

var yes, no = true, false

var organizationDetails = map[bool]*iamapi.OrganizationsDecisionDetail{
	true: {AllowedByOrganizations: &yes}, false: {AllowedByOrganizations: &no},
}

var boundaryDetails = map[bool]*iamapi.PermissionsBoundaryDecisionDetail{
	true: {AllowedByPermissionsBoundary: &yes}, false: {AllowedByPermissionsBoundary: &no},
}

func (e *evaluator) boundaryDetail(allowed bool) *iamapi.PermissionsBoundaryDecisionDetail {
	if e.hyp.Boundary == nil {
		return nil
	}
	return boundaryDetails[allowed]
}

var strictness = map[iamapi.PolicyEvaluationDecisionType]int{
	iamapi.PolicyEvaluationDecisionTypeAllowed: 0, iamapi.PolicyEvaluationDecisionTypeImplicitDeny: 1, iamapi.PolicyEvaluationDecisionTypeExplicitDeny: 2,
}

func decisionShape(effect engine.Effect) iamapi.PolicyEvaluationDecisionType {
	switch effect {
	case engine.Allow:
		return iamapi.PolicyEvaluationDecisionTypeAllowed
	case engine.ExplicitDeny:
		return iamapi.PolicyEvaluationDecisionTypeExplicitDeny
	}
	return iamapi.PolicyEvaluationDecisionTypeImplicitDeny
}

// details says what each kind of policy contributes across accounts. When SCPs
// deny, AWS's simulator goes no further.
func (e *evaluator) details(a *authz.Answer) map[string]iamapi.PolicyEvaluationDecisionType {
	if !a.CrossAccount || a.SCP != engine.Allow {
		return nil
	}
	d := map[string]iamapi.PolicyEvaluationDecisionType{identityType: decisionShape(a.Identity)}
	if e.hyp.Resource != nil {
		d[resourceType] = decisionShape(a.Resource)
	}
	if e.hyp.Boundary != nil {
		d[boundaryType] = decisionShape(a.Boundary)
	}
	return d
}

// mergeDetails keeps the strictest decision of each kind of policy.
func mergeDetails(all *map[string]iamapi.PolicyEvaluationDecisionType, details map[string]iamapi.PolicyEvaluationDecisionType) {
	for kind, decision := range details {
		if *all == nil {
			*all = make(map[string]iamapi.PolicyEvaluationDecisionType)
		}
		if known, ok := (*all)[kind]; !ok || strictness[decision] > strictness[known] {
			(*all)[kind] = decision
		}
	}
}

// matched are the statements that decide. Those of SCPs are left out, as AWS
// leaves them out: who simulates may not be allowed to read them.
func (e *evaluator) matched(deciding []engine.DecidingStatement) []iamapi.Statement {
	if len(deciding) == 1 {
		if list, i := e.statements(&deciding[0]); list != nil {
			return list[i : i+1 : i+1]
		}
	}
	found := make([]iamapi.Statement, 0, len(deciding))
	for i := range deciding {
		if list, i := e.statements(&deciding[i]); list != nil {
			found = append(found, list[i])
		}
	}
	return found
}

// statements returns the statements of a policy, and which of them is meant;
// nil for SCPs.
func (e *evaluator) statements(d *engine.DecidingStatement) ([]iamapi.Statement, int) {
	var list *[]iamapi.Statement
	var source *authz.Source
	var kind iamapi.PolicySourceType
	switch d.Layer {
	case engine.IdentityLayer:
		list, source, kind = &e.identity[d.Statement.Place], &e.hyp.Identity[d.Statement.Place], identityType
	case engine.BoundaryLayer:
		list, source, kind = &e.boundary[d.Statement.Place], &e.hyp.Boundary[d.Statement.Place], boundaryType
	case engine.ResourceLayer, engine.TrustLayer:
		list, source, kind = &e.resource, e.hyp.Resource, resourceType
	default:
		return nil, 0
	}
	if *list == nil {
		*list = statementShapes(source, kind)
	}
	return *list, d.Statement.Index
}

func statementShapes(source *authz.Source, kind iamapi.PolicySourceType) []iamapi.Statement {
	id := sourcePolicyID(source)
	list := make([]iamapi.Statement, len(source.Document.Statements))
	for i, s := range statementSpans(source.Document) {
		list[i] = iamapi.Statement{SourcePolicyId: &id, SourcePolicyType: &kind, StartPosition: s.start.shape(), EndPosition: s.end.shape()}
	}
	return list
}

// sourcePolicyID is what AWS calls a policy: an inline one by its holder as
// well ("user_ann_read"), a managed one by its name, one of the request by its
// place there.
func sourcePolicyID(source *authz.Source) string {
	switch h := source.Holder.(type) {
	case *state.User:
		return "user_" + h.Name + "_" + source.Name
	case *state.Group:
		return "group_" + h.Name + "_" + source.Name
	case *state.Role:
		return "role_" + h.Name + "_" + source.Name
	}
	return source.Name[strings.LastIndexByte(source.Name, '/')+1:]
}

// union adds statements that are not among those in list. It leaves list's
// memory alone, which other results share.
func union(list, more []iamapi.Statement) []iamapi.Statement {
	same := func(a, b iamapi.Statement) bool { return a.StartPosition == b.StartPosition }
	switch {
	case len(list) == 0:
		return more
	case slices.EqualFunc(list, more, same):
		return list
	}
	known := make(map[*iamapi.Position]bool, len(list))
	for i := range list {
		known[list[i].StartPosition] = true
	}
	list = slices.Clip(list)
	for i := range more {
		if !known[more[i].StartPosition] {
			list = append(list, more[i])
		}
	}
	return list
}

// resourceName is what a result is about: the resource if there is one, the
// form of its ARN if there are several.
func (e *evaluator) resourceName(action string) *string {
	if len(e.resources) == 1 {
		return &e.resources[0]
	}
	name := everyResource
	if e.arns == nil {
		return &name
	}
	forms := e.arns(action)
	i := slices.IndexFunc(forms, func(form string) bool { return arn.Match(patternOf(form), e.resources[0]) })
	if len(forms) > 0 {
		name = strings.Replace(forms[max(i, 0)], "${Partition}", arn.Default, 1)
	}
	return &name
}

// patternOf puts stars in the place of the variables of an ARN's form.
func patternOf(form string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(form, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('*')
		_, form, _ = strings.Cut(rest, "}")
	}
}
