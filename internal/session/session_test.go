package session

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var issued = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func testKeys(t testing.TB) *Keys {
	t.Helper()
	keys, err := NewKeys(Key{ID: 7, Secret: [KeySize]byte{1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func roleSession() *Session {
	return &Session{
		Kind: AssumedRole, Account: "123456789012", PrincipalID: "AROACKCEVSQ6C2EXAMPLE", Name: "ann@example.com",
		AccessKeyID: "ASIAQNZGKIQY56JQ7WML", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		Issued: issued, Expires: issued.Add(time.Hour),
	}
}

func fullSession() *Session {
	s := roleSession()
	s.MFA = issued.Add(-time.Minute)
	s.SourceIdentity = "ann"
	s.Policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::examplebucket/*"}]}`
	s.PolicyARNs = []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
	s.Tags = []Tag{{Key: "Project", Value: "Automation"}, {Key: "CostCenter", Value: ""}}
	s.TransitiveTagKeys = []string{"Project"}
	s.Chained = true
	s.Provider = "arn:aws:iam::123456789012:oidc-provider/idp.example.com"
	s.Context = []Tag{{Key: "idp.example.com:sub", Value: "42"}}
	s.Delegate = "210987654321"
	return s
}

// packedSession is large enough to be packed.
func packedSession() *Session {
	s := fullSession()
	s.Policy = `{"Version":"2012-10-17","Statement":[` + strings.Repeat(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},`, 20) +
		`{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}]}`
	return s
}

// longestSession has an inline policy of the greatest length that STS takes,
// 2,048 characters, of many services.
func longestSession() *Session {
	actions := []string{
		"ec2:RunInstances", "lambda:InvokeFunction", "logs:PutLogEvents", "rds:DescribeDBInstances", "ecs:UpdateService",
		"ecr:GetAuthorizationToken", "sqs:SendMessage", "sns:Publish", "cloudwatch:PutMetricData", "states:StartExecution",
	}
	random := mrand.New(mrand.NewPCG(3, 4))
	s := roleSession()
	s.Policy = `{"Version":"2012-10-17","Statement":[`
	for i := 0; len(s.Policy) < 1850; i++ {
		s.Policy += fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":[%q,%q],"Resource":"arn:aws:x:eu-west-%d:%012d:y/%08x"},`,
			i, actions[i%10], actions[(7*i+3)%10], i%3, random.Int64N(1e12), random.Uint32())
	}
	s.Policy += `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	return s
}

// deflatedSession is so long that it is worth the time to deflate it.
func deflatedSession() *Session {
	s := fullSession()
	random := mrand.New(mrand.NewPCG(5, 6))
	for i := range 50 {
		s.Tags = append(s.Tags, Tag{Key: fmt.Sprintf("key%d", i), Value: fmt.Sprintf("%016x%016x%016x%016x", random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64())})
	}
	return s
}

func sessions() map[string]*Session {
	return map[string]*Session{"role": roleSession(), "full": fullSession(), "packed": packedSession(), "longest": longestSession(), "deflated": deflatedSession()}
}

func seal(t testing.TB, keys *Keys, s *Session) string {
	t.Helper()
	token, _, err := Seal(keys, rand.Reader, s)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestOpenReturnsWhatWasSealed(t *testing.T) {
	for name, s := range sessions() {
		got, err := Open(testKeys(t), seal(t, testKeys(t), s))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(s, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOpenReturnsAnySession(t *testing.T) {
	keys := testKeys(t)
	text := rapid.StringN(0, 40, 120)
	rapid.Check(t, func(t *rapid.T) {
		s := roleSession()
		s.Kind = rapid.SampledFrom([]Kind{AssumedRole, FederatedUser, SessionToken}).Draw(t, "kind")
		s.Name, s.Policy = text.Draw(t, "name"), rapid.StringN(0, 2048, 2048).Draw(t, "policy")
		s.PolicyARNs = rapid.SliceOfN(text, 1, 3).Draw(t, "arns")
		s.Tags = []Tag{{Key: text.Draw(t, "key"), Value: text.Draw(t, "value")}}
		s.Chained = rapid.Bool().Draw(t, "chained")
		token, percent, err := Seal(keys, rand.Reader, s)
		if err != nil || percent < 1 || percent > 100 || len(token) > MaxToken {
			t.Fatalf("token of %d, %d%%, %v", len(token), percent, err)
		}
		got, err := Open(keys, token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestSameRandomnessSameToken(t *testing.T) {
	seed := bytes.Repeat([]byte{9}, 64)
	a, _, errA := Seal(testKeys(t), bytes.NewReader(seed), fullSession())
	b, _, errB := Seal(testKeys(t), bytes.NewReader(seed), fullSession())
	if a != b || errA != nil || errB != nil {
		t.Errorf("tokens differ: %v, %v", errA, errB)
	}
	if _, _, err := Seal(testKeys(t), bytes.NewReader(seed[:5]), fullSession()); err == nil {
		t.Error("Seal without enough randomness succeeds")
	}
}

func TestChangedTokensDoNotOpen(t *testing.T) {
	keys := testKeys(t)
	for name, s := range sessions() {
		token := seal(t, keys, s)
		for i := range len(token) {
			for bit := range 8 {
				changed := []byte(token)
				changed[i] ^= 1 << bit
				if _, err := Open(keys, string(changed)); !errors.Is(err, ErrInvalid) {
					t.Fatalf("%s: bit %d of character %d: %v", name, bit, i, err)
				}
			}
			if _, err := Open(keys, token[:i]); !errors.Is(err, ErrInvalid) {
				t.Fatalf("%s: first %d characters: %v", name, i, err)
			}
			if _, err := Open(keys, token[:i]+"\n"+token[i:]); !errors.Is(err, ErrInvalid) {
				t.Fatalf("%s: line end at %d: %v", name, i, err)
			}
		}
		for _, more := range []string{token + "A", token + "AAAA", token + "=", token + token} {
			if _, err := Open(keys, more); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: a longer token: %v", name, err)
			}
		}
	}
}

func TestChangedBytesDoNotOpen(t *testing.T) {
	keys := testKeys(t)
	sealed, err := keys.SealBytes(nil, rand.Reader, "marker", []byte("page 2"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := keys.OpenBytes(changed, "marker"); !errors.Is(err, ErrInvalid) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
		if _, err := keys.OpenBytes(sealed[:i], "marker"); !errors.Is(err, ErrInvalid) {
			t.Fatalf("first %d bytes: %v", i, err)
		}
	}
}

// SeaweedFS accepted session tokens as other tokens.
func TestTokensOfAnotherPurposeDoNotOpen(t *testing.T) {
	keys := testKeys(t)
	plaintext, err := encode(roleSession())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []Purpose{"", "sessio", "sessions", "marker"} {
		sealed, err := keys.SealBytes(nil, rand.Reader, p, plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(keys, encoding.EncodeToString(sealed)); !errors.Is(err, ErrInvalid) {
			t.Errorf("a token for %q opens as a session: %v", p, err)
		}
	}
	token, err := encoding.DecodeString(seal(t, keys, roleSession()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenBytes(token, "marker"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a session opens as a marker: %v", err)
	}
}

func TestSealBytesAppends(t *testing.T) {
	keys := testKeys(t)
	sealed, err := keys.SealBytes([]byte("prefix"), rand.Reader, "marker", []byte("page 2"))
	if err != nil || !bytes.HasPrefix(sealed, []byte("prefix")) {
		t.Fatalf("%q, %v", sealed, err)
	}
	if got, err := keys.OpenBytes(sealed[6:], "marker"); err != nil || string(got) != "page 2" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRotation(t *testing.T) {
	const overlap = 36 * time.Hour
	first := testKeys(t)
	token := seal(t, first, roleSession())

	next, err := NewKey(rand.Reader, 8)
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.Rotate(next, issued, overlap)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(second, token); err != nil {
		t.Errorf("a retired key does not open: %v", err)
	}
	later := seal(t, second, roleSession())
	if _, err := Open(first, later); !errors.Is(err, ErrInvalid) {
		t.Errorf("the retired key sealed a token: %v", err)
	}
	if second.Current().ID != 8 || len(second.Retired()) != 1 || !second.Retired()[0].NotAfter.Equal(issued.Add(overlap)) {
		t.Errorf("ring %v, %v", second.Current().ID, second.Retired())
	}

	if second.At(issued.Add(overlap-time.Second)) != second {
		t.Error("a ring changes before a key has expired")
	}
	expired := second.At(issued.Add(overlap))
	if _, err := Open(expired, token); !errors.Is(err, ErrInvalid) {
		t.Errorf("an expired key opens: %v", err)
	}
	if _, err := Open(expired, later); err != nil {
		t.Errorf("the current key does not open: %v", err)
	}
	third, err := second.Rotate(Key{ID: 9}, issued.Add(overlap), overlap)
	if err != nil || len(third.Retired()) != 1 || third.Retired()[0].ID != 8 {
		t.Errorf("rotation keeps expired keys: %v, %v", third.Retired(), err)
	}
}

func TestRingRefusesTwoKeysOfOneID(t *testing.T) {
	if _, err := NewKeys(Key{ID: 1}, Key{ID: 1}); !errors.Is(err, errKeyID) {
		t.Errorf("NewKeys: %v", err)
	}
	if _, err := testKeys(t).Rotate(Key{ID: 7}, issued, time.Hour); !errors.Is(err, errKeyID) {
		t.Errorf("Rotate: %v", err)
	}
	if _, err := NewKey(bytes.NewReader(nil), 1); err == nil {
		t.Error("NewKey without randomness succeeds")
	}
}

func TestAnotherKeyOfTheSameIDDoesNotOpen(t *testing.T) {
	other, err := NewKeys(Key{ID: 7, Secret: [KeySize]byte{9}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(other, seal(t, testKeys(t), roleSession())); !errors.Is(err, ErrInvalid) {
		t.Errorf("Open: %v", err)
	}
}

// TestTokenIsBoundToItsKeyID: the id in front of a token is sealed with it, so
// that it opens by no other key of the ring, be that the same secret.
func TestTokenIsBoundToItsKeyID(t *testing.T) {
	secret := [KeySize]byte{1, 2, 3}
	keys, err := NewKeys(Key{ID: 1, Secret: secret}, Key{ID: 2, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := encoding.DecodeString(seal(t, keys, roleSession()))
	if err != nil {
		t.Fatal(err)
	}
	if sealed[headerSize-1] != 1 {
		t.Fatalf("the key id is not where it was: %x", sealed[:headerSize])
	}
	sealed[headerSize-1] = 2
	if _, err := Open(keys, encoding.EncodeToString(sealed)); !errors.Is(err, ErrInvalid) {
		t.Errorf("by another key id: %v", err)
	}
}

func TestPackedSize(t *testing.T) {
	// Random text does not pack, as long distinct tags hardly do.
	random := mrand.New(mrand.NewPCG(1, 2))
	noise := func(n int) string {
		b := make([]byte, n/2)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return hex.EncodeToString(b)
	}
	small := roleSession()
	small.Policy = fullSession().Policy
	tags := roleSession()
	for i := range 50 {
		tags.Tags = append(tags.Tags, Tag{Key: fmt.Sprintf("key%d", i), Value: noise(100)})
	}
	large := roleSession()
	for i := range 50 {
		large.Tags = append(large.Tags, Tag{Key: fmt.Sprintf("key%d", i), Value: noise(256)})
	}
	tests := []struct {
		name     string
		s        *Session
		from, to int
	}{
		{"nothing to pack", roleSession(), 0, 0},
		{"a small policy", small, 1, 10},
		{"fifty tags", tags, 60, 100},
		{"too many", large, 101, 200},
	}
	for _, tt := range tests {
		token, percent, err := Seal(testKeys(t), rand.Reader, tt.s)
		var tooLarge *TooLargeError
		if errors.As(err, &tooLarge) != (tt.from > 100) || errors.Is(err, ErrTooLarge) != (tt.from > 100) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if tooLarge != nil && tooLarge.Percent != percent || percent < tt.from || percent > tt.to || len(token) > MaxToken {
			t.Errorf("%s: %d%%, token of %d", tt.name, percent, len(token))
		}
	}
}

func TestHugePoliciesAreTooLarge(t *testing.T) {
	s := roleSession()
	s.Policy = strings.Repeat("a", maxRecord+1)
	var tooLarge *TooLargeError
	if _, _, err := Seal(testKeys(t), rand.Reader, s); !errors.As(err, &tooLarge) || tooLarge.Percent <= 100 {
		t.Errorf("Seal: %v", err)
	}
}

func TestUnreadableRecordsDoNotOpen(t *testing.T) {
	keys := testKeys(t)
	good, err := encode(roleSession())
	if err != nil {
		t.Fatal(err)
	}
	withField := append([]byte{formPlain}, must(encMode.Marshal(map[int]any{1: 1, 99: "limits the session"}))...)
	noKind := append([]byte{formPlain}, must(encMode.Marshal(map[int]any{1: 0}))...)
	var bomb bytes.Buffer
	bomb.WriteByte(formDeflated)
	bomb.Write(deflate(append([]byte{0}, make([]byte, maxRecord*2)...))[1:])
	for name, plaintext := range map[string][]byte{
		"empty": {}, "unknown form": append([]byte{9}, good[1:]...), "unknown field": withField, "no kind": noKind,
		"trailing data": append(bytes.Clone(good), 0), "not deflated": {formDeflated, 255, 255}, "bomb": bomb.Bytes(),
		"not packed": {formPacked, 255, 255},
	} {
		sealed, err := keys.SealBytes(nil, rand.Reader, purpose, plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(keys, encoding.EncodeToString(sealed)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	keys := testKeys(f)
	f.Add(seal(f, keys, roleSession()))
	f.Add(seal(f, keys, packedSession()))
	f.Add("")
	f.Add("AQAAAAc")
	f.Fuzz(func(t *testing.T, token string) {
		s, err := Open(keys, token)
		if err != nil {
			return
		}
		// Only the seeds open: the fuzzer has no key.
		if !cmp.Equal(s, roleSession()) && !cmp.Equal(s, packedSession()) {
			t.Fatalf("a forged token opens: %q", token)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	benchmark(b, func(b *testing.B, keys *Keys, s *Session) {
		if _, _, err := Seal(keys, rand.Reader, s); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	tokens := map[*Session]string{}
	benchmark(b, func(b *testing.B, keys *Keys, s *Session) {
		if tokens[s] == "" {
			tokens[s] = seal(b, keys, s)
		}
		if _, err := Open(keys, tokens[s]); err != nil {
			b.Fatal(err)
		}
	})
}

func benchmark(b *testing.B, call func(*testing.B, *Keys, *Session)) {
	keys := testKeys(b)
	for name, s := range sessions() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call(b, keys, s)
			}
		})
	}
}
