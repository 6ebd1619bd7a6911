package iam_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/sigv4"
)

// The tests here hold what each operation is authorized for against AWS's
// service reference. They ask from outside: a caller whom a policy denies
// learns the action and the resource, and a Deny for absent condition keys
// tells which keys a request has. Nothing is ever allowed, so nothing changes.

// params gives the members of inputs their values.
var params = map[string]string{
	"UserName": "ann", "GroupName": "g", "RoleName": "r", "InstanceProfileName": "ip",
	"PolicyArn": "arn:aws:iam::123456789012:policy/p", "PermissionsBoundary": "arn:aws:iam::123456789012:policy/p",
	"PolicyName": "p", "VersionId": "v1", "AccountAlias": "alias", "Description": "x", "Status": "Active", "NewPath": "/new/",
	"PolicyDocument": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
	"OldPassword":    "First-Secret-1", "NewPassword": "Second-Secret-2", "Password": "First-Secret-1",
	"AssumeRolePolicyDocument": trustEC2, "Tags": "k", "TagKeys": "k",
	"ServerCertificateName": "sc", "NewServerCertificateName": "sc", "SSHPublicKeyId": "APKAIOSFODNN7EXAMPLE7", "SSHPublicKeyBody": "key",
	"Encoding": "SSH", "CertificateId": "TA7SMP42TDN5Z26OBPJE7EXAMPLE", "CertificateBody": "cert", "PrivateKey": "key",
	"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/idp.example.com", "Url": "https://new.example.com", "ClientID": "app", "ThumbprintList": strings.Repeat("a", 40),
	"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/sp", "Name": "new", "SAMLMetadataDocument": strings.Repeat("m", 1000),
	"ServiceName": "bedrock.amazonaws.com", "CredentialAgeDays": "30",
	"SerialNumber": "arn:aws:iam::123456789012:mfa/phone", "AuthenticationCode1": "123456", "AuthenticationCode2": "123456",
	"AWSServiceName": "ecs.amazonaws.com", "GlobalEndpointTokenVersion": "v2Token",
	"DeletionTaskId":      "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/1a2b3c4d-0000-4000-8000-000000000000",
	"RequestorWorkflowId": "workflow", "NotificationChannel": "arn:aws:sns:us-east-1:123456789012:t", "SessionDuration": "3600",
	"OwnerId":         "arn:aws:iam::123456789012:root",
	"PolicySourceArn": "arn:aws:iam::123456789012:user/ann", "ActionNames": "s3:GetObject",
	"PolicyInputList": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
	"Arn":             "arn:aws:iam::123456789012:user/ann", "JobId": "examplef-1305-c245-eba4-71fe298bcda7",
	"ServiceNamespace": "s3", "ServiceNamespaces": "s3", "EntityPath": "o-a1b2c3d4e5/r-f6g7", "OrganizationsPolicyId": "p-FullAWSAccess",
}

// unlisted are condition keys that requests have though the reference does not
// list them for that type of resource, and operations that act on a resource
// though it knows no type for them, each with the reason.
var unlisted = map[string]string{
	"iam:ResourceTag/k policy":             "tags of any IAM resource have both keys",
	"iam:ResourceTag/k instance-profile":   "tags of any IAM resource have both keys",
	"iam:ResourceTag/k server-certificate": "tags of any IAM resource have both keys",
	"iam:ResourceTag/k oidc-provider":      "tags of any IAM resource have both keys",
	"iam:ResourceTag/k saml-provider":      "tags of any IAM resource have both keys",
	"resource ListOpenIDConnectProviders":  "AWS's denials name what is listed",
	"resource ListSAMLProviders":           "AWS's denials name what is listed",
	"iam:ResourceTag/k mfa":                "tags of any IAM resource have both keys",
	"resource ListVirtualMFADevices":       "AWS's denials name the path that is listed",
	"action UpdateDelegationRequest":       "the User Guide has the permission, the reference does not",
	"resource ListServerCertificates":      "AWS's denials name the path that is listed",
	"resource ListUsers":                   "AWS's denials name the path that is listed",
	"resource ListGroups":                  "AWS's denials name the path that is listed",
	"resource ListRoles":                   "AWS's denials name the path that is listed",
	"resource ListPolicies":                "AWS's denials name the path that is listed",
	"resource ListInstanceProfiles":        "AWS's denials name the path that is listed",
}

