package iam_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/sigv4"
)

// escalation is a way to more permissions, to what helps to find one, or to
// harm, that is one call of IAM's API. The calls have the syntax of the golden
// files.
type escalation struct {
	name string
	call string
	// needs are the permissions that the call takes: an action and a resource,
	// "*" or what follows the account in its ARN.
	needs []string
}

// escalations are made in the account of newStage. They are those of the
// pathfinding.cloud catalogue that lie in IAM alone, and those that lie beside
// them: the ways around a second factor, a boundary, a tag or a path.
var escalations = []escalation{
	{"access key of another", "CreateAccessKey UserName=admin", []string{"CreateAccessKey user/admins/admin"}},
	{"access key switched on", "UpdateAccessKey UserName=admin  AccessKeyId=$key  Status=Active", []string{"UpdateAccessKey user/admins/admin"}},
	{"access key makes room", "DeleteAccessKey UserName=admin  AccessKeyId=$key", []string{"DeleteAccessKey user/admins/admin"}},
	{"password of another", "CreateLoginProfile UserName=puppet  Password=First-Secret-1", []string{"CreateLoginProfile user/puppet"}},
	{"password replaced", "UpdateLoginProfile UserName=admin  Password=Second-Secret-2", []string{"UpdateLoginProfile user/admins/admin"}},
	{"weak passwords", "UpdateAccountPasswordPolicy MinimumPasswordLength=6", []string{"UpdateAccountPasswordPolicy *"}},
	{"no password policy", "DeleteAccountPasswordPolicy", []string{"DeleteAccountPasswordPolicy *"}},
	{"SSH key of another", "UploadSSHPublicKey UserName=admin  SSHPublicKeyBody=$ssh2", []string{"UploadSSHPublicKey user/admins/admin"}},
	{"SSH key switched on", "UpdateSSHPublicKey UserName=admin  SSHPublicKeyId=$SSHPublicKeyId  Status=Active", []string{"UpdateSSHPublicKey user/admins/admin"}},
	{"certificate of another", "UploadSigningCertificate UserName=puppet  CertificateBody=$root", []string{"UploadSigningCertificate user/puppet"}},
	{"certificate switched on", "UpdateSigningCertificate UserName=admin  CertificateId=$CertificateId  Status=Active", []string{"UpdateSigningCertificate user/admins/admin"}},
	{"service credential of another", "CreateServiceSpecificCredential UserName=admin  ServiceName=codecommit.amazonaws.com", []string{"CreateServiceSpecificCredential user/admins/admin"}},
	{"Bedrock API key", "CreateServiceSpecificCredential UserName=puppet  ServiceName=bedrock.amazonaws.com", []string{"CreateServiceSpecificCredential user/puppet"}},
	{"service credential replaced", "ResetServiceSpecificCredential UserName=admin  ServiceSpecificCredentialId=$ServiceSpecificCredentialId", []string{"ResetServiceSpecificCredential user/admins/admin"}},
	{"service credential switched on", "UpdateServiceSpecificCredential UserName=admin  ServiceSpecificCredentialId=$ServiceSpecificCredentialId  Status=Active", []string{"UpdateServiceSpecificCredential user/admins/admin"}},

	{"second factor of another taken off", "DeactivateMFADevice UserName=admin  SerialNumber=$A:mfa/phone", []string{"DeactivateMFADevice user/admins/admin"}},
	{"second factor of one's own", "EnableMFADevice UserName=puppet  SerialNumber=$A:mfa/pad  AuthenticationCode1=$code1  AuthenticationCode2=$code2", []string{"EnableMFADevice user/puppet"}},
	{"second factor made", "CreateVirtualMFADevice VirtualMFADeviceName=new", []string{"CreateVirtualMFADevice mfa/new"}},
	{"second factor deleted", "DeleteVirtualMFADevice SerialNumber=$A:mfa/pad", []string{"DeleteVirtualMFADevice mfa/pad"}},

	{"policy attached to a user", "AttachUserPolicy UserName=puppet  PolicyArn=$all", []string{"AttachUserPolicy user/puppet"}},
	{"policy attached to a group", "AttachGroupPolicy GroupName=team  PolicyArn=$all", []string{"AttachGroupPolicy group/team"}},
	{"policy attached to a role", "AttachRolePolicy RoleName=worker  PolicyArn=$all", []string{"AttachRolePolicy role/worker"}},
	{"denying policy detached from a user", "DetachUserPolicy UserName=puppet  PolicyArn=$A:policy/p", []string{"DetachUserPolicy user/puppet"}},
	{"denying policy detached from a group", "DetachGroupPolicy GroupName=team  PolicyArn=$A:policy/p", []string{"DetachGroupPolicy group/team"}},
	{"denying policy detached from a role", "DetachRolePolicy RoleName=worker  PolicyArn=$A:policy/p", []string{"DetachRolePolicy role/worker"}},
	{"policy put into a user", "PutUserPolicy UserName=puppet  PolicyName=own  PolicyDocument=$allow", []string{"PutUserPolicy user/puppet"}},
	{"policy put into a group", "PutGroupPolicy GroupName=team  PolicyName=own  PolicyDocument=$allow", []string{"PutGroupPolicy group/team"}},
	{"policy put into a role", "PutRolePolicy RoleName=worker  PolicyName=own  PolicyDocument=$allow", []string{"PutRolePolicy role/worker"}},
	{"denying policy deleted from a user", "DeleteUserPolicy UserName=puppet  PolicyName=deny", []string{"DeleteUserPolicy user/puppet"}},
	{"denying policy deleted from a group", "DeleteGroupPolicy GroupName=team  PolicyName=deny", []string{"DeleteGroupPolicy group/team"}},
	{"denying policy deleted from a role", "DeleteRolePolicy RoleName=worker  PolicyName=deny", []string{"DeleteRolePolicy role/worker"}},
	{"new version of a policy", "CreatePolicyVersion PolicyArn=$A:policy/p  PolicyDocument=$allow  SetAsDefault=true", []string{"CreatePolicyVersion policy/p"}},
	{"other version of a policy", "SetDefaultPolicyVersion PolicyArn=$A:policy/p  VersionId=v2", []string{"SetDefaultPolicyVersion policy/p"}},
	{"version makes room", "DeletePolicyVersion PolicyArn=$A:policy/p  VersionId=v2", []string{"DeletePolicyVersion policy/p"}},
	{"member of a group", "AddUserToGroup GroupName=admins  UserName=puppet", []string{"AddUserToGroup group/admins/admins"}},
	{"out of a group that denies", "RemoveUserFromGroup GroupName=team  UserName=puppet", []string{"RemoveUserFromGroup group/team"}},
	{"user outside of every group", "CreateUser UserName=new", []string{"CreateUser user/new"}},

	{"trust in oneself", "UpdateAssumeRolePolicy RoleName=worker  PolicyDocument=$trust", []string{"UpdateAssumeRolePolicy role/worker"}},
	{"role that trusts oneself", "CreateRole RoleName=new  AssumeRolePolicyDocument=$trust", []string{"CreateRole role/new"}},
	{"longer sessions", "UpdateRole RoleName=worker  MaxSessionDuration=43200", []string{"UpdateRole role/worker"}},
	{"role passed to an instance", "AddRoleToInstanceProfile InstanceProfileName=empty  RoleName=worker", []string{"AddRoleToInstanceProfile instance-profile/empty", "PassRole role/worker"}},
	{"profile emptied for another role", "RemoveRoleFromInstanceProfile InstanceProfileName=full  RoleName=worker", []string{"RemoveRoleFromInstanceProfile instance-profile/full"}},
	{"role of a service", "CreateServiceLinkedRole AWSServiceName=batch.amazonaws.com", []string{"CreateServiceLinkedRole role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"}},
	{"role of a service deleted", "DeleteServiceLinkedRole RoleName=AWSServiceRoleForECS", []string{"DeleteServiceLinkedRole role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"}},

	{"boundary of a user removed", "DeleteUserPermissionsBoundary UserName=puppet", []string{"DeleteUserPermissionsBoundary user/puppet"}},
	{"boundary of a role removed", "DeleteRolePermissionsBoundary RoleName=worker", []string{"DeleteRolePermissionsBoundary role/worker"}},
	{"boundary of a user replaced", "PutUserPermissionsBoundary UserName=puppet  PermissionsBoundary=$all", []string{"PutUserPermissionsBoundary user/puppet"}},
	{"boundary of a role replaced", "PutRolePermissionsBoundary RoleName=worker  PermissionsBoundary=$all", []string{"PutRolePermissionsBoundary role/worker"}},

	{"tag of a user", "TagUser UserName=puppet  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagUser user/puppet"}},
	{"tag of a role", "TagRole RoleName=worker  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagRole role/worker"}},
	{"tag of a user removed", "UntagUser UserName=puppet  TagKeys.member.1=team", []string{"UntagUser user/puppet"}},
	{"tag of a role removed", "UntagRole RoleName=worker  TagKeys.member.1=team", []string{"UntagRole role/worker"}},
	{"tag of a policy", "TagPolicy PolicyArn=$A:policy/p  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagPolicy policy/p"}},
	{"user made with a tag", "CreateUser UserName=new  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"CreateUser user/new", "TagUser user/new"}},
	{"role made with a tag", "CreateRole RoleName=new  AssumeRolePolicyDocument=$trust  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"CreateRole role/new", "TagRole role/new"}},
	{"user moved into a path", "UpdateUser UserName=puppet  NewPath=/admins/", []string{"UpdateUser user/puppet", "UpdateUser user/admins/puppet"}},
	{"user renamed to what policies name", "UpdateUser UserName=puppet  NewUserName=boss", []string{"UpdateUser user/puppet", "UpdateUser user/boss"}},
	{"group renamed to what policies name", "UpdateGroup GroupName=team  NewGroupName=bosses", []string{"UpdateGroup group/team", "UpdateGroup group/bosses"}},
	{"group moved into a path", "UpdateGroup GroupName=team  NewPath=/admins/", []string{"UpdateGroup group/team", "UpdateGroup group/admins/team"}},

	{"own SAML provider", "CreateSAMLProvider Name=new  SAMLMetadataDocument=$saml", []string{"CreateSAMLProvider saml-provider/new"}},
	{"SAML provider replaced", "UpdateSAMLProvider SAMLProviderArn=$A:saml-provider/sp  SAMLMetadataDocument=$saml", []string{"UpdateSAMLProvider saml-provider/sp"}},
	{"own OpenID Connect provider", "CreateOpenIDConnectProvider Url=https://new.example.com", []string{"CreateOpenIDConnectProvider oidc-provider/new.example.com"}},
	{"further audience", "AddClientIDToOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com  ClientID=app", []string{"AddClientIDToOpenIDConnectProvider oidc-provider/idp.example.com"}},
	{"other certificate of a provider", "UpdateOpenIDConnectProviderThumbprint OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com  ThumbprintList.member.1=$thumbprint", []string{"UpdateOpenIDConnectProviderThumbprint oidc-provider/idp.example.com"}},
	{"tokens for other clouds", "EnableOutboundWebIdentityFederation", []string{"EnableOutboundWebIdentityFederation *"}},
	{"name of the account", "CreateAccountAlias AccountAlias=phished", []string{"CreateAccountAlias *"}},

	{"delegation asked for", "CreateDelegationRequest OwnerAccountId=$account  Description=d  RequestorWorkflowId=other-workflow  SessionDuration=3600  NotificationChannel=arn:aws:sns:us-east-1:$account:t  Permissions.PolicyTemplateArn=arn:aws:iam::aws:delegation-template/example.com/Logs", []string{"CreateDelegationRequest *"}},
	{"delegation accepted", "AcceptDelegationRequest DelegationRequestId=$DelegationRequestId", []string{"AcceptDelegationRequest delegation-request/$DelegationRequestId"}},
	{"delegation looked into", "GetDelegationRequest DelegationRequestId=$DelegationRequestId", []string{"GetDelegationRequest delegation-request/$DelegationRequestId"}},
	{"delegation rejected", "RejectDelegationRequest DelegationRequestId=$DelegationRequestId", []string{"RejectDelegationRequest delegation-request/$DelegationRequestId"}},
	{"delegation passed on", "UpdateDelegationRequest DelegationRequestId=$DelegationRequestId", []string{"UpdateDelegationRequest delegation-request/$DelegationRequestId"}},
	{"delegation handed over", "SendDelegationToken DelegationRequestId=$DelegationRequestId", []string{"SendDelegationToken delegation-request/$DelegationRequestId"}},

	{"policy made", "CreatePolicy PolicyName=new  PolicyDocument=$allow", []string{"CreatePolicy policy/new"}},
	{"group made", "CreateGroup GroupName=new", []string{"CreateGroup group/new"}},
	{"profile made", "CreateInstanceProfile InstanceProfileName=new", []string{"CreateInstanceProfile instance-profile/new"}},
	{"role described", "UpdateRoleDescription RoleName=worker  Description=x", []string{"UpdateRoleDescription role/worker"}},
	{"second factor out of step", "ResyncMFADevice UserName=admin  SerialNumber=$A:mfa/phone  AuthenticationCode1=$later1  AuthenticationCode2=$later2", []string{"ResyncMFADevice user/admins/admin"}},
	{"certificate of servers", "UploadServerCertificate ServerCertificateName=new  CertificateBody=$server  PrivateKey=$serverkey", []string{"UploadServerCertificate server-certificate/new"}},
	{"certificate of servers moved", "UpdateServerCertificate ServerCertificateName=sc  NewPath=/new/", []string{"UpdateServerCertificate server-certificate/sc", "UpdateServerCertificate server-certificate/new/sc"}},
	{"version of session tokens", "SetSecurityTokenServicePreferences GlobalEndpointTokenVersion=v1Token", []string{"SetSecurityTokenServicePreferences *"}},

	{"user deleted", "DeleteUser UserName=bare", []string{"DeleteUser user/bare"}},
	{"group deleted", "DeleteGroup GroupName=admins", []string{"DeleteGroup group/admins/admins"}},
	{"role deleted", "DeleteRole RoleName=bare", []string{"DeleteRole role/bare"}},
	{"policy deleted", "DeletePolicy PolicyArn=$A:policy/bare", []string{"DeletePolicy policy/bare"}},
	{"profile deleted", "DeleteInstanceProfile InstanceProfileName=empty", []string{"DeleteInstanceProfile instance-profile/empty"}},
	{"password deleted", "DeleteLoginProfile UserName=admin", []string{"DeleteLoginProfile user/admins/admin"}},
	{"SSH key deleted", "DeleteSSHPublicKey UserName=admin  SSHPublicKeyId=$SSHPublicKeyId", []string{"DeleteSSHPublicKey user/admins/admin"}},
	{"certificate deleted", "DeleteSigningCertificate UserName=admin  CertificateId=$CertificateId", []string{"DeleteSigningCertificate user/admins/admin"}},
	{"certificate of servers deleted", "DeleteServerCertificate ServerCertificateName=sc", []string{"DeleteServerCertificate server-certificate/sc"}},
	{"service credential deleted", "DeleteServiceSpecificCredential UserName=admin  ServiceSpecificCredentialId=$ServiceSpecificCredentialId", []string{"DeleteServiceSpecificCredential user/admins/admin"}},
	{"SAML provider deleted", "DeleteSAMLProvider SAMLProviderArn=$A:saml-provider/sp", []string{"DeleteSAMLProvider saml-provider/sp"}},
	{"OpenID Connect provider deleted", "DeleteOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com", []string{"DeleteOpenIDConnectProvider oidc-provider/idp.example.com"}},
	{"audience taken away", "RemoveClientIDFromOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com  ClientID=app", []string{"RemoveClientIDFromOpenIDConnectProvider oidc-provider/idp.example.com"}},
	{"tokens for other clouds ended", "DisableOutboundWebIdentityFederation", []string{"DisableOutboundWebIdentityFederation *"}},
	{"name of the account deleted", "DeleteAccountAlias AccountAlias=ours", []string{"DeleteAccountAlias *"}},

	{"tag of a profile", "TagInstanceProfile InstanceProfileName=full  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagInstanceProfile instance-profile/full"}},
	{"tag of a second factor", "TagMFADevice SerialNumber=$A:mfa/pad  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagMFADevice mfa/pad"}},
	{"tag of an OpenID Connect provider", "TagOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagOpenIDConnectProvider oidc-provider/idp.example.com"}},
	{"tag of a SAML provider", "TagSAMLProvider SAMLProviderArn=$A:saml-provider/sp  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagSAMLProvider saml-provider/sp"}},
	{"tag of a certificate", "TagServerCertificate ServerCertificateName=sc  Tags.member.1.Key=team  Tags.member.1.Value=admins", []string{"TagServerCertificate server-certificate/sc"}},
	{"tag of a policy removed", "UntagPolicy PolicyArn=$A:policy/p  TagKeys.member.1=team", []string{"UntagPolicy policy/p"}},
	{"tag of a profile removed", "UntagInstanceProfile InstanceProfileName=full  TagKeys.member.1=team", []string{"UntagInstanceProfile instance-profile/full"}},
	{"tag of a second factor removed", "UntagMFADevice SerialNumber=$A:mfa/pad  TagKeys.member.1=team", []string{"UntagMFADevice mfa/pad"}},
	{"tag of an OpenID Connect provider removed", "UntagOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com  TagKeys.member.1=team", []string{"UntagOpenIDConnectProvider oidc-provider/idp.example.com"}},
	{"tag of a SAML provider removed", "UntagSAMLProvider SAMLProviderArn=$A:saml-provider/sp  TagKeys.member.1=team", []string{"UntagSAMLProvider saml-provider/sp"}},
	{"tag of a certificate removed", "UntagServerCertificate ServerCertificateName=sc  TagKeys.member.1=team", []string{"UntagServerCertificate server-certificate/sc"}},

	{"whole account read", "GetAccountAuthorizationDetails Filter.member.1=User", []string{"GetAccountAuthorizationDetails *"}},
	{"users listed", "ListUsers", []string{"ListUsers *"}},
	{"roles listed", "ListRoles", []string{"ListRoles *"}},
	{"policies listed", "ListPolicies Scope=Local", []string{"ListPolicies *"}},
	{"holders of a policy", "ListEntitiesForPolicy PolicyArn=$A:policy/p", []string{"ListEntitiesForPolicy policy/p"}},
	{"policy read", "GetPolicyVersion PolicyArn=$A:policy/p  VersionId=v1", []string{"GetPolicyVersion policy/p"}},
	{"inline policy read", "GetUserPolicy UserName=admin  PolicyName=all", []string{"GetUserPolicy user/admins/admin"}},
	{"owner of a key", "GetAccessKeyLastUsed AccessKeyId=$key", []string{"GetAccessKeyLastUsed user/admins/admin"}},
	{"credentials of all", "GenerateCredentialReport", []string{"GenerateCredentialReport *"}},
	{"report of credentials", "GetCredentialReport", []string{"GetCredentialReport *"}},
	{"report of use", "GenerateServiceLastAccessedDetails Arn=$A:user/admins/admin", []string{"GenerateServiceLastAccessedDetails user/admins/admin"}},
	{"simulation as an oracle", "SimulatePrincipalPolicy PolicySourceArn=$A:user/admins/admin  ActionNames.member.1=s3:GetObject", []string{"SimulatePrincipalPolicy user/admins/admin"}},
	{"simulation of one's own", "SimulateCustomPolicy PolicyInputList.member.1=$allow  ActionNames.member.1=s3:GetObject", []string{"SimulateCustomPolicy *"}},
	{"keys of conditions", "GetContextKeysForPrincipalPolicy PolicySourceArn=$A:user/admins/admin", []string{"GetContextKeysForPrincipalPolicy user/admins/admin"}},
}

