package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// What is imported comes out as configuration that Terraform's own parser
// reads: every import block names a resource, and texts and policies have the
// value that they had.
func TestTerraformReads(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:"
	texts := []string{
		`plain`, `${aws:username}`, `$${x}`, `$$${x}`, `%{if}`, `%%{x`, `$`, "${", `"quoted" \ back`, "line\nline\ttab\r", "\u0001\u2028\U000e0001", "päß", "%2F",
		`$%{x}`, `%${x}`, `\${x}`, "<<EOT",
	}
	document := func(text string) map[string]any {
		if text == "${" || strings.ContainsFunc(text, unicode.IsControl) {
			text = "no policy can say that"
		}
		return map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Effect": "Allow", "Action": []any{"s3:*", "sqs:*"}, "Resource": "*", "Condition": map[string]any{"StringLike": map[string]any{"aws:username": text}},
		}}}
	}
	var users, policies []any
	for i, text := range texts {
		policies = append(policies, map[string]any{
			"Path": "/", "PolicyName": fmt.Sprint("p", i), "PolicyId": fmt.Sprintf("ANPA%017d", i), "Arn": fmt.Sprint(arn, "policy/p", i), "CreateDate": "2026-01-01T00:00:00Z",
			"Description": text, "DefaultVersionId": "v1", "PolicyVersionList": []any{map[string]any{"VersionId": "v1", "Document": document(text)}},
		})
		name := fmt.Sprint(i, "u")
		users = append(users, map[string]any{
			"Path": "/", "UserName": name, "UserId": fmt.Sprintf("AIDA%017d", i), "Arn": arn + "user/" + name, "CreateDate": "2026-01-01T00:00:00Z",
			"UserPolicyList": []any{map[string]any{"PolicyName": "p", "PolicyDocument": document(text)}},
		})
	}
	file := filepath.Join(t.TempDir(), "account.json")
	body := must(json.Marshal(map[string]any{"UserDetailList": users, "Policies": policies}))(t)
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t)
	run := func(args ...string) []byte {
		t.Helper()
		out, err := exec.Command(writ, append(args, "--data", s.Data)...).Output()
		if err != nil {
			t.Fatalf("writ %v: %s", args, withStderr(err))
		}
		return out
	}
	run("import", file, "--apply")
	config := run("export", "--account", "111122223333", "--format", "terraform")
	parsed, diags := hclparse.NewParser().ParseHCL(config, "account.tf")
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, config)
	}
	resources := readConfig(t, parsed.Body.(*hclsyntax.Body))
	for i, text := range texts {
		label := fmt.Sprintf("_%du", i)
		if got := resources[fmt.Sprint("aws_iam_policy.p", i)]["description"]; got != text {
			t.Errorf("description of %q: %v", text, got)
		}
		encoded, _ := resources["aws_iam_user_policy."+label+"_p"]["policy"].(string)
		var policy any
		if err := json.Unmarshal([]byte(encoded), &policy); err != nil || !reflect.DeepEqual(policy, any(document(text))) {
			t.Errorf("policy of %q: %s %v", text, encoded, err)
		}
	}
}

// readConfig evaluates the resources, and checks the import blocks.
func readConfig(t *testing.T, body *hclsyntax.Body) map[string]map[string]any {
	t.Helper()
	users := map[string]cty.Value{}
	for _, block := range body.Blocks {
		if block.Type == "resource" && block.Labels[0] == "aws_iam_user" {
			users[block.Labels[1]] = cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(block.Labels[1])})
		}
	}
	eval := &hcl.EvalContext{
		Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc},
		Variables: map[string]cty.Value{"aws_iam_user": cty.ObjectVal(users)},
	}
	resources, imported := map[string]map[string]any{}, map[string]bool{}
	for _, block := range body.Blocks {
		if block.Type == "import" {
			to, diags := hcl.AbsTraversalForExpr(block.Body.Attributes["to"].Expr)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			imported[to.RootName()+"."+to[1].(hcl.TraverseAttr).Name] = true
			continue
		}
		r := map[string]any{}
		for name, attribute := range block.Body.Attributes {
			value, diags := attribute.Expr.Value(eval)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			r[name] = plain(value)
		}
		resources[block.Labels[0]+"."+block.Labels[1]] = r
	}
	for name := range resources {
		if !imported[name] {
			t.Errorf("%s has no import block", name)
		}
	}
	if len(imported) != len(resources) {
		t.Errorf("%d import blocks for %d resources", len(imported), len(resources))
	}
	return resources
}

func plain(v cty.Value) any {
	if v.Type() == cty.String {
		return v.AsString()
	}
	if v.Type().IsObjectType() {
		out := map[string]any{}
		for name, part := range v.AsValueMap() {
			out[name] = plain(part)
		}
		return out
	}
	return v.GoString()
}
