package sarif

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrite(t *testing.T) {
	tool := Tool{Name: "writ", Version: "1.2.3", Rules: []Rule{{"A", "sentence a"}, {"B", "sentence <b>"}}}
	var b strings.Builder
	err := Write(&b, tool, []Result{
		{Rule: "B", Level: "warning", Message: "here & there", File: "./policies/a b.json", Line: 3, Column: 17},
		{Rule: "C", Level: "error", Message: "no rule", File: "/tmp/x.json", Line: 1, Column: 1},
		{Rule: "A", Level: "note", Message: "piped", Line: 2, Column: 5},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "writ",
          "version": "1.2.3",
          "rules": [
            {
              "id": "A",
              "shortDescription": {
                "text": "sentence a"
              }
            },
            {
              "id": "B",
              "shortDescription": {
                "text": "sentence <b>"
              }
            }
          ]
        }
      },
      "invocations": [
        {
          "executionSuccessful": false
        }
      ],
      "columnKind": "unicodeCodePoints",
      "results": [
        {
          "ruleId": "B",
          "ruleIndex": 1,
          "level": "warning",
          "message": {
            "text": "here & there"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "policies/a%20b.json"
                },
                "region": {
                  "startLine": 3,
                  "startColumn": 17
                }
              }
            }
          ]
        },
        {
          "ruleId": "C",
          "ruleIndex": -1,
          "level": "error",
          "message": {
            "text": "no rule"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "file:///tmp/x.json"
                },
                "region": {
                  "startLine": 1,
                  "startColumn": 1
                }
              }
            }
          ]
        },
        {
          "ruleId": "A",
          "ruleIndex": 0,
          "level": "note",
          "message": {
            "text": "piped"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "description": {
                    "text": "standard input"
                  }
                },
                "region": {
                  "startLine": 2,
                  "startColumn": 5
                }
              }
            }
          ]
        }
      ]
    }
  ]
}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Where nothing is found, the lists are empty and not null.
func TestWriteNothing(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, Tool{Name: "writ"}, nil, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rules": []`, `"results": []`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), `"version": ""`) {
		t.Errorf("a version that is none in\n%s", b.String())
	}
}

func TestURI(t *testing.T) {
	for path, want := range map[string]string{
		"a.json": "a.json", "../a.json": "../a.json", "a:b.json": "./a:b.json", "100%.json": "100%25.json", "x//y.json": "x/y.json",
	} {
		if got := uri(path); got != want {
			t.Errorf("uri(%q) = %q, want %q", path, got, want)
		}
	}
}
