package policycase

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/engine"
)

// What is written is read, or refused: a policy that is passed over is one that
// does not deny.
func TestArchiveOverlooksNothing(t *testing.T) {
	const deny = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}` + "\n"
	const requests = "-- requests --\nprincipal: anonymous\naction: s3:GetObject\nwant: ImplicitDeny\n"
	for text, want := range map[string]string{
		"-- identity --\n" + deny + requests:               "x.txtar:1: identity: the policy has no name",
		"-- identity/ --\n" + deny + requests:              "the policy has no name",
		"-- scp/0 --\n" + deny + requests:                  "the policy has no name",
		"-- unreadable/scp/0 --\n" + deny + requests:       "the policy has no name",
		"# a test\n-- scp/0/guard -- \n" + deny + requests: `x.txtar:2: "-- scp/0/guard --" is neither`,
		"--scp/0/guard--\n" + deny + requests:              "is neither",
		"\ufeff-- scp/0/guard --\n" + deny + requests:      "is neither",
		deny + requests:                     "is neither",
		requests + "account: 11112222333\n": `"11112222333" is not twelve digits`,
		"-- scp/0/guard --\n" + deny + requests + "\n-- scp/1/guard -- ": "is no line of a request",
	} {
		if a, err := ParseArchive("x.txtar", []byte(text), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v, want %s", text, a, err, want)
		}
	}
	for _, text := range []string{
		"# a test\n\n  # and more\n-- identity/ --\n\n-- scp/0/ --\n" + requests,
		"-- scp/0/guard --\r\n" + strings.ReplaceAll(deny+requests, "\n", "\r\n"),
	} {
		if _, err := ParseArchive("x.txtar", []byte(text), nil, nil); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

const archiveRequests = "-- requests --\nprincipal: anonymous\naction: s3:GetObject\n"

// What stands twice in an archive is an error: one of them would be overlooked,
// or not be told from the other in answers.
func TestArchiveDuplicates(t *testing.T) {
	policy := func(name string) string { return "-- " + name + " --\n" + allowAll + "\n" }
	public := func(name string) string {
		return "-- " + name + " --\n" + `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}` + "\n"
	}
	for text, want := range map[string]string{
		policy("identity/p") + policy("identity/p") + archiveRequests: "f:3: identity/p stands in line 1 already",
		"-- ids --\n-- ids --\n" + archiveRequests:                    "f:2: ids stands in line 1 already",
		archiveRequests + archiveRequests:                             "f:4: requests stands in line 1 already",
		public("resource") + public("resource/b") + archiveRequests:   "f:3: resource/b: a resource has one policy",
		public("resource") + "-- trust --\n" + archiveRequests:        "f:3: trust: a resource has one policy",
		archiveRequests + "management: no\n":                          "line 4: management is yes, or is not said",
		archiveRequests + "action: s3:PutObject\n":                    "line 4: action stands twice in one request",
	} {
		if a, err := ParseArchive("f", []byte(text), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot %+v, %v\nwant %s", text, a, err, want)
		}
	}
	// The same name in two layers, or two levels, is none.
	both := policy("identity/p") + policy("boundary/p") + policy("scp/0/p") + policy("scp/1/p") + archiveRequests
	if _, err := ParseArchive("f", []byte(both), nil, nil); err != nil {
		t.Error(err)
	}
}

// The policy of a role that is to be assumed is a trust policy, whatever its file
// is called, as in lines of JSON: it has no Resource, and "*" trusts nobody.
func TestArchiveTrust(t *testing.T) {
	const role, other = "arn:aws:iam::111122223333:role/R", "arn:aws:s3:::b/k"
	archive := func(name, more, action, resource string) string {
		return "-- " + name + " --\n" + `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"},"Action":"` + action + `"` + more + `}}` +
			"\n-- requests --\nprincipal: arn:aws:iam::111122223333:user/ann\naction: " + action + "\nresource: " + resource + "\n"
	}
	const everything = `,"Resource":"*"`
	for text, want := range map[string]string{
		archive("resource", "", "sts:AssumeRole", role):                                                                     "Allow resource resource#0",
		archive("resource/mine", "", "sts:AssumeRole", role):                                                                "Allow resource mine#0",
		archive("trust", "", "sts:AssumeRole", role):                                                                        "Allow resource trust#0",
		archive("resource", everything, "s3:GetObject", other):                                                              "Allow resource resource#0",
		archive("resource", everything, "sts:AssumeRole", role):                                                             "f:4: resource: f:2:138: ProhibitedResource",
		archive("trust", everything, "sts:AssumeRole", role):                                                                "f:4: trust: f:2:138: ProhibitedResource",
		"-- unreadable/resource --\n-- requests --\nprincipal: anonymous\naction: sts:AssumeRole\nresource: " + role + "\n": "ExplicitDeny resource resource#-1",
	} {
		a, err := ParseArchive("f", []byte(text), nil, nil)
		got := fmt.Sprint(err)
		if err == nil {
			c := a.Cases[0]
			got = Describe(engine.Decide(&c.Request, &c.Layers))
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s\ngot %s, want %s", text, got, want)
		}
	}
}

