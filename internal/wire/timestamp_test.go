package wire

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimes(t *testing.T) {
	at := time.Date(2014, 4, 29, 18, 30, 38, 123456789, time.UTC)
	for format, want := range map[TimeFormat]string{
		0: "2014-04-29T18:30:38Z", ISO8601: "2014-04-29T18:30:38Z", Millis: "2014-04-29T18:30:38.123Z",
		Unix: "1398796238.123", RFC822: "Tue, 29 Apr 2014 18:30:38 GMT",
	} {
		if got := string(AppendTime(nil, at.In(time.FixedZone("", 7200)), format)); got != want {
			t.Errorf("format %d: %s, want %s", format, got, want)
		}
	}
	for in, want := range map[string]time.Time{
		"2014-04-29T18:30:38Z":             at.Truncate(time.Second),
		"2014-04-29T18:30:38.123456789Z":   at,
		"2014-04-29T20:30:38.5+02:00":      at.Truncate(time.Second).Add(5e8),
		"0000-01-01T00:00:00Z":             time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"u1398796238":                      at.Truncate(time.Second),
		"u1398796238.123456789":            at,
		"u-1.5":                            time.Unix(-2, 5e8).UTC(),
		"u0":                               time.Unix(0, 0).UTC(),
		"rTue, 29 Apr 2014 18:30:38 GMT":   at.Truncate(time.Second),
		"rTuesday, 29-Apr-14 18:30:38 GMT": at.Truncate(time.Second),
		"rTue Apr 29 18:30:38 2014":        at.Truncate(time.Second),
	} {
		got, err := parseTagged(in)
		if err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s: %v, error %v, want %v", in, got, err, want)
		}
	}
}

// parseTagged reads a time whose first letter says its format.
func parseTagged(s string) (time.Time, error) {
	switch s[:min(1, len(s))] {
	case "u":
		return ParseTime(s[1:], Unix)
	case "r":
		return ParseTime(s[1:], RFC822)
	}
	return ParseTime(s, ISO8601)
}

func TestTimesRefused(t *testing.T) {
	for _, s := range []string{
		"", "2014-04-29", "2014-04-29T18:30:38", "2014-04-29 18:30:38Z", "2014-04-29T8:30:38Z", "2014-04-29T18:30:38,5Z",
		"2014-02-30T00:00:00Z", "2014-04-29T18:30:38+24:00", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1398796238",
		"u", "u-", "u.5", "u1.", "u1e9", "u+1", "u 1", "u1.1234567890", "u253402300800", "u99999999999999999999", "uNaN",
		"r", "rTue, 29 Apr 2014 18:30:38 +0200", "r2014-04-29T18:30:38Z",
	} {
		if got, err := parseTagged(s); err == nil {
			t.Errorf("%s: %v", s, got)
		}
	}
}

func TestTimesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "ms")).UTC()
		for format, unit := range map[TimeFormat]time.Duration{
			ISO8601: time.Second, Millis: time.Millisecond, Unix: time.Millisecond, RFC822: time.Second,
		} {
			s := string(AppendTime(nil, at, format))
			got, err := ParseTime(s, format)
			if want := at.Truncate(unit); err != nil || !got.Equal(want) {
				t.Errorf("%v is written %s and read %v, error %v", want, s, got, err)
			}
		}
	})
}
