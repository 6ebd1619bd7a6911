package engine_test

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// symbol is a character of a pattern: itself, or with wild a "*", which stands
// for any characters, or a "?", which stands for any one.
type symbol struct {
	char rune
	wild bool
}

// literalGlob reports whether a text as a whole fits a pattern. It asks for every
// beginning of the pattern which beginnings of the text fit it.
//
// Rule 22 [UG: elements_resource]: "*" is any combination of characters, none
// included, "?" is any single character. Case counts.
func literalGlob(pattern []symbol, text []rune) bool {
	fits := make([]bool, len(text)+1) // by the length of the text's beginning
	fits[0] = true
	for _, p := range pattern {
		next := make([]bool, len(text)+1)
		for n := range next {
			switch {
			case p == symbol{'*', true}: // nothing, or one more character
				next[n] = fits[n] || n > 0 && next[n-1]
			case n > 0 && (p == symbol{'?', true} || p == symbol{text[n-1], false}):
				next[n] = fits[n-1]
			}
		}
		fits = next
	}
	return fits[len(text)]
}

// characters are the characters of a text. What is not UTF-8 is one character a
// byte, unlike any other.
func characters(s string) []rune {
	var chars []rune
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			r = utf8.MaxRune + rune(s[0])
		}
		chars, s = append(chars, r), s[n:]
	}
	return chars
}

// plainSymbols are the characters of a text in which nothing is wild.
func plainSymbols(s string) []symbol {
	var symbols []symbol
	for _, r := range characters(s) {
		symbols = append(symbols, symbol{r, false})
	}
	return symbols
}

// wildSymbols are the characters of a text with wildcards and no variables.
func wildSymbols(s string) []symbol {
	symbols := plainSymbols(s)
	for i := range symbols {
		symbols[i].wild = symbols[i].char == '*' || symbols[i].char == '?'
	}
	return symbols
}

// policyVariable is ${key} or ${key, 'default'} at the beginning of a text.
//
// Rule 30 [UG: variables, default values]: the default follows a comma and a
// space, in single quotes.
var policyVariable = regexp.MustCompile(`(?s)^\$\{([^,}]+)(\}|, *'(.*?)'\})`)

// expand puts the values of variables in their place. It reports false when one
// has neither a value nor a default: nothing fits such a pattern.
//
// Rule 28 [UG: variables]: a value is literal, whatever it looks like; ${*}, ${?}
// and ${$} are the characters themselves. Rule 29 [UG: variables with no value].
func (e *literalEvaluation) expand(s string, wildcards bool) (pattern []symbol, ok bool) {
	read := plainSymbols
	if wildcards {
		read = wildSymbols
	}
	for s != "" {
		if v := policyVariable.FindStringSubmatch(s); v != nil {
			text, ok := e.valueOf(v)
			if !ok {
				return nil, false
			}
			pattern, s = append(pattern, plainSymbols(text)...), s[len(v[0]):]
			continue
		}
		_, n := utf8.DecodeRuneInString(s)
		pattern, s = append(pattern, read(s[:n])...), s[n:]
	}
	return pattern, true
}

// valueOf is the text that a variable stands for.
//
// Rule 28 [UG: variables]: only keys with a single value can be variables.
func (e *literalEvaluation) valueOf(variable []string) (string, bool) {
	// "${ aws:PrincipalTag/Project }" [Secrets Manager guide: ABAC].
	name, hasDefault, text := strings.Trim(variable[1], " "), variable[2] != "}", variable[3]
	if !hasDefault && (name == "*" || name == "?" || name == "$") {
		return name, true
	}
	key := literalKey(name)
	if values := e.context[key]; len(values) == 1 && !e.layers.schema.Multivalued(key) {
		return values[0], true
	}
	return text, hasDefault
}

// read takes a value of the document apart, with variables in those documents
// that have them.
func (e *literalEvaluation) read(doc *literalDocument, s string, wildcards bool) (pattern []symbol, ok bool) {
	switch {
	case doc.hasVariables():
		return e.expand(s, wildcards)
	case wildcards:
		return wildSymbols(s), true
	}
	return plainSymbols(s), true
}
