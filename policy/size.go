package policy

import "unicode/utf8"

// Size counts the characters of a document as IAM does against its quotas: white
// space does not count. Source: "IAM and AWS STS quotas" in the IAM User Guide.
// Organizations counts white space too when a policy comes through its API; there
// the size is the number of characters.
func Size(text string) int {
	n := utf8.RuneCountInString(text)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\n', '\r':
			n--
		}
	}
	return n
}
