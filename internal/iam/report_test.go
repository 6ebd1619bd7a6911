package iam_test

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// credentialReport gets the credential report as rows of column and value.
func (in *installation) credentialReport() []map[string]string {
	in.t.Helper()
	var out struct {
		Content string `xml:"GetCredentialReportResult>Content"`
	}
	must(in.t, xml.Unmarshal([]byte(in.ok("GetCredentialReport")), &out))
	content, err := base64.StdEncoding.DecodeString(out.Content)
	must(in.t, err)
	if strings.HasSuffix(string(content), "\n") || strings.Contains(string(content), "\r") {
		in.t.Error("the report ends with a line end, or has another than AWS's")
	}
	lines, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	must(in.t, err)
	rows := make([]map[string]string, len(lines)-1)
	for i, line := range lines[1:] {
		rows[i] = make(map[string]string)
		for j, column := range lines[0] {
			rows[i][column] = line[j]
		}
	}
	return rows
}

func TestCredentialReport(t *testing.T) {
	in := start(t, nil)
	for _, name := range []string{"bob", "Ann", "=cmd@x", "a,b"} {
		in.ok("CreateUser", "UserName="+name, `Path=/x"y/`)
	}
	in.ok("UpdateAccountPasswordPolicy", "MaxPasswordAge=90")
	in.ok("CreateLoginProfile", "UserName=Ann", "Password=First-Secret-1")
	in.now = in.now.Add(time.Minute)
	in.ok("UpdateLoginProfile", "UserName=Ann", "Password=Second-Secret-2")
	in.ok("UploadSigningCertificate", "UserName=bob", "CertificateBody="+certFile(t, "server.pem"))
	in.ok("PutUserPolicy", "UserName=bob", "PolicyName=p", anyOfIAM)
	bob := in.user("bob")
	in.now = in.now.Add(time.Minute)
	in.call(bob, "GetUser", nil)
	in.ok("CreateAccessKey", "UserName=bob")
	keys := in.db.Snapshot().AccessKeys(in.id("bob"))
	in.ok("UpdateAccessKey", "UserName=bob", "Status=Inactive", "AccessKeyId="+keys[1].ID)
	in.update(func(tx *state.Tx) error {
		for _, owner := range []string{in.id("Ann"), account} {
			tx.PutMFADevice(&state.MFADevice{Account: account, Name: owner, Path: "/", Seed: "s", Created: tx.Now(), UserID: owner, Enabled: tx.Now(), Seq: tx.NextSeq()})
		}
		return nil
	})
	in.ok("GenerateCredentialReport")
	rows := in.credentialReport()
	var names []string
	for _, row := range rows {
		names = append(names, row["user"])
		if len(row) != 22 {
			t.Errorf("%d columns", len(row))
		}
	}
	if want := []string{"<root_account>", "=cmd@x", "a,b", "Ann", "bob"}; !slices.Equal(names, want) {
		t.Fatalf("rows %v, want %v", names, want)
	}
	used, unused := "1", "2"
	if keys[0].ID > keys[1].ID {
		used, unused = unused, used
	}
	const begin, minute, two = "2026-01-02T03:04:05+00:00", "2026-01-02T03:05:05+00:00", "2026-01-02T03:06:05+00:00"
	for i, want := range []map[string]string{
		0: {"arn": "arn:aws:iam::123456789012:root", "user_creation_time": begin, "password_enabled": "false", "password_last_used": "N/A",
			"password_last_changed": "not_supported", "password_next_rotation": "not_supported", "mfa_active": "true", "access_key_1_active": "true",
			"access_key_1_last_used_service": "iam", "access_key_2_active": "false", "cert_1_active": "false"},
		1: {"arn": `arn:aws:iam::123456789012:user/x"y/=cmd@x`},
		3: {"password_enabled": "true", "password_last_used": "no_information", "password_last_changed": minute,
			"password_next_rotation": "2026-04-02T03:05:05+00:00", "mfa_active": "true", "access_key_1_active": "false", "access_key_1_last_rotated": "N/A"},
		4: {"password_enabled": "false", "password_last_used": "N/A", "password_last_changed": "N/A", "password_next_rotation": "N/A", "mfa_active": "false",
			"access_key_" + used + "_active": "true", "access_key_" + used + "_last_rotated": minute, "access_key_" + used + "_last_used_date": two,
			"access_key_" + used + "_last_used_region": "us-east-1", "access_key_" + used + "_last_used_service": "iam",
			"access_key_" + unused + "_active": "false", "access_key_" + unused + "_last_rotated": two, "access_key_" + unused + "_last_used_date": "N/A",
			"cert_1_active": "true", "cert_1_last_rotated": minute, "cert_2_active": "false", "cert_2_last_rotated": "N/A"},
	} {
		for column, value := range want {
			if rows[i][column] != value {
				t.Errorf("%s of %s is %q, want %q", column, rows[i]["user"], rows[i][column], value)
			}
		}
	}
}

