package policy

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
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
		if shape, err := ParseShape(text); err == nil {
			for _, printed := range []string{shape.Canonical(), shape.Print(), shape.Format()} {
				if again, err := ParseShape(printed); err != nil || !Equal(shape, again) {
					t.Errorf("%q is printed %q: %v", text, printed, err)
				}
			}
		}
		d, err := Parse(Kind(kind), text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		if !utf8.ValidString(text) || !json.Valid([]byte(text)) {
			t.Errorf("%q is accepted", text)
		}
		checkPositions(t, d)
		checkPrinted(t, Use{Kind: d.Kind}, d)
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

// checkPositions holds positions against the text: strings stand at their quote,
// elements at their key.
func checkPositions(t interface{ Errorf(string, ...any) }, d *Document) {
	read := func(off int) string {
		s := scanner{text: d.Text, off: off}
		text, ok := s.str()
		if !ok {
			t.Errorf("%q: no string at %d", d.Text, off)
		}
		return text
	}
	at := func(off Offset, want ...string) {
		if off == 0 {
			return
		}
		if pos := d.Position(off); pos.Offset != int(off) || !slices.Contains(want, read(pos.Offset)) {
			t.Errorf("%q: %q stands at %+v, want one of %q", d.Text, read(int(off)), pos, want)
		}
	}
	at(d.VersionAt, string(d.Version))
	at(d.IDAt, d.ID)
	at(d.StatementAt, "Statement")
	for _, st := range d.Statements {
		if d.Text[st.Start.Offset] != '{' || d.Text[st.End.Offset-1] != '}' {
			t.Errorf("%q: statement from %+v to %+v", d.Text, st.Start, st.End)
		}
		at(st.SidAt, st.Sid)
		at(st.EffectAt, "Allow", "Deny")
		at(st.PrincipalAt, "Principal", "NotPrincipal")
		at(st.ActionAt, "Action", "NotAction")
		at(st.ResourceAt, "Resource", "NotResource")
		at(st.ConditionAt, "Condition")
		values := slices.Clone(st.Action.Values)
		if st.Resource != nil {
			values = append(values, st.Resource.Values...)
		}
		if st.Principal != nil {
			for _, v := range st.Principal.Values {
				values = append(values, Value{v.Value, v.Pos})
			}
		}
		for _, c := range st.Conditions {
			values = append(values, Value{c.Operator.Name, c.Operator.Pos}, Value{c.Key, c.KeyPos})
			for _, v := range c.Values {
				if d.Text[v.Pos.Offset] == '"' {
					values = append(values, v)
				} else if !strings.HasPrefix(d.Text[v.Pos.Offset:], v.Text) {
					t.Errorf("%q: %q is not at %+v", d.Text, v.Text, v.Pos)
				}
			}
		}
		for _, v := range values {
			if read(v.Pos.Offset) != v.Text || v.Pos != d.Position(Offset(v.Pos.Offset)) {
				t.Errorf("%q: %q stands at %+v", d.Text, v.Text, v.Pos)
			}
		}
	}
}
