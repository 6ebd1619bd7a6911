package iam_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
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

// stage is a member account that SCPs bind, with somebody and something to
// attack of each kind.
type stage struct {
	player
	t *testing.T
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, player: player{in: start(t, nil), vars: map[string]string{
		"account": otherAccount, "A": "arn:aws:iam::" + otherAccount, "all": "arn:aws:iam::aws:policy/AdministratorAccess",
		"allow": allowAllDocument, "deny": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`,
		"trust":      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + otherAccount + `"},"Action":"sts:AssumeRole"}]}`,
		"ec2":        trustEC2,
		"ssh1":       certFile(t, "ssh1.pub"),
		"ssh2":       certFile(t, "ssh2.pub"),
		"server":     certFile(t, "server.pem"),
		"serverkey":  certFile(t, "server.key"),
		"root":       certFile(t, "root.pem"),
		"saml":       certFile(t, "saml/idp.xml"),
		"thumbprint": strings.Repeat("a", 40),
	}}}
	for _, call := range []string{
		"CreatePolicy PolicyName=p  PolicyDocument=$deny",
		"CreatePolicyVersion PolicyArn=$A:policy/p  PolicyDocument=$allow",
		"CreateUser UserName=admin  Path=/admins/",
		"PutUserPolicy UserName=admin  PolicyName=all  PolicyDocument=$allow",
		"UploadSSHPublicKey UserName=admin  SSHPublicKeyBody=$ssh1",
		"UpdateSSHPublicKey UserName=admin  SSHPublicKeyId=$SSHPublicKeyId  Status=Inactive",
		"UploadSigningCertificate UserName=admin  CertificateBody=$server",
		"UpdateSigningCertificate UserName=admin  CertificateId=$CertificateId  Status=Inactive",
		"CreateServiceSpecificCredential UserName=admin  ServiceName=bedrock.amazonaws.com",
		"CreateUser UserName=puppet  PermissionsBoundary=$A:policy/p  Tags.member.1.Key=team  Tags.member.1.Value=interns",
		"PutUserPolicy UserName=puppet  PolicyName=deny  PolicyDocument=$deny",
		"AttachUserPolicy UserName=puppet  PolicyArn=$A:policy/p",
		"CreateGroup GroupName=admins  Path=/admins/",
		"CreateGroup GroupName=team",
		"PutGroupPolicy GroupName=team  PolicyName=deny  PolicyDocument=$deny",
		"AttachGroupPolicy GroupName=team  PolicyArn=$A:policy/p",
		"AddUserToGroup GroupName=team  UserName=puppet",
		"CreateRole RoleName=worker  AssumeRolePolicyDocument=$ec2  PermissionsBoundary=$A:policy/p  Tags.member.1.Key=team  Tags.member.1.Value=interns",
		"PutRolePolicy RoleName=worker  PolicyName=deny  PolicyDocument=$deny",
		"AttachRolePolicy RoleName=worker  PolicyArn=$A:policy/p",
		"CreateInstanceProfile InstanceProfileName=empty",
		"CreateInstanceProfile InstanceProfileName=full",
		"AddRoleToInstanceProfile InstanceProfileName=full  RoleName=worker",
		"CreateServiceLinkedRole AWSServiceName=ecs.amazonaws.com",
		"CreateSAMLProvider Name=sp  SAMLMetadataDocument=$saml",
		"CreateOpenIDConnectProvider Url=https://idp.example.com",
		"UpdateAccountPasswordPolicy MinimumPasswordLength=12",
		"CreateDelegationRequest OwnerAccountId=$account  Description=d  RequestorWorkflowId=workflow  SessionDuration=3600  NotificationChannel=arn:aws:sns:us-east-1:$account:t  Permissions.PolicyTemplateArn=arn:aws:iam::aws:delegation-template/example.com/Logs",
		"AssociateDelegationRequest DelegationRequestId=$DelegationRequestId",
		"GenerateCredentialReport",
		"CreateAccountAlias AccountAlias=ours",
		"UploadServerCertificate ServerCertificateName=sc  CertificateBody=$server  PrivateKey=$serverkey",
		"CreateUser UserName=bare",
		"CreateRole RoleName=bare  AssumeRolePolicyDocument=$ec2",
		"CreatePolicy PolicyName=bare  PolicyDocument=$deny",
	} {
		s.ok(call)
	}
	s.ok("CreateAccessKey UserName=admin")
	s.vars["key"] = s.vars["AccessKeyId"]
	s.ok("UpdateAccessKey UserName=admin  AccessKeyId=$key  Status=Inactive")
	return s
}