func (in *installation) id(user string) string {
	in.t.Helper()
	u, ok := in.db.Snapshot().User(account, user)
	if !ok {
		in.t.Fatalf("no user %s", user)
	}
	return u.ID
}

// TestLargeCredentialReport: a report that no single commit could hold, and
// the parts of the one before it go.
func TestLargeCredentialReport(t *testing.T) {
	in := start(t, nil)
	const users, batch = 9000, 90
	for i := 0; i < users; i += batch {
		in.update(func(tx *state.Tx) error {
			for j := range batch {
				name := make([]byte, 64)
				in.random.Read(name)
				tx.PutUser(&state.User{Account: account, ID: tx.NewID("AIDA"), Name: fmt.Sprintf("%x%d", name, i+j), Path: "/", Created: tx.Now()})
			}
			return nil
		})
	}
	parts := func() int {
		r, _ := in.db.Snapshot().CredentialReport(account)
		n := 0
		for p := range in.db.Snapshot().StrayReportParts(account, in.now.Add(time.Hour)) {
			t.Errorf("part %d of report %s, not of %s", p.Number, p.Report, r.ID)
		}
		for range in.db.Snapshot().ReportParts(account, r.ID) {
			n++
		}
		return n
	}
	for range 2 {
		in.ok("GenerateCredentialReport")
		if got := len(in.credentialReport()); got != users+1 {
			t.Errorf("%d rows, want %d", got, users+1)
		}
		if n := parts(); n <= 4 {
			t.Errorf("%d parts: the test is too small", n)
		}
		in.now = in.now.Add(5 * time.Hour)
	}
}

// TestCredentialReportInProgress: while one is made, others are told so, and
// what is not whole cannot be got.
func TestCredentialReportInProgress(t *testing.T) {
	in := start(t, nil)
	root := in.root(account)
	reads, asked := 0, false
	in.random.before = func() {
		if reads++; reads != 2 { // the first is for the id of the request
			return
		}
		asked = true
		if _, body := in.call(root, "GenerateCredentialReport", nil); !strings.Contains(body, "<State>INPROGRESS</State>") {
			t.Errorf("Generate meanwhile: %s", body)
		}
		if status, body := in.call(root, "GetCredentialReport", nil); status != http.StatusNotFound || !strings.Contains(body, "<Code>ReportInProgress</Code>") {
			t.Errorf("Get meanwhile: %d %s", status, body)
		}
	}
	in.ok("GenerateCredentialReport")
	if !asked {
		t.Error("nothing was asked meanwhile")
	}
	in.credentialReport()
}

// TestReportsAtOnce: many ask at the same time; one report is made and whole.
func TestReportsAtOnce(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	root := in.root(account)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if status, body := in.call(root, "GenerateCredentialReport", nil); status != http.StatusOK {
				t.Errorf("GenerateCredentialReport: %d %s", status, body)
			}
			if status, body := in.call(root, "GenerateServiceLastAccessedDetails", values("Arn="+userARN+"ann")); status != http.StatusOK {
				t.Errorf("GenerateServiceLastAccessedDetails: %d %s", status, body)
			}
		})
	}
	all.Wait()
	if rows := in.credentialReport(); len(rows) != 2 {
		t.Errorf("%d rows", len(rows))
	}
	if n := in.db.Snapshot().NumAccessReports(account); n != 8 {
		t.Errorf("%d access reports", n)
	}
}

