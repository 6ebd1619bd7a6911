package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	const text = " {\"Statement\" : {\"Condition\":{\"Bool\":{\"k\":true,\"l\":[],\"m\":[1.50]},\"A\\u0062c\":{}},\r\n" +
		"\t\"Resource\":[\"a\",\n\"b\"],\"Action\":[ \"s3:\\u0047et*\" ],\"\\u0045ffect\":\"Allow\",\"Sid\":\"\"," +
		"\"Principal\":{\"Service\":\"a.b\",\"AWS\":[\"*\",\"é\"]}},\n\n\"Id\":\"i\",\"Version\":\"2008-10-17\"}\n\n"
	const want = `{
  "Version": "2008-10-17",
  "Id": "i",
  "Statement": {
    "Sid": "",
    "\u0045ffect": "Allow",
    "Principal": {
      "Service": "a.b",
      "AWS": [
        "*",
        "é"
      ]
    },
    "Action": ["s3:\u0047et*"],
    "Resource": [
      "a",
      "b"
    ],
    "Condition": {
      "Bool": {
        "k": true,
        "l": [],
        "m": [1.50]
      },
      "A\u0062c": {}
    }
  }
}
`
	d, err := ParseShape(text)
	if err != nil {
		t.Fatal(err.(*Error))
	}
	if diff := cmp.Diff(want, d.Format()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFormatList(t *testing.T) {
	d, err := ParseShape(`{"Statement":[{"Effect":"Deny"}, {"Effect":"Allow"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "Statement": [
    {
      "Effect": "Deny"
    },
    {
      "Effect": "Allow"
    }
  ]
}
`
	if diff := cmp.Diff(want, d.Format()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := d.Canonical(), `{"Statement":[{"Effect":"Deny"},{"Effect":"Allow"}]}`; got != want {
		t.Errorf("Canonical is %s, want %s", got, want)
	}
}

// ParseShape takes what every kind of policy refuses, if only a Document can
// hold it, and prints it as it was.
func TestParseShape(t *testing.T) {
	tests := []struct {
		doc  string
		code Code // "" for a document that has the shape of a policy
		at   string
	}{
		{`{"Version":"1","Statement":{"Effect":"Deny","Principal":"ann","NotAction":[],"Condition":{"No":{"k":"v"}}}}`, "", ""},
		{`{"Statement":[]}`, "", ""},
		{`{"Statement":{"Effect":"Allow","Principal":{"AWS":"x","Service":"EC2"},"Resource":"nothing ${"}}`, "", ""},
		{`{`, InvalidJSON, "1:2"},
		{`{"Statement":{"Effect":"Deny","Effect":"Deny"}}`, DuplicateKey, "1:31"},
		{`{"Statement":{"Effect":"Deny"},"More":1}`, UnknownKey, "1:32"},
		{`{"Statement":{"Effect":"Deny","Action":{}}}`, WrongType, "1:40"},
		{`{"Statement":{"Effect":"Deny","Action":[],"NotAction":[]}}`, BothForms, "1:43"},
		{`{"Statement":{}}`, MissingEffect, "1:14"},
		{`{"Statement":{"Effect":"deny"}}`, EffectCase, "1:24"},
		{`{"Statement":{"Effect":"no"}}`, BadEffect, "1:24"},
		{`{"Statement":{"Effect":"Deny","Principal":{"Who":"x"}}}`, BadPrincipal, "1:44"},
	}
	for _, tt := range tests {
		d, err := ParseShape(tt.doc)
		if tt.code != "" {
			text := identityFallback
			if known, ok := identityTexts[tt.code]; ok {
				text = known
			}
			wantError(t, tt.doc, err, tt.code, tt.at, text)
			continue
		}
		if err != nil {
			t.Errorf("%s\n%s", tt.doc, err.(*Error))
			continue
		}
		if d.Kind != 0 {
			t.Errorf("%s: kind %d", tt.doc, d.Kind)
		}
		for _, text := range []string{d.Canonical(), d.Print(), d.Format()} {
			if again, err := ParseShape(text); err != nil || !Equal(d, again) {
				t.Errorf("%s\nis printed\n%s\n%v", tt.doc, text, err)
			}
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	d, err := Parse(IdentityBased, richPolicy(60))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		d.Format()
	}
}
