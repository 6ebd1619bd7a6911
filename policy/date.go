package policy

import (
	"strconv"
	"strings"
)

// checkDates finds values of Date operators that are no dates. Values of the other
// operators are stored as they are; the ones that cannot be read match nothing.
func (p *parser) checkDates(st *Statement) bool {
	for i := range st.Conditions {
		c := &st.Conditions[i]
		if !c.Operator.Comparison.isDate() {
			continue
		}
		for _, v := range c.Values {
			if !isDate(v.Text) {
				return p.fail(v.Pos, BadDate, v.Text)
			}
		}
	}
	return true
}

// isDate reports whether AWS stores s as a date: seconds since 1970, or ISO 8601
// with most parts left out and one digit where two belong ("01T", "2016-1-1t2:0").
func isDate(s string) bool {
	if !strings.ContainsAny(s, "tT-") {
		n, err := strconv.ParseInt(s, 10, 64)
		return err == nil && n >= 0 && s[0] != '+'
	}
	date, clock := s, ""
	if i := strings.IndexAny(s, "tT"); i >= 0 {
		date, clock = s[:i], s[i+1:]
	}
	year, rest, _ := strings.Cut(strings.TrimPrefix(date, "-"), "-")
	if strings.HasPrefix(date, "-") {
		year = "-" + year
	}
	month, day, _ := strings.Cut(rest, "-")
	// The years of java.util.Date, which AWS's answers show.
	return between(year, -292275054, 292278993) && optional(month, 1, 12) && optional(day, 1, 31) && isClock(clock)
}

// isClock reports whether s is a time of day with a zone, both optional.
func isClock(s string) bool {
	if n := len(s); n > 0 && s[n-1]|0x20 == 'z' {
		s = s[:n-1]
	} else if i := strings.LastIndexAny(s, "+-"); i >= 0 {
		hours, minutes, colon := strings.Cut(s[i+1:], ":")
		if !colon && len(hours) == 4 {
			hours, minutes = hours[:2], hours[2:]
		}
		if len(hours) != 2 || !between(hours, 0, 23) || minutes != "" && len(minutes) != 2 || !optional(minutes, 0, 59) {
			return false
		}
		s = s[:i]
	}
	hour, rest, _ := strings.Cut(s, ":")
	minute, second, _ := strings.Cut(rest, ":")
	second, fraction, _ := strings.Cut(second, ".")
	return optional(hour, 0, 23) && optional(minute, 0, 59) && optional(second, 0, 59) && optional(fraction, 0, 999999999)
}

// optional is between, or nothing at all.
func optional(s string, low, high int) bool { return s == "" || between(s, low, high) }

func between(s string, low, high int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && s[0] != '+' && n >= low && n <= high
}
