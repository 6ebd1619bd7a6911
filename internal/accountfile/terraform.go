package accountfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/iamapi"
)

// terraformHead is what a reader of the configuration must know.
const terraformHead = `# The users, groups, roles and policies of an account, as get-account-authorization-details has them.
# It does not have descriptions and session durations of roles, and tags of policies and instance
# profiles: where those are set, add them here before "terraform apply".
`

// Terraform writes an account as configuration for Terraform's AWS provider,
// with an import block for each resource. Policies of AWS are named, not
// declared; roles of services are declared as such. It fails for a document
// that is not JSON.
//
// Source: the resources aws_iam_… in the documentation of the AWS provider,
// import blocks in Terraform's.
func Terraform(d *Details) (string, error) {
	t := &terraform{labels: map[string]string{}, taken: map[string]bool{}}
	t.out.WriteString(terraformHead)
	list := sorted(d)
	for _, e := range list {
		t.labels[e.arn] = t.label("aws_iam_"+e.kind, e.name)
	}
	for _, e := range list {
		switch d := e.detail.(type) {
		case *iamapi.ManagedPolicyDetail:
			t.policy(e, d)
		case *iamapi.GroupDetail:
			t.resource("aws_iam_group", t.labels[e.arn], e.name, "name", quote(e.name), "path", quote(e.path))
			t.policies(e, d.GroupPolicyList, d.AttachedManagedPolicies)
		case *iamapi.UserDetail:
			t.user(e, d)
		case *iamapi.RoleDetail:
			t.role(e, d)
		}
	}
	return t.out.String(), t.err
}

type terraform struct {
	out    strings.Builder
	labels map[string]string // of the resources of entities, by ARN
	taken  map[string]bool   // type and label
	err    error
}

// resource writes a resource and its import block. Arguments are pairs of names
// and expressions; those with an empty expression are left out.
func (t *terraform) resource(kind, label, id string, arguments ...string) {
	fmt.Fprintf(&t.out, "\nresource %q %q {\n", kind, label)
	for pair := range slices.Chunk(arguments, 2) {
		if pair[1] != "" {
			fmt.Fprintf(&t.out, "  %s = %s\n", pair[0], strings.ReplaceAll(pair[1], "\n", "\n  "))
		}
	}
	fmt.Fprintf(&t.out, "}\n\nimport {\n  to = %s.%s\n  id = %s\n}\n", kind, label, quote(id))
}

var notInLabel = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// label makes a name for a resource that no other of its type has.
func (t *terraform) label(kind, name string) string {
	base := notInLabel.ReplaceAllString(name, "_")
	if base == "" || !('a' <= base[0]|0x20 && base[0]|0x20 <= 'z' || base[0] == '_') {
		base = "_" + base
	}
	label := base
	for n := 2; t.taken[kind+"."+label]; n++ {
		label = fmt.Sprintf("%s_%d", base, n)
	}
	t.taken[kind+"."+label] = true
	return label
}

func (t *terraform) policy(e entity, p *iamapi.ManagedPolicyDetail) {
	var inForce *string
	for _, v := range p.PolicyVersionList {
		if text(v.VersionId) == text(p.DefaultVersionId) {
			inForce = v.Document
		}
	}
	description := ""
	if p.Description != nil {
		description = quote(*p.Description)
	}
	t.resource("aws_iam_policy", t.labels[e.arn], e.arn,
		"name", quote(e.name), "path", quote(e.path), "description", description, "policy", t.document(e, inForce))
}

func (t *terraform) user(e entity, u *iamapi.UserDetail) {
	t.resource("aws_iam_user", t.labels[e.arn], e.name,
		"name", quote(e.name), "path", quote(e.path), "permissions_boundary", t.boundary(u.PermissionsBoundary), "tags", tagsHCL(u.Tags))
	t.policies(e, u.UserPolicyList, u.AttachedManagedPolicies)
	if len(u.GroupList) == 0 {
		return
	}
	var groups []string
	for _, g := range u.GroupList {
		groups = append(groups, quote(g))
	}
	t.resource("aws_iam_user_group_membership", t.labels[e.arn], e.name+"/"+strings.Join(u.GroupList, "/"),
		"user", t.reference(e)+".name", "groups", "["+strings.Join(groups, ", ")+"]")
}

func (t *terraform) role(e entity, r *iamapi.RoleDetail) {
	if service, ok := strings.CutPrefix(e.path, "/aws-service-role/"); ok {
		_, suffix, _ := strings.Cut(e.name, "_")
		custom := ""
		if suffix != "" {
			custom = quote(suffix)
		}
		t.resource("aws_iam_service_linked_role", t.labels[e.arn], e.arn, "aws_service_name", quote(strings.TrimSuffix(service, "/")), "custom_suffix", custom)
		return
	}
	t.resource("aws_iam_role", t.labels[e.arn], e.name,
		"name", quote(e.name), "path", quote(e.path), "permissions_boundary", t.boundary(r.PermissionsBoundary),
		"assume_role_policy", t.document(e, r.AssumeRolePolicyDocument), "tags", tagsHCL(r.Tags))
	t.policies(e, r.RolePolicyList, r.AttachedManagedPolicies)
	for _, p := range r.InstanceProfileList {
		const kind = "aws_iam_instance_profile"
		t.resource(kind, t.label(kind, p.InstanceProfileName), p.InstanceProfileName,
			"name", quote(p.InstanceProfileName), "path", quote(p.Path), "role", t.reference(e)+".name", "tags", tagsHCL(p.Tags))
	}
}

// policies writes the inline policies and the attachments of an entity.
func (t *terraform) policies(e entity, inline []iamapi.PolicyDetail, attached []iamapi.AttachedPolicy) {
	kind := "aws_iam_" + e.kind + "_policy"
	for _, p := range inline {
		name := text(p.PolicyName)
		t.resource(kind, t.label(kind, e.name+"_"+name), e.name+":"+name,
			"name", quote(name), e.kind, t.reference(e)+".name", "policy", t.document(e, p.PolicyDocument))
	}
	kind += "_attachment"
	for _, p := range attached {
		policyARN := text(p.PolicyArn)
		a, _ := arn.Parse(policyARN)
		t.resource(kind, t.label(kind, e.name+"_"+a.Name()), e.name+"/"+policyARN,
			e.kind, t.reference(e)+".name", "policy_arn", t.policyARN(policyARN))
	}
}

// reference is the expression for an entity's resource.
func (t *terraform) reference(e entity) string { return "aws_iam_" + e.kind + "." + t.labels[e.arn] }

// policyARN is the expression for the ARN of a managed policy.
func (t *terraform) policyARN(policyARN string) string {
	if label, ok := t.labels[policyARN]; ok {
		return "aws_iam_policy." + label + ".arn"
	}
	return quote(policyARN)
}

func (t *terraform) boundary(b *iamapi.AttachedPermissionsBoundary) string {
	if b == nil {
		return ""
	}
	return t.policyARN(text(b.PermissionsBoundaryArn))
}

func (t *terraform) document(e entity, doc *string) string {
	out, err := appendHCL([]byte("jsonencode("), Document(doc))
	if err != nil && t.err == nil {
		t.err = fmt.Errorf("a policy document of %s is not JSON: %w", e.String(), err)
	}
	return string(append(out, ')'))
}

func tagsHCL(tags []iamapi.Tag) string {
	if len(tags) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("{\n")
	for _, tag := range tagsNormal(tags) {
		fmt.Fprintf(&b, "  %s = %s\n", quote(tag.Key), quote(tag.Value))
	}
	return b.String() + "}"
}