// Bars, ends of lines and backslashes can be written, and nothing else is meant by
// a backslash.
func TestArchiveEscapes(t *testing.T) {
	a, err := ParseArchive("f", []byte(archiveRequests+`resource: arn:aws:s3:::b/one\ntwo|three\|\\n`+"\n"+`context: k=a|b\|c|d\\|e\nf`+"\ncontext: l=\ncontext: m\n"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := a.Cases[0]
	if want := "arn:aws:s3:::b/one\ntwo|three|\\n"; c.Request.Resource != want {
		t.Errorf("resource: got %q, want %q", c.Request.Resource, want)
	}
	for key, want := range map[string][]string{"k": {"a", "b|c", `d\`, "e\nf"}, "l": {""}, "m": nil} {
		if got, _ := c.context.Get(key); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	for line, want := range map[string]string{
		`resource: arn:aws:s3:::b\k`: "a backslash stands before something else",
		`context: k=a\`:              "a backslash stands before something else",
		`resource:`:                  "resource is empty",
		`account:`:                   "account is empty",
		`issuer: `:                   "issuer is empty",
		`role:`:                      "role is empty",
	} {
		if _, err := ParseArchive("f", []byte(archiveRequests+line+"\n"), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
	for _, action := range []string{"s3GetObject", "s3:*", "s3:Get Object"} {
		if _, err := ParseArchive("f", []byte(strings.Replace(archiveRequests, "s3:GetObject", action, 1)), nil, nil); err == nil || !strings.Contains(err.Error(), "is not the name of one") {
			t.Errorf("%s: got %v", action, err)
		}
	}
}

func TestArchiveLayers(t *testing.T) {
	for name, want := range map[string]string{
		"identitty/p": "there is no such layer: there are identity, boundary, session, resource, trust, scp, rcp and endpoint",
		"scp/p":       `the level "p" is no number from 0 to 15`,
		"scp/16/p":    `the level "16" is no number`,
		"rcp/-1/p":    `the level "-1" is no number`,
	} {
		if _, err := ParseArchive("f", []byte("-- "+name+" --\n"+allowAll+"\n"+archiveRequests), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// Requests of one archive share its policies, and none changes them for the next.
func TestArchiveRCPLevels(t *testing.T) {
	text := "-- rcp/0/guard --\n" + strings.TrimSuffix(strings.TrimPrefix(denyDeleting, `{"name":"r","document":`), "}") + "\n-- rcp/1/full --\nfull\n" +
		archiveRequests + strings.Repeat("\nprincipal: anonymous\naction: s3:GetObject\n", 3)
	a, err := ParseArchive("f", []byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Cases {
		if l := c.Layers.RCP; len(l) != 2 || len(l[0]) != 2 || l[0][1] != fullRCP {
			t.Errorf("%s: levels of %d and %d policies", c.ID, len(l[0]), len(l[1]))
		}
	}
}
