package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// literalDocument is a policy as encoding/json reads it: the texts as they are
// written, in the order of the statements. Whoever asks has had it checked by
// policy.Parse, so that only legal documents come here.
//
// Source: "Grammar of the IAM JSON policy language" in the IAM User Guide.
type literalDocument struct {
	Version   string
	Statement oneOrMany[literalStatement]
}

// literalStatement is a statement. An element that it does not have is nil.
type literalStatement struct {
	Effect                  string
	Principal, NotPrincipal literalPrincipals
	Action, NotAction       oneOrMany[jsonText]
	Resource, NotResource   oneOrMany[jsonText]
	Condition               map[string]map[string]oneOrMany[jsonText] // operator, key, values
}

func (st *literalStatement) denies() bool { return st.Effect == "Deny" }

func readLiteral(text string) (doc literalDocument) {
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		panic(fmt.Sprintf("%v in the policy %s", err, text))
	}
	return doc
}

// hasVariables reports whether ${…} means something in the document.
//
// Rule 27 [UG: variables; elements_version]: only in version 2012-10-17. A
// document without a version is one of 2008-10-17.
func (d *literalDocument) hasVariables() bool { return d.Version == "2012-10-17" }

// oneOrMany is a value or a list of values; the grammar makes no difference.
type oneOrMany[T any] []T

func (m *oneOrMany[T]) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(m))
	}
	*m = make([]T, 1)
	return json.Unmarshal(data, &(*m)[0])
}

// jsonText is a string, or the text of a number or a boolean, which conditions
// may give without quotes.
type jsonText string

func (t *jsonText) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	*t = jsonText(data)
	return nil
}

// literalPrincipals are the values of Principal or NotPrincipal by their type.
type literalPrincipals map[string]oneOrMany[jsonText]

// UnmarshalJSON reads "*" by itself as {"AWS": "*"}: in policies of resources the
// two are equivalent [UG: elements_principal].
func (p *literalPrincipals) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		*p = literalPrincipals{"AWS": {"*"}}
		return nil
	}
	return json.Unmarshal(data, (*map[string]oneOrMany[jsonText])(p))
}

// literalKey is the name of a context key as all names of it are compared.
//
// Rule 36 [UG: elements_condition]: without regard to case.
func literalKey(name string) string { return strings.ToLower(name) }
