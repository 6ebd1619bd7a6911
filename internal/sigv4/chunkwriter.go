package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
)

// ChunkWriter frames and signs the body of a chunked upload. Every Write makes
// one chunk, so all but the last should be of 8 KiB at least. It is for clients
// and does not buffer.
type ChunkWriter struct {
	w        io.Writer
	s        *Signature
	key      *SigningKey
	previous [sha256.Size]byte
}

// ChunkWriter returns a writer for the body of the request that Sign signed as
// s, with one of the streaming words as its payload hash.
func (s *Signature) ChunkWriter(w io.Writer, c Credentials) *ChunkWriter {
	return &ChunkWriter{w: w, s: s, key: DeriveKey(c.SecretAccessKey, s.Date(), s.Region, s.Service), previous: s.mac}
}

// Write writes p as one chunk. An empty p writes nothing, since an empty chunk
// ends the body.
func (c *ChunkWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := c.begin(p); err != nil {
		return 0, err
	}
	n, err := c.w.Write(p)
	if err == nil {
		_, err = io.WriteString(c.w, "\r\n")
	}
	return n, err
}

// Close ends the body, with the trailing headers that x-amz-trailer announced.
// It does not close the writer below.
func (c *ChunkWriter) Close(trailer http.Header) error {
	if err := c.begin(nil); err != nil {
		return err
	}
	for _, name := range c.s.trailers {
		if _, err := fmt.Fprintf(c.w, "%s:%s\r\n", name, trailer.Get(name)); err != nil {
			return err
		}
	}
	if c.s.Payload == SignedChunksTrailer {
		mac := c.s.signPart(c.key, Algorithm+"-TRAILER", "", c.previous, trailerHash(c.s.trailers, trailer))
		if _, err := fmt.Fprintf(c.w, "%s:%s\r\n", trailerSignature, hex.EncodeToString(mac[:])); err != nil {
			return err
		}
	}
	_, err := io.WriteString(c.w, "\r\n")
	return err
}

func (c *ChunkWriter) begin(data []byte) error {
	if c.s.Payload == UnsignedChunksTrailer {
		_, err := fmt.Fprintf(c.w, "%x\r\n", len(data))
		return err
	}
	c.previous = c.s.signPart(c.key, Algorithm+"-PAYLOAD", emptyHash, c.previous, sha256.Sum256(data))
	_, err := fmt.Fprintf(c.w, "%x;%s%s\r\n", len(data), chunkExtension, hex.EncodeToString(c.previous[:]))
	return err
}
