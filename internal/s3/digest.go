package s3

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"

	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
)

// received is a content that came whole, was verified and is durable.
type received struct {
	id   string // of the content
	size int64
	md5  [md5.Size]byte
	sums sums
}

func (r *received) etag() string { return hex.EncodeToString(r.md5[:]) }

// expectation is what is known of a body before it comes.
type expectation struct {
	contentMD5 string // in base64; empty when not given
	promised   promised
	also       []*algorithm // further checksums to compute
}

// expect reads what the headers say of the body. A body without any checksum
// gets the default one.
func expect(h http.Header, contentMD5 *string, also ...*algorithm) (expectation, error) {
	x := expectation{contentMD5: value(contentMD5), also: also}
	if x.contentMD5 != "" {
		if b, err := base64.StdEncoding.DecodeString(x.contentMD5); err != nil || len(b) != md5.Size {
			return x, bad("InvalidDigest", "The Content-MD5 you specified was invalid.")
		}
	}
	var err error
	x.promised, err = promisedSum(h)
	if err == nil && x.promised.algorithm == nil && len(also) == 0 {
		a, _ := algorithmNamed(defaultAlgorithm)
		x.also = []*algorithm{a}
	}
	return x, err
}

// digest computes the checksums of what is written to it.
type digest struct {
	md5    hash.Hash
	hashes map[*algorithm]hash.Hash
	size   int64
}

func (x *expectation) digest() *digest {
	d := &digest{md5: md5.New(), hashes: make(map[*algorithm]hash.Hash)}
	if a := x.promised.algorithm; a != nil {
		d.hashes[a] = a.new()
	}
	for _, a := range x.also {
		if d.hashes[a] == nil {
			d.hashes[a] = a.new()
		}
	}
	return d
}

func (d *digest) Write(p []byte) (int, error) {
	d.md5.Write(p)
	for _, h := range d.hashes {
		h.Write(p)
	}
	d.size += int64(len(p))
	return len(p), nil
}

// result is what was digested, under the id of its content.
func (d *digest) result(id string) *received {
	r := &received{id: id, size: d.size, sums: make(sums)}
	d.md5.Sum(r.md5[:0])
	for a, h := range d.hashes {
		r.sums[a.name] = base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return r
}

// check holds r against what is expected of it.
func (x *expectation) check(r *received, trailer http.Header) error {
	if want := x.contentMD5; want != "" && want != base64.StdEncoding.EncodeToString(r.md5[:]) {
		return bad("BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	a := x.promised.algorithm
	if a == nil {
		return nil
	}
	want := x.promised.value
	if x.promised.trailer {
		want = trailer.Get(a.header())
		if _, fine := a.decode(want); !fine {
			return s3api.InvalidRequest("Value for %s trailing header is invalid.", a.header())
		}
	}
	if want != r.sums[a.name] {
		return bad("BadDigest", "The %s you specified did not match the calculated checksum.", a.name)
	}
	return nil
}

// trailing is a body that ends in trailing headers, complete at its end.
type trailing interface{ Trailer() http.Header }

var _ trailing = (*sigv4.Body)(nil)

// receive takes a body in. When it returns nil the content is durable, is the
// one that was signed and has the checksums that were promised; otherwise
// nothing is left of it.
func (s *Service) receive(body io.Reader, x expectation) (*received, error) {
	id, d, err := s.files.begin()
	if err != nil {
		return nil, storageFailure(err)
	}
	sum := x.digest()
	from := &source{r: body}
	err = copyContent(io.MultiWriter(d, sum), from)
	r := sum.result(id)
	switch {
	case from.err != nil:
		err = unreadable(from.err)
	case err != nil:
		err = storageFailure(err)
	default:
		var trailer http.Header
		if t, ok := body.(trailing); ok {
			trailer = t.Trailer()
		}
		err = x.check(r, trailer)
	}
	if err != nil {
		d.discard()
		return nil, err
	}
	if err := d.keep(); err != nil {
		return nil, storageFailure(err)
	}
	return r, nil
}

// source remembers the error of reading, so that it is told from one of
// writing. It never hands out more than a content may have.
type source struct {
	r    io.Reader
	read int64
	err  error
}

var errTooLong = errors.New("s3: the body is longer than a content may be")

func (s *source) Read(p []byte) (int, error) {
	if s.r == nil {
		return 0, io.EOF
	}
	n, err := s.r.Read(p)
	if s.read += int64(n); s.read > maxContent {
		err = errTooLong
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

var buffers = sync.Pool{New: func() any { return new([128 << 10]byte) }}

func copyContent(dst io.Writer, src io.Reader) error {
	b := buffers.Get().(*[128 << 10]byte)
	defer buffers.Put(b)
	_, err := io.CopyBuffer(dst, src, b[:])
	return err
}

// unreadable is the answer to a body that does not come as announced. An error
// of the signature is left to the pipeline, which has the words for it.
func unreadable(err error) error {
	var known *shape.Error
	var signature *sigv4.Error
	switch {
	case errors.As(err, &signature), errors.As(err, &known):
		return err
	case errors.Is(err, errTooLong):
		return entityTooLarge(maxContent + 1)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return bad("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
	}
	e := bad("RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.")
	e.Cause = err
	return e
}
