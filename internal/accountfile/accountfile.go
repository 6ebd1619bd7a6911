// Package accountfile is an account as a file: what
// "aws iam get-account-authorization-details" prints. Read takes it, Append
// writes it, Compare says how two accounts differ, Steps cuts one into parts
// that can be carried out one by one, and Terraform writes it as configuration.
//
// Source: GetAccountAuthorizationDetails in the IAM API Reference.
package accountfile

import (
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/iamapi"
)

// Details are the users, groups, roles and managed policies of an account.
// Policy documents in it have percent escapes, as the API sends them.
type Details = iamapi.GetAccountAuthorizationDetailsOutput

// Read reads a file and checks that it is whole and of one account, whose id
// it returns: "" when the file holds nothing that has an ARN of its own. The
// policy documents in it are not looked into.
func Read(text []byte) (*Details, string, error) {
	d, err := Decode(text)
	if err != nil {
		return nil, "", err
	}
	if d.IsTruncated != nil && *d.IsTruncated {
		return nil, "", errors.New("the account is not whole: IsTruncated is true")
	}
	account, err := accountOf(d)
	if err == nil {
		err = checkWhole(d)
	}
	return d, account, err
}

// Decode reads a file, or a part of one. A policy document may be an object,
// as the AWS CLI prints it, or a string with percent escapes, as the API sends
// it.
func Decode(text []byte) (*Details, error) {
	var file struct {
		Details
		ResponseMetadata jsontext.Value // SDKs for scripting languages add it
	}
	d := &file.Details
	if err := json.Unmarshal(text, &file, json.RejectUnknownMembers(true), json.WithUnmarshalers(json.UnmarshalFromFunc(readText))); err != nil {
		return nil, fmt.Errorf("not the output of get-account-authorization-details: %w", err)
	}
	for doc := range documents(d) {
		if _, err := url.PathUnescape(*doc); err != nil || !strings.HasPrefix(*doc, "%") {
			*doc = escape(*doc)
		}
	}
	return d, nil
}

// escape gives a policy document percent escapes.
func escape(plain string) string { return url.PathEscape(plain) }

// Document is the text of a policy document, without escapes, "" of nil.
func Document(doc *string) string {
	plain, err := url.PathUnescape(text(doc))
	if err != nil { // Decode leaves none of these
		return text(doc)
	}
	return plain
}

// readText reads a string. Of an object it takes the text: documents are the
// only members that are one.
func readText(d *jsontext.Decoder, s *string) error {
	if d.PeekKind() != '{' {
		return errors.ErrUnsupported
	}
	v, err := d.ReadValue()
	if err == nil {
		err = v.Indent(jsontext.WithIndent("  ")) // positions in decisions are of use then
	}
	*s = string(v)
	return err
}

// documents yields the documents, to be read or set.
func documents(d *Details) iter.Seq[*string] {
	return func(yield func(*string) bool) {
		for _, e := range entities(d) {
			for _, doc := range e.documents() {
				if doc != nil && !yield(doc) {
					return
				}
			}
		}
	}
}

// documents are those of an entity; some may be nil.
func (e *entity) documents() (docs []*string) {
	inline := func(list []iamapi.PolicyDetail) {
		for i := range list {
			docs = append(docs, list[i].PolicyDocument)
		}
	}
	switch d := e.detail.(type) {
	case *iamapi.UserDetail:
		inline(d.UserPolicyList)
	case *iamapi.GroupDetail:
		inline(d.GroupPolicyList)
	case *iamapi.RoleDetail:
		docs = append(docs, d.AssumeRolePolicyDocument)
		inline(d.RolePolicyList)
		for i := range d.InstanceProfileList {
			for r := range d.InstanceProfileList[i].Roles {
				docs = append(docs, d.InstanceProfileList[i].Roles[r].AssumeRolePolicyDocument)
			}
		}
	case *iamapi.ManagedPolicyDetail:
		for i := range d.PolicyVersionList {
			docs = append(docs, d.PolicyVersionList[i].Document)
		}
	}
	return docs
}

// Append appends the details as the AWS CLI prints them.
func Append(dst []byte, d *Details) []byte {
	return awscmd.AppendOutput(dst, &iamapi.Service, d)
}

// entity is what the four kinds have in common. Of a pointer that is nil the
// value is empty.
type entity struct {
	kind                string // "user", "group", "role", "policy"
	name, id, arn, path string
	detail              any // *iamapi.UserDetail, …
}

func (e *entity) String() string { return e.kind + " " + e.name }

