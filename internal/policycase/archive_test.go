package policycase

import (
	"strings"
	"testing"
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
