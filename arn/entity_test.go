package arn

import "testing"

func TestEntity(t *testing.T) {
	for _, tt := range []struct{ in, kind, path, name string }{
		{"arn:aws:iam::123456789012:role/R", "role", "/", "R"},
		{"arn:aws:iam::123456789012:role/team/x/R", "role", "/team/x/", "R"},
		{"arn:aws:iam::aws:policy/service-role/P", "policy", "/service-role/", "P"},
		{"arn:aws:iam::123456789012:root", "", "", ""},
		{"arn:aws:iam::123456789012:role/", "", "", ""},
		{"arn:aws:sts::123456789012:assumed-role/R/S", "", "", ""},
	} {
		a, err := Parse(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		kind, path, name, ok := a.Entity()
		if kind != tt.kind || path != tt.path || name != tt.name || ok != (tt.kind != "") {
			t.Errorf("Entity of %s = %q, %q, %q, %v", tt.in, kind, path, name, ok)
		}
	}
}
