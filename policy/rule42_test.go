package policy

import (
	"strings"
	"testing"
)

// Rule 42: which characters a policy may have [UG: grammar], written as they are
// or as escapes of JSON, and what counts against quotas [UG: quotas].
func TestRule42Characters(t *testing.T) {
	doc := func(sid string) string {
		return "{\"Version\":\"2012-10-17\",\r\n\t\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::" + sid + "\"}]}"
	}
	for text, ok := range map[string]bool{
		"b": true, "b~": true, "b\u00a0": true, "é": true, "ÿ": true,
		"\u0100": false, "漢": false, "😀": false, "\x00": false, "\x1f": false, "\x7f": true, "\x80": false,
	} {
		_, err := Parse(IdentityBased, doc(text))
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRule42Sizes(t *testing.T) {
	const text = "{ \"a\" :\t\"é b\"\r\n}"
	if got := Size(text); got != len([]rune(`{"a":"éb"}`)) {
		t.Errorf("size %d", got)
	}
	if UserInlineQuota != 2048 || GroupInlineQuota != 5120 || RoleInlineQuota != 10240 || ManagedQuota != 6144 || TrustQuota != 2048 {
		t.Error("the quotas are not those of the User Guide")
	}
	if Size(strings.Repeat(" \n", MaxBytes)) != 0 {
		t.Error("white space counts")
	}
}