// prepare makes what only the call needs: passwords and second factors, which
// take their time, and what has to be in a certain state.
func (s *stage) prepare(call string) {
	s.t.Helper()
	switch operation, _, _ := strings.Cut(call, " "); {
	case strings.HasSuffix(operation, "LoginProfile"):
		s.ok("CreateLoginProfile UserName=admin  Password=First-Secret-1")
	case strings.HasSuffix(operation, "MFADevice"):
		s.ok("CreateVirtualMFADevice VirtualMFADeviceName=phone")
		s.codes()
		s.ok("EnableMFADevice UserName=admin  SerialNumber=$A:mfa/phone  AuthenticationCode1=$code1  AuthenticationCode2=$code2")
		s.ok("CreateVirtualMFADevice VirtualMFADeviceName=pad")
		later1, later2 := s.vars["later1"], s.vars["later2"]
		s.codes()
		s.vars["later1"], s.vars["later2"] = later1, later2 // of the phone
	case operation == "SendDelegationToken":
		s.ok("AcceptDelegationRequest DelegationRequestId=$DelegationRequestId")
	case operation == "DisableOutboundWebIdentityFederation":
		s.ok("EnableOutboundWebIdentityFederation")
	}
}

// expand puts values in the place of variables.
func (s *stage) expand(text string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := s.vars[name[1:]]; ok {
			return value
		}
		return name
	})
}

// ok makes a call of the account's root user that must succeed.
func (s *stage) ok(call string) string {
	s.t.Helper()
	operation, params, _ := strings.Cut(call, " ")
	status, body := s.in.call(s.in.root(otherAccount), operation, s.params(params))
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", call, status, body)
	}
	s.remember(body)
	return body
}

// codes reads codes from the device made last: two of now, for EnableMFADevice,
// and two of later.
func (s *stage) codes() {
	s.t.Helper()
	for name, off := range map[string]time.Duration{"code1": -30 * time.Second, "code2": 0, "later1": 10 * time.Minute, "later2": 10*time.Minute + 30*time.Second} {
		s.vars[name] = codeOf(s.t, s.vars["Base32StringSeed"], s.in.now.Add(off))
	}
}

// picture is what the account consists of, as far as IAM tells.
func (s *stage) picture() []string {
	s.t.Helper()
	var text strings.Builder
	for _, call := range []string{
		"GetAccountAuthorizationDetails Filter.member.1=User  Filter.member.2=Role  Filter.member.3=Group  Filter.member.4=LocalManagedPolicy  MaxItems=1000",
		"GetAccountSummary", "GetAccountPasswordPolicy", "ListAccountAliases", "ListVirtualMFADevices", "ListDelegationRequests",
		"ListAccessKeys", "ListAccessKeys UserName=admin", "ListSSHPublicKeys UserName=admin", "ListSigningCertificates UserName=admin",
		"ListServiceSpecificCredentials AllUsers=true", "ListSAMLProviders", "GetSAMLProvider SAMLProviderArn=$A:saml-provider/sp",
		"ListOpenIDConnectProviders", "GetOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com",
	} {
		operation, rest, _ := strings.Cut(call, " ")
		status, body := s.in.call(s.in.root(otherAccount), operation, s.params(rest))
		if status != http.StatusOK {
			s.t.Fatalf("%s: %d %s", call, status, body)
		}
		text.WriteString(body)
	}
	lines := strings.Split(strings.ReplaceAll(text.String(), "><", ">\n<"), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "<RequestId>") || strings.HasPrefix(line, "<LastUsedDate>") {
			lines[i] = ""
		}
	}
	return lines
}

// user makes a user with a policy and maybe a boundary.
func (s *stage) user(name, document, boundary string) sigv4.Credentials {
	s.t.Helper()
	s.vars["document"], s.vars["boundary"] = document, boundary
	s.ok("CreateUser UserName=" + name)
	s.ok("PutUserPolicy UserName=" + name + "  PolicyName=p  PolicyDocument=$document")
	if boundary != "" {
		s.ok("CreatePolicy PolicyName=" + name + "  PolicyDocument=$boundary")
		s.ok("PutUserPermissionsBoundary UserName=" + name + "  PermissionsBoundary=$A:policy/" + name)
	}
	u, _ := s.in.db.Snapshot().User(otherAccount, name)
	return s.in.owner(u.ID)
}