// probedKeys are all keys of the operations that are built, but for
// iam:RoleTemplateARN (there are no role templates) and those of security keys
// (there are none).
var probedKeys = []string{
	"iam:PermissionsBoundary", "iam:PolicyARN", "iam:PassedToService",
	"aws:RequestTag/k", "aws:TagKeys", "aws:ResourceTag/k", "iam:ResourceTag/k",
	"iam:ServiceSpecificCredentialServiceName", "iam:ServiceSpecificCredentialAgeDays", "iam:AWSServiceName",
	"iam:DelegationRequestOwner", "iam:DelegationDuration", "iam:NotificationChannel", "iam:TemplateArn",
	"iam:OrganizationsPolicyId",
}

func TestReference(t *testing.T) {
	in := start(t, nil)
	in.seed()
	nobody := in.probe("nobody", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`)
	withKey := make(map[string]sigv4.Credentials)
	for i, key := range probedKeys {
		withKey[key] = in.probe(fmt.Sprintf("probe%d", i), `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"`+key+`":"true"}}}}`)
	}
	for name, p := range in.operations() {
		t.Run(name, func(t *testing.T) {
			reference, ok := catalog.Action("iam:" + name)
			if !ok && unlisted["action "+name] != "" {
				reference, ok = catalog.Action("iam:RejectDelegationRequest") // acts on the same
			}
			if !ok {
				t.Fatal("the reference does not know it")
			}
			action, resource := in.denial(t, nobody, name, p)
			if action != "iam:"+name {
				t.Errorf("needs %s first", action)
			}
			kind := checkResource(t, reference, resource)
			var has []string
			for _, key := range probedKeys {
				if !in.explicitlyDenied(t, withKey[key], name, p) {
					has = append(has, key)
				}
			}
			want := wantedKeys(reference, kind)
			for _, key := range probedKeys {
				if slices.Contains(has, key) != slices.Contains(want, key) && unlisted[key+" "+kind] == "" {
					t.Errorf("%s: has it: %v, the reference lists it: %v", key, slices.Contains(has, key), slices.Contains(want, key))
				}
			}
		})
	}
}

// TestFurtherActions: some operations need more than their own permission.
func TestFurtherActions(t *testing.T) {
	in := start(t, nil)
	in.seed()
	want := map[string][2]string{
		"CreateUser":                  {"iam:TagUser", "user/new"},
		"CreateRole":                  {"iam:TagRole", "role/new"},
		"CreatePolicy":                {"iam:TagPolicy", "policy/new"},
		"CreateInstanceProfile":       {"iam:TagInstanceProfile", "instance-profile/new"},
		"AddRoleToInstanceProfile":    {"iam:PassRole", "role/r"},
		"UpdateUser":                  {"iam:UpdateUser", "user/new/ann"},
		"UpdateGroup":                 {"iam:UpdateGroup", "group/new/g"},
		"UploadServerCertificate":     {"iam:TagServerCertificate", "server-certificate/new"},
		"CreateOpenIDConnectProvider": {"iam:TagOpenIDConnectProvider", "oidc-provider/new.example.com"},
		"CreateSAMLProvider":          {"iam:TagSAMLProvider", "saml-provider/new"},
		"UpdateServerCertificate":     {"iam:UpdateServerCertificate", "server-certificate/new/sc"},
		"CreateVirtualMFADevice":      {"iam:TagMFADevice", "mfa/new"},
	}
	for name, p := range in.operations() {
		target := want[name]
		if target[0] == "" {
			continue
		}
		own := in.probe("only-"+name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:`+name+`","Resource":"*"},
			{"Effect":"Deny","Action":"iam:Update*","Resource":["arn:aws:iam::*:user/new/*","arn:aws:iam::*:group/new/*","arn:aws:iam::*:server-certificate/new/*"]}]}`)
		if action, resource := in.denial(t, own, name, p); action != target[0] || resource != "arn:aws:iam::"+account+":"+target[1] {
			t.Errorf("%s also needs %s on %s, want %s on %s", name, action, resource, target[0], target[1])
		}
	}
}

