package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPrint(t *testing.T) {
	d, err := Parse(ResourceBased, `{"Statement":{"Condition":{"Bool":{"k":true,"l":[]},"Null":{"k":"x"}},"Action":"a:\u0062",
		"Resource":"\"\\\u0001é\u0101\ud83d\ude00","Principal":{"AWS":["*","123456789012"],"Service":"a.b"},"Effect":"Allow","Sid":"s"},"Id":"i"}`)
	if err != nil {
		t.Fatal(err)
	}
	const canonical = `{"Id":"i","Statement":[{"Sid":"s","Effect":"Allow","Principal":{"AWS":["*","123456789012"],"Service":["a.b"]},` +
		`"Action":["a:b"],"Resource":["\"\\\u0001é\u0101\ud83d\ude00"],"Condition":{"Bool":{"k":["true"],"l":[]},"Null":{"k":["x"]}}}]}`
	if diff := cmp.Diff(canonical, d.Canonical()); diff != "" {
		t.Errorf("Canonical (-want +got):\n%s", diff)
	}
	const pretty = `{
  "Id": "i",
  "Statement": [
    {
      "Sid": "s",
      "Effect": "Allow",
      "Principal": {
        "AWS": [
          "*",
          "123456789012"
        ],
        "Service": [
          "a.b"
        ]
      },
      "Action": [
        "a:b"
      ],
      "Resource": [
        "\"\\\u0001é\u0101\ud83d\ude00"
      ],
      "Condition": {
        "Bool": {
          "k": [
            "true"
          ],
          "l": []
        },
        "Null": {
          "k": [
            "x"
          ]
        }
      }
    }
  ]
}
`
	if diff := cmp.Diff(pretty, d.Print()); diff != "" {
		t.Errorf("Print (-want +got):\n%s", diff)
	}
}