// session makes a role with every permission, and returns a session of it with
// session policies: one in the call or managed ones.
func (s *stage) session(name, document string, managed ...string) sigv4.Credentials {
	s.t.Helper()
	s.ok("CreateRole RoleName=" + name + "  AssumeRolePolicyDocument=$trust")
	s.ok("PutRolePolicy RoleName=" + name + "  PolicyName=p  PolicyDocument=$allow")
	r, _ := s.in.db.Snapshot().Role(otherAccount, name)
	return s.seal(session.Session{Kind: session.AssumedRole, PrincipalID: r.ID, Policy: document, PolicyARNs: managed})
}

// seal returns the credentials of a session of the account.
func (s *stage) seal(n session.Session) sigv4.Credentials {
	s.t.Helper()
	n.Account, n.Name, n.AccessKeyID, n.Secret = otherAccount, "test", "ASIAQAAAAAAAAAAAAAAA", secretOf
	n.Issued, n.Expires = s.in.now, s.in.now.Add(time.Hour)
	token, _, err := s.in.sessions.Seal(s.in.db.Snapshot(), &n)
	must(s.t, err)
	return sigv4.Credentials{AccessKeyID: n.AccessKeyID, SecretAccessKey: secretOf, SessionToken: token}
}

// guard attaches an SCP to the account.
func (s *stage) guard(name, document string) {
	s.t.Helper()
	parsed, err := state.ParseDocument(policy.ServiceControl, document, catalog.Schema{})
	must(s.t, err)
	s.in.update(func(tx *state.Tx) error {
		doc, err := tx.Resolve(parsed)
		if err == nil {
			tx.PutOrgPolicy(&state.OrgPolicy{ID: "p-" + name, Type: state.SCP, Name: name, Document: doc, Targets: []string{otherAccount}})
		}
		return err
	})
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

// attempt is a call and whether it is to succeed.
type attempt struct {
	call string
	ok   bool
}

// try makes calls as somebody. Those that must not succeed are denied, and
// change nothing.
func (s *stage) try(who sigv4.Credentials, attempts []attempt) {
	s.t.Helper()
	for _, a := range attempts {
		operation, rest, _ := strings.Cut(a.call, " ")
		var before []string
		if !a.ok {
			before = s.picture()
		}
		status, body := s.in.call(who, operation, s.params(rest))
		switch {
		case a.ok && status != http.StatusOK:
			s.t.Errorf("%s: %d %s", a.call, status, body)
		case !a.ok && (status != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>")):
			s.t.Errorf("%s is not denied: %d %s", a.call, status, body)
		case !a.ok:
			if diff := cmp.Diff(before, s.picture()); diff != "" {
				s.t.Errorf("%s is denied, and has an effect: -before +after:\n%s", a.call, diff)
			}
		}
	}
}

// TestBoundaryCondition: an administrator who may make and equip only what has
// a certain boundary makes nobody without it, and does not reach those who
// have none. The key is the boundary to be where one is set, else the one that
// is there.
func TestBoundaryCondition(t *testing.T) {
	s := newStage(t)
	const boundary = "PermissionsBoundary=$A:policy/p"
	s.ok("CreateRole RoleName=free  AssumeRolePolicyDocument=$ec2")
	who := s.user("delegate", s.expand(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"$A:policy/p"}}}]}`), "")
	s.try(who, []attempt{
		{"CreateUser UserName=new", false},
		{"CreateUser UserName=new  PermissionsBoundary=$all", false},
		{"CreateUser UserName=new  PermissionsBoundary=$A:policy/P", false},
		{"CreateUser UserName=new  " + boundary, true},
		{"CreateRole RoleName=new  AssumeRolePolicyDocument=$trust", false},
		{"CreateRole RoleName=new  AssumeRolePolicyDocument=$trust  PermissionsBoundary=$all", false},
		{"CreateRole RoleName=new  AssumeRolePolicyDocument=$trust  " + boundary, true},
		{"PutUserPermissionsBoundary UserName=puppet  PermissionsBoundary=$all", false},
		{"PutRolePermissionsBoundary RoleName=worker  PermissionsBoundary=$all", false},
		{"AttachUserPolicy UserName=admin  PolicyArn=$all", false},
		{"PutUserPolicy UserName=admin  PolicyName=own  PolicyDocument=$allow", false},
		{"DeleteUserPolicy UserName=admin  PolicyName=all", false},
		{"AttachRolePolicy RoleName=AWSServiceRoleForECS  PolicyArn=$all", false},
		{"AttachUserPolicy UserName=new  PolicyArn=$all", true},
		{"DetachUserPolicy UserName=new  PolicyArn=$all", true},
		{"PutUserPolicy UserName=new  PolicyName=own  PolicyDocument=$allow", true},
		{"DeleteUserPolicy UserName=new  PolicyName=own", true},
		{"AttachRolePolicy RoleName=new  PolicyArn=$all", true},
		{"DetachRolePolicy RoleName=new  PolicyArn=$all", true},
		{"PutRolePolicy RoleName=new  PolicyName=own  PolicyDocument=$allow", true},
		{"DeleteRolePolicy RoleName=new  PolicyName=own", true},
		{"AttachGroupPolicy GroupName=team  PolicyArn=$all", false},
		{"PutGroupPolicy GroupName=team  PolicyName=own  PolicyDocument=$allow", false},
		{"AddUserToGroup GroupName=admins  UserName=new", false},
		{"CreateAccessKey UserName=admin", false},
		{"UpdateAssumeRolePolicy RoleName=free  PolicyDocument=$trust", false},
		{"PutRolePolicy RoleName=free  PolicyName=own  PolicyDocument=$allow", false},
		{"CreatePolicyVersion PolicyArn=$A:policy/p  PolicyDocument=$allow  SetAsDefault=true", false},
		{"SetDefaultPolicyVersion PolicyArn=$A:policy/p  VersionId=v2", false},
		{"PutUserPermissionsBoundary UserName=admin  " + boundary, true},
		// As on AWS, only a Deny of these keeps a boundary on that is the right one.
		{"DeleteUserPermissionsBoundary UserName=new", true},
		{"DeleteRolePermissionsBoundary RoleName=new", true},
	})
}

// TestBoundaryBindsItsUser: with every permission otherwise, a user does not
// get out of its boundary by itself, a helper, or a new version of the policy.
func TestBoundaryBindsItsUser(t *testing.T) {
	s := newStage(t)
	who := s.user("bound", allowAllDocument, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","iam:Get*","iam:List*"],"Resource":"*"}]}`)
	s.try(who, []attempt{
		{"GetUser UserName=admin", true},
		{"DeleteUserPermissionsBoundary UserName=bound", false},
		{"PutUserPermissionsBoundary UserName=bound  PermissionsBoundary=$all", false},
		{"CreatePolicyVersion PolicyArn=$A:policy/bound  PolicyDocument=$allow  SetAsDefault=true", false},
		{"CreateUser UserName=new", false},
		{"CreateAccessKey UserName=admin", false},
		{"UpdateAssumeRolePolicy RoleName=worker  PolicyDocument=$trust", false},
		{"PutUserPolicy UserName=bound  PolicyName=own  PolicyDocument=$allow", false},
	})
}

