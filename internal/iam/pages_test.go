package iam_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/store/memory"
)

// pagedList is a list that comes in pages. Commands are an operation and its
// parameters; $of is the entity whose list it is, $n an item.
type pagedList struct {
	params string   // of the list
	items  string   // the list in the answer and, but for lists of names, what names an item
	setup  []string // what makes the entity
	add    []string // what puts an item on the list
	drop   []string // what takes it off
	made   string   // where the last command of add answers the item's name; else it is $n, behind prefix
	prefix string
	anew   bool // what comes back has another place, and may be listed again
}

const (
	anyDocument = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	ownPolicies = "arn:aws:iam::" + account + ":policy/"
	ownDevices  = "arn:aws:iam::" + account + ":mfa/"
	ownIssuers  = "arn:aws:iam::" + account + ":oidc-provider/"
	ownSAML     = "arn:aws:iam::" + account + ":saml-provider/"
)

var (
	makeUser    = "CreateUser UserName=$of"
	makeGroup   = "CreateGroup GroupName=$of"
	makeRole    = "CreateRole RoleName=$of AssumeRolePolicyDocument=" + trustEC2
	makePolicy  = "CreatePolicy PolicyName=$of PolicyDocument=" + anyDocument
	makeProfile = "CreateInstanceProfile InstanceProfileName=$of"
)

// tagList is the list of tags of an entity of a kind.
func tagList(kind, param string, setup string) pagedList {
	return pagedList{
		params: param, items: "Tags/Key", setup: []string{setup},
		add:  []string{"Tag" + kind + " " + param + " Tags.member.1.Key=$n Tags.member.1.Value=v"},
		drop: []string{"Untag" + kind + " " + param + " TagKeys.member.1=$n"},
	}
}

// inlineList and attachedList are lists of policies of an entity of a kind.
func inlineList(kind, setup string) pagedList {
	param := kind + "Name=$of"
	return pagedList{
		params: param, items: "PolicyNames", setup: []string{setup},
		add:  []string{"Put" + kind + "Policy " + param + " PolicyName=$n PolicyDocument=" + anyDocument},
		drop: []string{"Delete" + kind + "Policy " + param + " PolicyName=$n"},
	}
}

func attachedList(kind, setup string) pagedList {
	param := kind + "Name=$of"
	return pagedList{
		params: param, items: "AttachedPolicies/PolicyName", setup: []string{setup},
		add: []string{
			"CreatePolicy PolicyName=$of-$n PolicyDocument=" + anyDocument,
			"Attach" + kind + "Policy " + param + " PolicyArn=" + ownPolicies + "$of-$n",
		},
		drop: []string{
			"Detach" + kind + "Policy " + param + " PolicyArn=" + ownPolicies + "$of-$n",
			"DeletePolicy PolicyArn=" + ownPolicies + "$of-$n",
		},
		prefix: "$of-",
	}
}