// lastAccessed makes a report and returns its services.
func (in *installation) lastAccessed(who sigv4.Credentials, arn string, more ...string) lastAccessed {
	in.t.Helper()
	status, body := in.call(who, "GenerateServiceLastAccessedDetails", values(append(more, "Arn="+arn)...))
	if status != http.StatusOK {
		in.t.Fatalf("%s: %d %s", arn, status, body)
	}
	var made struct {
		JobID string `xml:"GenerateServiceLastAccessedDetailsResult>JobId"`
	}
	must(in.t, xml.Unmarshal([]byte(body), &made))
	status, body = in.call(who, "GetServiceLastAccessedDetails", values("JobId="+made.JobID))
	if status != http.StatusOK {
		in.t.Fatalf("%s: %d %s", arn, status, body)
	}
	var out lastAccessed
	must(in.t, xml.Unmarshal([]byte(body), &out))
	out.job = made.JobID
	return out
}

type lastAccessed struct {
	job      string
	Status   string `xml:"GetServiceLastAccessedDetailsResult>JobStatus"`
	Error    string `xml:"GetServiceLastAccessedDetailsResult>Error>Code"`
	Services []struct {
		Namespace string `xml:"ServiceNamespace"`
		At        string `xml:"LastAuthenticated"`
		By        string `xml:"LastAuthenticatedEntity"`
		Total     int    `xml:"TotalAuthenticatedEntities"`
		Actions   []struct {
			Name string `xml:"ActionName"`
			At   string `xml:"LastAccessedTime"`
		} `xml:"TrackedActionsLastAccessed>member"`
	} `xml:"GetServiceLastAccessedDetailsResult>ServicesLastAccessed>member"`
}

// String is "iam 2 ann", the services with how many used them and who did last.
func (l lastAccessed) String() string {
	var all []string
	for _, s := range l.Services {
		all = append(all, strings.TrimSpace(fmt.Sprint(s.Namespace, " ", s.Total, " ", s.By[strings.LastIndexByte(s.By, '/')+1:])))
	}
	return strings.Join(all, ", ")
}

const (
	userARN   = "arn:aws:iam::" + account + ":user/"
	anyOfIAM  = `PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}}`
	readsJobs = `PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*ServiceLastAccessed*","Resource":"*"}}`
)

// TestLastAccessed: whose calls count, and which.
func TestLastAccessed(t *testing.T) {
	in := start(t, nil)
	root := in.root(account)
	for _, name := range []string{"ann", "bob", "idle"} {
		in.ok("CreateUser", "UserName="+name)
		in.ok("PutUserPolicy", "UserName="+name, "PolicyName=p", anyOfIAM)
	}
	in.ok("CreateRole", "RoleName=r", "AssumeRolePolicyDocument="+trustEC2)
	in.ok("PutRolePolicy", "RoleName=r", "PolicyName=p", anyOfIAM)
	in.ok("CreateGroup", "GroupName=g")
	in.ok("CreatePolicy", "PolicyName=m", anyOfIAM)
	const managed = "arn:aws:iam::" + account + ":policy/m"
	in.ok("AttachGroupPolicy", "GroupName=g", "PolicyArn="+managed)
	in.ok("AttachRolePolicy", "RoleName=r", "PolicyArn="+managed)
	for _, name := range []string{"ann", "idle"} {
		in.ok("AddUserToGroup", "GroupName=g", "UserName="+name)
	}
	check := func(arn, want string) {
		t.Helper()
		if got := in.lastAccessed(root, arn).String(); got != want {
			t.Errorf("%s: %s, want %s", arn, got, want)
		}
	}
	check(userARN+"ann", "iam 0")
	in.call(in.user("ann"), "ListUsers", nil) // denied
	check(userARN+"ann", "iam 1 ann")
	check(userARN+"idle", "iam 0")
	in.now = in.now.Add(time.Minute)
	in.call(in.role("r"), "GetRole", values("RoleName=r"))
	check("arn:aws:iam::"+account+":role/r", "iam 1 r")
	check("arn:aws:iam::"+account+":group/g", "iam 1 ann")
	check(managed, "iam 2 r")
	in.call(in.user("bob"), "GetUser", nil)
	check(managed, "iam 2 r") // bob has it not

	// A user is who it is by its id: renamed it keeps what it did, and another of
	// its name begins anew.
	in.ok("UpdateUser", "UserName=ann", "NewUserName=anna")
	in.ok("CreateUser", "UserName=ann")
	in.ok("PutUserPolicy", "UserName=ann", "PolicyName=p", anyOfIAM)
	check(userARN+"anna", "iam 1 anna")
	check(userARN+"ann", "iam 0")
	in.now = in.now.AddDate(0, 0, 401)
	check(userARN+"anna", "iam 0")
}

