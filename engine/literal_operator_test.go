package engine_test

import (
	"encoding/base64"
	"math/big"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// literalComparison compares a value of a request with one of a policy.
type literalComparison struct {
	reads func(got string) bool // whether the request's value is one of that type
	fits  func(c literalCondition, want, got string) (fits, readable bool)
}

// literalComparisons are the operators without their Not-forms.
//
// Source: "IAM JSON policy elements: Condition operators" in the IAM User Guide.
var literalComparisons = map[string]literalComparison{
	"StringEquals":           {isText, stringEquals},
	"StringEqualsIgnoreCase": {isText, stringEqualsIgnoreCase},
	"StringLike":             {isText, stringLike},
	"ArnEquals":              {isARN, arnLike}, // rule 38 [UG]: ArnEquals and ArnLike behave identically
	"ArnLike":                {isARN, arnLike},
	"Bool":                   {isText, boolEquals},
	"BinaryEquals":           {isBinary, binaryEquals},
	"IpAddress":              {isAddress, inNetwork},

	"NumericEquals":            {isNumber, ordered(readNumber, 0)},
	"NumericLessThan":          {isNumber, ordered(readNumber, -1)},
	"NumericLessThanEquals":    {isNumber, ordered(readNumber, -1, 0)},
	"NumericGreaterThan":       {isNumber, ordered(readNumber, +1)},
	"NumericGreaterThanEquals": {isNumber, ordered(readNumber, +1, 0)},

	"DateEquals":            {isDate, ordered(readDate, 0)},
	"DateLessThan":          {isDate, ordered(readDate, -1)},
	"DateLessThanEquals":    {isDate, ordered(readDate, -1, 0)},
	"DateGreaterThan":       {isDate, ordered(readDate, +1)},
	"DateGreaterThanEquals": {isDate, ordered(readDate, +1, 0)},
}

func isText(string) bool { return true }

// Rule 37 [UG: string operators]: exact, and with case.
func stringEquals(c literalCondition, want, got string) (fits, readable bool) {
	pattern, ok := c.evaluation.read(c.doc, want, false)
	return ok && literalGlob(pattern, characters(got)), true
}

// Rule 37 [PM]: each character in lower case, without folding or normalisation.
func stringEqualsIgnoreCase(c literalCondition, want, got string) (fits, readable bool) {
	pattern, ok := c.evaluation.read(c.doc, want, false)
	for i := range pattern {
		pattern[i].char = unicode.ToLower(pattern[i].char)
	}
	text := characters(got)
	for i := range text {
		text[i] = unicode.ToLower(text[i])
	}
	return ok && literalGlob(pattern, text), true
}

// Rule 37 [UG: string operators]: with case and wildcards.
func stringLike(c literalCondition, want, got string) (fits, readable bool) {
	pattern, ok := c.evaluation.read(c.doc, want, true)
	return ok && literalGlob(pattern, characters(got)), true
}

func isARN(s string) bool {
	return strings.HasPrefix(s, "arn:") && len(segments(s)) == 6
}

// Rule 38 [UG: ARN operators]: each of the six parts is checked by itself, with
// wildcards. A variable may stand anywhere, also for several parts, so its value
// is put in first (rule 31).
func arnLike(c literalCondition, want, got string) (fits, readable bool) {
	pattern, ok := c.evaluation.read(c.doc, want, true)
	parts := splitSymbols(pattern)
	if !ok || len(parts) != 6 {
		return false, true
	}
	for i, text := range segments(got) {
		if !literalGlob(parts[i], characters(text)) {
			return false, true
		}
	}
	return true, true
}

// shortARNLike: a pattern of fewer than six parts which ends in a star matches, if
// those that it lacks are taken for stars.
//
// Rule 38 [disputed].
func shortARNLike(c literalCondition, want, got string) bool {
	pattern, ok := c.evaluation.read(c.doc, want, true)
	parts := splitSymbols(pattern)
	if !ok || len(parts) == 6 || pattern == nil || pattern[len(pattern)-1] != (symbol{'*', true}) {
		return false
	}
	for i, part := range parts {
		if !literalGlob(part, characters(segments(got)[i])) {
			return false
		}
	}
	return true
}

// splitSymbols cuts a pattern at its first five colons.
func splitSymbols(pattern []symbol) [][]symbol {
	parts := [][]symbol{nil}
	for _, s := range pattern {
		if s == (symbol{':', false}) && len(parts) < 6 {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], s)
	}
	return parts
}

// Rule 39 [PM]: "false" fits every value but "true". Rule 31 [UG: condition
// operators]: variables are allowed here.
func boolEquals(c literalCondition, want, got string) (fits, readable bool) {
	pattern, ok := c.evaluation.read(c.doc, want, false)
	want = ""
	for _, s := range pattern {
		want += strings.ToLower(string(s.char))
	}
	if strings.ToLower(got) == "true" {
		return ok && want == "true", true
	}
	return ok && want == "false", true
}