// TestPassRoleConditions: a role is passed to the service that the policy
// names, and no other role is.
func TestPassRoleConditions(t *testing.T) {
	const pass = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"$A:role/%s","Condition":{"StringEquals":{"iam:PassedToService":"%s"}}}]}`
	s := newStage(t)
	add := "AddRoleToInstanceProfile InstanceProfileName=empty  RoleName=worker"
	s.try(s.user("lambda", s.expand(fmt.Sprintf(pass, "*", "lambda.amazonaws.com")), ""), []attempt{{add, false}})
	s.try(s.user("other", s.expand(fmt.Sprintf(pass, "other", "ec2.amazonaws.com")), ""), []attempt{{add, false}})
	s.try(s.user("ec2", s.expand(fmt.Sprintf(pass, "worker", "ec2.amazonaws.com")), ""), []attempt{{add, true}})
}

// TestPolicyARNCondition: who may attach some policies attaches no others.
func TestPolicyARNCondition(t *testing.T) {
	s := newStage(t)
	who := s.user("attacher", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"ArnLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnly*"}}}]}`, "")
	for _, to := range []string{"AttachUserPolicy UserName=attacher", "AttachRolePolicy RoleName=worker", "AttachGroupPolicy GroupName=team"} {
		s.try(who, []attempt{
			{to + "  PolicyArn=$all", false},
			{to + "  PolicyArn=$A:policy/p", false},
			{to + "  PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess", true},
		})
	}
	s.try(who, []attempt{
		{"PutUserPolicy UserName=attacher  PolicyName=own  PolicyDocument=$allow", false},
		{"DetachUserPolicy UserName=puppet  PolicyArn=$A:policy/p", false},
	})
}

