package sigv4

import (
	"testing"
	"time"
)

func TestCheckTime(t *testing.T) {
	signed := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	const minute, day = time.Minute, 24 * time.Hour
	header := func(service string) *Signature {
		s := newSignature(testCredentials, testTarget(service), "")
		return s
	}
	presigned := func(service string, expires time.Duration) *Signature {
		s := header(service)
		s.Presigned, s.HasExpires, s.Expires = true, expires >= 0, max(expires, 0)
		return s
	}
	const none time.Duration = -1
	tests := []struct {
		name string
		s    *Signature
		now  time.Duration // after signing
		want Reason
		text string
	}{
		{"now", header("sts"), 0, 0, ""},
		{"15 minutes later", header("sts"), 15 * minute, 0, ""},
		{"15 minutes and a fraction later", header("sts"), 15*minute + time.Second/2, 0, ""},
		{"15 minutes before", header("sts"), -15 * minute, 0, ""},
		{"late", header("sts"), 15*minute + time.Second, Expired,
			"Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z (20130524T001501Z - 15 min.)"},
		{"early", header("sts"), -15*minute - time.Second, NotYetValid,
			"Signature not yet current: 20130524T000000Z is still later than 20130523T235959Z (20130523T234459Z + 15 min.)"},
		{"KMS allows 5 minutes", header("kms"), 5*minute + time.Second, Expired,
			"Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z (20130524T000501Z - 5 min.)"},

		{"presigned, a minute, after ten", presigned("sts", minute), 10 * minute, 0, ""},
		{"presigned, no expiry", presigned("sts", none), 15 * minute, 0, ""},
		{"presigned, zero", presigned("sts", 0), minute, 0, ""},
		{"presigned, 900", presigned("sts", 15*minute), 15 * minute, 0, ""},
		{"presigned, 900, late", presigned("sts", 15*minute), 15*minute + time.Second, Expired,
			"Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z (20130524T001501Z - 15 min.)"},
		{"presigned, no expiry, late", presigned("sts", none), 16 * minute, Expired,
			"Signature expired: 20130524T000000Z is now earlier than 20130524T000100Z (20130524T001600Z - 15 min.)"},
		{"presigned, 901", presigned("sts", 901*time.Second), 0, BadExpires, "X-Amz-Expires must be between 0 and 900 seconds."},
		{"presigned, early", presigned("sts", minute), -16 * minute, NotYetValid,
			"Signature not yet current: 20130524T000000Z is still later than 20130523T235900Z (20130523T234400Z + 15 min.)"},

		{"S3", header("s3"), 15 * minute, 0, ""},
		{"S3, before", header("s3"), -15 * minute, 0, ""},
		{"S3, late", header("s3"), 15*minute + time.Second, Skewed, textSkewS3},
		{"S3, early", header("s3"), -15*minute - time.Second, Skewed, textSkewS3},
		{"S3, presigned", presigned("s3", day), day, 0, ""},
		{"S3, presigned, late", presigned("s3", day), day + time.Second, Expired, "Request has expired"},
		{"S3, presigned, early", presigned("s3", day), -16 * minute, NotYetValid, "Request is not valid yet"},
		{"S3, presigned, a week", presigned("s3", 7*day), 7 * day, 0, ""},
		{"S3, presigned, more", presigned("s3", 7*day+time.Second), 0, BadExpires,
			"X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"},
		{"S3, presigned, zero", presigned("s3", 0), 0, BadExpires, "X-Amz-Expires must be at least 1 second"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.s.CheckTime(signed.Add(tt.now).In(time.FixedZone("", 3600)))
			if tt.want == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := wantReason(t, err, tt.want); e.Text != tt.text {
				t.Errorf("text %q, want %q", e.Text, tt.text)
			}
		})
	}
}

func TestCheckTimeDetail(t *testing.T) {
	s := newSignature(testCredentials, testTarget("s3"), "")
	e := wantReason(t, s.CheckTime(s.Time.Add(time.Hour)), Skewed)
	if len(e.Detail) != 3 || e.Detail[0].Value != "20130524T000000Z" || e.Detail[1].Value != "2013-05-24T01:00:00Z" || e.Detail[2].Value != "900000" {
		t.Errorf("detail %v", e.Detail)
	}
	s.Presigned, s.HasExpires, s.Expires = true, true, time.Minute
	e = wantReason(t, s.CheckTime(s.Time.Add(time.Hour)), Expired)
	if len(e.Detail) != 3 || e.Detail[0].Value != "60" || e.Detail[1].Value != "2013-05-24T00:01:00Z" {
		t.Errorf("detail %v", e.Detail)
	}
}
