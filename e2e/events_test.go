package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// event is a record in CloudTrail's shape.
type event struct {
	EventVersion       string
	UserIdentity       eventIdentity
	EventTime          time.Time
	EventSource        string
	EventName          string
	AWSRegion          string
	SourceIPAddress    string
	UserAgent          string
	ErrorCode          string
	ErrorMessage       string
	RequestParameters  map[string]any
	ResponseElements   map[string]any
	RequestID          string
	EventID            string
	ReadOnly           *bool
	EventType          string
	ManagementEvent    *bool
	EventCategory      string
	RecipientAccountID string
	Resources          []map[string]any

	raw string
}

type eventIdentity struct {
	Type, PrincipalID, ARN, AccountID, AccessKeyID, UserName string
	SessionContext                                           struct {
		SessionIssuer struct{ Type, PrincipalID, ARN, AccountID, UserName string }
		Attributes    map[string]any
	}
}

// events are all that `writ events` shows the root user.
func (s *server) events(t *testing.T, args ...string) []event {
	t.Helper()
	out, err := s.command(append([]string{"events", "--max", "10000", "--json"}, args...)...).Output()
	if err != nil {
		t.Fatalf("writ events: %v", withStderr(err))
	}
	var events []event
	for line := range strings.Lines(string(out)) {
		events = append(events, parseEvent(t, line))
	}
	return events
}

func withStderr(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return err.Error() + "\n" + string(exit.Stderr)
	}
	return err.Error()
}

func parseEvent(t *testing.T, line string) event {
	t.Helper()
	e := event{raw: line}
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatalf("%v in event %s", err, line)
	}
	return e
}

// checkEvents checks that every call the SDK saw answered left an event, that each has
// CloudTrail's members, and that no secret is in any.
func (s *server) checkEvents(t *testing.T) []event {
	t.Helper()
	events := s.events(t)
	byRequest := map[string]event{}
	for _, e := range events {
		if e.RecipientAccountID == s.Account || byRequest[e.RequestID].RequestID == "" {
			byRequest[e.RequestID] = e
		}
		e.checkShape(t)
		for _, secret := range s.seen.allSecrets() {
			if strings.Contains(e.raw, secret) || strings.Contains(e.raw, jsonText(secret)) {
				t.Errorf("a secret is in the event %s", e.raw)
			}
		}
	}
	for _, c := range s.seen.allCalls() {
		e, ok := byRequest[c.requestID]
		switch {
		case ok != c.authenticated() && e.ErrorCode != c.code: // a session is also refused what sessions may not do
			t.Errorf("%s %s (%s) by %s: event %t", c.service, c.operation, c.code, c.keyID, ok)
		case ok && (e.EventName != c.operation && e.EventName != eventNames[c.operation] || e.UserIdentity.AccessKeyID != c.keyID):
			t.Errorf("%s by %s: event %s", c.operation, c.keyID, e.raw)
		case ok && c.code != "NotFound" && c.code != "Forbidden" && (e.ErrorCode != c.code || e.ErrorMessage != c.message): // a HEAD's answer has no text
			t.Errorf("%s answered %s %s: event %s", c.operation, c.code, c.message, e.raw)
		}
	}
	return events
}

// eventNames are CloudTrail's where the API has another.
var eventNames = map[string]string{}