// TestServiceConditions: who may make roles and credentials of one service makes
// none of another.
func TestServiceConditions(t *testing.T) {
	s := newStage(t)
	who := s.user("operator", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":"batch.amazonaws.com"}}},
		{"Effect":"Allow","Action":"iam:CreateServiceSpecificCredential","Resource":"*","Condition":{"StringEquals":{"iam:ServiceSpecificCredentialServiceName":"bedrock.amazonaws.com"},
			"NumericLessThanEquals":{"iam:ServiceSpecificCredentialAgeDays":"30"}}}]}`, "")
	s.try(who, []attempt{
		{"CreateServiceLinkedRole AWSServiceName=organizations.amazonaws.com", false},
		{"CreateServiceLinkedRole AWSServiceName=batch.amazonaws.com", true},
		{"CreateServiceSpecificCredential UserName=puppet  ServiceName=codecommit.amazonaws.com", false},
		{"CreateServiceSpecificCredential UserName=puppet  ServiceName=bedrock.amazonaws.com", false},
		{"CreateServiceSpecificCredential UserName=puppet  ServiceName=bedrock.amazonaws.com  CredentialAgeDays=31", false},
		{"CreateServiceSpecificCredential UserName=puppet  ServiceName=bedrock.amazonaws.com  CredentialAgeDays=30", true},
	})
}

// TestTagConditions: who may change what has a tag reaches nothing else, and
// cannot give the tag to anything, or take it away. Keys of users' tags do not
// differ by case; values of aws:TagKeys do, as on AWS.
func TestTagConditions(t *testing.T) {
	s := newStage(t)
	who := s.user("lead", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"interns"}}},
		{"Effect":"Deny","Action":["iam:Tag*","iam:Untag*"],"Resource":"*","Condition":{"ForAnyValue:StringEqualsIgnoreCase":{"aws:TagKeys":"team"}}}]}`, "")
	s.try(who, []attempt{
		{"CreateAccessKey UserName=admin", false},
		{"CreateAccessKey UserName=lead", false},
		{"AttachUserPolicy UserName=lead  PolicyArn=$all", false},
		{"TagUser UserName=lead  Tags.member.1.Key=team  Tags.member.1.Value=interns", false},
		{"TagUser UserName=puppet  Tags.member.1.Key=team  Tags.member.1.Value=admins", false},
		{"TagUser UserName=puppet  Tags.member.1.Key=Team  Tags.member.1.Value=admins", false},
		{"UntagUser UserName=puppet  TagKeys.member.1=team", false},
		{"CreateUser UserName=new  Tags.member.1.Key=team  Tags.member.1.Value=interns", false},
		{"TagUser UserName=puppet  Tags.member.1.Key=desk  Tags.member.1.Value=1", true},
		{"CreateAccessKey UserName=puppet", true},
		{"UpdateAssumeRolePolicy RoleName=worker  PolicyDocument=$trust", true},
	})
}

