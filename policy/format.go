package policy

import (
	"slices"
	"strings"
)

// Format lays out the text of d for people: two spaces of indent, an element a
// line, elements in the order of AWS's reference. The rest stays as it was
// written: single values and lists, numbers, escapes, and the order of lists, of
// principals and of conditions. The result ends in a line feed; it parses as a
// document Equal to d, and formatting it again changes nothing.
func (d *Document) Format() string {
	f := formatter{scanner: scanner{text: d.Text}}
	f.b.Grow(len(d.Text) + len(d.Text)/2)
	f.value(documentOrder)
	f.b.WriteByte('\n')
	return f.b.String()
}

// order is the order of an object's members, and of those of the objects within.
// A nil order is that of the text.
type order struct {
	keys   []string
	within *order
}

var documentOrder = &order{
	keys: []string{"Version", "Id", "Statement"},
	within: &order{keys: []string{
		"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
	}},
}

// formatter writes the tokens of a document anew, which are known to be right.
type formatter struct {
	scanner
	b     strings.Builder
	depth int
}

// member is a member of an object: the key as written, its place in the order,
// and where the value stands.
type member struct {
	key         string
	rank, value int
}

func (f *formatter) value(o *order) {
	switch f.next() {
	case '{':
		f.members(o)
	case '[':
		f.elements(o)
	default:
		start := f.off
		f.scalar()
		f.b.WriteString(f.text[start:f.off])
	}
}

func (f *formatter) members(o *order) {
	var list []member
	f.object(func(key string, pos Position) bool {
		written := scanner{text: f.text, off: pos.Offset}
		written.str()
		m := member{key: f.text[pos.Offset:written.off]}
		if o != nil {
			m.rank = slices.Index(o.keys, key)
		}
		f.next()
		m.value = f.off
		list = append(list, m)
		return f.anyValue(0)
	})
	end := f.off
	slices.SortStableFunc(list, func(a, b member) int { return a.rank - b.rank })
	var within *order
	if o != nil {
		within = o.within
	}
	f.list('{', '}', len(list), func(i int) {
		f.b.WriteString(list[i].key)
		f.b.WriteString(": ")
		f.off = list[i].value
		f.value(within)
	})
	f.off = end
}

func (f *formatter) elements(o *order) {
	var starts []int
	f.array(func() bool {
		f.next()
		starts = append(starts, f.off)
		return f.anyValue(0)
	})
	end := f.off
	if len(starts) == 1 && f.text[starts[0]] != '{' {
		f.b.WriteByte('[')
		f.off = starts[0]
		f.value(nil)
		f.b.WriteByte(']')
	} else {
		f.list('[', ']', len(starts), func(i int) {
			f.off = starts[i]
			f.value(o)
		})
	}
	f.off = end
}

// list writes n items, each on a line of its own.
func (f *formatter) list(open, close byte, n int, item func(int)) {
	f.b.WriteByte(open)
	f.depth++
	for i := range n {
		if i > 0 {
			f.b.WriteByte(',')
		}
		f.line()
		item(i)
	}
	f.depth--
	if n > 0 {
		f.line()
	}
	f.b.WriteByte(close)
}

func (f *formatter) line() {
	f.b.WriteByte('\n')
	for range f.depth {
		f.b.WriteString("  ")
	}
}
