package e2e

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// device is a virtual MFA device, as an authenticator app has it.
type device struct {
	serial string
	key    []byte
}

// code is what the device shows so many times thirty seconds from now (RFC
// 6238).
func (d device) code(steps int64) *string {
	mac := hmac.New(sha1.New, d.key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30+steps)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return new(fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1000000))
}

func (c *client) newDevice(t *testing.T, name string) device {
	t.Helper()
	made := must(c.iam.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{
		VirtualMFADeviceName: &name, Path: new("/staff/"), Tags: []types.Tag{{Key: new("Team"), Value: new("red")}},
	}))(t).VirtualMFADevice
	equal(t, "serial number", *made.SerialNumber, "arn:aws:iam::"+c.server.Account+":mfa/staff/"+name)
	key, err := base32.StdEncoding.DecodeString(string(made.Base32StringSeed))
	if err != nil || len(key) < 20 {
		t.Fatalf("the seed %q: %v", made.Base32StringSeed, err)
	}
	if _, err := png.Decode(strings.NewReader(string(made.QRCodePNG))); err != nil {
		t.Errorf("the picture: %v", err)
	}
	return device{*made.SerialNumber, key}
}

func (c *client) enable(t *testing.T, d device, user string) {
	t.Helper()
	must(c.iam.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: &user, SerialNumber: &d.serial, AuthenticationCode1: d.code(-1), AuthenticationCode2: d.code(0),
	}))(t)
}

func mfaBreadth(t *testing.T, c *client) {
	mia := c.newUser(t, "mia")
	name := new("mia")
	c.grant(t, "mia", document(`{"Effect":"Allow","Action":["iam:GetUser","sts:AssumeRole"],"Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`))
	phone, pad := c.newDevice(t, "phone"), c.newDevice(t, "pad")
	once := phone.code(0)
	fails(c.iam.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{UserName: name, SerialNumber: &phone.serial, AuthenticationCode1: once, AuthenticationCode2: once}))(t, failure{403, "InvalidAuthenticationCode", "Authentication code for device is not valid."})
	c.enable(t, phone, "mia")
	c.enable(t, pad, "mia")
	recent(t, "date", must(c.iam.GetMFADevice(ctx, &iam.GetMFADeviceInput{UserName: name, SerialNumber: &pad.serial}))(t).EnableDate)
	equal(t, "devices", len(must(c.iam.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: name}))(t).MFADevices), 2)
	listed := must(c.iam.ListVirtualMFADevices(ctx, &iam.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeAssigned}))(t).VirtualMFADevices
	equal(t, "assigned devices", len(listed), 2)
	equal(t, "owner", *listed[0].User.UserName, "mia")
	codesOfSessions(t, c, mia, phone, pad)

	must(c.iam.TagMFADevice(ctx, &iam.TagMFADeviceInput{SerialNumber: &pad.serial, Tags: []types.Tag{{Key: new("Place"), Value: new("desk")}}}))(t)
	must(c.iam.UntagMFADevice(ctx, &iam.UntagMFADeviceInput{SerialNumber: &pad.serial, TagKeys: []string{"Team"}}))(t)
	tags := must(c.iam.ListMFADeviceTags(ctx, &iam.ListMFADeviceTagsInput{SerialNumber: &pad.serial}))(t).Tags
	equal(t, "tag", *tags[0].Key, "Place")
	must(c.iam.ResyncMFADevice(ctx, &iam.ResyncMFADeviceInput{
		UserName: name, SerialNumber: &pad.serial, AuthenticationCode1: pad.code(10), AuthenticationCode2: pad.code(11),
	}))(t)
	fails(c.iam.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &pad.serial}))(t, failure{409, "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first."})
	for _, d := range []device{phone, pad} {
		must(c.iam.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: name, SerialNumber: &d.serial}))(t)
		must(c.iam.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &d.serial}))(t)
	}
}

// codesOfSessions: a code counts in the session it was given for, and for the
// role that it was given to assume.
func codesOfSessions(t *testing.T, c, mia *client, phone, pad device) {
	role := c.newRole(t, "Guarded", document(`{"Effect":"Allow","Principal":{"AWS":"`+mia.whoami(t)+`"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`), document(listBuckets))
	fails(mia.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("s1")}))(t, denied(""))
	fails(mia.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("s1"), SerialNumber: new(phone.serial + "x"), TokenCode: phone.code(1)}))(t,
		denied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."))
	code := phone.code(1)
	assumed := mia.assume(t, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("s1"), SerialNumber: &phone.serial, TokenCode: code})
	equal(t, "session", assumed.whoami(t), "arn:aws:sts::"+c.server.Account+":assumed-role/Guarded/s1")
	fails(mia.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: &phone.serial, TokenCode: code}))(t,
		denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "))

	fails(mia.iam.GetUser(ctx, &iam.GetUserInput{}))(t, denied(""))
	session := c.server.session(must(mia.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: &pad.serial, TokenCode: pad.code(1)}))(t).Credentials)
	must(session.iam.GetUser(ctx, &iam.GetUserInput{}))(t)
	session.assume(t, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("s2")})
}

// TestMFASerialInProfile: a profile with mfa_serial, for whose role the SDK
// asks for a code.
func TestMFASerialInProfile(t *testing.T) {
	admin := start(t).admin()
	mia := admin.newUser(t, "mia")
	phone := admin.newDevice(t, "phone")
	admin.enable(t, phone, "mia")
	role := admin.newRole(t, "Guarded", document(`{"Effect":"Allow","Principal":{"AWS":"`+mia.whoami(t)+`"},"Action":"sts:AssumeRole","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}}`), document(listBuckets))
	file := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`[profile mia]
aws_access_key_id = %s
aws_secret_access_key = %s
[profile guarded]
role_arn = %s
source_profile = mia
mfa_serial = %s
role_session_name = mia
endpoint_url = %s
region = eu-west-1
`, mia.AccessKeyID, mia.SecretAccessKey, role, phone.serial, admin.server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL_STS", admin.server.URL)
	cfg := must(config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile("guarded"), config.WithSharedConfigFiles([]string{file}),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.TokenProvider = func() (string, error) { return *phone.code(1), nil }
		})))(t)
	who := must(sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	equal(t, "session", *who.Arn, "arn:aws:sts::"+admin.server.Account+":assumed-role/Guarded/mia")
}