// pagedLists are the lists that others can change while they are read.
func pagedLists(t testing.TB) map[string]pagedList {
	return map[string]pagedList{
		"ListUsers": {items: "Users/UserName", add: []string{"CreateUser UserName=$n"}, drop: []string{"DeleteUser UserName=$n"}},
		"GetAccountAuthorizationDetails": {
			params: "Filter.member.1=Group", items: "GroupDetailList/GroupName",
			add: []string{"CreateGroup GroupName=$n"}, drop: []string{"DeleteGroup GroupName=$n"},
		},
		"ListGroups": {items: "Groups/GroupName", add: []string{"CreateGroup GroupName=$n"}, drop: []string{"DeleteGroup GroupName=$n"}},
		"ListRoles": {
			items: "Roles/RoleName", add: []string{"CreateRole RoleName=$n AssumeRolePolicyDocument=" + trustEC2},
			drop: []string{"DeleteRole RoleName=$n"},
		},
		"ListPolicies": {
			params: "Scope=Local", items: "Policies/PolicyName", add: []string{"CreatePolicy PolicyName=$n PolicyDocument=" + anyDocument},
			drop: []string{"DeletePolicy PolicyArn=" + ownPolicies + "$n"},
		},
		"ListInstanceProfiles": {
			items: "InstanceProfiles/InstanceProfileName", add: []string{"CreateInstanceProfile InstanceProfileName=$n"},
			drop: []string{"DeleteInstanceProfile InstanceProfileName=$n"},
		},
		"ListServerCertificates": {
			items: "ServerCertificateMetadataList/ServerCertificateName",
			add:   []string{"UploadServerCertificate ServerCertificateName=$n CertificateBody=$certificate PrivateKey=$key"},
			drop:  []string{"DeleteServerCertificate ServerCertificateName=$n"},
		},
		"ListVirtualMFADevices": {
			items: "VirtualMFADevices/SerialNumber", add: []string{"CreateVirtualMFADevice VirtualMFADeviceName=$n"},
			drop: []string{"DeleteVirtualMFADevice SerialNumber=" + ownDevices + "$n"}, prefix: ownDevices, anew: true,
		},
		"GetGroup": {
			params: "GroupName=$of", items: "Users/UserName", setup: []string{makeGroup},
			add:  []string{"CreateUser UserName=$of-$n", "AddUserToGroup GroupName=$of UserName=$of-$n"},
			drop: []string{"RemoveUserFromGroup GroupName=$of UserName=$of-$n", "DeleteUser UserName=$of-$n"}, prefix: "$of-",
		},
		"ListGroupsForUser": {
			params: "UserName=$of", items: "Groups/GroupName", setup: []string{makeUser},
			add:  []string{"CreateGroup GroupName=$of-$n", "AddUserToGroup UserName=$of GroupName=$of-$n"},
			drop: []string{"RemoveUserFromGroup UserName=$of GroupName=$of-$n", "DeleteGroup GroupName=$of-$n"}, prefix: "$of-",
		},
		"ListInstanceProfilesForRole": {
			params: "RoleName=$of", items: "InstanceProfiles/InstanceProfileName", setup: []string{makeRole},
			add: []string{
				"CreateInstanceProfile InstanceProfileName=$of-$n", "AddRoleToInstanceProfile RoleName=$of InstanceProfileName=$of-$n",
			},
			drop: []string{
				"RemoveRoleFromInstanceProfile RoleName=$of InstanceProfileName=$of-$n", "DeleteInstanceProfile InstanceProfileName=$of-$n",
			},
			prefix: "$of-",
		},
		"ListEntitiesForPolicy": {
			params: "PolicyArn=" + ownPolicies + "$of EntityFilter=User", items: "PolicyUsers/UserName", setup: []string{makePolicy},
			add:  []string{"CreateUser UserName=$of-$n", "AttachUserPolicy UserName=$of-$n PolicyArn=" + ownPolicies + "$of"},
			drop: []string{"DetachUserPolicy UserName=$of-$n PolicyArn=" + ownPolicies + "$of", "DeleteUser UserName=$of-$n"}, prefix: "$of-",
			anew: true,
		},
		"ListPolicyVersions": {
			params: "PolicyArn=" + ownPolicies + "$of", items: "Versions/VersionId", setup: []string{makePolicy},
			add:  []string{"CreatePolicyVersion PolicyArn=" + ownPolicies + "$of PolicyDocument=" + anyDocument},
			drop: []string{"DeletePolicyVersion PolicyArn=" + ownPolicies + "$of VersionId=$n"}, made: "PolicyVersion/VersionId",
		},
		"ListAccessKeys": {
			params: "UserName=$of", items: "AccessKeyMetadata/AccessKeyId", setup: []string{makeUser},
			add: []string{"CreateAccessKey UserName=$of"}, drop: []string{"DeleteAccessKey UserName=$of AccessKeyId=$n"},
			made: "AccessKey/AccessKeyId",
		},
		"ListServiceSpecificCredentials": {
			params: "UserName=$of", items: "ServiceSpecificCredentials/ServiceSpecificCredentialId", setup: []string{makeUser},
			add:  []string{"CreateServiceSpecificCredential UserName=$of ServiceName=codecommit.amazonaws.com"},
			drop: []string{"DeleteServiceSpecificCredential UserName=$of ServiceSpecificCredentialId=$n"},
			made: "ServiceSpecificCredential/ServiceSpecificCredentialId",
		},
		"ListUserPolicies":  inlineList("User", makeUser),
		"ListGroupPolicies": inlineList("Group", makeGroup),
		"ListRolePolicies":  inlineList("Role", makeRole),

		"ListAttachedUserPolicies":  attachedList("User", makeUser),
		"ListAttachedGroupPolicies": attachedList("Group", makeGroup),
		"ListAttachedRolePolicies":  attachedList("Role", makeRole),

		"ListUserTags":                  tagList("User", "UserName=$of", makeUser),
		"ListRoleTags":                  tagList("Role", "RoleName=$of", makeRole),
		"ListPolicyTags":                tagList("Policy", "PolicyArn="+ownPolicies+"$of", makePolicy),
		"ListInstanceProfileTags":       tagList("InstanceProfile", "InstanceProfileName=$of", makeProfile),
		"ListMFADeviceTags":             tagList("MFADevice", "SerialNumber="+ownDevices+"$of", "CreateVirtualMFADevice VirtualMFADeviceName=$of"),
		"ListOpenIDConnectProviderTags": tagList("OpenIDConnectProvider", "OpenIDConnectProviderArn="+ownIssuers+"$of", "CreateOpenIDConnectProvider Url=https://$of"),
		"ListSAMLProviderTags":          tagList("SAMLProvider", "SAMLProviderArn="+ownSAML+"$of", "CreateSAMLProvider Name=$of SAMLMetadataDocument=$metadata"),
		"ListServerCertificateTags": tagList("ServerCertificate", "ServerCertificateName=$of",
			"UploadServerCertificate ServerCertificateName=$of CertificateBody=$certificate PrivateKey=$key"),
	}
}

