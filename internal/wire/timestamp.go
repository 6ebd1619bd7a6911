package wire

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// TimeFormat is how a time is written.
type TimeFormat uint8

// The formats. Zero means: as the protocol has it at that place.
const (
	ISO8601 TimeFormat = iota + 1 // 2006-01-02T15:04:05Z
	Millis                        // 2006-01-02T15:04:05.000Z
	Unix                          // 1136214245, with milliseconds if there are any
	RFC822                        // Mon, 02 Jan 2006 15:04:05 GMT
)

const rfc822Layout = "Mon, 02 Jan 2006 15:04:05 GMT"

// AppendTime appends t in format f. What f has no place for is cut off.
func AppendTime(dst []byte, t time.Time, f TimeFormat) []byte {
	t = t.UTC()
	switch f {
	case RFC822:
		return t.AppendFormat(dst, rfc822Layout)
	case Unix:
		return appendUnix(dst, t)
	case Millis:
		dst = appendISO(dst, t)
		dst = appendPadded(append(dst, '.'), t.Nanosecond()/1e6, 3)
	default:
		dst = appendISO(dst, t)
	}
	return append(dst, 'Z')
}

// appendISO appends t to the second. A page of a list holds hundreds of times,
// and Time.AppendFormat would be a large part of what the page costs.
func appendISO(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, sec := t.Clock()
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), int(month), 2)
	dst = appendPadded(append(dst, '-'), day, 2)
	dst = appendPadded(append(dst, 'T'), hour, 2)
	dst = appendPadded(append(dst, ':'), minute, 2)
	return appendPadded(append(dst, ':'), sec, 2)
}

// appendPadded appends n, from 0 on, with at least width digits.
func appendPadded(dst []byte, n, width int) []byte {
	for limit := 10; width > 1; width, limit = width-1, limit*10 {
		if n < limit {
			dst = append(dst, '0')
		}
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

func appendUnix(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(dst, ms/1000, 10)
	}
	if ms < 0 {
		dst, ms = append(dst, '-'), -ms
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	return appendPadded(append(dst, '.'), int(ms%1000), 3)
}

var errTime = errors.New("is not a timestamp")

// ParseTime reads a time in format f. ISO 8601 is read as RFC 3339 has it,
// with any offset and any fraction; RFC 822 in the three forms that RFC 9110,
// section 5.6.7 has a recipient accept. The time is in UTC and its year
// between 0 and 9999.
func ParseTime(s string, f TimeFormat) (time.Time, error) {
	switch f {
	case Unix:
		return parseUnix(s)
	case RFC822:
		for _, layout := range []string{rfc822Layout, time.RFC850, time.ANSIC} {
			if t, err := time.Parse(layout, s); err == nil {
				return t.UTC(), nil
			}
		}
		return time.Time{}, errTime
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !strictISO(s) {
		return time.Time{}, errTime
	}
	return inRange(t.UTC())
}

// strictISO refuses what time.Parse accepts and RFC 3339 does not: an hour of
// one digit, a comma before the fraction, an offset of a day and more.
func strictISO(s string) bool {
	offset := s[len(s)-len("hh:mm"):]
	return s[len("2006-01-02T15")] == ':' && !strings.Contains(s, ",") && (s[len(s)-1] == 'Z' || offset < "24")
}

func parseUnix(s string) (time.Time, error) {
	whole, frac, point := strings.Cut(s, ".")
	digits := strings.TrimPrefix(whole, "-")
	if !allDigits(digits) || point && !allDigits(frac) || len(frac) > 9 {
		return time.Time{}, errTime
	}
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, errTime
	}
	nanos, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	if len(digits) < len(whole) {
		nanos = -nanos
	}
	const year9999 = 253402300800
	if sec < -year9999 || sec > year9999 {
		return time.Time{}, errTime
	}
	return inRange(time.Unix(sec, nanos).UTC())
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func inRange(t time.Time) (time.Time, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return time.Time{}, errTime
	}
	return t, nil
}