// entities yields all, policies first and roles last: none needs one that
// follows, but for trust policies.
func entities(d *Details) []entity {
	var all []entity
	for i := range d.Policies {
		p := &d.Policies[i]
		all = append(all, entity{"policy", text(p.PolicyName), text(p.PolicyId), text(p.Arn), text(p.Path), p})
	}
	for i := range d.GroupDetailList {
		g := &d.GroupDetailList[i]
		all = append(all, entity{"group", text(g.GroupName), text(g.GroupId), text(g.Arn), text(g.Path), g})
	}
	for i := range d.UserDetailList {
		u := &d.UserDetailList[i]
		all = append(all, entity{"user", text(u.UserName), text(u.UserId), text(u.Arn), text(u.Path), u})
	}
	for i := range d.RoleDetailList {
		r := &d.RoleDetailList[i]
		all = append(all, entity{"role", text(r.RoleName), text(r.RoleId), text(r.Arn), text(r.Path), r})
	}
	return all
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// ARNs are the ARNs of the entities.
func ARNs(d *Details) []string {
	arns := []string{}
	for _, e := range entities(d) {
		arns = append(arns, e.arn)
	}
	return arns
}

// OfAWS reports whether a policy is one of AWS's own.
func OfAWS(policyARN string) bool {
	a, err := arn.Parse(policyARN)
	return err == nil && a.Service == "iam" && a.Account == "aws"
}

// accountOf returns the account that all entities are in.
func accountOf(d *Details) (account string, err error) {
	for _, e := range entities(d) {
		if e.kind == "policy" && OfAWS(e.arn) {
			continue
		}
		if want := e.wantARN(); want == "" || e.arn != want {
			return "", fmt.Errorf("%q is not the ARN of the %s", e.arn, e.String())
		}
		a, _ := arn.Parse(e.arn)
		if account == "" {
			account = a.Account
		} else if account != a.Account {
			return "", fmt.Errorf("the file holds two accounts, %s and %s", account, a.Account)
		}
	}
	return account, nil
}

// wantARN is the ARN that path and name make, in the account that the entity
// says.
func (e *entity) wantARN() string {
	a, err := arn.Parse(e.arn)
	if err != nil || !arn.IsAccount(a.Account) || e.name == "" || !strings.HasPrefix(e.path, "/") || !strings.HasSuffix(e.path, "/") {
		return ""
	}
	switch e.kind {
	case "user":
		return arn.User(a.Account, e.path, e.name)
	case "group":
		return arn.Group(a.Account, e.path, e.name)
	case "role":
		return arn.Role(a.Account, e.path, e.name)
	}
	return arn.Policy(a.Account, e.path, e.name)
}

// checkWhole checks that each name and id is there once, and that what the
// entities refer to is there too.
func checkWhole(d *Details) error {
	all := entities(d)
	seen := map[string]bool{}
	for _, e := range all {
		for _, key := range []string{e.kind + " " + strings.ToLower(e.name), "unique id " + e.id} {
			if e.id == "" {
				return fmt.Errorf("%s has no unique id", e.String())
			}
			if seen[key] {
				return fmt.Errorf("the file has two of %s", key)
			}
			seen[key] = true
		}
		seen[e.arn] = true
	}
	for _, e := range all {
		for _, group := range e.groups() {
			if !seen["group "+strings.ToLower(group)] {
				return fmt.Errorf("%s is in group %s, which the file does not hold", e.String(), group)
			}
		}
		for _, policyARN := range e.policies() {
			if !seen[policyARN] && !OfAWS(policyARN) {
				return fmt.Errorf("%s has policy %s, which the file does not hold", e.String(), policyARN)
			}
		}
	}
	return nil
}

func (e *entity) groups() []string {
	if u, ok := e.detail.(*iamapi.UserDetail); ok {
		return u.GroupList
	}
	return nil
}

// policies are the ARNs of the managed policies that the entity has, its
// boundary among them.
func (e *entity) policies() []string {
	switch d := e.detail.(type) {
	case *iamapi.UserDetail:
		return policyARNs(d.AttachedManagedPolicies, d.PermissionsBoundary)
	case *iamapi.GroupDetail:
		return policyARNs(d.AttachedManagedPolicies, nil)
	case *iamapi.RoleDetail:
		return policyARNs(d.AttachedManagedPolicies, d.PermissionsBoundary)
	}
	return nil
}

func policyARNs(attached []iamapi.AttachedPolicy, boundary *iamapi.AttachedPermissionsBoundary) []string {
	var list []string
	for _, p := range attached {
		list = append(list, text(p.PolicyArn))
	}
	if boundary != nil {
		list = append(list, text(boundary.PermissionsBoundaryArn))
	}
	return list
}
