package wire

import (
	"fmt"
	"strings"
)

// Location is where in a message a member stands. Protocols without HTTP
// bindings (awsQuery) ignore it.
type Location uint8

// The locations.
const (
	Body    Location = iota // a parameter of the form, an element of the body
	Header                  // an HTTP header
	Headers                 // all headers that begin with the member's name
	URI                     // a label of the path
	Query                   // a parameter of the query string
	Status                  // the HTTP status
	Payload                 // the whole body
)

var locations = map[string]Location{
	"header": Header, "headers": Headers, "uri": URI,
	"query": Query, "status": Status, "payload": Payload,
}

var timeFormats = map[string]TimeFormat{
	"iso8601": ISO8601, "unix": Unix, "rfc822": RFC822,
}

// apply reads one option of a tag into f.
func (f *Field) apply(option string) error {
	key, value, _ := strings.Cut(option, "=")
	if loc, ok := locations[key]; ok {
		f.In = loc
		return nil
	}
	flags := map[string]*bool{
		"required": &f.Required, "flat": &f.Flat, "attr": &f.Attr,
		"jsonvalue": &f.JSON, "sensitive": &f.Sensitive, "stream": &f.stream,
	}
	if flag, ok := flags[key]; ok {
		*flag = true
		return nil
	}
	names := map[string]*string{
		"item": &f.Item, "entry": &f.Entry, "key": &f.Key, "value": &f.Value,
		"ns": &f.Space, "prefix": &f.Prefix,
	}
	if name, ok := names[key]; ok {
		*name = value
		return nil
	}
	if format, ok := timeFormats[value]; ok && key == "time" {
		f.Time = format
		return nil
	}
	return fmt.Errorf("unknown option %q", option)
}

// parseTag reads a whole tag into f. Names that it does not give stay as they
// are.
func (f *Field) parseTag(tag string) error {
	options := strings.Split(tag, ",")
	if options[0] != "" {
		f.Name = options[0]
	}
	for _, o := range options[1:] {
		if err := f.apply(o); err != nil {
			return err
		}
	}
	return nil
}
