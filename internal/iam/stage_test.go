package iam_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

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
