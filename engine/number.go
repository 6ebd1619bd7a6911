package engine

import (
	"strconv"
	"strings"
)

// decimal is a number as it is written, so that comparing loses nothing.
type decimal struct {
	negative bool
	whole    string // without leading zeros
	fraction string // without trailing zeros
}

// parseDecimal reads an integer or a decimal number, with an exponent as JSON
// has them; nothing may follow it.
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative, s = s[0] == '-', s[1:]
	}
	s, exponent, hasExponent := cutExponent(s)
	whole, fraction, point := strings.Cut(s, ".")
	if !digits(whole) || !digits(fraction) || whole == "" || point && fraction == "" {
		return decimal{}, false
	}
	if hasExponent {
		var ok bool
		if whole, fraction, ok = shift(whole, fraction, exponent); !ok {
			return decimal{}, false
		}
	}
	d.whole, d.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if d.whole == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

func cutExponent(s string) (rest, exponent string, ok bool) {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// maxExponent bounds exponents to those of numbers that JSON readers hold.
const maxExponent = 308

// shift moves the point of a number by an exponent.
func shift(whole, fraction, exponent string) (string, string, bool) {
	n, err := strconv.Atoi(exponent)
	if err != nil || n > maxExponent || n < -maxExponent {
		return "", "", false
	}
	if n < 0 {
		whole = strings.Repeat("0", -n) + whole
		point := len(whole) + n
		return whole[:point], whole[point:] + fraction, true
	}
	fraction += strings.Repeat("0", n)
	return whole + fraction[:n], fraction[n:], true
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// compare returns -1, 0 or +1 as d is less than, equal to or greater than o.
func (d decimal) compare(o decimal) int {
	if d.negative != o.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	c := len(d.whole) - len(o.whole)
	if c == 0 {
		c = strings.Compare(d.whole, o.whole)
	}
	if c == 0 {
		c = strings.Compare(d.fraction, o.fraction)
	}
	switch {
	case c == 0:
		return 0
	case (c < 0) != d.negative:
		return -1
	}
	return 1
}