// seed makes one entity of each kind, with tags and boundaries.
func (in *installation) seed() {
	in.t.Helper()
	in.ok("CreatePolicy", "PolicyName=p", "PolicyDocument="+params["PolicyDocument"], "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	boundary := "PermissionsBoundary=" + params["PermissionsBoundary"]
	in.ok("CreateUser", "UserName=ann", boundary, "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	in.ok("CreateRole", "RoleName=r", boundary, "AssumeRolePolicyDocument="+trustEC2, "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	in.ok("CreateGroup", "GroupName=g")
	in.ok("CreateInstanceProfile", "InstanceProfileName=ip", "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	in.ok("UploadServerCertificate", "ServerCertificateName=sc", "CertificateBody="+certFile(in.t, "server.pem"),
		"PrivateKey="+certFile(in.t, "server.key"), "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	in.ok("CreateOpenIDConnectProvider", "Url=https://idp.example.com", "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	in.ok("CreateSAMLProvider", "Name=sp", "SAMLMetadataDocument="+certFile(in.t, "saml/idp.xml"), "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	in.ok("CreateServiceSpecificCredential", "UserName=ann", "ServiceName=bedrock.amazonaws.com")
	in.ok("CreateVirtualMFADevice", "VirtualMFADeviceName=phone", "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	in.ok("CreateServiceLinkedRole", "AWSServiceName=ecs.amazonaws.com")
	in.ok("TagRole", "RoleName=AWSServiceRoleForECS", "Tags.member.1.Key=k", "Tags.member.1.Value=v")
	id := in.delegation("workflow")
	in.ok("AssociateDelegationRequest", "DelegationRequestId="+id)
}

// probe makes a user with one policy.
func (in *installation) probe(name, document string) sigv4.Credentials {
	in.t.Helper()
	in.ok("CreateUser", "UserName="+name, "Tags.member.1.Key=k", "Tags.member.1.Value=v") // some operations act on their caller
	in.ok("PutUserPolicy", "UserName="+name, "PolicyName=p", "PolicyDocument="+document)
	return in.user(name)
}

// operations are the operations that are built, each with parameters for all
// members of its input that params knows.
func (in *installation) operations() map[string]url.Values {
	in.t.Helper()
	ops := make(map[string]url.Values)
	for _, op := range iamapi.Service.Operations {
		if status, _ := in.call(in.root(account), op.Name, values("MaxItems=0")); status == http.StatusNotImplemented {
			continue
		}
		p := make(url.Values)
		for i := range op.Input.NumField() {
			setParam(p, op.Name, op.Input.Field(i))
		}
		if p.Has("AccessKeyId") {
			p.Set("AccessKeyId", in.user("ann").AccessKeyID)
		}
		if _, ok := op.Input.FieldByName("ServiceSpecificCredentialId"); ok {
			ann, _ := in.db.Snapshot().User(account, "ann")
			p.Set("ServiceSpecificCredentialId", in.db.Snapshot().ServiceCredentials(ann.ID)[0].ID)
		}
		for r := range in.db.Snapshot().DelegationRequests(account, 0) {
			if _, ok := op.Input.FieldByName("DelegationRequestId"); ok {
				p.Set("DelegationRequestId", r.ID)
			}
			if _, ok := op.Input.FieldByName("EntityArn"); ok {
				p.Set("EntityArn", arn.DelegationRequest(account, r.ID))
			}
		}
		ops[op.Name] = p
	}
	return ops
}

func setParam(p url.Values, operation string, f reflect.StructField) {
	value := params[f.Name]
	switch {
	case f.Name == "AccessKeyId":
		value = "set later"
	case f.Name == "Tags":
		p.Set("Tags.member.1.Key", value)
		p.Set("Tags.member.1.Value", "v")
		return
	case f.Name == "Permissions":
		p.Set("Permissions.PolicyTemplateArn", "arn:aws:iam::aws:delegation-template/example.com/Logs")
		return
	case f.Type.Kind() == reflect.Slice && value != "":
		p.Set(f.Name+".member.1", value)
		return
	case strings.HasSuffix(f.Name, "Name") && (operation == "Create"+strings.TrimSuffix(f.Name, "Name") || operation == "Upload"+strings.TrimSuffix(f.Name, "Name")):
		value = "new"
	}
	if value != "" {
		p.Set(f.Name, value)
	}
}

var denialText = regexp.MustCompile(`is not authorized to perform: (\S+?)(?: on resource: (\S+))? because no`)

// denial returns what the first check that fails is about.
func (in *installation) denial(t *testing.T, who sigv4.Credentials, operation string, p url.Values) (action, resource string) {
	t.Helper()
	_, body := in.call(who, operation, p)
	m := denialText.FindStringSubmatch(body)
	if m == nil {
		m = regexp.MustCompile(`is not authorized to perform: (\S+) on resource: (\S+) with an explicit deny`).FindStringSubmatch(body)
	}
	if m == nil {
		t.Fatalf("%s %v is not denied: %s", operation, p, body)
	}
	return m[1], m[2]
}

func (in *installation) explicitlyDenied(t *testing.T, who sigv4.Credentials, operation string, p url.Values) bool {
	t.Helper()
	_, body := in.call(who, operation, p)
	if !strings.Contains(body, "<Code>AccessDenied</Code>") {
		t.Fatalf("%s %v is not denied: %s", operation, p, body)
	}
	return strings.Contains(body, "with an explicit deny in an identity-based policy")
}

// checkResource holds the resource of a denial against the resource types of
// the reference, and returns the type.
func checkResource(t *testing.T, a *catalog.ActionInfo, resource string) string {
	t.Helper()
	if len(a.Resources) == 0 {
		if resource != "" && resource != "*" && unlisted["resource "+a.Name] == "" {
			t.Errorf("acts on %s, the reference knows no resource types", resource)
		}
		return ""
	}
	service, _ := catalog.Service("iam")
	for _, r := range a.Resources {
		kind, _ := service.ResourceType(r.Name)
		for _, pattern := range kind.ARNs {
			if arn.Match(regexp.MustCompile(`\$\{\w+\}`).ReplaceAllString(pattern, "*"), resource) {
				return r.Name
			}
		}
	}
	t.Errorf("acts on %q, the reference says %v", resource, a.Resources)
	return ""
}

// wantedKeys are the keys that the reference lists for an action on a type of
// resource. Tags of the resource are there when it exists.
func wantedKeys(a *catalog.ActionInfo, kind string) []string {
	keys := slices.Clone(a.ConditionKeys)
	service, _ := catalog.Service("iam")
	if r, ok := service.ResourceType(kind); ok && !makes(a.Name, kind) {
		keys = append(keys, r.ConditionKeys...)
	}
	for i := range keys {
		keys[i] = strings.ReplaceAll(keys[i], "${TagKey}", "k")
	}
	return keys
}

// makes reports whether an operation makes the resource that it acts on.
func makes(operation, kind string) bool {
	name := strings.ToLower(strings.TrimSuffix(operation, "Device"))
	return (strings.HasPrefix(name, "create") || strings.HasPrefix(name, "upload")) && strings.HasSuffix(name, strings.NewReplacer("oidc", "openidconnect", "-", "").Replace(kind))
}
