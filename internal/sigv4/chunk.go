package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"slices"
	"strconv"
)

const (
	minChunk     = 8 << 10 // of all but the last
	maxChunkLine = 256
	maxTrailer   = 4 << 10

	chunkExtension   = "chunk-signature="
	trailerSignature = "x-amz-trailer-signature"
)

// chunkReader decodes aws-chunked, and verifies the signatures in it where the
// payload has them:
//
//	400;chunk-signature=<64 hex digits>\r\n <1024 bytes> \r\n
//	0;chunk-signature=<64 hex digits>\r\n
//	x-amz-checksum-crc32c:sOO8/Q==\r\n
//	x-amz-trailer-signature:<64 hex digits>\r\n
//	\r\n
//
// See "Signature calculations … Transferring payload in multiple chunks" and
// "Signature calculations for trailing headers" in the S3 API Reference.
type chunkReader struct {
	src     *bufio.Reader
	s       *Signature
	key     *SigningKey
	trailer http.Header

	signed    bool
	previous  [sha256.Size]byte // signature that the next one follows
	hash      hash.Hash         // of the chunk's data so far
	provided  string            // signature of the chunk, as sent
	left      int64             // of the chunk
	remaining int64             // of the body, this chunk included
	open      bool              // inside a chunk
	small     bool              // a chunk under minChunk was read: it must be the last
	err       error
}

