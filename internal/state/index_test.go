package state

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Check compares every index: none may be missing in its list.
func TestIndexesAreListed(t *testing.T) {
	var count func(t reflect.Type) int
	count = func(t reflect.Type) int {
		n := 0
		for i := range t.NumField() {
			switch f := t.Field(i).Type; {
			case f.Kind() != reflect.Struct:
			case strings.HasPrefix(f.Name(), "index["):
				n++
			default:
				n += count(f)
			}
		}
		return n
	}
	if got, want := len(new(Snapshot).indexes()), count(reflect.TypeFor[Snapshot]()); got != want {
		t.Errorf("%d indexes are listed, the snapshot has %d", got, want)
	}
}

// Each field that is stored has its own number, and none is left out.
func TestFieldNumbers(t *testing.T) {
	var check func(t2 reflect.Type)
	check = func(st reflect.Type) {
		for st.Kind() == reflect.Pointer || st.Kind() == reflect.Slice {
			st = st.Elem()
		}
		if st.Kind() != reflect.Struct || st.PkgPath() != reflect.TypeFor[User]().PkgPath() {
			return
		}
		seen := map[string]bool{}
		for i := range st.NumField() {
			f := st.Field(i)
			tag := f.Tag.Get("cbor")
			if !f.IsExported() || tag == "-" {
				continue
			}
			number, options, _ := strings.Cut(tag, ",")
			if !strings.HasPrefix(options, "keyasint") || seen[number] {
				t.Errorf("%v.%s: tag %q", st, f.Name, tag)
			}
			seen[number] = true
			check(f.Type)
		}
	}
	for _, k := range kinds {
		rows, _ := reflect.TypeOf(k).Elem().FieldByName("key")
		check(rows.Type.In(0))
	}
	check(reflect.TypeFor[Outgoing]())
}

func TestIndexCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index[int]
		s := &Snapshot{owner: 1}
		model := map[[2]string]int{}
		n := rapid.IntRange(0, 300).Draw(t, "n")
		for i := range n {
			a, b := fmt.Sprint("a", rapid.IntRange(0, 2).Draw(t, "a")), fmt.Sprint("b", rapid.IntRange(0, 3).Draw(t, "b"))
			x.put(s, true, a, b, fmt.Sprint(i), i)
			model[[2]string{a, b}]++
			model[[2]string{a}]++
		}
		for _, a := range []string{"a", "a0", "a1", "a2", "a3"} {
			if got := x.count(a); got != model[[2]string{a}] {
				t.Errorf("count(%s) = %d, want %d", a, got, model[[2]string{a}])
			}
			for _, b := range []string{"b", "b0", "b3"} {
				if got := x.count2(a, b); got != model[[2]string{a, b}] {
					t.Errorf("count2(%s, %s) = %d, want %d", a, b, got, model[[2]string{a, b}])
				}
			}
		}
	})
}

// A snapshot that was copied does not see what is written afterwards.
func TestIndexIsPersistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index[int]
		old := []index[int]{}
		models := []map[string]int{}
		model := map[string]int{}
		for owner := range uint64(rapid.IntRange(1, 20).Draw(t, "owners")) {
			s := &Snapshot{owner: owner + 1}
			for range rapid.IntRange(1, 100).Draw(t, "writes") {
				key := fmt.Sprint(rapid.IntRange(0, 200).Draw(t, "key"))
				if v, ok := model[key]; ok && rapid.Bool().Draw(t, "delete") {
					x.put(s, false, key, "", "", v)
					delete(model, key)
				} else {
					v := len(old)*1000 + len(model)
					x.put(s, true, key, "", "", v)
					model[key] = v
				}
			}
			copied := map[string]int{}
			for k, v := range model {
				copied[k] = v
			}
			old, models = append(old, x), append(models, copied)
		}
		for i := range old {
			if old[i].len() != len(models[i]) {
				t.Fatalf("snapshot %d has %d entries, want %d", i, old[i].len(), len(models[i]))
			}
			for k, want := range models[i] {
				if got, ok := old[i].get(k, "", ""); !ok || got != want {
					t.Fatalf("snapshot %d: %s is %d, want %d", i, k, got, want)
				}
			}
		}
	})
}
