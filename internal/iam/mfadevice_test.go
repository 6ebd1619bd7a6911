package iam_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// newDevice makes a device of that name and returns its seed, as it was
// answered.
func (in *installation) newDevice(name string) (seed, serial string) {
	in.t.Helper()
	body := in.ok("CreateVirtualMFADevice", "VirtualMFADeviceName="+name)
	m := regexp.MustCompile(`<Base32StringSeed>(.*)</Base32StringSeed>`).FindStringSubmatch(body)
	if m == nil {
		in.t.Fatalf("no seed: %s", body)
	}
	return m[1], "arn:aws:iam::" + account + ":mfa/" + name
}

// TestEnablingGuesses: codes are guessed no more often because many guess at
// once, and the right ones do not count after too many wrong ones.
func TestEnablingGuesses(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	seed, serial := in.newDevice("d")
	right := values("UserName=ann", "SerialNumber="+serial, "AuthenticationCode1="+codeOf(t, seed, in.now), "AuthenticationCode2="+codeOf(t, seed, in.now.Add(30*time.Second)))
	var all sync.WaitGroup
	for range 12 {
		r := in.request(in.root(account), "EnableMFADevice", values("UserName=ann", "SerialNumber="+serial,
			"AuthenticationCode1="+codeOf(t, seed, in.now), "AuthenticationCode2="+codeOf(t, seed, in.now)))
		all.Go(func() {
			if status, body := in.send(r); status != http.StatusForbidden || !strings.Contains(body, "InvalidAuthenticationCode") {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	all.Wait()
	if d, _ := in.db.Snapshot().MFADevice(account, serial); d.Attempts.Failed != 5 {
		t.Errorf("%d guesses were looked at, not 5", d.Attempts.Failed)
	}
	if status, body := in.call(in.root(account), "EnableMFADevice", right); status != http.StatusForbidden {
		t.Errorf("while blocked: %d %s", status, body)
	}
	in.now = in.now.Add(30 * time.Second)
	if status, body := in.call(in.root(account), "EnableMFADevice", right); status != http.StatusOK {
		t.Errorf("after the block: %d %s", status, body)
	}
}

// TestOneDeviceForTwo: of two users for whom the same codes enable a device at
// the same time one gets it.
func TestOneDeviceForTwo(t *testing.T) {
	in := start(t, nil)
	seed, serial := in.newDevice("d")
	var enabled atomic.Int32
	var all sync.WaitGroup
	for i := range 4 {
		name := fmt.Sprintf("user%d", i)
		in.ok("CreateUser", "UserName="+name)
		r := in.request(in.root(account), "EnableMFADevice", values("UserName="+name, "SerialNumber="+serial,
			"AuthenticationCode1="+codeOf(t, seed, in.now), "AuthenticationCode2="+codeOf(t, seed, in.now.Add(30*time.Second))))
		all.Go(func() {
			if status, _ := in.send(r); status == http.StatusOK {
				enabled.Add(1)
			}
		})
	}
	all.Wait()
	if n := enabled.Load(); n != 1 {
		t.Errorf("%d users got the device", n)
	}
}

// TestDevicesOfAnotherAccount: a serial number finds no device but of the
// caller's account.
func TestDevicesOfAnotherAccount(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	_, serial := in.newDevice("d")
	for _, operation := range []string{"DeleteVirtualMFADevice", "ListMFADeviceTags", "DeactivateMFADevice", "GetMFADevice"} {
		if status, body := in.call(in.root(otherAccount), operation, values("SerialNumber="+serial)); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", operation, status, body)
		}
	}
	if _, body := in.call(in.root(otherAccount), "ListVirtualMFADevices", nil); strings.Contains(body, serial) {
		t.Errorf("the other account lists it: %s", body)
	}
}
