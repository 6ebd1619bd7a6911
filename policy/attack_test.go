package policy

import (
	"strings"
	"testing"
	"time"
)

const wrapped = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"a:b","Resource":"*","Condition":{"Bool":{"k":%}}}}`

// attacks are documents that one reader takes for something else than another, or
// that cost a careless reader dear.
var attacks = []struct {
	name, doc string
	code      Code
	at        string
}{
	{"too large", strings.Repeat(" ", MaxBytes+1), TooLarge, "1:1"},
	{"second effect", `{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}`, DuplicateKey, "1:31"},
	{"second effect, escaped", `{"Statement":{"Effect":"Deny","\u0045ffect":"Allow","Action":"*","Resource":"*"}}`, DuplicateKey, "1:31"},
	{"effect in another case", `{"Statement":{"Effect":"Deny","effect":"Allow","Action":"*","Resource":"*"}}`, UnknownKey, "1:31"},
	{"kelvin sign for k", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"},"\u212aey":1}`, UnknownKey, "1:60"},
	{"second document", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}{}`, InvalidJSON, "1:60"},
	{"NUL behind the end", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}` + "\x00", InvalidJSON, "1:60"},
	{"byte order mark", "\ufeff" + `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, InvalidJSON, "1:1"},
	{"comment", `{"Statement":{"Effect":"Deny",/*"*/"Action":"*","Resource":"*"}}`, InvalidJSON, "1:31"},
	{"single quotes", `{'Statement':[]}`, InvalidJSON, "1:2"},
	{"raw newline in a string", "{\"Statement\":{\"Effect\":\"De\nny\"}}", InvalidJSON, "1:27"},
	{"NUL in a string", "{\"Statement\":{\"Effect\":\"De\x00ny\"}}", InvalidJSON, "1:27"},
	{"not UTF-8", "{\"Statement\":{\"Sid\":\"\xff\"}}", InvalidCharacter, "1:22"},
	{"half a character", "{\"Statement\":{\"Sid\":\"\xc3\"}}", InvalidCharacter, "1:22"},
	{"overlong quote", "{\"Statement\":{\"Sid\":\"\xc0\xa2\"}}", InvalidCharacter, "1:22"},
	{"beyond Latin-1", `{"Statement":{"Sid":"Ā"}}`, InvalidCharacter, "1:22"},
	{"beyond Latin-1 behind an escape", `{"Statement":{"Sid":"\nĀ"}}`, InvalidCharacter, "1:24"},
	{"not UTF-8 outside strings", "{\xff}", InvalidCharacter, "1:2"},
	{"half a surrogate pair", `{"Statement":{"Sid":"\ud800"}}`, InvalidJSON, "1:22"},
	{"surrogates the wrong way round", `{"Statement":{"Sid":"\udc00\ud800"}}`, InvalidJSON, "1:22"},
	{"no hexadecimal digits", `{"Statement":{"Sid":"\u+0a1"}}`, InvalidJSON, "1:22"},
	{"unknown escape", `{"Statement":{"Sid":"\x41"}}`, InvalidJSON, "1:22"},
	{"string without end", `{"Statement":{"Sid":"a\"`, InvalidJSON, "1:25"},
	{"null for a value", value(`null`), WrongType, "1:109"},
	{"null in a list", value(`["a",null]`), WrongType, "1:114"},
	{"huge exponent", value(`1e999`), InvalidJSON, "1:109"},
	{"huge number", value(strings.Repeat("9", 65)), InvalidJSON, "1:109"},
	{"leading zero", value(`007`), InvalidJSON, "1:109"},
	{"plus sign", value(`+1`), InvalidJSON, "1:109"},
	{"no digit", value(`-`), InvalidJSON, "1:109"},
	{"bare point", value(`1.`), InvalidJSON, "1:109"},
	{"hexadecimal", value(`0x1`), InvalidJSON, "1:110"},
	{"NaN", value(`NaN`), InvalidJSON, "1:109"},
	{"trailing comma", value(`["a",]`), InvalidJSON, "1:114"},
	{"word that goes on", value(`truely`), InvalidJSON, "1:113"},
	{"lists without end", `{"Statement":` + strings.Repeat("[", 100_000), InvalidJSON, "1:45"},
	{"objects without end", strings.Repeat(`{"a":`, 20_000), InvalidJSON, "1:161"},
	{"values without end", value(strings.Repeat("[", 100_000)), InvalidJSON, "1:137"},
}

func value(v string) string { return strings.Replace(wrapped, "%", v, 1) }

func TestAttacks(t *testing.T) {
	for _, tt := range attacks {
		t.Run(tt.name, func(t *testing.T) {
			for _, kind := range []Kind{IdentityBased, ResourceBased} {
				_, err := Parse(kind, tt.doc)
				text := identityFallback
				if kind == ResourceBased {
					text = libraryFallback
					if tt.code.json() {
						text = invalidJSONText
					}
					if tt.code == UnknownKey {
						text = err.Error()
					}
				}
				wantError(t, tt.doc, err, tt.code, tt.at, text)
			}
		})
	}
}

// A document that is as large as it may be, and full of what has to be compared
// with everything before it, is read in a moment.
func TestManyKeys(t *testing.T) {
	var b strings.Builder
	for i := 0; b.Len() < MaxBytes-200; i++ {
		b.WriteString(`,"` + strings.Repeat("k", i%7) + string(rune('0'+i%10)) + strings.Repeat("x", i/70%50) + `":{}`)
	}
	docs := []string{
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"a:b","Resource":"*","Condition":{` + b.String()[1:] + `}}}`,
		`{"Version":"2012-10-17","Other":{` + b.String()[1:] + `}}`,
		policyOf(3000, func(i int) string {
			return `{"Sid":"S` + strings.Repeat("x", i%50) + `","Effect":"Deny","Action":"a:b","Resource":"*"}`
		}),
		strings.Repeat("\n", MaxBytes),
	}
	done := make(chan bool)
	go func() {
		for _, doc := range docs {
			if _, err := Parse(IdentityBased, doc); err == nil {
				t.Error("accepted")
			}
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("not read in ten seconds")
	}
}