// TestLastAccessedByMany: more entities than are looked up one by one.
func TestLastAccessedByMany(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateGroup", "GroupName=g")
	in.ok("PutGroupPolicy", "GroupName=g", "PolicyName=p", anyOfIAM)
	const members = 210
	for i := range members {
		name := fmt.Sprintf("u%03d", i)
		in.ok("CreateUser", "UserName="+name)
		in.ok("AddUserToGroup", "GroupName=g", "UserName="+name)
	}
	for _, name := range []string{"u007", "u013", "u007", "u042"} {
		in.now = in.now.Add(time.Minute)
		in.call(in.user(name), "GetUser", nil)
	}
	root := in.root(account)
	got := in.lastAccessed(root, "arn:aws:iam::"+account+":group/g", "Granularity=ACTION_LEVEL")
	if got.String() != "iam 3 u042" {
		t.Errorf("report: %s", got)
	}
	for _, a := range got.Services[0].Actions {
		if want := map[string]string{"GetUser": "2026-01-02T03:08:05Z"}[a.Name]; a.At != want {
			t.Errorf("%s was last used %q, want %q", a.Name, a.At, want)
		}
	}
	var names []string
	for marker := ""; ; {
		params := values("JobId="+got.job, "ServiceNamespace=iam", "MaxItems=90")
		if marker != "" {
			params.Set("Marker", marker)
		}
		_, body := in.call(root, "GetServiceLastAccessedDetailsWithEntities", params)
		var out struct {
			Names  []string `xml:"GetServiceLastAccessedDetailsWithEntitiesResult>EntityDetailsList>member>EntityInfo>Name"`
			Marker string   `xml:"GetServiceLastAccessedDetailsWithEntitiesResult>Marker"`
		}
		must(t, xml.Unmarshal([]byte(body), &out))
		names = append(names, out.Names...)
		if marker = out.Marker; marker == "" {
			break
		}
	}
	if len(names) != members || !slices.Equal(names[:4], []string{"u042", "u007", "u013", "u000"}) || !slices.IsSorted(names[3:]) {
		t.Errorf("entities: %v", names)
	}
}

// TestForeignReport: a report is for who asked for it, not for another user,
// another session of the same role, or another account.
func TestForeignReport(t *testing.T) {
	in := start(t, nil)
	for _, name := range []string{"ann", "bob"} {
		in.ok("CreateUser", "UserName="+name)
		in.ok("PutUserPolicy", "UserName="+name, "PolicyName=p", readsJobs)
	}
	in.ok("CreateRole", "RoleName=r", "AssumeRolePolicyDocument="+trustEC2)
	in.ok("PutRolePolicy", "RoleName=r", "PolicyName=p", readsJobs)
	session := in.role("r")
	others := []sigv4.Credentials{in.user("bob"), in.root(account), in.root(otherAccount), session, in.sessionOf("r", "ASIAQAAAAAAAAAAAAAAB")}
	for owner, job := range map[string]string{
		in.user("ann").AccessKeyID: in.lastAccessed(in.user("ann"), userARN+"ann").job,
		session.AccessKeyID:        in.lastAccessed(session, userARN+"ann").job,
	} {
		for _, who := range others {
			if who.AccessKeyID == owner {
				continue
			}
			for _, op := range []string{"GetServiceLastAccessedDetails", "GetServiceLastAccessedDetailsWithEntities"} {
				if status, body := in.call(who, op, values("JobId="+job, "ServiceNamespace=iam")); status != http.StatusNotFound {
					t.Errorf("%s by %s of %s's: %d %s", op, who.AccessKeyID, owner, status, body)
				}
			}
		}
	}
	// Another key of the same user is the same user.
	ann := in.lastAccessed(in.user("ann"), userARN+"ann")
	in.update(func(tx *state.Tx) error {
		for _, k := range tx.AccessKeys(in.id("ann")) {
			tx.DeleteAccessKey(k)
		}
		return nil
	})
	if status, body := in.call(in.user("ann"), "GetServiceLastAccessedDetails", values("JobId="+ann.job)); status != http.StatusOK {
		t.Errorf("by another key: %d %s", status, body)
	}
}

