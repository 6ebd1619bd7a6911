package policy

import (
	"encoding/json"
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
		if rapid.IntRange(0, 9).Draw(t, "escape") == 0 {
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

func drawStatement(t *rapid.T) string {
	not := func() string { return rapid.SampledFrom([]string{"", "Not"}).Draw(t, "not") }
	action := func() string { return jsonText(t, "action", `[a-z0-9-]{1,4}:[A-Za-z*?é ]{0,6}`) }
	resource := func() string {
		return jsonText(t, "resource", `arn:aws:[a-z]{4}:[a-z]{0,3}:[0-9]{0,3}:[a-zé/*?:]{1,9}`)
	}
	value := func() string {
		if rapid.Bool().Draw(t, "literal") {
			return rapid.SampledFrom([]string{"1", "-0.5e3", "true", "false"}).Draw(t, "value")
		}
		return jsonText(t, "value", `[ -!#-\[\]-~é]{0,8}`)
	}
	elements := []string{
		`"Effect": ` + rapid.SampledFrom([]string{`"Allow"`, `"Deny"`}).Draw(t, "effect"),
		`"` + not() + `Action":` + oneOrMore(t, "actions", action),
		`"` + not() + `Resource" :` + oneOrMore(t, "resources", resource),
	}
	var conditions []string
	for _, op := range []string{"StringLike", "ForAnyValue:NumericLessThanIfExists", "Null", "unknown"} {
		var keys []string
		for i := range rapid.IntRange(0, 2).Draw(t, op) {
			keys = append(keys, jsonText(t, "key", `aws:[a-zé/]{1,6}`+string(rune('0'+i)))+":"+oneOrMore(t, "values", value))
		}
		if op != "unknown" || len(keys) == 0 {
			conditions = append(conditions, `"`+op+`":{`+strings.Join(keys, ",")+`}`)
		}
	}
	elements = append(elements, `"Condition":{`+strings.Join(conditions, " ,\n")+`}`)
	return "{" + strings.Join(rapid.Permutation(elements).Draw(t, "order"), ",\n\t") + "}"
}

func TestPrintedParsesAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom([]string{"", `"Version":"2008-10-17",`}).Draw(t, "version")
		text := "{" + version + `"Statement":` + oneOrMore(t, "statements", func() string { return drawStatement(t) }) + "}\n"
		d, err := Parse(IdentityBased, text)
		if err != nil {
			t.Fatalf("%s\n%s", text, err.(*Error))
		}
		checkPrinted(t, d)
	})
}
