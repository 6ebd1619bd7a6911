package policycase

import "fmt"

// object reads an object and calls member for each of its members, which reads
// the value. That no name stands twice is the decoder's affair.
func (r *Reader) object(what string, member func(key string) error) error {
	if r.tokens.PeekKind() != '{' {
		return r.wrong(what, "an object")
	}
	if _, err := r.tokens.ReadToken(); err != nil {
		return err
	}
	for r.tokens.PeekKind() != '}' {
		key, err := r.text()
		if err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
	}
	_, err := r.tokens.ReadToken()
	return err
}

// list reads an array and calls element at each element, or once at a value that
// is no array.
func (r *Reader) list(what string, element func() error) error {
	switch r.tokens.PeekKind() {
	case '[':
	case '{':
		return r.wrong(what, "a list")
	default:
		return element()
	}
	if _, err := r.tokens.ReadToken(); err != nil {
		return err
	}
	for k := r.tokens.PeekKind(); k != ']'; k = r.tokens.PeekKind() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := r.tokens.ReadToken()
	return err
}

// wrong says that another value was wanted; what is no JSON is said first.
func (r *Reader) wrong(what, want string) error {
	if err := r.tokens.SkipValue(); err != nil {
		return err
	}
	return fmt.Errorf("%s must be %s", what, want)
}

// text reads a string.
func (r *Reader) text() (string, error) {
	t, err := r.tokens.ReadToken()
	if err != nil {
		return "", err
	}
	return t.String(), nil
}

func (r *Reader) str(what string) (string, error) {
	if r.tokens.PeekKind() != '"' {
		return "", r.wrong(what, "a string")
	}
	return r.text()
}

// optional reads a string that may be null, which is as if it were not there: "".
// An empty one is an error, because it looks like a value that got lost.
func (r *Reader) optional(what string) (string, error) {
	if r.tokens.PeekKind() == 'n' {
		return "", r.tokens.SkipValue()
	}
	s, err := r.str(what)
	if err == nil && s == "" {
		err = fmt.Errorf("%s is empty: leave it out, or say what it is", what)
	}
	return s, err
}

func (r *Reader) boolean(what string) (bool, error) {
	switch r.tokens.PeekKind() {
	case 't', 'f':
		t, err := r.tokens.ReadToken()
		return err == nil && t.Bool(), err
	}
	return false, r.wrong(what, "true or false")
}

// scalar reads a string, number or boolean as the text that conditions compare.
func (r *Reader) scalar(what string) (string, error) {
	switch r.tokens.PeekKind() {
	case '"':
		return r.text()
	case 't', 'f', '0':
		v, err := r.tokens.ReadValue()
		return string(v), err
	}
	return "", r.wrong("a value of "+what, "a string, a number or a boolean")
}
