// Package mfa checks the one-time codes of virtual MFA devices (RFC 6238: SHA-1,
// six digits, thirty seconds) and makes new ones.
//
// Start at One and Guess.Take. A code is taken once: the step of the last one is
// kept with the device. Wrong codes are counted there, and after a few of them
// none is looked at for a while.
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

const issuer = "Amazon Web Services" // authenticator apps know it, and its picture

// QRCode is a picture, as PNG, that authenticator apps read a device from; owner
// is the account. The URL in it is the one of AWS's own pictures, which is more
// than VirtualMFADevice in the IAM API Reference says: it names the issuer.
func QRCode(device, owner, seed string) ([]byte, error) {
	link := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + device + "@" + owner}
	link.RawQuery = "secret=" + seed + "&issuer=" + url.PathEscape(issuer)
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

// A Guess is what somebody presents as the code of a device, or as two codes in
// a row. Making one is the work; Take is quick.
type Guess struct {
	seed  state.Secret
	codes int64   // one or two
	steps []int64 // when the device shows the last of them
	now   int64   // step of the guess
}

// One is a guess at the code that a device shows at a time.
func One(d *state.MFADevice, code string, now time.Time) Guess {
	g := Guess{seed: d.Seed, codes: 1, now: stepOf(now)}
	for n := g.now + d.Drift - slack; n <= g.now+d.Drift+slack; n++ {
		if same(d.Seed, n, code) {
			g.steps = append(g.steps, n)
		}
	}
	return g
}

// Enabling is a guess at two codes in a row, which show that a device is at
// hand.
func Enabling(d *state.MFADevice, first, second string, now time.Time) Guess {
	return pair(d, first, second, now, enabling)
}

// Resync is Enabling for a device whose clock is off.
func Resync(d *state.MFADevice, first, second string, now time.Time) Guess {
	return pair(d, first, second, now, resync)
}

func pair(d *state.MFADevice, first, second string, now time.Time, reach int64) Guess {
	g := Guess{seed: d.Seed, codes: 2, now: stepOf(now)}
	shown := same(d.Seed, g.now-reach, first)
	for n := g.now - reach + 1; n <= g.now+reach; n++ {
		if shown && same(d.Seed, n, second) {
			g.steps = append(g.steps, n)
		}
		shown = same(d.Seed, n, first)
	}
	return g
}

// Take returns the device after a guess, and whether the guess was right: it is
// not when one of its codes, or a later one, has been taken before. The device
// must be kept in either case: it counts wrong guesses, and takes no right one
// again. It is nil when the guess was not looked at, after too many wrong ones.
func (g Guess) Take(d *state.MFADevice, now time.Time) (after *state.MFADevice, ok bool) {
	if d.Attempts.Blocked(now) {
		return nil, false
	}
	changed := *d
	for _, n := range g.steps {
		if g.seed != d.Seed || n-g.codes < d.Step {
			continue
		}
		changed.Step, changed.Attempts = n, state.Attempts{}
		return &changed, true
	}
	changed.Attempts = d.Attempts.More(now)
	return &changed, false
}

// Spend is Take within a transaction, which keeps the device.
func (g Guess) Spend(tx *state.Tx, d *state.MFADevice) (after *state.MFADevice, ok bool) {
	after, ok = g.Take(d, tx.Now())
	if after != nil {
		tx.PutMFADevice(after)
	}
	return after, ok
}

// Drift is how far the clock of a device is off that took the guess.
func (g Guess) Drift(after *state.MFADevice) int64 {
	off := after.Step - g.now
	if off >= -slack && off <= slack {
		return 0
	}
	return off
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