// TestReportWithoutEvents: a report whose events cannot be read says so, and
// claims nothing.
func TestReportWithoutEvents(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	in.ok("PutUserPolicy", "UserName=ann", "PolicyName=p", anyOfIAM)
	for _, err := range []error{errors.New("disk"), audit.Damage{Segment: 1, From: 2, To: 3}} {
		in.events.fail = err
		got := in.lastAccessed(in.root(account), userARN+"ann")
		if got.Status != "FAILED" || got.Error != "ServiceFailure" || len(got.Services) != 0 {
			t.Errorf("%v: %+v", err, got)
		}
	}
}

// TestReportsGo: reports are kept for a day, and so many of an account.
func TestReportsGo(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	count := func() (reports, parts int) {
		s := in.db.Snapshot()
		for k := range s.All() {
			if strings.HasPrefix(k, "reportpart/") {
				parts++
			}
		}
		return s.NumAccessReports(account), parts
	}
	for range 510 {
		in.ok("GenerateServiceLastAccessedDetails", "Arn="+userARN+"ann")
	}
	if reports, _ := count(); reports != 500 {
		t.Errorf("%d reports, want 500", reports)
	}
	in.now = in.now.Add(25 * time.Hour)
	for range 30 { // a few go each time
		in.ok("GenerateServiceLastAccessedDetails", "Arn="+userARN+"ann")
	}
	if reports, parts := count(); reports != 30 || parts != 30 {
		t.Errorf("%d reports, %d parts, want 30 of each", reports, parts)
	}
}

// TestOrganizationsReportOfPolicy: with an SCP a report is about what that SCP
// allows, and about the accounts that it binds.
func TestOrganizationsReportOfPolicy(t *testing.T) {
	in := start(t, nil)
	const third, scp = "333333333333", "p-12345678"
	in.unit([]string{"ou-unit-12345678", otherAccount})
	in.update(func(tx *state.Tx) error {
		tx.CreateAccount(state.Account{ID: third, Name: "third"})
		tx.PutAccessKey(key(tx, third, third))
		doc, err := state.ParseDocument(policy.ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:*","s3:*"],"Resource":"*"}}`, catalog.Schema{})
		must(t, err)
		tx.PutOrgPolicy(&state.OrgPolicy{ID: scp, Type: state.SCP, Name: "some", Document: doc, Targets: []string{"ou-unit-12345678"}})
		return nil
	})
	for _, id := range []string{otherAccount, third} {
		in.call(in.root(id), "ListUsers", nil)
	}
	org := in.db.Snapshot().Organization()
	root, used := org.ID+"/"+org.RootID, func(path string, more ...string) string {
		t.Helper()
		var made struct {
			JobID string `xml:"GenerateOrganizationsAccessReportResult>JobId"`
		}
		must(t, xml.Unmarshal([]byte(in.ok("GenerateOrganizationsAccessReport", append(more, "EntityPath="+path)...)), &made))
		var out struct {
			Services int `xml:"GetOrganizationsAccessReportResult>NumberOfServicesAccessible"`
			Details  []struct {
				Namespace string `xml:"ServiceNamespace"`
				Total     int    `xml:"TotalAuthenticatedEntities"`
			} `xml:"GetOrganizationsAccessReportResult>AccessDetails>member"`
		}
		must(t, xml.Unmarshal([]byte(in.ok("GetOrganizationsAccessReport", "JobId="+made.JobID, "SortKey=LAST_AUTHENTICATED_TIME_DESCENDING", "MaxItems=1")), &out))
		return fmt.Sprint(out.Services, " ", out.Details[0].Namespace, " ", out.Details[0].Total)
	}
	all := 0
	for range catalog.Services() {
		all++
	}
	for _, c := range []struct{ got, want string }{
		{used(root), fmt.Sprint(all, " iam 2")},
		{used(root, "OrganizationsPolicyId="+scp), "2 iam 1"},
		{used(root+"/ou-unit-12345678", "OrganizationsPolicyId="+scp), "2 iam 1"},
		{used(root+"/ou-unit-12345678/"+otherAccount, "OrganizationsPolicyId="+scp), "2 iam 0"}, // it is attached above
		{used(root+"/"+third, "OrganizationsPolicyId="+scp), "2 iam 0"},
		{used(root+"/"+account, "OrganizationsPolicyId="+scp), fmt.Sprint(all, " iam 1")}, // no SCP binds the management account
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
