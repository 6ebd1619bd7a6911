package sts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// TestCVE_2025_6014_SpelledCodes: Vault took a code once more when it was
// written with a space. A code has one spelling here, before and after it was
// taken.
func TestCVE_2025_6014_SpelledCodes(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	code := d.code(0)
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	spellings := []string{
		" " + code, code + " ", code[:3] + " " + code[3:], code + "\n", "\t" + code, code + "\x00", "+" + code, "0" + code, code + "0", code[:5],
		wide, code[:5] + wide[15:], code + "\u200b", "\u00a0" + code, "0x" + code, code + ".0", "",
	}
	refuse := func(when string) {
		for _, spelling := range spellings {
			if a := w.token(w.ann, d.serial, spelling); a.Status/100 != 4 || strings.Contains(a.Body, "SessionToken") {
				t.Errorf("%s, %q: %d %s", when, spelling, a.Status, a.Body)
			}
		}
	}
	refuse("before")
	if kept, _ := w.DB.Snapshot().MFADevice(account, d.serial); kept.Attempts.Failed != 0 {
		t.Errorf("%d spellings were looked at", kept.Attempts.Failed)
	}
	w.allowed(w.token(w.ann, d.serial, code))
	refuse("after")
	w.wrong(w.token(w.ann, d.serial, code), wrongCode)
}

// TestCVE_2025_6004_LockoutBySpelling: Vault counted guesses by the name as it
// was written, and by the way in. A device has one count: whichever way its
// serial number is written, whichever operation asks, whatever becomes of the
// call, and when it was given away and back.
func TestCVE_2025_6004_LockoutBySpelling(t *testing.T) {
	w := newDeviceWorld(t)
	w.role(account, "r", trusts(annARN))
	w.role(account, "closed", trusts("arn:aws:iam::"+account+":user/bob"))
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	wrong := "000000"
	for wrong == d.code(-step) || wrong == d.code(0) || wrong == d.code(step) {
		wrong = "111111"
	}
	upper := strings.Replace(d.serial, "mfa/ann", "MFA/Ann", 1)
	failed := func() int {
		kept, _ := w.DB.Snapshot().MFADevice(account, d.serial)
		return kept.Attempts.Failed
	}
	for i, guess := range []func() apitest.Answer{
		func() apitest.Answer { return w.token(w.ann, d.serial, wrong) },
		func() apitest.Answer { return w.token(w.ann, upper, wrong) },
		func() apitest.Answer { return w.assumeBy(w.ann, upper, wrong) },
		func() apitest.Answer { // which would be denied with the right one too
			return w.call(w.ann, "AssumeRole", "RoleArn", roleARN("closed"), "RoleSessionName", "s1", "SerialNumber", d.serial, "TokenCode", wrong)
		},
		func() apitest.Answer {
			return w.iam(w.ann, "ResyncMFADevice", "UserName=ann", "SerialNumber="+upper, "AuthenticationCode1="+wrong, "AuthenticationCode2="+wrong)
		},
	} {
		if a := guess(); a.Status != 403 || failed() != i+1 {
			t.Errorf("guess %d: %d counted, %d %s", i+1, failed(), a.Status, a.Body)
		}
	}
	for _, serial := range []string{d.serial, upper} {
		w.wrong(w.token(w.ann, serial, d.code(0)), wrongCode)
		w.wrong(w.assumeBy(w.ann, serial, d.code(0)), wrongCode)
	}
	w.refused(w.iam(w.ann, "ResyncMFADevice", "UserName=ann", "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(0), "AuthenticationCode2="+d.code(step)),
		403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
	w.allowed(w.iam(w.ann, "DeactivateMFADevice", "UserName=ann", "SerialNumber="+upper))
	w.refused(w.iam(w.ann, "EnableMFADevice", "UserName=ann", "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(0), "AuthenticationCode2="+d.code(step)),
		403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
	w.Now = w.Now.Add(time.Hour)
	w.enable(w.ann, d, "ann")
	w.allowed(w.token(w.ann, d.serial, d.code(0)))
	if failed() != 0 {
		t.Errorf("%d guesses are remembered after the right one", failed())
	}
}

// TestSessionsDoNotAddMFA: a session is what it was when it was made. The code
// that its user still has makes one call of it, and no session of the same kind.
func TestSessionsDoNotAddMFA(t *testing.T) {
	w := newDeviceWorld(t)
	w.role(account, "r", withMFA)
	w.role(account, "plain", trusts(annARN), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}}
	})
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	session := w.credentials(w.call(w.ann, "GetSessionToken"))
	w.wrong(w.token(session, d.serial, d.code(0)), "Cannot call GetSessionToken with session credentials")
	role := w.assume(w.ann, "plain")
	w.wrong(w.call(role, "AssumeRole", "RoleArn", roleARN("r"), "RoleSessionName", "s1", "SerialNumber", d.serial, "TokenCode", d.code(0)), notOwnDevice)
	w.allowed(w.assumeBy(session, d.serial, d.code(0))) // nothing of this has used the code up
	w.Now = w.Now.Add(step)
	w.wrong(w.assumeBy(session), "User: "+annARN+" is not authorized to perform: sts:AssumeRole on resource: "+roleARN("r"))
	w.refused(w.iam(session, "GetUser"), 403, "InvalidClientTokenId", badSessionToken)
	if a := w.iam(role, "EnableMFADevice", "UserName=ann", "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(0), "AuthenticationCode2="+d.code(step)); a.Status != 409 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