// others are the operations that change something and are no escalation here,
// each with the reason.
var others = map[string]string{
	"ChangePassword":                                "changes the caller's own password, and takes the old one",
	"AssociateDelegationRequest":                    "everybody of the account may take up a request, TestStrangersCannotTakeUp",
	"EnableOrganizationsRootCredentialsManagement":  "the management account's alone, which no SCP binds",
	"EnableOrganizationsRootSessions":               "the management account's alone, which no SCP binds",
	"DisableOrganizationsRootCredentialsManagement": "the management account's alone, which no SCP binds",
	"DisableOrganizationsRootSessions":              "the management account's alone, which no SCP binds",
}

// TestEscalationsAreAll: no operation that changes something is forgotten.
func TestEscalationsAreAll(t *testing.T) {
	called := make(map[string]bool)
	for _, e := range escalations {
		operation, _, _ := strings.Cut(e.call, " ")
		called[operation] = true
	}
	for _, op := range iamapi.Service.Operations {
		switch {
		case called[op.Name] && others[op.Name] != "":
			t.Errorf("%s is an escalation, and not to be one", op.Name)
		case !called[op.Name] && others[op.Name] == "" && !catalog.ReadOnly("iam:"+op.Name):
			t.Errorf("%s is no escalation", op.Name)
		}
	}
}