// TestSCPBindsTheRootUser: the root user of a member account does not pass an
// SCP; that of the management account is none of its subjects.
func TestSCPBindsTheRootUser(t *testing.T) {
	s := newStage(t)
	s.guard("keys", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:CreateAccessKey","iam:Attach*"],"Resource":"*"}]}`)
	s.try(s.in.root(otherAccount), []attempt{
		{"CreateAccessKey", false},
		{"CreateAccessKey UserName=admin", false},
		{"AttachUserPolicy UserName=puppet  PolicyArn=$all", false},
		{"CreateUser UserName=new", true},
	})
	s.in.ok("CreateAccessKey")
}

// TestTemporaryCredentials: sessions of GetFederationToken, and those of
// GetSessionToken without a second factor, take no path, whatever the policies
// of their user and of the session allow.
func TestTemporaryCredentials(t *testing.T) {
	s := newStage(t)
	s.user("boss", allowAllDocument, "")
	boss, _ := s.in.db.Snapshot().User(otherAccount, "boss")
	var calls []string
	for _, e := range escalations {
		calls = append(calls, e.call)
	}
	for name, n := range map[string]session.Session{
		"federated":              {Kind: session.FederatedUser, PrincipalID: boss.ID, Policy: allowAllDocument},
		"federated, root":        {Kind: session.FederatedUser, PrincipalID: otherAccount, Policy: allowAllDocument},
		"no second factor":       {Kind: session.SessionToken, PrincipalID: boss.ID},
		"no second factor, root": {Kind: session.SessionToken, PrincipalID: otherAccount},
	} {
		s.unreached(name, s.seal(n), calls)
	}
	s.try(s.seal(session.Session{Kind: session.SessionToken, PrincipalID: boss.ID, MFA: s.in.now}), []attempt{{"CreateUser UserName=new", true}})
}

// TestOwnCredentialsOnly: who may manage its own credentials, by the variable
// of AWS's examples, does not get at those of others: not by name, not by an id
// without a name, and not as the root user.
func TestOwnCredentialsOnly(t *testing.T) {
	s := newStage(t)
	s.prepare("MFADevice")
	who := s.user("self", s.expand(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"$A:user/${aws:username}"}]}`), "")
	s.try(who, []attempt{{"UploadSSHPublicKey UserName=self  SSHPublicKeyBody=$ssh2", true}})
	for _, call := range []string{
		"CreateAccessKey", "UpdateAccessKey AccessKeyId=$key  Status=Active", "DeleteAccessKey AccessKeyId=$key",
		"UploadSSHPublicKey SSHPublicKeyBody=$ssh2", "UpdateSSHPublicKey SSHPublicKeyId=$SSHPublicKeyId  Status=Active",
		"UploadSigningCertificate CertificateBody=$root", "UpdateSigningCertificate CertificateId=$CertificateId  Status=Active",
		"CreateServiceSpecificCredential ServiceName=codecommit.amazonaws.com",
		"ResetServiceSpecificCredential ServiceSpecificCredentialId=$ServiceSpecificCredentialId",
		"UpdateServiceSpecificCredential ServiceSpecificCredentialId=$ServiceSpecificCredentialId  Status=Active",
		"CreateLoginProfile Password=First-Secret-1", "UpdateLoginProfile Password=First-Secret-1",
		"DeactivateMFADevice SerialNumber=$A:mfa/phone", "ResyncMFADevice SerialNumber=$A:mfa/phone  AuthenticationCode1=123456  AuthenticationCode2=123456",
		"EnableMFADevice SerialNumber=$A:mfa/pad  AuthenticationCode1=$code1  AuthenticationCode2=$code2",
	} {
		for _, name := range []string{"admin", "ADMIN"} {
			operation, params, _ := strings.Cut(call, " ")
			s.try(who, []attempt{{operation + " UserName=" + name + "  " + params, false}})
		}
	}
	s.try(who, []attempt{
		{"EnableMFADevice UserName=$account  SerialNumber=$A:mfa/pad  AuthenticationCode1=$code1  AuthenticationCode2=$code2", false},
		{"DeactivateMFADevice UserName=$account  SerialNumber=$A:mfa/phone", false},
		{"DeleteVirtualMFADevice SerialNumber=$A:mfa/phone", false},
		{"CreateVirtualMFADevice VirtualMFADeviceName=new", false},
	})
	s.unreached("a user", who, []string{
		"UpdateAccessKey AccessKeyId=$key  Status=Active", "DeleteAccessKey AccessKeyId=$key", "UpdateSigningCertificate CertificateId=$CertificateId  Status=Active",
		"ResetServiceSpecificCredential ServiceSpecificCredentialId=$ServiceSpecificCredentialId",
		"UpdateServiceSpecificCredential ServiceSpecificCredentialId=$ServiceSpecificCredentialId  Status=Active",
		"DeleteServiceSpecificCredential ServiceSpecificCredentialId=$ServiceSpecificCredentialId",
		"UpdateSSHPublicKey UserName=self  SSHPublicKeyId=$SSHPublicKeyId  Status=Active",
		"DeactivateMFADevice SerialNumber=$A:mfa/phone", "DeactivateMFADevice UserName=self  SerialNumber=$A:mfa/phone",
	})
}

// unreached makes calls that must fail, in whatever way, and change nothing.
func (s *stage) unreached(name string, who sigv4.Credentials, calls []string) {
	s.t.Helper()
	for _, call := range calls {
		operation, rest, _ := strings.Cut(call, " ")
		before := s.picture()
		if status, body := s.in.call(who, operation, s.params(rest)); status == http.StatusOK {
			s.t.Errorf("%s: %s: %s", name, call, body)
		}
		if diff := cmp.Diff(before, s.picture()); diff != "" {
			s.t.Errorf("%s: %s has an effect: -before +after:\n%s", name, call, diff)
		}
	}
}

// TestDenyHoldsInEverySpelling: names of users, groups and roles do not differ
// by case, so a Deny of an ARN holds whatever spelling a call has.
func TestDenyHoldsInEverySpelling(t *testing.T) {
	s := newStage(t)
	who := s.user("denied", s.expand(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"*","Resource":["$A:user/admins/*","$A:group/admins/*","$A:role/worker","$A:instance-profile/full"]}]}`), "")
	s.try(who, []attempt{
		{"CreateAccessKey UserName=ADMIN", false},
		{"AttachUserPolicy UserName=Admin  PolicyArn=$all", false},
		{"UpdateUser UserName=aDMIN  NewPath=/  NewUserName=mine", false},
		{"UpdateUser UserName=puppet  NewPath=/admins/", false},
		{"AddUserToGroup GroupName=ADMINS  UserName=denied", false},
		{"UpdateGroup GroupName=Admins  NewPath=/", false},
		{"UpdateAssumeRolePolicy RoleName=Worker  PolicyDocument=$trust", false},
		{"AddRoleToInstanceProfile InstanceProfileName=empty  RoleName=WORKER", false},
		{"RemoveRoleFromInstanceProfile InstanceProfileName=FULL  RoleName=AWSServiceRoleForECS", false},
	})
}

