package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A segment file is a header and then frames, each of which holds a record.
//
// The header is a magic number with the version, the number of the segment, a
// random key and a checksum. A frame is a marker, the length of the payload,
// a checksum and the payload; numbers are little endian. The marker is a part
// of the key and the checksum covers the key, so that nobody who can only put
// text into records can make bytes that pass for a frame: after damage, the
// next frame is found by searching for the marker.
const (
	segmentMagic  = "WRITSEG\x01"
	segmentHeader = 8 + 8 + 8 + 4
	frameHeader   = 4 + 4 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segmentKey is the random key of a segment.
type segmentKey [8]byte

func (k segmentKey) marker() []byte { return k[:4] }

func (k segmentKey) checksum(length, payload []byte) uint32 {
	sum := crc32.Update(0, castagnoli, k[:])
	return crc32.Update(crc32.Update(sum, castagnoli, length), castagnoli, payload)
}

func appendSegmentHeader(dst []byte, number uint64, key segmentKey) []byte {
	from := len(dst)
	dst = binary.LittleEndian.AppendUint64(append(dst, segmentMagic...), number)
	dst = append(dst, key[:]...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

var errSegmentHeader = errors.New("not a segment, or its header is damaged")

// readSegmentHeader returns the key of a segment.
func readSegmentHeader(f io.ReaderAt, number uint64) (key segmentKey, err error) {
	var b [segmentHeader]byte
	if _, err := f.ReadAt(b[:], 0); err != nil && err != io.EOF {
		return key, err
	}
	const sum = segmentHeader - 4
	switch {
	case string(b[:7]) == segmentMagic[:7] && b[7] > segmentMagic[7]:
		return key, fmt.Errorf("segment %d was written by a newer version (format %d)", number, b[7])
	case string(b[:8]) != segmentMagic,
		binary.LittleEndian.Uint64(b[8:]) != number,
		binary.LittleEndian.Uint32(b[sum:]) != crc32.Checksum(b[:sum], castagnoli):
		return key, errSegmentHeader
	}
	return segmentKey(b[16:24]), nil
}

// sealFrame fills in the header of a frame that is complete but for it.
func sealFrame(frame []byte, key segmentKey) {
	copy(frame, key.marker())
	binary.LittleEndian.PutUint32(frame[4:], uint32(len(frame)-frameHeader))
	binary.LittleEndian.PutUint32(frame[8:], key.checksum(frame[4:8], frame[frameHeader:]))
}

// frameReader reads frames one after the other.
type frameReader struct {
	f       io.ReaderAt
	segment uint64
	key     segmentKey
	off     int64 // of the next frame
	limit   int64 // frames end here

	window []byte // bytes of f from start on
	start  int64
	buf    []byte
}

// next returns the payload of the next frame and its offset; the payload is
// valid until the following call. It returns io.EOF at the limit. For bytes
// that are no frame it returns a Damage once, and then goes on with the next
// frame behind them, if there is one.
func (r *frameReader) next() (off int64, payload []byte, err error) {
	off = r.off
	if off >= r.limit {
		return off, nil, io.EOF
	}
	payload, err = r.frameAt(off)
	if err != nil {
		return off, nil, err
	}
	if payload == nil {
		if r.off, err = r.search(off + 1); err != nil {
			return off, nil, err
		}
		return off, nil, Damage{r.segment, off, r.off}
	}
	r.off = off + frameHeader + int64(len(payload))
	return off, payload, nil
}

// frameAt returns the payload of the frame at off, or nil when none is there.
func (r *frameReader) frameAt(off int64) ([]byte, error) {
	h, err := r.bytes(off, frameHeader)
	if err != nil || len(h) < frameHeader || !bytes.Equal(h[:4], r.key.marker()) {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(h[4:]))
	if length == 0 || length > maxRecord || off+frameHeader+length > r.limit {
		return nil, nil
	}
	b, err := r.bytes(off, int(frameHeader+length))
	if err != nil || len(b) < int(frameHeader+length) {
		return nil, err
	}
	if binary.LittleEndian.Uint32(b[8:]) != r.key.checksum(b[4:8], b[frameHeader:]) {
		return nil, nil
	}
	return b[frameHeader:], nil
}

// search returns the offset of the first frame at off or later, or the limit.
func (r *frameReader) search(off int64) (int64, error) {
	const step = 64 << 10
	for off < r.limit {
		b, err := r.bytes(off, step)
		if err != nil {
			return off, err
		}
		i := bytes.Index(b, r.key.marker())
		if i < 0 {
			off += int64(max(len(b)-len(r.key.marker())+1, 1))
			continue
		}
		off += int64(i)
		if payload, err := r.frameAt(off); err != nil || payload != nil {
			return off, err
		}
		off++
	}
	return r.limit, nil
}

// readAhead is how much a frameReader reads at once.
const readAhead = 256 << 10

// bytes returns n bytes from off on, fewer at the limit.
func (r *frameReader) bytes(off int64, n int) ([]byte, error) {
	n = int(min(int64(n), r.limit-off))
	if off < r.start || off+int64(n) > r.start+int64(len(r.window)) {
		size := int(min(int64(max(n, readAhead)), r.limit-off))
		if cap(r.buf) < size {
			r.buf = make([]byte, size)
		}
		got, err := r.f.ReadAt(r.buf[:size], off)
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("audit: reading segment %d: %w", r.segment, err)
		}
		r.window, r.start = r.buf[:got], off
		n = min(n, got)
	}
	from := off - r.start
	return r.window[from : from+int64(n)], nil
}

// readFrame reads the one frame at off and returns its record.
func readFrame(f io.ReaderAt, segment uint64, key segmentKey, off, limit int64) (Record, error) {
	const usual = 4 << 10 // most frames are smaller: one read
	r := frameReader{f: f, segment: segment, key: key, limit: limit, buf: make([]byte, min(usual, max(limit-off, 0)))}
	got, err := f.ReadAt(r.buf, off)
	if err != nil && err != io.EOF {
		return Record{}, fmt.Errorf("audit: reading segment %d: %w", segment, err)
	}
	r.window, r.start = r.buf[:got], off
	if got >= frameHeader { // a longer one: exactly its bytes
		r.limit = min(limit, off+frameHeader+int64(binary.LittleEndian.Uint32(r.window[4:])))
	}
	payload, err := r.frameAt(off)
	if err != nil {
		return Record{}, err
	}
	if payload == nil {
		return Record{}, Damage{segment, off, off + frameHeader}
	}
	return recordOf(payload, segment, off)
}

// recordOf decodes a payload and says where it stands.
func recordOf(payload []byte, segment uint64, off int64) (Record, error) {
	end := off + frameHeader + int64(len(payload))
	rec, err := ParseRecord(payload)
	if err != nil {
		return Record{}, errors.Join(Damage{segment, off, end}, err)
	}
	rec.start, rec.Next = Position{segment, off}, Position{segment, end}
	return rec, nil
}
