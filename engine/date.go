package engine

import (
	"cmp"
	"strings"
	"time"
)

// instant is a point in time.
type instant struct {
	seconds int64 // since 1970 in UTC
	nanos   int64
}

func (t instant) compare(u instant) int {
	if c := cmp.Compare(t.seconds, u.seconds); c != 0 {
		return c
	}
	return cmp.Compare(t.nanos, u.nanos)
}

// parseDate reads seconds since 1970, or a date in ISO 8601 as AWS takes it: a
// year with as much of month, day and time behind it as there is, one digit where
// two belong, t and z for T and Z, and offsets with and without a colon. What is
// left out is the first there is; a time without an offset is UTC. Digits alone
// are seconds.
//
// Source: "Date condition operators" in the IAM User Guide, which names the W3C
// profile of ISO 8601; what else AWS stores, policy.Parse says.
func parseDate(s string) (instant, bool) {
	if t, ok := parseEpoch(s); ok {
		return t, true
	}
	day, clock := s, ""
	if i := strings.IndexAny(s, "Tt"); i >= 0 {
		day, clock = s[:i], s[i+1:]
	}
	seconds, ok := parseDay(day)
	if !ok || clock == "" {
		return instant{seconds: seconds}, ok
	}
	clock, offset, ok := cutOffset(clock)
	if !ok {
		return instant{}, false
	}
	t, ok := parseClock(clock)
	t.seconds += seconds - offset
	return t, ok
}

// parseEpoch reads whole seconds, with up to eighteen digits.
func parseEpoch(s string) (instant, bool) {
	s, negative := strings.CutPrefix(s, "-")
	n, ok := number(s, 18)
	if negative {
		n = -n
	}
	return instant{seconds: n}, ok
}

// maxYear is Java's, which AWS's answers show.
const maxYear = 292_278_993

// parseDay reads a year, a month and a day, the last two if they are there, and
// returns the first second.
func parseDay(s string) (int64, bool) {
	s, negative := strings.CutPrefix(s, "-")
	y, rest, _ := strings.Cut(s, "-")
	m, d, _ := strings.Cut(rest, "-")
	year, ok := number(y, 9)
	month, mok := numberOr(m, 9, 1)
	day, dok := numberOr(d, 9, 1)
	if !ok || !mok || !dok || year > maxYear {
		return 0, false
	}
	if negative {
		year = -year
	}
	if month > 12 || day > 31 {
		return 0, false
	}
	t := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	// Date accepts the 31st of February and makes a day in March of it.
	return t.Unix(), t.Month() == time.Month(month) && t.Day() == int(day)
}

// parseClock reads hour, minute, second and fraction, as many as there are.
func parseClock(s string) (instant, bool) {
	s, fraction, point := strings.Cut(s, ".")
	h, rest, _ := strings.Cut(s, ":")
	m, sec, seconds := strings.Cut(rest, ":")
	hour, hok := numberOr(h, 9, 0)
	minute, mok := numberOr(m, 9, 0)
	second, sok := numberOr(sec, 9, 0)
	if !hok || !mok || !sok || point && !seconds || !digits(fraction) {
		return instant{}, false
	}
	nanos := int64(0)
	for i := range 9 {
		nanos *= 10
		if i < len(fraction) {
			nanos += int64(fraction[i] - '0')
		}
	}
	return instant{hour*3600 + minute*60 + second, nanos}, hour < 24 && minute < 60 && second < 61
}

// cutOffset cuts Z, +hh:mm, +hhmm or +hh from the end of a time, and returns the
// offset in seconds.
func cutOffset(s string) (clock string, seconds int64, ok bool) {
	if n := len(s); n > 0 && s[n-1]|0x20 == 'z' {
		return s[:n-1], 0, true
	}
	i := strings.LastIndexAny(s, "+-")
	if i < 0 {
		return s, 0, true
	}
	h, m, colon := strings.Cut(s[i+1:], ":")
	if !colon && len(h) == 4 {
		h, m = h[:2], h[2:]
	}
	hours, hok := number(h, 2)
	minutes, mok := numberOr(m, 2, 0)
	if !hok || !mok || len(h) != 2 || m != "" && len(m) != 2 || hours > 23 || minutes > 59 {
		return "", 0, false
	}
	seconds = hours*3600 + minutes*60
	if s[i] == '-' {
		seconds = -seconds
	}
	return s[:i], seconds, true
}

// number is the value of one to most digits.
func number(s string, most int) (n int64, ok bool) {
	if s == "" || len(s) > most || !digits(s) {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// numberOr is number, or a default for nothing at all.
func numberOr(s string, most int, otherwise int64) (int64, bool) {
	if s == "" {
		return otherwise, true
	}
	return number(s, most)
}
