package s3

import "testing"

func TestHold(t *testing.T) {
	f, err := OpenFiles("")
	if err != nil {
		t.Fatal(err)
	}
	id, d, err := f.begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.keep(); err != nil {
		t.Fatal(err)
	}
	first, second := f.Hold(), f.Hold()
	f.remove([]string{id})
	first()
	if _, err := f.open(id); err != nil {
		t.Errorf("a held content is gone: %v", err)
	}
	second()
	if _, err := f.open(id); err == nil {
		t.Error("the content stays after the last holder")
	}
}
