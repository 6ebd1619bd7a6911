package apimodel

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// exported is the Go name of a shape or member.
func exported(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}

// lowerFirst is a member's name in the paths of violations.
func lowerFirst(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r)) + name[size:]
}

var word = regexp.MustCompile(`[0-9A-Za-z]+`)

// enumConst is the name of the constant for a value of an enum:
// STANDARD_IA of StorageClass is StorageClassStandardIa, as in AWS's Go SDK.
func enumConst(enum, value string) string {
	if value == "" {
		return enum + "Empty"
	}
	name := enum
	for _, w := range word.FindAllString(value, -1) {
		if strings.ToUpper(w) == w {
			w = strings.ToLower(w)
		}
		name += exported(w)
	}
	return name
}