// TestOtherAccountsAreOutOfReach: the root user of one account, even of the
// management account, does not get at what another has, by ARN or by id.
func TestOtherAccountsAreOutOfReach(t *testing.T) {
	s := newStage(t)
	s.prepare("MFADevice")
	s.in.ok("CreateUser", "UserName=mine")
	s.unreached("another root user", s.in.root(account), []string{
		"CreatePolicyVersion PolicyArn=$A:policy/p  PolicyDocument=$allow  SetAsDefault=true", "SetDefaultPolicyVersion PolicyArn=$A:policy/p  VersionId=v2",
		"DeletePolicyVersion PolicyArn=$A:policy/p  VersionId=v2", "GetPolicyVersion PolicyArn=$A:policy/p  VersionId=v1",
		"TagPolicy PolicyArn=$A:policy/p  Tags.member.1.Key=a  Tags.member.1.Value=b", "ListEntitiesForPolicy PolicyArn=$A:policy/p",
		"AttachUserPolicy UserName=mine  PolicyArn=$A:policy/p", "PutUserPermissionsBoundary UserName=mine  PermissionsBoundary=$A:policy/p",
		"UpdateSAMLProvider SAMLProviderArn=$A:saml-provider/sp  SAMLMetadataDocument=$saml", "DeleteSAMLProvider SAMLProviderArn=$A:saml-provider/sp",
		"AddClientIDToOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com  ClientID=app",
		"UpdateOpenIDConnectProviderThumbprint OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com  ThumbprintList.member.1=$thumbprint",
		"DeleteOpenIDConnectProvider OpenIDConnectProviderArn=$A:oidc-provider/idp.example.com",
		"UpdateAccessKey AccessKeyId=$key  Status=Active", "UpdateAccessKey UserName=mine  AccessKeyId=$key  Status=Active", "DeleteAccessKey AccessKeyId=$key",
		"GetAccessKeyLastUsed AccessKeyId=$key",
		"ResetServiceSpecificCredential ServiceSpecificCredentialId=$ServiceSpecificCredentialId",
		"DeactivateMFADevice UserName=mine  SerialNumber=$A:mfa/phone", "DeleteVirtualMFADevice SerialNumber=$A:mfa/pad",
		"EnableMFADevice UserName=mine  SerialNumber=$A:mfa/pad  AuthenticationCode1=$code1  AuthenticationCode2=$code2",
		"AcceptDelegationRequest DelegationRequestId=$DelegationRequestId", "GetDelegationRequest DelegationRequestId=$DelegationRequestId",
		"SimulatePrincipalPolicy PolicySourceArn=$A:user/admins/admin  ActionNames.member.1=s3:GetObject",
		"GetContextKeysForPrincipalPolicy PolicySourceArn=$A:user/admins/admin", "GenerateServiceLastAccessedDetails Arn=$A:user/admins/admin",
	})
}
