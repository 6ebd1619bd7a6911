package sigv4

import (
	"strconv"
	"time"
)

const (
	window        = 15 * time.Minute
	maxPresignAge = 15 * time.Minute   // everywhere but S3
	maxExpiresS3  = 7 * 24 * time.Hour // "must be less than a week"
)

// windows are the services that allow less than window.
var windows = map[string]time.Duration{
	"kms":        5 * time.Minute,
	"lambda":     5 * time.Minute,
	"route53":    5 * time.Minute,
	"monitoring": 5 * time.Minute, // CloudWatch
}

// CheckTime refuses a signature that is too old, from the future, or presigned
// for longer than its service allows. Away from S3, a presigned request is
// valid for 15 minutes whatever X-Amz-Expires says.
func (s *Signature) CheckTime(now time.Time) error {
	now = now.UTC().Truncate(time.Second) // signatures know no fractions
	if s.Service == serviceS3 {
		return s.checkTimeS3(now)
	}
	w := window
	if d, ok := windows[s.Service]; ok {
		w = d
	}
	if s.HasExpires && s.Expires > maxPresignAge {
		return refuse(BadExpires, "X-Amz-Expires must be between 0 and %d seconds.", int(maxPresignAge/time.Second))
	}
	minutes := int(w / time.Minute)
	if limit := now.Add(-w); s.Time.Before(limit) {
		return refuse(Expired, "Signature expired: %s is now earlier than %s (%s - %d min.)",
			s.date, limit.Format(dateLayout), now.Format(dateLayout), minutes)
	}
	if limit := now.Add(w); s.Time.After(limit) {
		return refuse(NotYetValid, "Signature not yet current: %s is still later than %s (%s + %d min.)",
			s.date, limit.Format(dateLayout), now.Format(dateLayout), minutes)
	}
	return nil
}

func (s *Signature) checkTimeS3(now time.Time) error {
	const iso = "2006-01-02T15:04:05Z"
	if !s.Presigned {
		if d := now.Sub(s.Time); d <= window && d >= -window {
			return nil
		}
		return &Error{Reason: Skewed, Text: textSkewS3, Detail: []Detail{
			{"RequestTime", s.date},
			{"ServerTime", now.Format(iso)},
			{"MaxAllowedSkewMilliseconds", strconv.FormatInt(window.Milliseconds(), 10)},
		}}
	}
	switch {
	case s.Expires < time.Second:
		return refuse(BadExpires, "X-Amz-Expires must be at least 1 second")
	case s.Expires > maxExpiresS3:
		return refuse(BadExpires, "X-Amz-Expires must be less than a week (in seconds); "+
			"that is, the given X-Amz-Expires must be less than 604800 seconds")
	case s.Time.After(now.Add(window)):
		return refuse(NotYetValid, "Request is not valid yet")
	case now.After(s.Time.Add(s.Expires)):
		return &Error{Reason: Expired, Text: "Request has expired", Detail: []Detail{
			{"X-Amz-Expires", strconv.Itoa(int(s.Expires / time.Second))},
			{"Expires", s.Time.Add(s.Expires).Format(iso)},
			{"ServerTime", now.Format(iso)},
		}}
	}
	return nil
}

// parseDate reads dateLayout and nothing else; time.Parse would accept a
// fraction of a second, and takes longer.
func parseDate(s string) (time.Time, bool) {
	if len(s) != len(dateLayout) || s[8] != 'T' || s[15] != 'Z' {
		return time.Time{}, false
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[4:6])
	day, ok3 := digits(s[6:8])
	hour, ok4 := digits(s[9:11])
	minute, ok5 := digits(s[11:13])
	second, ok6 := digits(s[13:15])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || month > 12 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day && int(t.Month()) == month // time.Date carries over
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
