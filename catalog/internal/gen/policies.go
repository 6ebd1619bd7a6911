package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// policies are the AWS managed policies as the source has them.
type policies struct {
	digest string
	newest time.Time // of all update dates
	list   []policy  // in order of name
}

type policy struct {
	name             string
	Path             string
	DefaultVersionID string `json:"DefaultVersionId"`
	CreateDate       time.Time
	UpdateDate       time.Time
	Document         json.RawMessage
}

// readPolicies reads the JSON text that the data file holds as one Python
// string. It does not understand Python: a backslash, which Python would
// interpret, is refused.
func readPolicies(file string) (*policies, error) {
	d := newDigester(filepath.Dir(file))
	b, err := d.read(filepath.Base(file))
	if err != nil {
		return nil, err
	}
	const quotes = `"""`
	from, to := bytes.Index(b, []byte(quotes)), bytes.LastIndex(b, []byte(quotes))
	if from == to || bytes.ContainsRune(b, '\\') {
		return nil, fmt.Errorf("%s: want one triple-quoted string without backslashes", file)
	}
	var byName map[string]policy
	if err := json.Unmarshal(b[from+len(quotes):to], &byName); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	p := &policies{digest: d.digest()}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		pol := byName[name]
		pol.name = name
		if pol.Document, err = arrange(pol.Document); err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		if pol.UpdateDate.After(p.newest) {
			p.newest = pol.UpdateDate
		}
		p.list = append(p.list, pol)
	}
	return p, nil
}

// The source sorts the elements by name; people read them in this order.
var (
	documentElements  = []string{"Version", "Id", "Statement"}
	statementElements = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
		"Resource", "NotResource", "Condition"}
)

// arrange returns the document without blanks, its elements in the usual order.
func arrange(document json.RawMessage) (json.RawMessage, error) {
	return reorder(document, documentElements, func(element string, v json.RawMessage) (json.RawMessage, error) {
		if element != "Statement" {
			return v, nil
		}
		if v[0] == '{' {
			return reorder(v, statementElements, keep)
		}
		var statements []json.RawMessage
		if err := json.Unmarshal(v, &statements); err != nil {
			return nil, err
		}
		for i := range statements {
			var err error
			if statements[i], err = reorder(statements[i], statementElements, keep); err != nil {
				return nil, fmt.Errorf("statement %d: %w", i+1, err)
			}
		}
		return append(append([]byte{'['}, bytes.Join(toBytes(statements), []byte{','})...), ']'), nil
	})
}

func keep(_ string, v json.RawMessage) (json.RawMessage, error) { return v, nil }

// reorder writes the members of a JSON object in the given order, each value
// passed through change. A member that is not listed is an error.
func reorder(object json.RawMessage, order []string, change func(string, json.RawMessage) (json.RawMessage, error)) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, name := range order {
		v, ok := members[name]
		if !ok {
			continue
		}
		delete(members, name)
		v, err := change(name, v)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, `,%q:`, name)
		if err := json.Compact(&out, v); err != nil {
			return nil, err
		}
	}
	if len(members) > 0 {
		return nil, fmt.Errorf("unknown elements %v", slices.Sorted(maps.Keys(members)))
	}
	out.WriteByte('}')
	b := out.Bytes()
	b[0] = '{' // in place of the first comma
	return b, nil
}

func toBytes(v []json.RawMessage) [][]byte {
	out := make([][]byte, len(v))
	for i := range v {
		out[i] = v[i]
	}
	return out
}

// index renders what the catalog keeps of a policy beside its document.
func (p *policy) index(b *strings.Builder) {
	line(b, "P", p.name, p.Path, p.DefaultVersionID,
		fmt.Sprint(p.CreateDate.Unix()), fmt.Sprint(p.UpdateDate.Unix()), fmt.Sprint(len(p.Document)))
}