// TestEscalation: a principal with every permission but one that a path needs
// cannot take it, whatever withholds the permission: its own policies, a
// boundary, a session policy or an SCP. It cannot with the permission for
// another resource either. Who has only what the path needs takes it.
func TestEscalation(t *testing.T) {
	for _, e := range escalations {
		t.Run(e.name, func(t *testing.T) {
			s := newStage(t)
			s.prepare(e.call)
			operation, rest, _ := strings.Cut(e.call, " ")
			params := s.params(rest)
			var needs []grant
			for _, need := range e.needs {
				needs = append(needs, s.grant(need))
			}
			var barred []barred
			for i := range needs {
				barred = append(barred, s.bar(needs, i)...)
			}
			only := s.user("only", document(needs...), "")
			before := s.picture()
			for _, b := range barred {
				status, body := s.in.call(b.who, operation, params)
				if status != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>") || !strings.Contains(body, b.because) {
					t.Errorf("%s: %d %s", b.name, status, body)
				}
			}
			if diff := cmp.Diff(before, s.picture()); diff != "" {
				t.Errorf("denied calls changed the account: -before +after:\n%s", diff)
			}
			if status, body := s.in.call(only, operation, params); status != http.StatusOK {
				t.Errorf("only what it needs: %d %s", status, body)
			}
		})
	}
}

