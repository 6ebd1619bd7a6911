package iam_test

import (
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// answerOf reads an answer: the code of its error, "" for none, and its result
// as plain values. A structure is a map[string]any, a list a []any, a map of
// AWS's a map[string]any, all else a string; what is empty is "". Documents
// are without their escapes.
func answerOf(t testing.TB, body string) (code string, result any) {
	t.Helper()
	var root answerNode
	must(t, xml.Unmarshal([]byte(body), &root))
	for _, e := range root.Elements {
		switch {
		case e.XMLName.Local == "Error":
			code, _ := e.value().(map[string]any)["Code"].(string)
			return code, nil
		case strings.HasSuffix(e.XMLName.Local, "Result"):
			return "", e.value()
		}
	}
	return "", ""
}

type answerNode struct {
	XMLName  xml.Name
	Text     string       `xml:",chardata"`
	Elements []answerNode `xml:",any"`
}

func (e answerNode) value() any {
	all := func(name string) bool {
		return !slices.ContainsFunc(e.Elements, func(c answerNode) bool { return c.XMLName.Local != name })
	}
	switch {
	case len(e.Elements) == 0:
		if text, err := url.PathUnescape(e.Text); err == nil && strings.HasSuffix(e.XMLName.Local, "Document") {
			return text
		}
		return strings.TrimSpace(e.Text)
	case all("member"):
		list := make([]any, len(e.Elements))
		for i, c := range e.Elements {
			list[i] = c.value()
		}
		return list
	case all("entry"):
		entries := make(map[string]any, len(e.Elements))
		for _, c := range e.Elements {
			entry := c.value().(map[string]any)
			entries[entry["key"].(string)] = entry["value"]
		}
		return entries
	}
	structure := make(map[string]any, len(e.Elements))
	for _, c := range e.Elements {
		structure[c.XMLName.Local] = c.value()
	}
	return structure
}

// structure makes a structure of names and values in turn, without those that
// are nil.
func structure(pairs ...any) map[string]any {
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != nil {
			out[pairs[i].(string)] = pairs[i+1]
		}
	}
	return out
}

// listOf is a list as answerOf has it.
func listOf[E any](items []E, form func(E) any) any {
	if len(items) == 0 {
		return ""
	}
	out := make([]any, len(items))
	for i, e := range items {
		out[i] = form(e)
	}
	return out
}

// unless is a value that is left out when it is none.
func unless(none any, value any) any {
	if value == none {
		return nil
	}
	return value
}
