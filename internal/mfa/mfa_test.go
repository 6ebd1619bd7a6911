package mfa

import (
	"bytes"
	"image/png"
	"testing"
	"time"

	"github.com/pquerna/otp"

	"github.com/writ-iam/writ/internal/state"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// The secret of RFC 6238, "12345678901234567890", in base32.
const seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func code(t *testing.T, at time.Time) string {
	t.Helper()
	c, err := Code(seed, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestVectors are those of RFC 6238, appendix B, with six digits.
func TestVectors(t *testing.T) {
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
	} {
		if got := code(t, time.Unix(at, 0)); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// use guesses one code.
func use(d *state.MFADevice, code string, now time.Time) (*state.MFADevice, bool) {
	return One(d, code, now).Take(d, now)
}

func TestOne(t *testing.T) {
	d := &state.MFADevice{Seed: seed}
	for off, want := range map[time.Duration]bool{0: true, step: true, -step: true, 2 * step: false, -2 * step: false} {
		if _, ok := use(d, code(t, epoch.Add(off)), epoch); ok != want {
			t.Errorf("a code %v off: %v", off, ok)
		}
	}
}

// TestCVE_2025_6014_CodeReuse: a code, and any older one, is taken once.
func TestCVE_2025_6014_CodeReuse(t *testing.T) {
	d, ok := use(&state.MFADevice{Seed: seed}, code(t, epoch), epoch)
	if !ok {
		t.Fatal("the code is not taken")
	}
	for _, off := range []time.Duration{0, -step} {
		if _, ok := use(d, code(t, epoch.Add(off)), epoch.Add(time.Second)); ok {
			t.Errorf("a code from %v is taken again", off)
		}
	}
	if _, ok := use(d, " "+code(t, epoch), epoch); ok {
		t.Error("a space makes it another code")
	}
	if _, ok := use(d, code(t, epoch.Add(step)), epoch.Add(step)); !ok {
		t.Error("the next code is not taken")
	}
}

// TestGuessOfAnotherState: what was read before the device changed does not
// count for the device as it is.
func TestGuessOfAnotherState(t *testing.T) {
	d := &state.MFADevice{Seed: seed}
	early, late := One(d, code(t, epoch), epoch), One(d, code(t, epoch.Add(step)), epoch)
	used, ok := late.Take(d, epoch)
	if !ok {
		t.Fatal("the later code is not taken")
	}
	if _, ok := early.Take(used, epoch); ok {
		t.Error("a code is taken after a later one")
	}
	if _, ok := early.Take(&state.MFADevice{Seed: "MFRGGZDFMZTWQ2LK"}, epoch); ok {
		t.Error("a code is taken for another seed")
	}
}

// TestCVE_2025_6015_Limit: guesses are limited, and a right one does not count
// while they are.
func TestCVE_2025_6015_Limit(t *testing.T) {
	d, now := &state.MFADevice{Seed: seed}, epoch
	guesses := 0
	for now.Before(epoch.Add(24 * time.Hour)) {
		if after, _ := use(d, "x", now); after != nil {
			d = after
			guesses++
		}
		now = now.Add(time.Second)
	}
	if guesses > 40 {
		t.Errorf("%d guesses in a day", guesses)
	}
	if _, ok := use(d, code(t, now), now); ok {
		t.Error("a code is taken though the device is blocked")
	}
	now = d.Attempts.Until
	if d, ok := use(d, code(t, now), now); !ok || d.Attempts != (state.Attempts{}) {
		t.Error("a code is not taken once the block ended")
	}
}

func TestPair(t *testing.T) {
	fresh := &state.MFADevice{Seed: seed}
	for _, c := range []struct {
		name          string
		first, second time.Duration
		enable, sync  bool
	}{
		{"now", -step, 0, true, true},
		{"the same twice", 0, 0, false, false},
		{"backwards", 0, -step, false, false},
		{"with a gap", -2 * step, 0, false, false},
		{"ten minutes off", -10 * time.Minute, step - 10*time.Minute, false, true},
		{"an hour off", -time.Hour, step - time.Hour, false, false},
	} {
		first, second := code(t, epoch.Add(c.first)), code(t, epoch.Add(c.second))
		if _, ok := Enabling(fresh, first, second, epoch).Take(fresh, epoch); ok != c.enable {
			t.Errorf("%s: enabled: %v", c.name, ok)
		}
		if _, ok := Resync(fresh, first, second, epoch).Take(fresh, epoch); ok != c.sync {
			t.Errorf("%s: resynced: %v", c.name, ok)
		}
	}
}

// TestPairReuse: neither of two codes may have been taken before.
func TestPairReuse(t *testing.T) {
	d, _ := use(&state.MFADevice{Seed: seed}, code(t, epoch), epoch)
	next := epoch.Add(step)
	if _, ok := Enabling(d, code(t, epoch), code(t, next), next).Take(d, next); ok {
		t.Error("the first code was taken before")
	}
	if _, ok := Enabling(d, code(t, next), code(t, next.Add(step)), next).Take(d, next); !ok {
		t.Error("two new codes are not taken")
	}
}

func TestResyncCorrectsDrift(t *testing.T) {
	d := &state.MFADevice{Seed: seed}
	off := -10 * time.Minute
	g := Resync(d, code(t, epoch.Add(off)), code(t, epoch.Add(off+step)), epoch)
	d, ok := g.Take(d, epoch)
	d.Drift = g.Drift(d)
	later := epoch.Add(time.Hour)
	if _, used := use(d, code(t, later.Add(off)), later); !ok || !used {
		t.Error("a resynced device's code is not taken")
	}
	if _, used := use(d, code(t, later), later); used {
		t.Error("a code is taken that the device will show in ten minutes")
	}
}

func TestNewSeed(t *testing.T) {
	made, err := NewSeed(bytes.NewReader(make([]byte, 100)))
	if err != nil || len(made) != 64 {
		t.Fatalf("%q, %v", made, err)
	}
	if _, err := NewSeed(bytes.NewReader(nil)); err == nil {
		t.Error("no error without randomness")
	}
}

// TestQRCode: the picture is the one of the URL that AWS's have.
func TestQRCode(t *testing.T) {
	picture, err := QRCode("my=phone", "123456789012", seed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	key, err := otp.NewKeyFromURL("otpauth://totp/Amazon%20Web%20Services:my=phone@123456789012?secret=" + seed + "&issuer=Amazon%20Web%20Services")
	if err != nil {
		t.Fatal(err)
	}
	want, err := key.Image(qrPixels, qrPixels)
	if err != nil || got.Bounds() != want.Bounds() {
		t.Fatalf("%v, of the size %v", err, got.Bounds())
	}
	for x := range qrPixels {
		for y := range qrPixels {
			if got.At(x, y) != got.ColorModel().Convert(want.At(x, y)) {
				t.Fatalf("another picture at %d, %d", x, y)
			}
		}
	}
}
