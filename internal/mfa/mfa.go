// Package mfa checks the one-time codes of virtual MFA devices (RFC 6238: SHA-1,
// six digits, thirty seconds) and makes new ones.
//
// Start at Use and Enable. A code is taken once: the step of the last one is kept
// with the device. Wrong codes are counted there, and after a few of them none
// is looked at for a while.
package mfa

import (
	"bytes"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/writ-iam/writ/internal/state"
)

const (
	step     = 30 * time.Second
	slack    = 1  // steps that a clock may be off
	enabling = 3  // steps that the codes which enable a device may be off
	resync   = 40 // steps that a clock may have drifted, in either direction
	seedSize = 40 // bytes: the 64 base32 digits that AWS's devices have
)

// NewSeed returns the seed of a new device, in base32.
func NewSeed(rand io.Reader) (string, error) {
	b := make([]byte, seedSize)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("mfa: randomness: %w", err)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b), nil
}

const qrPixels = 256

// QRCode is a picture, as PNG, that authenticator apps read a device from. See
// VirtualMFADevice in the IAM API Reference for the URL in it.
func QRCode(device, owner, seed string) ([]byte, error) {
	link := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + device + "@" + owner, RawQuery: "secret=" + seed}
	key, err := otp.NewKeyFromURL(link.String())
	if err != nil {
		return nil, fmt.Errorf("mfa: %w", err)
	}
	img, err := key.Image(qrPixels, qrPixels)
	if err != nil {
		return nil, fmt.Errorf("mfa: %w", err)
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

// Use returns the device after its code at that time, and whether the code was
// right. The device must be kept in either case: it counts wrong codes, and
// must not take a right one again.
func Use(d *state.MFADevice, code string, now time.Time) (*state.MFADevice, bool) {
	at := stepOf(now) + d.Drift
	return take(d, now, at-slack, at+slack, func(n int64) (int64, bool) { return n, same(d.Seed, n, code) })
}

// Enable is Use with the two codes, one after the other, that show that a
// device is at hand.
func Enable(d *state.MFADevice, first, second string, now time.Time) (*state.MFADevice, bool) {
	return pair(d, first, second, now, enabling)
}

// Resync is Enable for a device whose clock is off, and corrects for that.
func Resync(d *state.MFADevice, first, second string, now time.Time) (*state.MFADevice, bool) {
	return pair(d, first, second, now, resync)
}

func pair(d *state.MFADevice, first, second string, now time.Time, reach int64) (*state.MFADevice, bool) {
	at := stepOf(now)
	after, ok := take(d, now, at-reach, at+reach, func(n int64) (int64, bool) {
		return n + 1, same(d.Seed, n, first) && same(d.Seed, n+1, second)
	})
	if ok {
		after.Drift = 0
		if off := after.Step - at; off < -slack || off > slack {
			after.Drift = off
		}
	}
	return after, ok
}

// take looks for the steps whose codes match, which end at the step that match
// returns.
func take(d *state.MFADevice, now time.Time, from, to int64, match func(n int64) (last int64, ok bool)) (*state.MFADevice, bool) {
	after := *d
	if d.Attempts.Blocked(now) {
		return &after, false
	}
	found := int64(-1)
	for n := max(from, d.Step+1); n <= to; n++ {
		if last, ok := match(n); ok && found < 0 {
			found = last
		}
	}
	if found < 0 {
		after.Attempts = d.Attempts.More(now)
		return &after, false
	}
	after.Step, after.Attempts = found, state.Attempts{}
	return &after, true
}

// Code is the code of a seed at a time.
func Code(seed string, now time.Time) (string, error) {
	return hotp.GenerateCode(seed, uint64(stepOf(now)))
}

func same(seed state.Secret, n int64, code string) bool {
	if n < 0 {
		return false
	}
	want, err := hotp.GenerateCode(string(seed), uint64(n))
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1
}

func stepOf(now time.Time) int64 { return now.Unix() / int64(step/time.Second) }