// pagedElsewhere are the other operations with pages, and why they are not
// among pagedLists.
var pagedElsewhere = map[string]string{
	"ListAccountAliases":                        "an account has one alias",
	"ListMFADevices":                            "enabling takes codes: TestModel reads its pages",
	"ListSSHPublicKeys":                         "each takes a key of its own: testdata/golden/sshkey.txt has its pages",
	"ListSigningCertificates":                   "each takes a certificate of its own: testdata/golden/signingcertificate.txt",
	"ListDelegationRequests":                    "testdata/golden/delegation.txt",
	"ListPoliciesGrantingServiceAccess":         "pages are over the services that the request names",
	"GetServiceLastAccessedDetails":             "a report does not change",
	"GetServiceLastAccessedDetailsWithEntities": "a report does not change",
	"GetOrganizationsAccessReport":              "a report does not change",
	"SimulateCustomPolicy":                      "pages are over the actions that the request names",
	"SimulatePrincipalPolicy":                   "pages are over the actions that the request names",
}

// TestPagedListsAreAll holds the lists above against AWS's model.
func TestPagedListsAreAll(t *testing.T) {
	lists := pagedLists(t)
	for _, op := range iamapi.Service.Operations {
		_, paged := op.Input.FieldByName("Marker")
		_, listed := lists[op.Name]
		reason := pagedElsewhere[op.Name]
		if paged != (listed || reason != "") || listed && reason != "" {
			t.Errorf("%s: has pages %t, is listed %t, or not because %q", op.Name, paged, listed, reason)
		}
		if _, ok := op.Output.FieldByName("Marker"); ok != paged && op.Output.Kind() == reflect.Struct {
			t.Errorf("%s has a marker on one side only", op.Name)
		}
	}
}

// roomy are quotas that lists of a dozen items keep.
var roomy = map[string]int{
	"AccessKeysPerUserQuota": 100, "ServiceSpecificCredentialsPerUserQuota": 100, "VersionsPerPolicyQuota": 100, "GroupsPerUserQuota": 100,
	"AttachedPoliciesPerUserQuota": 100, "AttachedPoliciesPerGroupQuota": 100, "AttachedPoliciesPerRoleQuota": 100,
	"ServerCertificatesQuota": 100,
}

// reader reads a list of one entity page by page while items come and go.
type reader struct {
	in   *installation
	op   string
	list pagedList
	of   string
	now  map[string]string // items on the list: what they were added as -> their names
}

func (r *reader) do(command, n string) any {
	r.in.t.Helper()
	fields := strings.Fields(command)
	for i := range fields {
		fields[i] = r.fill(fields[i], n)
	}
	_, result := answerOf(r.in.t, r.in.ok(fields[0], fields[1:]...))
	return result
}

func (r *reader) fill(text, n string) string {
	if strings.Contains(text, "=$") { // files have line breaks
		text = strings.NewReplacer(
			"=$certificate", "="+certFile(r.in.t, "server.pem"), "=$key", "="+certFile(r.in.t, "server.key"),
			"=$metadata", "="+certFile(r.in.t, "saml/idp.xml")).Replace(text)
	}
	return strings.NewReplacer("$of", r.of, "$n", n).Replace(text)
}

func (r *reader) add(n string) (name string) {
	r.in.t.Helper()
	c := call{}
	for _, command := range r.list.add {
		c.got = r.do(command, n)
	}
	name = r.fill(r.list.prefix, "") + n
	if r.list.made != "" {
		name = c.answered(strings.Split(r.list.made, "/")...)
	}
	r.now[n] = name
	return name
}

func (r *reader) drop(n string) {
	r.in.t.Helper()
	for _, command := range r.list.drop {
		item := n
		if r.list.made != "" {
			item = r.now[n]
		}
		r.do(command, item)
	}
	delete(r.now, n)
}