// grant is a statement that allows one action.
type grant struct {
	Effect            string
	Action, NotAction string            `json:",omitempty"`
	Resource          string            `json:",omitempty"`
	Condition         map[string]equals `json:",omitempty"`
	elsewhere         string            // a resource of the same kind that it does not allow
}

type equals map[string]string

func (s *stage) grant(need string) grant {
	action, resource, _ := strings.Cut(s.expand(need), " ")
	g := grant{Effect: "Allow", Action: "iam:" + action, Resource: resource}
	if resource != "*" {
		g.Resource = s.vars["A"] + ":" + resource
		g.elsewhere = g.Resource + "-elsewhere"
	}
	return g
}

func document(grants ...grant) string {
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": grants})
	if err != nil {
		panic(err) // strings alone
	}
	return string(text)
}

// barred is a principal that lacks a permission.
type barred struct {
	name    string
	who     sigv4.Credentials
	because string // is in the denial
}

// bar makes principals with every permission but that of needs[missing].
func (s *stage) bar(needs []grant, missing int) []barred {
	s.t.Helper()
	lacks := needs[missing]
	others := make([]grant, 0, len(needs))
	for i, g := range needs {
		if i != missing {
			others = append(others, g)
		}
	}
	but := document(append(others, grant{Effect: "Allow", NotAction: lacks.Action, Resource: "*"})...)
	deny := grant{Effect: "Deny", Action: lacks.Action, Resource: lacks.Resource}
	name := func(kind string) string { return fmt.Sprintf("%s-%d", kind, missing) }

	list := []barred{
		{"no policy allows it", s.user(name("lacks"), but, ""), "because no identity-based policy allows"},
		{"a policy denies it", s.user(name("denied"), document(deny, grant{Effect: "Allow", Action: "*", Resource: "*"}), ""), "with an explicit deny in an identity-based policy"},
		{"the boundary does not allow it", s.user(name("bounded"), allowAllDocument, but), "because no permissions boundary allows"},
		{"the session policy does not allow it", s.session(name("session"), but), "because no session policy allows"},
		{"the managed session policy does not allow it", s.session(name("managed"), "", s.vars["A"]+":policy/"+name("bounded")), "because no session policy allows"},
	}
	if lacks.elsewhere != "" {
		elsewhere := lacks
		elsewhere.Resource = lacks.elsewhere
		list = append(list, barred{"a policy allows it elsewhere", s.user(name("elsewhere"), document(append(others, elsewhere)...), ""), "because no identity-based policy allows"})
	}
	guarded := s.user(name("guarded"), allowAllDocument, "")
	deny.Condition = map[string]equals{"ArnEquals": {"aws:PrincipalArn": s.vars["A"] + ":user/" + name("guarded")}}
	s.guard(name("scp"), document(deny))
	return append(list, barred{"an SCP denies it", guarded, "with an explicit deny in a service control policy"})
}
