package engine_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// dataPerimeter and controlPolicies are AWS's samples of policies for
// organizations, roles, resources and VPC endpoints. Each must parse and compile.
var (
	dataPerimeter = suite{
		name: "data-perimeter-policy-examples", variable: "WRIT_SUITE_DATA_PERIMETER",
		read: readDocuments(func(file string) policy.Kind {
			switch {
			case strings.Contains(file, "trust_policy"):
				return policy.Trust
			case strings.HasPrefix(file, "vpc_endpoint_policies/"):
				return policy.Endpoint
			case strings.HasPrefix(file, "service_control_policies/"):
				return policy.ServiceControl
			case strings.HasSuffix(file, "_rcp.json"):
				return policy.ResourceControl
			case strings.HasPrefix(file, "resource_control_policies/SQS"):
				return policy.ResourceControl
			}
			return policy.ResourceBased
		}),
	}
	controlPolicies = suite{
		name: "service-control-policy-examples", variable: "WRIT_SUITE_CONTROL_POLICIES",
		read: readDocuments(func(file string) policy.Kind {
			if strings.HasPrefix(file, "Tagging-Governance/") {
				return 0 // a program
			}
			return policy.ServiceControl
		}),
	}
)

// placeholders are what readers are meant to replace.
var placeholders = []struct {
	text *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`"<[^">]*resource[^">]*>"`), `"arn:aws:s3:::bucket"`},
	{regexp.MustCompile(`"<action>"`), `"s3:GetObject"`},
	{regexp.MustCompile(`<[^">]*account[^">]*>`), `111111111111`},
	{regexp.MustCompile(`<([^">]*)>`), `$1`},
}

// readDocuments parses policies as their kind, 0 for a file that is none.
func readDocuments(kind func(file string) policy.Kind) func(fs.FS) ([]suiteCase, error) {
	return func(checkout fs.FS) (cases []suiteCase, err error) {
		err = eachFile(checkout, ".json", func(file string, data []byte) error {
			k := kind(file)
			if k == 0 {
				return nil
			}
			text := string(data)
			for _, p := range placeholders {
				text = p.text.ReplaceAllString(text, p.with)
			}
			doc, err := policy.Parse(k, text)
			if err == nil {
				_, err = engine.Compile(doc, engine.CompileOptions{})
			}
			cases = append(cases, suiteCase{file, 1, err})
			return nil
		})
		return cases, err
	}
}

func TestSuiteDocuments(t *testing.T) {
	const deny = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"<some-resource>","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"<an-account>"}}}}`
	everybody := strings.Replace(deny, `"Action"`, `"Principal":"*","Action"`, 1)
	cases, err := dataPerimeter.read(fstest.MapFS{
		"resource_based_policies/q.json":                     {Data: []byte(everybody)},
		"resource_control_policies/a_rcp.json":               {Data: []byte(everybody)},
		"resource_control_policies/b_rcp.json":               {Data: []byte(deny)},
		"resource_control_policies/resource_based/e.json":    {Data: []byte(everybody)},
		"service_control_policies/a.json":                    {Data: []byte(deny)},
		"vpc_endpoint_policies/a.json":                       {Data: []byte(everybody)},
		"resource_based_policies/iam_role_trust_policy.json": {Data: []byte(everybody)},
	})
	wantCases(t, cases, err, "AssumeRolepolicy", "ok", "ok", "specified policy type", "ok", "ok", "ok")
	cases, err = controlPolicies.read(fstest.MapFS{
		"a/b.json": {Data: []byte(deny)}, "Tagging-Governance/package.json": {Data: []byte(`{}`)},
	})
	wantCases(t, cases, err, "ok")
}