// page reads one page: names and the marker of the next, "" for none.
func (r *reader) page(max int, marker string) (names []string, next string) {
	r.in.t.Helper()
	result := r.do(strings.Join(append(strings.Fields(r.op+" "+r.list.params), r.paging(max, marker)...), " "), "").(map[string]any)
	list, item, _ := strings.Cut(r.list.items, "/")
	items, _ := result[list].([]any)
	for _, e := range items {
		name, ok := e.(string)
		if !ok {
			name = e.(map[string]any)[item].(string)
		}
		names = append(names, name)
	}
	next, _ = result["Marker"].(string)
	if (next != "") != (result["IsTruncated"] == "true") {
		r.in.t.Errorf("%s: IsTruncated and Marker disagree: %v", r.op, result)
	}
	return names, next
}

func (r *reader) paging(max int, marker string) []string {
	out := []string{"MaxItems=" + strconv.Itoa(max)}
	if marker != "" {
		out = append(out, "Marker="+marker)
	}
	return out
}

func (r *reader) setup() {
	for _, command := range r.list.setup {
		r.do(command, "")
	}
}

// TestPagesOfAllListsWhileOthersWrite: no page repeats an item, and what was
// there all the time is on one, whatever comes and goes between the pages.
func TestPagesOfAllListsWhileOthersWrite(t *testing.T) {
	lists := pagedLists(t)
	names := slices.Sorted(maps.Keys(lists))
	rapid.Check(t, func(rt *rapid.T) {
		in := install(t, memory.New(), roomy)
		defer in.close()
		op := names[evenly(len(names)).Draw(rt, "list")]
		r := &reader{in: in, op: op, list: lists[op], of: "of.test", now: make(map[string]string)}
		r.setup()
		stay := []string{r.add("ab"), r.add("B1"), r.add("m")}
		toggle := func() {
			n := rapid.SampledFrom([]string{"Aa", "b", "Mm", "z", "0"}).Draw(rt, "passing")
			if _, there := r.now[n]; there {
				r.drop(n)
			} else {
				r.add(n)
			}
		}
		toggle()
		seen, marker := make(map[string]int), ""
		for pages := 0; pages == 0 || marker != ""; pages++ {
			var names []string
			names, marker = r.page(rapid.IntRange(1, 3).Draw(rt, "max"), marker)
			for _, name := range names {
				seen[name]++
			}
			if pages < 8 {
				toggle()
			}
		}
		for _, name := range stay {
			if seen[name] != 1 {
				rt.Errorf("%s: %s is listed %d times: %v", op, name, seen[name], seen)
			}
		}
		for name, times := range seen {
			if times > 1 && !r.list.anew {
				rt.Errorf("%s: %s is listed %d times", op, name, times)
			}
		}
	})
}

// TestMarkersOfAllLists: a marker opens nothing but the list it is of, and only
// as it was made.
func TestMarkersOfAllLists(t *testing.T) {
	in := start(t, roomy)
	own := make(map[string]string)
	readers := make(map[string]*reader)
	for op, list := range pagedLists(t) {
		r := &reader{in: in, op: op, list: list, of: strings.ToLower(op) + ".test", now: make(map[string]string)}
		r.setup()
		for _, n := range []string{op + "1", op + "2"} {
			r.add(n)
		}
		_, own[op] = r.page(1, "")
		if readers[op] = r; own[op] == "" {
			t.Fatalf("%s has one page", op)
		}
	}
	for op, r := range readers {
		refused := func(what, of, account, marker string) {
			t.Helper()
			asked := *r
			asked.of = of
			params := append(strings.Fields(asked.fill(r.list.params, "")), "Marker="+marker)
			status, body := in.call(in.root(account), op, values(params...))
			if status != http.StatusBadRequest || !strings.Contains(body, "<Message>Invalid Marker.</Message>") {
				t.Errorf("%s takes a marker %s: %d %s", op, what, status, body)
			}
		}
		sealed, err := base64.RawURLEncoding.DecodeString(own[op])
		must(t, err)
		forged := slices.Clone(sealed)
		forged[len(forged)-1] ^= 1
		refused("that is forged", r.of, account, base64.RawURLEncoding.EncodeToString(forged))
		refused("that is cut off", r.of, account, own[op][:len(own[op])-2])
		for other, marker := range own {
			if other != op {
				refused("of "+other, r.of, account, marker)
			}
		}
		if r.list.setup == nil {
			refused("of another account", "", otherAccount, own[op])
			continue
		}
		another := *r
		another.of = "another-" + r.of
		another.setup()
		refused("of another entity", another.of, account, own[op])
	}
}
