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

// parseDate reads seconds since 1970, or a date with dashes in the W3C profile
// of ISO 8601: 2024-05, 2024-05-01, 2024-05-01T10:00Z, with seconds, a fraction
// and an offset. A time without an offset is UTC.
//
// Source: "Date condition operators" in the IAM User Guide.
func parseDate(s string) (instant, bool) {
	if t, ok := parseEpoch(s); ok {
		return t, true
	}
	day, clock, timed := strings.Cut(s, "T")
	seconds, ok := parseDay(day)
	if !ok || !timed {
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
	if s == "" || len(s) > 18 || !digits(s) {
		return instant{}, false
	}
	n := number(s)
	if negative {
		n = -n
	}
	return instant{seconds: n}, true
}

// parseDay reads YYYY-MM or YYYY-MM-DD, and returns its first second.
func parseDay(s string) (int64, bool) {
	if len(s) == len("2006-01") {
		s += "-01"
	}
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	if !digits(s[:4]) || !digits(s[5:7]) || !digits(s[8:]) {
		return 0, false
	}
	year, month, day := int(number(s[:4])), time.Month(number(s[5:7])), int(number(s[8:]))
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	// Date accepts the 31st of February and makes a day in March of it.
	return t.Unix(), t.Month() == month && t.Day() == day
}

// parseClock reads hh:mm, hh:mm:ss or hh:mm:ss.fraction.
func parseClock(s string) (instant, bool) {
	s, fraction, point := strings.Cut(s, ".")
	if point && (fraction == "" || !digits(fraction) || len(s) != len("15:04:05")) {
		return instant{}, false
	}
	if len(s) == len("15:04") {
		s += ":00"
	}
	if len(s) != len("15:04:05") || s[2] != ':' || s[5] != ':' ||
		!digits(s[:2]) || !digits(s[3:5]) || !digits(s[6:]) {
		return instant{}, false
	}
	hour, minute, second := number(s[:2]), number(s[3:5]), number(s[6:])
	nanos := int64(0)
	for i := range 9 {
		nanos *= 10
		if i < len(fraction) {
			nanos += int64(fraction[i] - '0')
		}
	}
	return instant{hour*3600 + minute*60 + second, nanos}, hour < 24 && minute < 60 && second < 61
}

// cutOffset cuts Z, +hh:mm or -hh:mm from the end of a time, and returns the
// offset in seconds.
func cutOffset(s string) (clock string, seconds int64, ok bool) {
	if clock, ok := strings.CutSuffix(s, "Z"); ok {
		return clock, 0, true
	}
	i := strings.LastIndexAny(s, "+-")
	if i < 0 {
		return s, 0, true
	}
	z := s[i+1:]
	if len(z) != len("00:00") || z[2] != ':' || !digits(z[:2]) || !digits(z[3:]) {
		return "", 0, false
	}
	seconds = number(z[:2])*3600 + number(z[3:])*60
	if s[i] == '-' {
		seconds = -seconds
	}
	return s[:i], seconds, true
}

// number is the value of at most eighteen digits.
func number(s string) (n int64) {
	for i := 0; i < len(s); i++ {
		n = n*10 + int64(s[i]-'0')
	}
	return n
}
