package federation

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// maxResponse is the length of a response whose base64 has the 100,000
// characters that STS's model permits.
const maxResponse = 75_000

// parseTree reads a response, or an assertion that was decrypted, into the form
// that signatures are verified on. It refuses what parseDocument refuses, and
// comments: they split texts where a reader does not expect it. Both split
// documents with the same decoder, and only the tree that is returned is read.
func parseTree(text string) (*etree.Element, error) {
	if len(text) > maxResponse {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrMalformedResponse, maxResponse)
	}
	if strings.Contains(text, "<!--") {
		return nil, fmt.Errorf("%w: a comment", ErrMalformedResponse)
	}
	if _, err := parseDocument(text); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedResponse, err)
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{MaxDepth: maxDepth + 1, PreserveDuplicateAttrs: true, CharsetReader: onlyUTF8}
	if err := doc.ReadFromString(text); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedResponse, err)
	}
	return doc.Root(), nil
}

func onlyUTF8(charset string, _ io.Reader) (io.Reader, error) {
	return nil, fmt.Errorf("the encoding %q", charset)
}

// is reports whether an element has that name.
func is(e *etree.Element, space, local string) bool {
	return e.Tag == local && e.NamespaceURI() == space
}

// attrOf returns an attribute without a namespace, "" when there is none.
func attrOf(e *etree.Element, name string) string {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value
		}
	}
	return ""
}

// childrenNamed returns the children of a name.
func childrenNamed(e *etree.Element, space, local string) []*etree.Element {
	var found []*etree.Element
	for _, c := range e.ChildElements() {
		if is(c, space, local) {
			found = append(found, c)
		}
	}
	return found
}

// only returns the child of a name when there is exactly one.
func only(e *etree.Element, space, local string) (*etree.Element, bool) {
	found := childrenNamed(e, space, local)
	if len(found) != 1 {
		return nil, false
	}
	return found[0], true
}

// descendants returns the elements of a name below e.
func descendants(e *etree.Element, space, local string) []*etree.Element {
	var found []*etree.Element
	for _, c := range e.ChildElements() {
		if is(c, space, local) {
			found = append(found, c)
		}
		found = append(found, descendants(c, space, local)...)
	}
	return found
}

// textOf returns the whole text of an element that has nothing else in it.
func textOf(e *etree.Element) (string, bool) {
	var b strings.Builder
	for _, token := range e.Child {
		text, ok := token.(*etree.CharData)
		if !ok {
			return "", false
		}
		b.WriteString(text.Data)
	}
	return b.String(), true
}

// foreignAttr reports whether e or an element below it has an attribute with a
// namespace. Where names of attributes are compared without it, as libraries
// do, such an attribute passes for another.
func foreignAttr(e *etree.Element) bool {
	for _, a := range e.Attr {
		if a.Space != "" && a.Space != "xmlns" {
			return true
		}
	}
	return slices.ContainsFunc(e.ChildElements(), foreignAttr)
}