// What encoding/json reads from a printed document, it read from the text.
func TestPrintIsJSON(t *testing.T) {
	text := richPolicy(2)
	d, err := Parse(IdentityBased, strings.ReplaceAll(text, "true", `["true"]`))
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal([]byte(d.Print()), &got); err != nil {
		t.Fatal(err)
	}
	listed := strings.NewReplacer(`"team0"`, `["team0"]`, `"team1"`, `["team1"]`, "true", `["true"]`).Replace(text)
	if err := json.Unmarshal([]byte(listed), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// jsonText draws a JSON string with characters and escapes of all kinds.
func jsonText(t *rapid.T, label, pattern string) string {
	var b strings.Builder
	for _, r := range rapid.StringMatching(pattern).Draw(t, label) {
		if r == '"' || r == '\\' || rapid.IntRange(0, 9).Draw(t, "escape") == 0 {
			w := printer{}
			w.hex(r)
			b.Write(w.b)
			continue
		}
		b.WriteRune(r)
	}
	return `"` + b.String() + `"`
}

// oneOrMore draws a single value or a list of them.
func oneOrMore(t *rapid.T, label string, item func() string) string {
	n := rapid.IntRange(0, 3).Draw(t, label)
	if n == 0 {
		return item()
	}
	list := make([]string, n)
	for i := range list {
		list[i] = item()
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// drawn are the uses of which documents are drawn.
var drawn = []Use{
	{Kind: IdentityBased}, {Kind: IdentityBased, Managed: true}, {Kind: PermissionsBoundary}, {Kind: Session},
	{Kind: ResourceBased}, {Kind: ResourceBased, Service: "ecr"}, {Kind: Endpoint}, {Kind: Trust},
	{Kind: ServiceControl}, {Kind: ResourceControl},
}

// drawDocument draws a document that AWS stores for the use.
func drawDocument(t *rapid.T, use Use) string {
	versions := []string{"", `"2008-10-17"`, `"2012-10-17"`}
	if use.Managed || use.Kind == ServiceControl || use.Kind == ResourceControl {
		versions = versions[2:]
	}
	var elements []string
	if v := rapid.SampledFrom(versions).Draw(t, "version"); v != "" {
		elements = append(elements, `"Version": `+v)
	}
	if rapid.Bool().Draw(t, "has an id") {
		elements = append(elements, `"Id":`+jsonText(t, "id", `[a-z é"\\]{0,5}`))
	}
	n := 0
	elements = append(elements, `"Statement":`+oneOrMore(t, "statements", func() string {
		n++
		return drawStatement(t, use, n)
	}))
	return "{" + strings.Join(rapid.Permutation(elements).Draw(t, "elements"), ",\n") + "}\n"
}

func drawStatement(t *rapid.T, use Use, n int) string {
	elements := drawWhom(t, use)
	not := func() string {
		if use.Kind == ResourceControl {
			return ""
		}
		return rapid.SampledFrom([]string{"", "Not"}).Draw(t, "not")
	}
	action := func() string {
		if use.Kind == Trust {
			return jsonText(t, "action", `sts:[A-Za-z*?]{1,6}`)
		}
		return jsonText(t, "action", `[a-z0-9-]{1,4}:[A-Za-z*?é ]{0,6}`)
	}
	elements = append(elements, `"`+not()+`Action":`+oneOrMore(t, "actions", action))
	if use.Kind != Trust && use.Service != "ecr" {
		notResource := rapid.SampledFrom([]string{"", "Not"}).Draw(t, "not")
		elements = append(elements, `"`+notResource+`Resource" :`+oneOrMore(t, "resources", func() string {
			return jsonText(t, "resource", `arn:aws:[a-z]{4}:[a-z]{0,3}:[0-9]{0,3}:[a-zé/*?:]{1,9}`)
		}))
	}
	if rapid.Bool().Draw(t, "has a sid") {
		elements = append(elements, `"Sid":"S`+string(rune('0'+n))+`"`)
	}
	if rapid.Bool().Draw(t, "has conditions") {
		elements = append(elements, `"Condition":`+drawConditions(t, use))
	}
	return "{" + strings.Join(rapid.Permutation(elements).Draw(t, "order"), ",\n\t") + "}"
}

// drawWhom draws the effect of a statement and, where the use has them, its
// principals.
func drawWhom(t *rapid.T, use Use) []string {
	effect := rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect")
	names := rapid.Permutation([]string{
		`"AWS":` + oneOrMore(t, "accounts", func() string {
			return rapid.SampledFrom([]string{`"*"`, `"123456789012"`, `"arn:aws:iam::123456789012:role\u002fr"`}).Draw(t, "account")
		}),
		`"Service":"ec2.amazonaws.com"`, `"Federated": ["accounts.google.com"]`,
	}).Draw(t, "principals")
	whom := "{" + strings.Join(names[:rapid.IntRange(1, 3).Draw(t, "types")], ",") + "}"
	key := `"Principal":`
	switch use.Kind {
	case IdentityBased, PermissionsBoundary, Session, ServiceControl:
		return []string{`"Effect": "` + effect + `"`}
	case ResourceControl:
		return []string{`"Effect":"Deny"`, key + rapid.SampledFrom([]string{`"*"`, `{"AWS":"*"}`, `{"AWS":["*"]}`}).Draw(t, "all")}
	case Trust:
	default:
		if effect == "Deny" && rapid.Bool().Draw(t, "not principal") {
			key = `"NotPrincipal":`
		}
		if rapid.Bool().Draw(t, "everybody") {
			whom = `"*"`
		}
	}
	return []string{`"Effect": "` + effect + `"`, key + whom}
}

func drawConditions(t *rapid.T, use Use) string {
	value := func() string {
		if rapid.Bool().Draw(t, "literal") {
			return rapid.SampledFrom([]string{"1", "-0.5e3", "true", "false"}).Draw(t, "value")
		}
		return jsonText(t, "value", `[ -!#%-\[\]-~é]{0,8}`)
	}
	operators := []string{"StringLike", "ForAnyValue:NumericLessThanIfExists", "Null"}
	if !use.Kind.library() && use.Kind != ResourceControl {
		operators = append(operators, "unknown") // without keys it is stored
	}
	var conditions []string
	for _, op := range operators {
		var keys []string
		for i := range rapid.IntRange(0, 2).Draw(t, op) {
			keys = append(keys, jsonText(t, "key", `aws:[a-zé/]{1,6}`+string(rune('0'+i)))+":"+oneOrMore(t, "values", value))
		}
		if op != "unknown" || len(keys) == 0 {
			conditions = append(conditions, `"`+op+`":{`+strings.Join(keys, ",")+`}`)
		}
	}
	return `{` + strings.Join(conditions, " ,\n") + `}`
}

// Whatever a document is for and however it is written, its printed forms are
// the same document.
func TestPrintedParsesAgain(t *testing.T) {
	for _, use := range drawn {
		t.Run(fmt.Sprintf("%d %s %t", use.Kind, use.Service, use.Managed), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				text := drawDocument(t, use)
				d, err := use.Parse(text)
				if err != nil {
					t.Fatalf("%s\n%s", text, err.(*Error))
				}
				if d.Text != text {
					t.Fatalf("the text is kept as %q, not %q", d.Text, text)
				}
				checkPositions(t, d)
				checkPrinted(t, use, d)
			})
		})
	}
}
