package apimodel

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

var toyOverlay = Overlay{
	Package: "toyapi", Namespace: "http://toy/", EventSource: "toy.example",
	Reference: "https://example/API_", Secrets: []string{"Pin"}, Roots: map[string]string{"ListThings": "ThingList"},
}

func toy(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/toy.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The toy model has one of everything that the generator knows.
func TestGenerateToy(t *testing.T) {
	m, err := Parse([]byte(toy(t)))
	if err != nil {
		t.Fatal(err)
	}
	files, err := Generate(m, toyOverlay)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		golden := filepath.Join("testdata", "toy", name+".golden")
		if *update {
			if err := os.WriteFile(golden, files[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(files[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A model or overlay that cannot be turned into Go is refused with a reason.
func TestGenerateErrors(t *testing.T) {
	for _, test := range []struct {
		name, old, new, want string
		overlay              func(*Overlay)
	}{
		{name: "a shape that is not there", old: `"Part": {"shape": "Part"}`, new: `"Part": {"shape": "Gone"}`, want: `no shape "Gone"`},
		{name: "an unknown type", old: `"Text": {"type": "string"}`, new: `"Text": {"type": "document"}`, want: `has type "document"`},
		{name: "a pattern Go cannot read", old: `[a-z0-9-]+`, new: `a(?=b)`, want: `pattern "a(?=b)"`},
		{name: "enum values of one name", old: `"light-blue"`, new: `"LightBlue", "light-blue"`, want: "two values that would be ColourLightBlue"},
		{name: "errors of one code", old: `"Busy": {"type"`, new: `"NoSuchBox": {"type": "structure", "exception": true}, "Busy": {"type"`, want: "two exceptions with code NoSuchBox"},
		{name: "an unknown protocol", old: `"rest-xml"`, new: `"cbor"`, want: `protocol "cbor"`},
		{name: "a constraint that nothing checks", old: `"Metadata": {"type": "map",`, new: `"Metadata": {"type": "map", "max": 1,`, want: "a map has no rules"},
		{name: "no root element", overlay: func(o *Overlay) { o.Roots = nil }, want: "no root element for shape ListThingsOutput"},
		{name: "a stale root", overlay: func(o *Overlay) { o.Roots = map[string]string{"Gone": "x"} }, want: "root element for Gone"},
		{name: "a stale secret", overlay: func(o *Overlay) { o.Secrets = []string{"Gone"} }, want: "secret Gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := toy(t)
			if !strings.Contains(text, test.old) {
				t.Fatalf("the model has no %s", test.old)
			}
			m, err := Parse([]byte(strings.Replace(text, test.old, test.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			o := toyOverlay
			if test.overlay != nil {
				test.overlay(&o)
			}
			if _, err := Generate(m, o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}

func TestEnumConst(t *testing.T) {
	for value, want := range map[string]string{
		"STANDARD_IA": "TStandardIa", "aws:kms": "TAwsKms", "AES256": "TAes256", "stringList": "TStringList",
		"us-west-2": "TUsWest2", "s3:ObjectCreated:*": "TS3ObjectCreated", "": "TEmpty", "SSE-C": "TSseC",
	} {
		if got := enumConst("T", value); got != want {
			t.Errorf("enumConst(%q) = %s, want %s", value, got, want)
		}
	}
}
