// Package wiretest reads the public protocol compliance cases and makes, from
// the shapes that they describe, Go types with the tags of package wire and
// values of them. Only tests import it.
//
// Start at Load. It does not say what a case means: that is for the test of
// each protocol.
package wiretest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/writ-iam/writ/internal/vectors"
)

// Case is one case of a file, with the shapes of its suite.
type Case struct {
	ID         string // the suite's description and the case's number in it
	Shapes     map[string]Shape
	APIVersion string
	Namespace  string
	Given      Given
	Params     any // of an input
	Serialized Serialized
	Result     any // of an output
	Error      any // of an output that is an error
	ErrorCode  string
	ErrorText  string
	Response   Response
	HasMap     bool     // some shape is a map, whose order the case's JSON lost
	Unknown    []string // members that the case sets and no shape has; see Fill
}

// Given is the operation that a case is about.
type Given struct {
	Name   string
	Input  *Ref
	Output *Ref
	HTTP   struct{ Method, RequestURI string }
}

// Serialized is what a client sends.
type Serialized struct {
	Body, URI, Method, Host string
	Headers                 map[string]string
	ForbidHeaders           []string
}

// Response is what a server answers.
type Response struct {
	Headers map[string]string
	Body    string
}

// Shape is a shape of a model. A Ref names one and overrides its traits.
type Shape struct {
	Type    string
	Members members
	Member  *Ref // of a list
	Key     *Ref // of a map
	Value   *Ref
	Payload string
	Traits
}

// Ref is a use of a shape.
type Ref struct {
	Shape string
	Traits
}

// Traits say where and how a value is written.
type Traits struct {
	LocationName    string
	Location        string
	Flattened       bool
	TimestampFormat string
	JSONValue       bool
	XMLAttribute    bool
	ResultWrapper   string
	XMLNamespace    *namespace
}

type namespace struct{ Prefix, URI string }

// UnmarshalJSON accepts the URI alone too.
func (n *namespace) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &n.URI)
	}
	type plain namespace
	return json.Unmarshal(b, (*plain)(n))
}

// members are the members of a structure in the order of the file.
type members []member

type member struct {
	name string
	ref  Ref
}

func (m *members) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var ref Ref
		if err := d.Decode(&ref); err != nil {
			return err
		}
		*m = append(*m, member{name.(string), ref})
	}
	return nil
}

// Load returns the cases of a file below the folder protocols of the vectors,
// such as "input/query.json".
func Load(t testing.TB, file string) []Case {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors.Dir(t), "protocols", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	var suites []struct {
		Description string
		Metadata    struct{ APIVersion, XMLNamespace string }
		Shapes      map[string]Shape
		Cases       []struct {
			Given        Given
			Params       any
			Serialized   Serialized
			Result       any
			Error        any
			ErrorCode    string
			ErrorMessage string
			Response     Response
		}
	}
	if err := json.Unmarshal(b, &suites); err != nil {
		t.Fatal(err)
	}
	var cases []Case
	seen := map[string]int{}
	for _, s := range suites {
		hasMap := false
		for _, shape := range s.Shapes {
			hasMap = hasMap || shape.Type == "map"
		}
		for _, c := range s.Cases {
			cases = append(cases, Case{
				ID:     fmt.Sprintf("%s/%d", s.Description, seen[s.Description]),
				Shapes: s.Shapes, APIVersion: s.Metadata.APIVersion, Namespace: s.Metadata.XMLNamespace,
				Given: c.Given, Params: c.Params, Serialized: c.Serialized,
				Result: c.Result, Error: c.Error, ErrorCode: c.ErrorCode, ErrorText: c.ErrorMessage,
				Response: c.Response, HasMap: hasMap,
			})
			seen[s.Description]++
		}
	}
	return cases
}

// CheckListed reports what the lists of exceptions, by ID of a case, name and
// no case is.
func CheckListed(t testing.TB, cases []Case, lists ...map[string]string) {
	t.Helper()
	ids := map[string]bool{}
	for _, c := range cases {
		ids[c.ID] = true
	}
	for _, list := range lists {
		for id := range list {
			if !ids[id] {
				t.Errorf("%q is listed, and is no case", id)
			}
		}
	}
}
