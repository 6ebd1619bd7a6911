// Package password hashes passwords with argon2id and compares them.
//
// Start at Hash and Matches. The package keeps nothing and knows no rules about
// passwords; see internal/iam for those.
package password

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a hash. See the OWASP Password Storage Cheat Sheet.
const (
	memory  = 19 << 10 // KiB
	time    = 2
	threads = 1
	keySize = 32
	salting = 16
)

// maxAtOnce bounds the memory and the cores that hashing takes, however many
// ask for it.
const maxAtOnce = 4

var slots = make(chan struct{}, maxAtOnce)

var b64 = base64.RawStdEncoding.Strict()

// prefix begins every hash: the form that other argon2 programs write too.
var prefix = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, memory, time, threads)

// Nobodys is a hash that no password has. Comparing with it is the same work as
// with a real one.
var Nobodys = prefix + b64.EncodeToString(make([]byte, salting)) + "$" + b64.EncodeToString(make([]byte, keySize))

// Hash returns a hash of a password. It waits while many are being made, and
// fails when ctx is done or rand fails.
func Hash(ctx context.Context, rand io.Reader, password string) (string, error) {
	salt := make([]byte, salting)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return "", fmt.Errorf("password: randomness: %w", err)
	}
	key, err := derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return prefix + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key), nil
}

// Matches reports whether hash is one of password. Its error is that of Hash,
// or says that hash is not one that Hash made.
func Matches(ctx context.Context, hash, password string) (bool, error) {
	rest, ok := strings.CutPrefix(hash, prefix)
	saltText, keyText, both := strings.Cut(rest, "$")
	salt, err := b64.DecodeString(saltText)
	want, err2 := b64.DecodeString(keyText)
	if !ok || !both || err != nil || err2 != nil || len(salt) != salting || len(want) != keySize {
		return false, fmt.Errorf("password: the hash is not one of %s", prefix)
	}
	key, err := derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, want) == 1, nil
}

func derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, time, memory, threads, keySize), nil
}
