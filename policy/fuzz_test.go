package policy

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"
)

// FuzzParse reads any text as any kind of policy. Nothing panics; an error has a
// text, a sentence and a place in the text; what parses is JSON to encoding/json
// too, and what it prints as parses as the same.
func FuzzParse(f *testing.F) {
	for _, tt := range accepted {
		f.Add(byte(tt.kind), tt.doc)
	}
	for _, tt := range refused {
		f.Add(byte(IdentityBased), tt.doc)
	}
	for _, tt := range refusedByLibrary {
		f.Add(byte(tt.kind), tt.doc)
	}
	for _, tt := range attacks {
		if len(tt.doc) < 1000 {
			f.Add(byte(IdentityBased), tt.doc)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, text string) {
		d, err := Parse(Kind(kind), text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		if !utf8.ValidString(text) || !json.Valid([]byte(text)) {
			t.Errorf("%q is accepted", text)
		}
		checkPositions(t, d)
		checkPrinted(t, d)
	})
}

func checkError(t *testing.T, text string, err error) {
	var e *Error
	switch {
	case !errors.As(err, &e):
		t.Errorf("%q: %T", text, err)
	case e.Text == "" || sentences[e.Code] == "":
		t.Errorf("%q: no words for %s", text, e.Code)
	case e.Pos.Offset < 0 || e.Pos.Offset > len(text) || e.Pos.Line < 1 || e.Pos.Column < 1:
		t.Errorf("%q: position %+v", text, e.Pos)
	}
}

// checkPositions holds positions against the text: strings stand at their quote.
func checkPositions(t *testing.T, d *Document) {
	for _, st := range d.Statements {
		if d.Text[st.Start.Offset] != '{' || d.Text[st.End.Offset-1] != '}' {
			t.Errorf("%q: statement from %+v to %+v", d.Text, st.Start, st.End)
		}
		values := st.Action.Values
		if st.Resource != nil {
			values = append(values, st.Resource.Values...)
		}
		for _, v := range values {
			s := scanner{text: d.Text, off: v.Pos.Offset}
			if got, ok := s.str(); !ok || got != v.Text {
				t.Errorf("%q: %q stands at %+v", d.Text, got, v.Pos)
			}
		}
	}
}
