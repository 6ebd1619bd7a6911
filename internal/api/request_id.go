package api

import (
	"encoding/hex"
	"io"
)

// newRequestID returns a random UUID (RFC 9562, version 4), as AWS names
// requests. It panics when r fails: without randomness nothing here is safe.
func newRequestID(r io.Reader) string {
	var u [16]byte
	if _, err := io.ReadFull(r, u[:]); err != nil {
		panic("api: no randomness: " + err.Error())
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	var s [36]byte
	hex.Encode(s[0:8], u[0:4])
	hex.Encode(s[9:13], u[4:6])
	hex.Encode(s[14:18], u[6:8])
	hex.Encode(s[19:23], u[8:10])
	hex.Encode(s[24:36], u[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
