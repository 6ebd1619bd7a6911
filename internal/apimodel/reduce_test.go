package apimodel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const botocoreModel = `{
  "version": "2.0", "documentation": "<p>Prose.</p>",
  "metadata": {"apiVersion": "2001-01-01", "protocol": "query", "signatureVersion": "v4", "endpointPrefix": "toy"},
  "operations": {
    "B": {"name": "B", "http": {"method": "POST", "requestUri": "/"}, "documentation": "<p>B.</p>", "input": {"shape": "BRequest", "documentation": "x"},
          "errors": [{"shape": "Bad", "documentation": "x"}], "staticContextParams": {}},
    "A": {"name": "A", "http": {"method": "POST", "requestUri": "/"}}
  },
  "shapes": {
    "BRequest": {"type": "structure", "documentation": "x", "required": ["Z"],
      "members": {"Z": {"shape": "S", "documentation": "a <b>", "contextParam": {"name": "Z"}}, "A": {"shape": "S", "box": true}}},
    "S": {"type": "string", "documentation": "x", "pattern": "<&>[\\u0020-\\u00FF]+", "min": 0},
    "Bad": {"type": "structure", "members": {}, "error": {"code": "Bad", "httpStatusCode": 409, "senderFault": true}, "exception": true}
  }
}`

const reducedModel = `{
 "source": "botocore 1.2.3",
 "licence": "Apache-2.0",
 "metadata": {"apiVersion":"2001-01-01","protocol":"query","endpointPrefix":"toy"},
 "operations": {
  "B": {"name":"B","http":{"method":"POST","requestUri":"/"},"input":{"shape":"BRequest"},"errors":[{"shape":"Bad"}]},
  "A": {"name":"A","http":{"method":"POST","requestUri":"/"}}
 },
 "shapes": {
  "BRequest": {"type":"structure","required":["Z"],"members":{"Z":{"shape":"S"},"A":{"shape":"S"}}},
  "S": {"type":"string","pattern":"<&>[\\u0020-\\u00FF]+","min":0},
  "Bad": {"type":"structure","members":{},"exception":true,"error":{"code":"Bad","httpStatusCode":409}}
 }
}
`

func TestReduce(t *testing.T) {
	got, err := Reduce([]byte(botocoreModel), "botocore 1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reducedModel, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The checked-in copies are as Reduce writes them: not edited by hand, and
// without a key that Generate does not read.
func TestReduceIsIdempotent(t *testing.T) {
	for service := range Overlays {
		data, err := models.ReadFile("models/" + service + ".json")
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Reduce(data, m.Source)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(data), string(again)); diff != "" {
			t.Errorf("%s: reducing the copy changes it:\n%s", service, diff)
		}
	}
}

func TestReduceErrors(t *testing.T) {
	for _, data := range []string{``, `[]`, `{"shapes": []}`, `{"shapes": {"A": {}, "A": {}}}`, `{"operations": {"A": {"errors": {}}}}`} {
		if got, err := Reduce([]byte(data), ""); err == nil {
			t.Errorf("Reduce(%s) = %s, want an error", data, got)
		}
	}
}
