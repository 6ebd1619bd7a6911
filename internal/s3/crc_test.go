package s3

import (
	"encoding/base64"
	"testing"

	"pgregory.net/rapid"
)

// TestWhole: the CRC put together from parts is that of the whole.
func TestWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 1, 6).Draw(t, "pieces")
		for _, a := range algorithms {
			if !a.full {
				continue
			}
			whole := a.new()
			var parts []partSum
			for _, p := range pieces {
				h := a.new()
				h.Write(p)
				whole.Write(p)
				parts = append(parts, partSum{base64.StdEncoding.EncodeToString(h.Sum(nil)), int64(len(p))})
			}
			want := base64.StdEncoding.EncodeToString(whole.Sum(nil))
			if got, ok := a.whole(parts); !ok || got != want {
				t.Fatalf("%s of %d parts: %s, want %s", a.name, len(parts), got, want)
			}
		}
	})
}

func BenchmarkWhole(b *testing.B) {
	a, _ := algorithmNamed(defaultAlgorithm)
	parts := make([]partSum, maxParts)
	for i := range parts {
		parts[i] = partSum{base64.StdEncoding.EncodeToString([]byte("12345678")), minPart}
	}
	for b.Loop() {
		a.whole(parts)
	}
}