func jsonText(s string) string {
	b, _ := json.Marshal(s)
	return string(bytes.Trim(b, `"`))
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func (e *event) checkShape(t *testing.T) {
	t.Helper()
	good := strings.HasPrefix(e.EventVersion, "1.") && strings.HasSuffix(e.EventSource, ".amazonaws.com") && e.EventName != "" &&
		e.AWSRegion != "" && e.SourceIPAddress == "127.0.0.1" && e.UserAgent != "" && e.RequestID != "" && uuid.MatchString(e.EventID) &&
		e.ReadOnly != nil && e.ManagementEvent != nil && (e.EventType == "AwsApiCall" || e.EventType == "AwsConsoleSignIn") && len(e.RecipientAccountID) == 12 &&
		time.Since(e.EventTime) < time.Hour && (e.ErrorCode != "" || e.ErrorMessage == "")
	if e.EventSource == "writ" {
		good = true // a page of Writ's own
	}
	if !good {
		t.Errorf("not CloudTrail's shape: %s", e.raw)
	}
	for _, member := range []string{`"requestParameters":`, `"responseElements":`, `"userIdentity":{"type":"`, `"eventCategory":`} {
		if !strings.Contains(e.raw, member) {
			t.Errorf("no %s in %s", member, e.raw)
		}
	}
}

func TestStory9Events(t *testing.T) {
	admin, dev, role := developer(t)
	s := admin.server
	me := dev.whoami(t)
	fails(dev.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("no")}))(t, denied(""))
	text := trust(`{"AWS":"` + me + `"}`)
	must(admin.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: new(listRole), PolicyDocument: &text}))(t)
	session := dev.assume(t, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("NAME")})
	must(session.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	fails(session.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: new("mallory")}))(t, denied(""))
	fails(dev.withSecret(strings.Repeat("y", 40)).sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, failure{403, "SignatureDoesNotMatch", ""})
	must(admin.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("story-one"), Key: new("k"), Body: strings.NewReader("content of the object")}))(t)
	must(session.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)

	events := s.checkEvents(t)
	find := func(name, code string) event {
		i := slices.IndexFunc(events, func(e event) bool { return e.EventName == name && e.ErrorCode == code })
		if i < 0 {
			t.Fatalf("no event %s %s", name, code)
		}
		return events[i]
	}
	root := find("CreateAccessKey", "")
	if root.UserIdentity.Type != "Root" || root.UserIdentity.PrincipalID != s.Account || *root.ReadOnly || root.RequestParameters["userName"] != "developer" {
		t.Errorf("the root user's call: %s", root.raw)
	}
	key, _ := root.ResponseElements["accessKey"].(map[string]any)
	if key["accessKeyId"] != dev.AccessKeyID || key["secretAccessKey"] != nil {
		t.Errorf("the new key: %s", root.raw)
	}
	no := find("AssumeRole", "AccessDenied")
	if no.UserIdentity.Type != "IAMUser" || no.UserIdentity.UserName != "developer" || no.UserIdentity.ARN != me ||
		no.ErrorMessage != "User: "+me+" is not authorized to perform: sts:AssumeRole on resource: "+role || no.ResponseElements != nil {
		t.Errorf("the denied call: %s", no.raw)
	}
	yes := find("AssumeRole", "")
	if yes.RequestParameters["roleArn"] != role || yes.RequestParameters["roleSessionName"] != "NAME" || yes.ResponseElements["assumedRoleUser"] == nil ||
		strings.Contains(yes.raw, session.SessionToken[:40]) || !strings.Contains(yes.raw, session.AccessKeyID) {
		t.Errorf("AssumeRole: %s", yes.raw)
	}
	checkSession(t, find("ListBuckets", ""), session, role)
	checkSession(t, find("CreateUser", "AccessDenied"), session, role)
}

func checkSession(t *testing.T, e event, session *client, role string) {
	t.Helper()
	id, issuer := e.UserIdentity, e.UserIdentity.SessionContext.SessionIssuer
	if id.Type != "AssumedRole" || id.ARN != session.whoami(t) || !strings.HasSuffix(id.PrincipalID, ":NAME") || id.AccessKeyID != session.AccessKeyID ||
		issuer.Type != "Role" || issuer.ARN != role || issuer.UserName != listRole || issuer.PrincipalID+":NAME" != id.PrincipalID ||
		id.SessionContext.Attributes["mfaAuthenticated"] != "false" || id.SessionContext.Attributes["creationDate"] == nil {
		t.Errorf("a session's call: %s", e.raw)
	}
}

// TestStory9Follow: events come as the calls do.
func TestStory9Follow(t *testing.T) {
	admin := start(t).admin()
	cmd := admin.server.command("events", "--follow", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	t.Cleanup(func() { stuck.Stop(); cmd.Process.Kill(); cmd.Wait() })
	in := bufio.NewScanner(out)
	next := func(name string) bool {
		for in.Scan() {
			if e := parseEvent(t, in.Text()); e.EventName == name {
				return true
			}
		}
		return false
	}
	for _, name := range []string{"first", "second"} {
		must(admin.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}))(t)
		if !next("CreateUser") {
			t.Fatalf("no event of the user %s", name)
		}
	}
}
