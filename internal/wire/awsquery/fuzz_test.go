package awsquery

import "testing"

var formSeeds = []string{
	assumeRole,
	"Text=&Enum=red&Flag=TRUE&Int=-5&Long=9000000000&Float=2.5e3&Time=2025-05-08T23:34:01.5%2B02:00&Epoch=1.25&Blob=Zm9v",
	"Text=a&Tags=&List.member.2=b&List.member.1=a&Flat.1=7&Flat.2=8",
	"Map.entry.1.key=k&Map.entry.1.value=&Tagged.1.Name=n&Tagged.1.Tag.Key=k&Tagged.1.Tag.Value=v",
	"Nested.Text=x&Nested.Tags.member.1.Value=v&Nested.Nested.Nested.Float=NaN",
	"Matrix.member.1.member.1=m&Matrix.member.2=&Pointed.member.1=p&Tags.member.1=&Tags.member.2.Key=k",
	"A=1&a=2", "%zz=1", "=&=", "Text=%ff", "List=a", "List.member.99999999=a", "Nested=&Map=&Float=-Infinity",
}

// FuzzParseForm: what is accepted has no two parameters of one name, and each
// is found by its name.
func FuzzParseForm(f *testing.F) {
	for _, s := range formSeeds {
		f.Add("", []byte(s))
		f.Add(s, []byte("Action=A"))
	}
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		form, err := Parse(query, body)
		if err != nil {
			return
		}
		for i, p := range form.params {
			if find(form.params, p.name) != i {
				t.Fatalf("parameter %q is not found", p.name)
			}
		}
		if n := len(form.Unknown()); n != len(form.params) {
			t.Errorf("%d of %d parameters are unused", n, len(form.params))
		}
	})
}

// FuzzDecode: what decodes is what a client's encoding of it decodes to.
func FuzzDecode(f *testing.F) {
	for _, s := range formSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, _, err := decode(s)
		if err != nil {
			return
		}
		form := Encode("A", "V", v)
		again, _, err := decode(form)
		if err != nil {
			t.Fatalf("%s: encoded %s: %v", s, form, err)
		}
		if got := Encode("A", "V", again); got != form {
			t.Fatalf("%s: encoded %s, and then %s", s, form, got)
		}
		// The other direction must hold what it is given.
		r := Response{Operation: "Op", ResultWrapper: "OpResult", Result: v}
		first := AppendResponse(nil, r)
		out := &everything{}
		if err := DecodeResponse(first, "OpResult", out); err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		r.Result = out
		if second := AppendResponse(nil, r); string(second) != string(first) {
			t.Fatalf("answered %s, read back %s", first, second)
		}
	})
}