func isBinary(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

// Rule 40 [UG: Binary]: byte by byte, of what base64 stands for.
func binaryEquals(_ literalCondition, want, got string) (fits, readable bool) {
	w, err1 := base64.StdEncoding.DecodeString(want)
	g, err2 := base64.StdEncoding.DecodeString(got)
	return err1 == nil && err2 == nil && string(w) == string(g), err1 == nil
}

// zeroPadded are prefix lengths in a form that no standard knows, though
// net.ParseCIDR reads them.
var zeroPadded = regexp.MustCompile(`/0[0-9]`)

func isAddress(s string) bool { return readAddress(s) != nil }

// readAddress reads an address. A zone is no part of it.
func readAddress(s string) net.IP {
	address, _, zoned := strings.Cut(s, "%")
	if zoned && !strings.Contains(address, ":") {
		return nil
	}
	return net.ParseIP(address)
}

// Rule 40 [UG: IP address operators]: ranges of IPv4 and IPv6 by prefix length; an
// address alone is the range of itself. Neither family is in the other.
func inNetwork(_ literalCondition, want, got string) (fits, readable bool) {
	if !strings.Contains(want, "/") {
		ip := net.ParseIP(want)
		return ip != nil && ip.Equal(readAddress(got)), ip != nil
	}
	_, network, err := net.ParseCIDR(want)
	if err != nil || zeroPadded.MatchString(want) {
		return false, false
	}
	ip := readAddress(got)
	return ip != nil && network.Contains(ip), true
}

// ordered fits where comparing the request's value with the policy's gives one of
// the results: -1 for less, 0 for equal, +1 for greater.
func ordered(read func(string) *big.Rat, results ...int) func(c literalCondition, want, got string) (fits, readable bool) {
	return func(_ literalCondition, want, got string) (fits, readable bool) {
		w, g := read(want), read(got)
		if w == nil || g == nil {
			return false, w != nil
		}
		for _, r := range results {
			fits = fits || g.Cmp(w) == r
		}
		return fits, true
	}
}

// Rule 40 [UG: numeric operators]: integers and decimals.
// They are written as in JSON, with a sign and leading zeros at will.
var decimalNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE]([+-]?[0-9]+))?$`)

func readNumber(s string) *big.Rat {
	parts := decimalNumber.FindStringSubmatch(s)
	if parts == nil {
		return nil
	}
	// No number that JSON readers hold has a greater exponent.
	if n, err := strconv.Atoi(parts[3]); parts[3] != "" && (err != nil || n < -308 || n > 308) {
		return nil
	}
	n, _ := new(big.Rat).SetString(s)
	return n
}

func isNumber(s string) bool { return readNumber(s) != nil }

// Rule 40 [UG: date operators]: seconds since 1970, or ISO 8601 with dashes: all
// behind the year may be left out, and then is the first there is. A time without
// an offset is UTC. What AWS stores beside W3C's profile, policy.Parse lets pass:
// single digits, small letters, offsets without colon or minutes.
var (
	epochSeconds = regexp.MustCompile(`^-?[0-9]{1,18}$`)
	isoDate      = regexp.MustCompile(`^(-?[0-9]{1,9})(?:-([0-9]{0,9}))?(?:-([0-9]{0,9}))?(?:[Tt](?:([0-9]{0,9})(?::([0-9]{0,9}))?(?::([0-9]{0,9})(?:\.([0-9]*))?)?)?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?:?)?)?$`)
)

// readDate returns seconds since 1970.
func readDate(s string) *big.Rat {
	if epochSeconds.MatchString(s) {
		n, _ := new(big.Rat).SetString(s)
		return n
	}
	f := isoDate.FindStringSubmatch(s)
	if f == nil {
		return nil
	}
	n := [7]int{1: 1, 2: 1}
	for i := 1; i <= 6; i++ {
		if f[i] != "" {
			n[i-1], _ = strconv.Atoi(f[i])
		}
	}
	year, month, day, hour, minute, second := n[0], n[1], n[2], n[3], n[4], n[5]
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year > 292278993 || month > 12 || day > 31 || int(t.Month()) != month || hour > 23 || minute > 59 || second > 60 {
		return nil
	}
	seconds := big.NewInt(t.Unix() + int64(hour*3600+minute*60+second))
	if zone := strings.Trim(f[8], "Zz"); zone != "" {
		digits := (strings.ReplaceAll(zone[1:], ":", "") + "00")[:4]
		hours, _ := strconv.Atoi(digits[:2])
		minutes, _ := strconv.Atoi(digits[2:])
		if hours > 23 || minutes > 59 {
			return nil
		}
		offset := int64(hours*3600 + minutes*60)
		if zone[0] == '-' {
			offset = -offset
		}
		seconds.Sub(seconds, big.NewInt(offset))
	}
	fraction := (f[7] + "000000000")[:9]
	nanos, _ := new(big.Int).SetString(fraction, 10)
	whole := new(big.Rat).SetInt(seconds)
	return whole.Add(whole, new(big.Rat).SetFrac(nanos, big.NewInt(int64(time.Second))))
}

func isDate(s string) bool { return readDate(s) != nil }
