package iam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/session"
)

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

// TestTagOfAnotherSpelling: a tag that is the same condition key as another
// replaces it, so that no user has two values of what policies ask for.
func TestTagOfAnotherSpelling(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann", "Tags.member.1.Key=Tier", "Tags.member.1.Value=low")
	in.ok("TagUser", "UserName=ann", "Tags.member.1.Key=T\u0130er", "Tags.member.1.Value=high")
	u, _ := in.db.Snapshot().User(account, "ann")
	if len(u.Tags) != 1 || u.Tags[0].Value != "high" {
		t.Errorf("tags %q", u.Tags)
	}
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
