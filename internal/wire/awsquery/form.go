package awsquery

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/internal/wire"
)

// Limits of a form. AWS states none; a call of IAM or STS has a few dozen
// parameters.
const (
	maxParams = 10_000
	maxName   = 1024
)

// Form is the parameters of one call. The zero Form has none. It remembers
// which of them were asked for, and is therefore for one goroutine.
type Form struct {
	params []param // sorted by name without regard to case
}

type param struct {
	name, value string
	used        bool // a member has it
}

// Parse reads the parameters of a call: those of the query string and those of
// the body together, since AWS reads both. A parameter that is given more than
// once, in whatever case, is an error, and so are bad percent-encoding and
// text that is not UTF-8: no two readers of the request can then disagree on
// what it says.
func Parse(rawQuery string, body []byte) (Form, error) {
	var f Form
	n := 2 + strings.Count(rawQuery, "&")
	for _, c := range body {
		if c == '&' {
			n++
		}
	}
	if n > maxParams+2 {
		return Form{}, errTooMany
	}
	f.params = make([]param, 0, n)
	if err := f.add(rawQuery); err != nil {
		return Form{}, err
	}
	if err := f.add(string(body)); err != nil {
		return Form{}, err
	}
	if len(f.params) > maxParams {
		return Form{}, errTooMany
	}
	slices.SortFunc(f.params, func(a, b param) int { return compare(a.name, b.name) })
	for i := 1; i < len(f.params); i++ {
		if compare(f.params[i-1].name, f.params[i].name) == 0 {
			return Form{}, &wire.Error{Reason: wire.Duplicate, Name: f.params[i].name, Text: "is given more than once"}
		}
	}
	return f, nil
}

var errTooMany = &wire.Error{Reason: wire.Limit, Text: "too many parameters"}

func (f *Form) add(s string) error {
	for s != "" {
		var pair string
		pair, s, _ = strings.Cut(s, "&")
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err := unescape(key)
		if err != nil {
			return err
		}
		if name == "" || len(name) > maxName {
			return &wire.Error{Reason: wire.Limit, Text: "a parameter's name is empty or too long"}
		}
		if value, err = unescape(value); err != nil {
			return &wire.Error{Reason: wire.Syntax, Name: name, Text: err.Error()}
		}
		f.params = append(f.params, param{name: name, value: value})
	}
	return nil
}

// Get returns the value of a parameter, "" when it is absent.
func (f Form) Get(name string) string {
	if i := find(f.params, name); i >= 0 {
		f.params[i].used = true
		return f.params[i].value
	}
	return ""
}

// Unknown returns the names of the parameters that neither Decode nor Get has
// asked for, in order. AWS ignores such parameters.
func (f Form) Unknown() []string {
	var names []string
	for _, p := range f.params {
		if !p.used {
			names = append(names, p.name)
		}
	}
	return names
}

// find returns the index of the parameter of that name, or -1.
func find[S string | []byte](params []param, name S) int {
	i := search(params, name)
	if i < len(params) && params[i].name == string(name) {
		return i
	}
	return -1
}

// search returns the index of the first parameter whose name is not before
// name.
func search[S string | []byte](params []param, name S) int {
	lo, hi := 0, len(params)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if compare(params[mid].name, name) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// compare orders names without regard to the case of ASCII letters.
func compare[S string | []byte](a string, b S) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x, y = lower(x), lower(y); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// hasPrefixFold reports whether s begins with prefix, whatever its case.
func hasPrefixFold(s string, prefix []byte) bool {
	return len(s) >= len(prefix) && compare(s[:len(prefix)], prefix) == 0
}

// hasPrefix is strings.HasPrefix without a copy of prefix.
func hasPrefix(s string, prefix []byte) bool {
	return len(s) >= len(prefix) && s[:len(prefix)] == string(prefix)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

var (
	errEscape = &wire.Error{Reason: wire.Syntax, Text: "malformed percent-encoding"}
	errUTF8   = &wire.Error{Reason: wire.Syntax, Text: "not UTF-8"}
)

// unescape decodes a name or value of a form.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') >= 0 || strings.IndexByte(s, '+') >= 0 {
		b := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			c := s[i]
			switch c {
			case '+':
				c = ' '
			case '%':
				if i+2 >= len(s) || unhex(s[i+1]) > 15 || unhex(s[i+2]) > 15 {
					return "", errEscape
				}
				c = unhex(s[i+1])<<4 | unhex(s[i+2])
				i += 2
			}
			b = append(b, c)
		}
		s = string(b)
	}
	if !utf8.ValidString(s) {
		return "", errUTF8
	}
	return s, nil
}

// unhex returns the value of a hexadecimal digit, 255 for any other byte.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
