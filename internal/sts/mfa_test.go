package sts_test

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/mfa"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/policy"
)

// The answers to a code.
const (
	wrongCode    = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	notOwnDevice = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	codeAlone    = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
)

// selfService is what AWS's own example lets users do about their devices. With
// a device they may also read themselves; where nothing is known of one, list
// groups.
const selfService = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":["iam:EnableMFADevice","iam:ResyncMFADevice","iam:DeactivateMFADevice","iam:ListMFADevices","iam:GetMFADevice"],"Resource":"arn:aws:iam::*:user/${aws:username}"},
	{"Effect":"Allow","Action":["iam:CreateVirtualMFADevice","iam:DeleteVirtualMFADevice"],"Resource":"arn:aws:iam::*:mfa/${aws:username}"},
	{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}},
	{"Effect":"Allow","Action":"iam:ListGroups","Resource":"*","Condition":{"Null":{"aws:MultiFactorAuthPresent":"true","aws:MultiFactorAuthAge":"true"}}},
	{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`

// deviceWorld is a world with IAM in it, in which users care for their devices
// themselves.
type deviceWorld struct {
	*world
	bob, boss sigv4.Credentials
	answers   strings.Builder // all of them
	secrets   []string        // seeds and codes
}

func newDeviceWorld(t *testing.T) *deviceWorld {
	w := &deviceWorld{world: &world{}}
	w.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
		service, err := iam.New(iam.Options{Schema: e.Schema, MarkerKey: make([]byte, 32), Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		return []*api.Table{sts.New(e.Sessions, e.Events, rand.Reader).Table(), service.Table()}
	})
	w.ann, w.annID = w.user(account, "ann", selfService)
	w.bob, _ = w.user(account, "bob", selfService)
	w.boss, _ = w.user(account, "boss", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	return w
}

// iam sends a call to IAM. Parameters are name=value.
func (w *deviceWorld) iam(creds sigv4.Credentials, action string, params ...string) apitest.Answer {
	w.T.Helper()
	form := "Action=" + action + "&Version=2010-05-08"
	for _, p := range params {
		form += "&" + p
	}
	a := w.Form(creds, "iam", form)
	w.answers.WriteString(a.Body)
	return a
}

// device is a virtual device, as its holder has it.
type device struct {
	w            *deviceWorld
	seed, serial string
}

// code is what the device shows, that far from now.
func (d device) code(off time.Duration) string {
	d.w.T.Helper()
	code, err := mfa.Code(d.seed, d.w.Now.Add(off))
	if err != nil {
		d.w.T.Fatal(err)
	}
	d.w.secrets = append(d.w.secrets, code)
	return code
}

// make makes a device, and leaves it to nobody.
func (w *deviceWorld) make(creds sigv4.Credentials, name string) device {
	w.T.Helper()
	a := w.Form(creds, "iam", "Action=CreateVirtualMFADevice&Version=2010-05-08&VirtualMFADeviceName="+name)
	m := regexp.MustCompile(`<Base32StringSeed>(.*)</Base32StringSeed>`).FindStringSubmatch(a.Body)
	if m == nil {
		w.T.Fatalf("no device: %s", a.Body)
	}
	seed, err := base64.StdEncoding.DecodeString(m[1])
	if err != nil {
		w.T.Fatal(err)
	}
	w.secrets = append(w.secrets, string(seed), m[1])
	return device{w, string(seed), "arn:aws:iam::" + account + ":mfa/" + name}
}

// enable gives a device to a user, and waits until it shows another code.
func (w *deviceWorld) enable(creds sigv4.Credentials, d device, user string) {
	w.T.Helper()
	w.allowed(w.iam(creds, "EnableMFADevice", "UserName="+user, "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(-step), "AuthenticationCode2="+d.code(0)))
	w.Now = w.Now.Add(step)
}

const step = 30 * time.Second

func (w *deviceWorld) token(creds sigv4.Credentials, serial, code string) apitest.Answer {
	w.T.Helper()
	a := w.call(creds, "GetSessionToken", "SerialNumber", serial, "TokenCode", code)
	if a.Status != 200 {
		w.answers.WriteString(a.Body)
	}
	return a
}

// assumeBy assumes the role r.
func (w *deviceWorld) assumeBy(creds sigv4.Credentials, device ...string) apitest.Answer {
	w.T.Helper()
	params := []string{"RoleArn", roleARN("r"), "RoleSessionName", "s1"}
	if len(device) > 0 {
		params = append(params, "SerialNumber", device[0], "TokenCode", device[1])
	}
	return w.call(creds, "AssumeRole", params...)
}

func (w *deviceWorld) wrong(a apitest.Answer, text string) {
	w.T.Helper()
	w.refused(a, 403, "AccessDenied", text)
}

// TestSelfService: a user makes and enables a device by the policy of AWS's own
// example, and nobody else's.
func TestSelfService(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	w.allowed(w.iam(w.ann, "ListMFADevices"), d.serial)
	for _, a := range []apitest.Answer{
		w.iam(w.ann, "CreateVirtualMFADevice", "VirtualMFADeviceName=bob"),
		w.iam(w.bob, "DeactivateMFADevice", "UserName=ann", "SerialNumber="+d.serial),
		w.iam(w.bob, "DeleteVirtualMFADevice", "SerialNumber="+d.serial),
		w.iam(w.bob, "ListMFADevices", "UserName=ann"),
	} {
		if a.Status != 403 || !strings.Contains(a.Body, "is not authorized to perform: iam:") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
}

// TestMFAOfSession: conditions on MFA hold in a session that a code was given
// for, with the time since then, and in no other call.
func TestMFAOfSession(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	if a := w.iam(w.ann, "GetUser"); a.Status != 403 {
		t.Errorf("a long-term key: %s", a.Body)
	}
	w.allowed(w.iam(w.ann, "ListGroups"))
	plain := w.credentials(w.call(w.ann, "GetSessionToken"))
	w.refused(w.iam(plain, "GetUser"), 403, "InvalidClientTokenId", "The security token included in the request is invalid.")
	with := w.credentials(w.token(w.ann, d.serial, d.code(0)))
	w.allowed(w.iam(with, "GetUser"), "<UserName>ann</UserName>")
	if a := w.iam(with, "ListGroups"); a.Status != 403 {
		t.Errorf("a session has no key: %s", a.Body)
	}
	w.Now = w.Now.Add(time.Hour - time.Second)
	w.allowed(w.iam(with, "GetUser"))
	w.Now = w.Now.Add(time.Second)
	if a := w.iam(with, "GetUser"); a.Status != 403 {
		t.Errorf("an hour later: %s", a.Body)
	}
}

const withMFA = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + annARN + `"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}}}`

// TestTrustAsksForMFA: the code of a call counts for the role's trust policy,
// and so does that of the calling session. The role's session has none.
func TestTrustAsksForMFA(t *testing.T) {
	w := newDeviceWorld(t)
	w.role(account, "r", withMFA, func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}},
			{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]}`)}}
	})
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	w.wrong(w.assumeBy(w.ann), "User: "+annARN+" is not authorized to perform: sts:AssumeRole on resource: "+roleARN("r"))
	role := w.credentials(w.assumeBy(w.ann, d.serial, d.code(0)))
	if a := w.iam(role, "ListUsers"); a.Status != 403 {
		t.Errorf("the role's session: %s", a.Body)
	}
	w.allowed(w.iam(role, "ListRoles"))
	w.Now = w.Now.Add(step)
	session := w.credentials(w.token(w.ann, d.serial, d.code(0)))
	w.allowed(w.assumeBy(session))
	w.Now = w.Now.Add(time.Minute)
	if a := w.assumeBy(session); a.Status != 403 {
		t.Errorf("a minute later: %s", a.Body)
	}
	w.allowed(w.assumeBy(session, d.serial, d.code(0)))
}

// TestCodeNeedsDevice: both are given or none.
func TestCodeNeedsDevice(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	w.wrong(w.call(w.ann, "GetSessionToken", "SerialNumber", d.serial), codeAlone)
	w.wrong(w.call(w.ann, "GetSessionToken", "TokenCode", d.code(0)), codeAlone)
	w.wrong(w.token(w.ann, d.serial+"x", d.code(0)), notOwnDevice)
	w.allowed(w.token(w.ann, d.serial, d.code(0)))
}

// TestCVE_2025_6014_CodeReuse: a code that was taken, by whatever operation and
// whatever became of the call, is taken no more, nor is any before it.
func TestCVE_2025_6014_CodeReuse(t *testing.T) {
	w := newDeviceWorld(t)
	w.role(account, "r", trusts("arn:aws:iam::"+account+":user/bob"))
	d := w.make(w.ann, "ann")
	w.allowed(w.iam(w.ann, "EnableMFADevice", "UserName=ann", "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(-step), "AuthenticationCode2="+d.code(0)))
	w.wrong(w.assumeBy(w.ann, d.serial, d.code(0)), wrongCode)
	w.wrong(w.token(w.ann, d.serial, d.code(-step)), wrongCode)
	w.Now = w.Now.Add(step)
	w.wrong(w.assumeBy(w.ann, d.serial, d.code(0)), "User: "+annARN+" is not authorized to perform: sts:AssumeRole on resource: "+roleARN("r"))
	w.wrong(w.token(w.ann, d.serial, d.code(0)), wrongCode)
	w.Now = w.Now.Add(step)
	w.allowed(w.token(w.ann, d.serial, d.code(0)))
	w.Now = w.Now.Add(time.Second)
	w.wrong(w.token(w.ann, d.serial, d.code(0)), wrongCode)
	w.Now = w.Now.Add(-5 * step) // a clock that is set back brings no code back
	w.wrong(w.token(w.ann, d.serial, d.code(0)), wrongCode)
}

// TestTwoCallsWithOneCode: of calls at the same time one gets through.
func TestTwoCallsWithOneCode(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	code := d.code(0)
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if w.call(w.ann, "GetSessionToken", "SerialNumber", d.serial, "TokenCode", code).Status == 200 {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if n := passed.Load(); n != 1 {
		t.Errorf("%d calls passed", n)
	}
}

// TestCVE_2025_6015_Guesses: after a few wrong codes none is looked at for a
// while, which grows; who guesses at the same time gets no further.
func TestCVE_2025_6015_Guesses(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	wrong := func() string { // one that the device does not show around now
		for n := 100000; ; n++ {
			if c := strconv.Itoa(n); c != d.code(-step) && c != d.code(0) && c != d.code(step) {
				return c
			}
		}
	}()
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			w.wrong(w.call(w.ann, "GetSessionToken", "SerialNumber", d.serial, "TokenCode", wrong), wrongCode)
		})
	}
	all.Wait()
	kept, _ := w.DB.Snapshot().MFADevice(account, d.serial)
	if kept.Attempts.Failed != 5 {
		t.Errorf("%d guesses were looked at, not 5", kept.Attempts.Failed)
	}
	w.wrong(w.token(w.ann, d.serial, d.code(0)), wrongCode)
	w.Now = w.Now.Add(-time.Hour)
	w.wrong(w.token(w.ann, d.serial, d.code(0)), wrongCode)
	w.Now = w.Now.Add(time.Hour + step)
	w.wrong(w.token(w.ann, d.serial, wrong), wrongCode)
	w.Now = w.Now.Add(step)
	w.wrong(w.token(w.ann, d.serial, d.code(0)), wrongCode) // it is longer now
	w.Now = w.Now.Add(step)
	w.allowed(w.token(w.ann, d.serial, d.code(0)))
}

// TestSomebodyElsesDevice: nobody can use the device of another, nor use up its
// codes, nor lock it.
func TestSomebodyElsesDevice(t *testing.T) {
	w := newDeviceWorld(t)
	w.role(account, "r", trusts(annARN))
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	role := w.assume(w.ann, "r")
	for _, who := range []sigv4.Credentials{w.bob, w.boss, apitest.Root} {
		for range 6 {
			w.wrong(w.token(who, d.serial, d.code(0)), notOwnDevice)
		}
	}
	w.wrong(w.assumeBy(role, d.serial, d.code(0)), notOwnDevice)
	w.wrong(w.token(w.bob, "arn:aws:iam::"+account+":mfa/nothing", d.code(0)), notOwnDevice)
	w.allowed(w.token(w.ann, d.serial, d.code(0)))
}

// TestDeviceOfAnotherTime: a device that is no longer enabled is nobody's; one
// made again under its name has another seed, and a user made again has none.
func TestDeviceOfAnotherTime(t *testing.T) {
	w := newDeviceWorld(t)
	w.allowed(w.iam(w.boss, "CreateUser", "UserName=eve"))
	d := w.make(w.boss, "eve")
	w.wrong(w.token(w.ann, d.serial, d.code(0)), notOwnDevice)
	w.enable(w.boss, d, "eve")
	w.allowed(w.iam(w.boss, "DeactivateMFADevice", "UserName=eve", "SerialNumber="+d.serial))
	w.allowed(w.iam(w.boss, "DeleteUser", "UserName=eve"))
	eve, _ := w.user(account, "eve", selfService)
	w.wrong(w.token(eve, d.serial, d.code(0)), notOwnDevice)
	w.allowed(w.iam(w.boss, "DeleteVirtualMFADevice", "SerialNumber="+d.serial))
	again := w.make(w.boss, "eve")
	w.enable(w.boss, again, "eve")
	w.wrong(w.token(eve, again.serial, d.code(0)), wrongCode)
	w.allowed(w.token(eve, again.serial, again.code(0)))
	w.Now = w.Now.Add(step)
	w.allowed(w.iam(w.boss, "DeactivateMFADevice", "UserName=eve", "SerialNumber="+d.serial))
	w.wrong(w.token(eve, again.serial, again.code(0)), notOwnDevice)
}

// TestDeviceRemembersItsCodes: who enables a device after another cannot use
// the other's codes.
func TestDeviceRemembersItsCodes(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(w.boss, "d")
	first, second := d.code(-step), d.code(0)
	w.allowed(w.iam(w.boss, "EnableMFADevice", "UserName=ann", "SerialNumber="+d.serial, "AuthenticationCode1="+first, "AuthenticationCode2="+second))
	w.allowed(w.iam(w.boss, "DeactivateMFADevice", "UserName=ann", "SerialNumber="+d.serial))
	w.refused(w.iam(w.boss, "EnableMFADevice", "UserName=bob", "SerialNumber="+d.serial, "AuthenticationCode1="+first, "AuthenticationCode2="+second),
		403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
}

// TestCodeTolerance: the code before and the one to come count, no others.
func TestCodeTolerance(t *testing.T) {
	for steps, want := range map[time.Duration]int{-2: 403, -1: 200, 0: 200, 1: 200, 2: 403} {
		w := newDeviceWorld(t)
		d := w.make(w.ann, "ann")
		w.enable(w.ann, d, "ann")
		w.Now = w.Now.Add(10 * step)
		if a := w.token(w.ann, d.serial, d.code(steps*step)); a.Status != want {
			t.Errorf("%d steps off: %d", steps, a.Status)
		}
	}
}

// TestRootDevice: the root user has devices of its own, which only it enables.
func TestRootDevice(t *testing.T) {
	w := newDeviceWorld(t)
	d := w.make(apitest.Root, "root-account-mfa-device")
	enable := func(creds sigv4.Credentials) apitest.Answer {
		return w.iam(creds, "EnableMFADevice", "UserName="+account, "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(-step), "AuthenticationCode2="+d.code(0))
	}
	w.refused(enable(w.boss), 404, "NoSuchEntity", "The user with name "+account+" cannot be found.")
	w.allowed(enable(apitest.Root))
	w.Now = w.Now.Add(step)
	w.wrong(w.token(w.boss, d.serial, d.code(0)), notOwnDevice)
	session := w.credentials(w.token(apitest.Root, d.serial, d.code(0)))
	w.allowed(w.iam(session, "GetAccountSummary"), "<key>AccountMFAEnabled</key><value>1</value>", "<key>MFADevicesInUse</key><value>1</value>")
}

var eventName = regexp.MustCompile(`"eventName":"(\w+)"`)

// TestSeedsAndCodesStayHidden: what was secret stands in no event and, but for
// the answer that gave the seed, in no answer.
func TestSeedsAndCodesStayHidden(t *testing.T) {
	w := newDeviceWorld(t)
	w.role(account, "r", withMFA)
	d := w.make(w.ann, "ann")
	w.enable(w.ann, d, "ann")
	w.wrong(w.token(w.ann, d.serial, d.code(-step)), wrongCode)
	w.credentials(w.token(w.ann, d.serial, d.code(0)))
	w.Now = w.Now.Add(step)
	w.credentials(w.assumeBy(w.ann, d.serial, d.code(0)))
	w.wrong(w.assumeBy(w.ann, d.serial, d.code(0)), wrongCode)
	w.call(w.ann, "GetSessionToken", "SerialNumber", d.serial, "TokenCode", d.code(step)+"7")
	w.Now = w.Now.Add(2 * step)
	w.allowed(w.iam(w.ann, "ResyncMFADevice", "UserName=ann", "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(0), "AuthenticationCode2="+d.code(step)))
	w.iam(w.ann, "ResyncMFADevice", "UserName=ann", "SerialNumber="+d.serial, "AuthenticationCode1="+d.code(0)+"7", "AuthenticationCode2=x")
	w.allowed(w.iam(w.boss, "ListVirtualMFADevices"), d.serial)
	w.allowed(w.iam(w.boss, "GetMFADevice", "UserName=ann", "SerialNumber="+d.serial))

	if err := w.DB.FlushEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := w.answers.String()
	events := make(map[string]int)
	for r, err := range w.Events.Lookup(t.Context(), audit.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		told += string(r.CloudTrail) + string(r.Detail)
		events[eventName.FindStringSubmatch(string(r.CloudTrail))[1]]++
	}
	want := map[string]int{
		"CreateVirtualMFADevice": 1, "EnableMFADevice": 1, "GetSessionToken": 3, "AssumeRole": 2, "ResyncMFADevice": 2,
		"ListVirtualMFADevices": 1, "GetMFADevice": 1,
	}
	if !maps.Equal(events, want) {
		t.Errorf("events: %v", events)
	}
	for _, secret := range w.secrets {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(secret) + `\b`).MatchString(told) {
			t.Errorf("%s was told", secret)
		}
	}
}
