package mfa

import (
	"bytes"
	"image/png"
	"testing"
	"time"

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

func TestUse(t *testing.T) {
	d := &state.MFADevice{Seed: seed}
	for off, want := range map[time.Duration]bool{0: true, step: true, -step: true, 2 * step: false, -2 * step: false} {
		if _, ok := Use(d, code(t, epoch.Add(off)), epoch); ok != want {
			t.Errorf("a code %v off: %v", off, ok)
		}
	}
}

// TestCVE_2025_6014_CodeReuse: a code, and any older one, is taken once.
func TestCVE_2025_6014_CodeReuse(t *testing.T) {
	d, ok := Use(&state.MFADevice{Seed: seed}, code(t, epoch), epoch)
	if !ok {
		t.Fatal("the code is not taken")
	}
	for _, off := range []time.Duration{0, -step} {
		if _, ok := Use(d, code(t, epoch.Add(off)), epoch.Add(time.Second)); ok {
			t.Errorf("a code from %v is taken again", off)
		}
	}
	if _, ok := Use(d, " "+code(t, epoch), epoch); ok {
		t.Error("a space makes it another code")
	}
	if _, ok := Use(d, code(t, epoch.Add(step)), epoch.Add(step)); !ok {
		t.Error("the next code is not taken")
	}
}

// TestCVE_2025_6015_Limit: guesses are limited, and a right one does not count
// while they are.
func TestCVE_2025_6015_Limit(t *testing.T) {
	d, now := &state.MFADevice{Seed: seed}, epoch
	guesses := 0
	for now.Before(epoch.Add(24 * time.Hour)) {
		if !d.Attempts.Blocked(now) {
			guesses++
		}
		d, _ = Use(d, "x", now)
		now = now.Add(time.Second)
	}
	if guesses > 40 {
		t.Errorf("%d guesses in a day", guesses)
	}
	if _, ok := Use(d, code(t, now), now); ok {
		t.Error("a code is taken though the device is blocked")
	}
	now = d.Attempts.Until
	if d, ok := Use(d, code(t, now), now); !ok || d.Attempts != (state.Attempts{}) {
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
		if _, ok := Enable(fresh, first, second, epoch); ok != c.enable {
			t.Errorf("%s: enabled: %v", c.name, ok)
		}
		if _, ok := Resync(fresh, first, second, epoch); ok != c.sync {
			t.Errorf("%s: resynced: %v", c.name, ok)
		}
	}
	off := -10 * time.Minute
	d, _ := Resync(fresh, code(t, epoch.Add(off)), code(t, epoch.Add(off+step)), epoch)
	later := epoch.Add(time.Hour)
	if _, ok := Use(d, code(t, later.Add(off)), later); !ok {
		t.Error("a resynced device's code is not taken")
	}
}

func TestNew(t *testing.T) {
	made, err := NewSeed(bytes.NewReader(make([]byte, 100)))
	if err != nil || len(made) != 64 {
		t.Fatalf("%q, %v", made, err)
	}
	if _, err := NewSeed(bytes.NewReader(nil)); err == nil {
		t.Error("no error without randomness")
	}
	picture, err := QRCode("phone", "123456789012", made)
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(picture)); err != nil || img.Bounds().Dx() != qrPixels {
		t.Errorf("no picture: %v", err)
	}
}
