package iam

import (
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/iamapi"
)

func one(name string, values ...string) iamapi.PolicyParameter {
	kind := iamapi.PolicyParameterTypeEnumString
	return iamapi.PolicyParameter{Name: &name, Type: &kind, Values: values}
}

func several(name string, values ...string) iamapi.PolicyParameter {
	p := one(name, values...)
	*p.Type = iamapi.PolicyParameterTypeEnumStringList
	return p
}

func template(t *testing.T, document string) *PolicyTemplate {
	t.Helper()
	const templateARN = "arn:aws:iam::aws:delegation-template/t"
	parsed, err := ParsePolicyTemplates([]byte(`[{"arn":"` + templateARN + `","account":"111122223333","provider":"p","template":` + document + `}]`))
	if err != nil {
		t.Fatal(err)
	}
	all, err := newPolicyTemplates(parsed)
	if err != nil {
		t.Fatal(err)
	}
	return all[templateARN]
}

// TestRender has the examples of "Policy templates" in the IAM User Guide.
func TestRender(t *testing.T) {
	const begin, end = `{"Version":"2012-10-17","Statement":[`, `]}`
	conditional := begin + `{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"},
		{"@Enabled":"ENABLE_S3_WRITE","Effect":"Allow","Action":["s3:PutObject"],"Resource":"arn:aws:s3:::@{bucketName}/*"}` + end
	get := `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`
	for _, test := range []struct {
		template string
		params   []iamapi.PolicyParameter
		want     string // statements
	}{
		{begin + `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::@{bucketNames}/@{prefix}/*"}` + end,
			[]iamapi.PolicyParameter{several("bucketNames", "bucket-1", "bucket-2"), one("prefix", "data")},
			`{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::bucket-1/data/*","arn:aws:s3:::bucket-2/data/*"]}`},
		{conditional, []iamapi.PolicyParameter{one("bucketName", "my-bucket"), one("ENABLE_S3_WRITE", "True")},
			get + `,{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::my-bucket/*"}`},
		{conditional, []iamapi.PolicyParameter{one("bucketName", "my-bucket"), one("ENABLE_S3_WRITE", "False")}, get},
		{begin + `{"@Enabled":"!CLOSED","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}` + end,
			[]iamapi.PolicyParameter{one("CLOSED", "False")}, get},
		{begin + `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/team":["@{value}","x"]}}}` + end,
			[]iamapi.PolicyParameter{several("value", "a<b", "c")},
			`{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/team":["a<b","c","x"]}}}`},
	} {
		tpl := template(t, test.template)
		for range 2 { // a template is not changed by its use
			got, err := tpl.render(test.params)
			if err != nil || got != begin+test.want+end {
				t.Errorf("%s, %v\nwant %s", got, err, begin+test.want+end)
			}
		}
	}
}

// TestParametersStayStrings: no value of a parameter can end the string that
// it stands in, and none is looked at for parameters again.
func TestParametersStayStrings(t *testing.T) {
	tpl := template(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::@{bucket}/*"}}`)
	got, err := tpl.render([]iamapi.PolicyParameter{one("bucket", `b"],"Action":"*","x":["@{bucket}\`)})
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b\"],\"Action\":\"*\",\"x\":[\"@{bucket}\\/*"}]}`
	if err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
}

// TestParameterBomb: lists that multiply are given up early.
func TestParameterBomb(t *testing.T) {
	tpl := template(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"`+strings.Repeat("@{many}", 40)+`"}}`)
	many := make([]string, 5000)
	for i := range many {
		many[i] = "x"
	}
	for _, p := range []iamapi.PolicyParameter{several("many", many...), several("many", "a", "b"), one("many", strings.Repeat("x", 1<<19))} {
		if _, err := tpl.render([]iamapi.PolicyParameter{p}); err == nil || !strings.Contains(err.Error(), "2048 characters") {
			t.Errorf("%d values: %v", len(p.Values), err)
		}
	}
}

func TestPolicyTemplateErrors(t *testing.T) {
	const fine = `{"arn":"arn:aws:iam::aws:delegation-template/t","account":"111122223333","provider":"p","template":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}`
	for text, want := range map[string]string{
		`{}`:                          "cannot unmarshal",
		`[x]`:                         "invalid character",
		`[] []`:                       "text follows",
		`[{"name":"x"}]`:              "unknown field",
		`[` + fine + `,` + fine + `]`: "twice",
		`[` + strings.Replace(fine, "arn:aws:iam", "arn:aws:s3", 1) + `]`:                                                       "not one of IAM's",
		`[` + strings.Replace(fine, "111122223333", "1", 1) + `]`:                                                               "twelve digits",
		`[` + strings.Replace(fine, `"p"`, `""`, 1) + `]`:                                                                       "at most 30 characters",
		`[` + strings.Replace(fine, `"s3:*"`, `"@{x"`, 1) + `]`:                                                                 "without an end",
		`[` + strings.Replace(fine, `"Effect"`, `"Condition":{"StringEquals":{"aws:@{x}":"y"}},"Effect"`, 1) + `]`:              "in a condition key",
		`[` + strings.Replace(fine, `"s3:*"`, `"@{}"`, 1) + `]`:                                                                 "without a name",
		`[` + strings.Replace(fine, `"Effect"`, `"Principal":"*","Effect"`, 1) + `]`:                                            "unknown field",
		`[` + strings.Replace(fine, `"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `"Statement":[]`, 1) + `]`: "no statements",
	} {
		list, err := ParsePolicyTemplates([]byte(text))
		if err == nil {
			_, err = newPolicyTemplates(list)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