func newChunkReader(r io.Reader, s *Signature, key *SigningKey, trailer http.Header) *chunkReader {
	return &chunkReader{
		src: bufio.NewReader(r), s: s, key: key, trailer: trailer,
		signed: s.Payload != UnsignedChunksTrailer, previous: s.mac, hash: sha256.New(), remaining: s.length,
	}
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for c.err == nil && c.left == 0 {
		c.err = c.advance()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.src.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	c.remaining -= int64(n)
	if c.signed {
		c.hash.Write(p[:n])
	}
	if err != nil {
		c.err = incomplete(err)
	}
	return n, c.err
}

// advance ends the chunk that was read and begins the next one. It returns
// io.EOF when all is read and proven.
func (c *chunkReader) advance() error {
	if c.open {
		if err := c.endChunk(); err != nil {
			return err
		}
	}
	size, err := c.beginChunk()
	if err != nil {
		return err
	}
	if size > 0 {
		return nil
	}
	if c.remaining > 0 {
		return refuse(IncompleteBody, textIncomplete)
	}
	if err := c.verifyChunk(); err != nil {
		return err
	}
	if err := c.readEnd(); err != nil {
		return err
	}
	if _, err := c.src.ReadByte(); !errors.Is(err, io.EOF) {
		return cause(err, refuse(BadChunk, "Data follows the end of the chunked body."))
	}
	return io.EOF
}

// beginChunk reads the line before a chunk's data.
func (c *chunkReader) beginChunk() (int64, error) {
	line, err := c.line(maxChunkLine)
	if err != nil {
		return 0, err
	}
	line, ok := bytes.CutSuffix(line, []byte("\r"))
	digits, extension, extended := bytes.Cut(line, []byte(";"))
	size, err := strconv.ParseUint(string(digits), 16, 63)
	if !ok || err != nil || len(digits) > 16 || extended != c.signed {
		return 0, refuse(BadChunk, "The line before a chunk is malformed.")
	}
	if c.signed {
		sig, ok := bytes.CutPrefix(extension, []byte(chunkExtension))
		if !ok {
			return 0, refuse(BadChunk, "The line before a chunk has no signature.")
		}
		c.provided = string(sig)
	}
	if int64(size) > c.remaining {
		return 0, refuse(IncompleteBody, "The chunks hold more than x-amz-decoded-content-length says.")
	}
	if size > 0 && c.small {
		return 0, refuse(ChunkTooSmall, "Only the last chunk is allowed to have a size less than %d bytes", minChunk)
	}
	c.small = size < minChunk
	c.left, c.open = int64(size), true
	return c.left, nil
}

// endChunk reads the line end after a chunk's data and verifies the chunk.
func (c *chunkReader) endChunk() error {
	var end [2]byte
	if _, err := io.ReadFull(c.src, end[:]); err != nil {
		return incomplete(err)
	}
	if end != [2]byte{'\r', '\n'} {
		return refuse(BadChunk, "A chunk is longer than the line before it says.")
	}
	return c.verifyChunk()
}

func (c *chunkReader) verifyChunk() error {
	c.open = false
	if !c.signed {
		return nil
	}
	var sum [sha256.Size]byte
	c.hash.Sum(sum[:0])
	c.hash.Reset()
	return c.verify(Algorithm+"-PAYLOAD", emptyHash, sum)
}

// verify compares c.provided with the signature calculated over what has the hash
// sum and follows c.previous.
func (c *chunkReader) verify(kind, middle string, sum [sha256.Size]byte) error {
	mac := c.s.signPart(c.key, kind, middle, c.previous, sum)
	if !equalHex(mac, c.provided) {
		return refuse(ChunkMismatch, textMismatchS3)
	}
	c.previous = mac
	return nil
}

// signPart signs a chunk or, without middle, a trailer.
func (s *Signature) signPart(key *SigningKey, kind, middle string, previous, sum [sha256.Size]byte) [sha256.Size]byte {
	sc := getScratch()
	defer sc.release()
	b := appendLines(sc.canonical, kind, s.date, s.scope)
	b = append(hex.AppendEncode(b, previous[:]), '\n')
	if middle != "" {
		b = append(append(b, middle...), '\n')
	}
	sc.canonical = hex.AppendEncode(b, sum[:])
	return key.sign(sc.canonical)
}

// readEnd reads what follows the last chunk's line: trailers, then an empty line.
func (c *chunkReader) readEnd() error {
	if !c.s.Payload.Trailer() {
		return c.emptyLine()
	}
	for total := 0; ; {
		line, err := c.line(maxTrailer)
		if err != nil {
			return err
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if total += len(line); total > maxTrailer {
			return refuse(BadTrailer, textBadTrailer)
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		switch {
		case len(line) == 0 && c.signed && len(c.trailer) == len(c.s.trailers):
			// minio-go and the example in AWS's documentation put an empty
			// line before the signature.
			total++
		case len(line) == 0 && !c.signed:
			return c.checkTrailer()
		case !ok:
			return refuse(BadTrailer, textBadTrailer)
		case c.signed && string(name) == trailerSignature:
			return c.verifyTrailer(value)
		default:
			if err := c.addTrailer(string(bytes.ToLower(name)), string(bytes.Trim(value, " \t"))); err != nil {
				return err
			}
		}
	}
}

func (c *chunkReader) addTrailer(name, value string) error {
	key := http.CanonicalHeaderKey(name)
	if _, twice := c.trailer[key]; twice || !slices.Contains(c.s.trailers, name) {
		return refuse(BadTrailer, textBadTrailer)
	}
	c.trailer[key] = []string{value}
	return nil
}

func (c *chunkReader) checkTrailer() error {
	if len(c.trailer) != len(c.s.trailers) {
		return refuse(BadTrailer, textBadTrailer)
	}
	return nil
}

func (c *chunkReader) verifyTrailer(digits []byte) error {
	if err := c.checkTrailer(); err != nil {
		return err
	}
	c.provided = string(digits)
	if err := c.verify(Algorithm+"-TRAILER", "", trailerHash(c.s.trailers, c.trailer)); err != nil {
		return err
	}
	return c.emptyLine()
}

// trailerHash hashes trailers in their canonical form.
func trailerHash(names []string, trailer http.Header) [sha256.Size]byte {
	var b []byte
	for _, name := range names {
		b = append(append(b, name...), ':')
		b = append(append(b, trailer.Get(name)...), '\n')
	}
	return sha256.Sum256(b)
}

func (c *chunkReader) emptyLine() error {
	line, err := c.line(maxChunkLine)
	if err == nil && string(line) != "\r" {
		err = refuse(BadChunk, "The chunked body does not end with an empty line.")
	}
	return err
}

// line reads up to a line feed, which it leaves out. The slice is valid until
// the next read.
func (c *chunkReader) line(limit int) ([]byte, error) {
	line, err := c.src.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || len(line) > limit {
		return nil, refuse(BadChunk, "A line of the chunked body is too long.")
	}
	if err != nil {
		return nil, incomplete(err)
	}
	return line[:len(line)-1], nil
}

// incomplete turns an early end into IncompleteBody; other errors, such as
// that of http.MaxBytesReader, are the caller's.
func incomplete(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(IncompleteBody, textIncomplete)
	}
	return err
}

func cause(err error, otherwise *Error) error {
	if err != nil {
		return err
	}
	return otherwise
}
