package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"sort"
)

var errIndex = errors.New("audit: not the index of this segment, or damaged")

// checkSum takes the checksum off b.
func checkSum(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, errIndex
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errIndex
	}
	return body, nil
}

// readIndexHead reads and checks the head of the index of s.
func readIndexHead(f file, s *segment) (*index, error) {
	var fixed [indexHead]byte
	if _, err := f.ReadAt(fixed[:], 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("audit: reading an index: %w", err)
	}
	u64 := func(at int) int64 { return int64(binary.LittleEndian.Uint64(fixed[at:])) }
	u32 := func(at int) int { return int(binary.LittleEndian.Uint32(fixed[at:])) }
	x := &index{size: u64(16), first: u64(24), last: u64(32), records: u32(40)}
	buckets, damaged := u32(44), u32(48)
	size, err := f.size()
	x.pages = indexHead + int64(buckets)*4 + int64(damaged)*8 + 4
	if err != nil || string(fixed[:8]) != indexMagic || segmentKey(fixed[8:16]) != s.key || x.pages > size || bits.OnesCount(uint(buckets)) != 1 {
		return nil, errors.Join(errIndex, err)
	}
	b := make([]byte, x.pages)
	if _, err := f.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("audit: reading an index: %w", err)
	}
	if b, err = checkSum(b); err != nil {
		return nil, err
	}
	b = b[indexHead:]
	for range damaged {
		x.damage = append(x.damage, Damage{s.number, int64(binary.LittleEndian.Uint32(b)), int64(binary.LittleEndian.Uint32(b[4:]))})
		b = b[8:]
	}
	x.ends = make([]uint32, buckets)
	for i := range x.ends {
		x.ends[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	if x.buckets()+int64(x.ends[buckets-1]) != size {
		return nil, errIndex
	}
	return x, nil
}

// page returns the hits with ordinals from page*pageRecords on.
func (x *index) page(f file, page int) ([]hit, error) {
	b := make([]byte, pageSize)
	if _, err := f.ReadAt(b, x.pages+int64(page)*pageSize); err != nil && err != io.EOF {
		return nil, fmt.Errorf("audit: reading an index: %w", err)
	}
	b, err := checkSum(b)
	if err != nil {
		return nil, err
	}
	hits := make([]hit, min(pageRecords, x.records-page*pageRecords))
	for i := range hits {
		hits[i] = hit{int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint32(b[8:])}
		b = b[pageEntry:]
	}
	return hits, nil
}

// bucketSize is the size of the bucket that a hash is in: about what the hash
// alone takes if it is a frequent one.
func (x *index) bucketSize(hash uint64) int { return int(x.bucketEnd(hash, 0) - x.bucketEnd(hash, -1)) }

// bucketEnd returns where the bucket of a hash ends, or another one near it.
func (x *index) bucketEnd(hash uint64, distance int) uint32 {
	if b := bucketOf(hash, len(x.ends)) + distance; b >= 0 {
		return x.ends[b]
	}
	return 0
}

// find returns the ordinals of the records that have a hash, in order.
func (x *index) find(f file, hash uint64) ([]uint32, error) {
	b := make([]byte, x.bucketSize(hash))
	if _, err := f.ReadAt(b, x.buckets()+int64(x.bucketEnd(hash, -1))); err != nil && err != io.EOF {
		return nil, fmt.Errorf("audit: reading an index: %w", err)
	}
	b, err := checkSum(b)
	if err != nil || len(b) < 4 {
		return nil, errors.Join(errIndex, err)
	}
	n := int(binary.LittleEndian.Uint32(b))
	hashes, ordinals := b[4:4+12*n], b[4+12*n:]
	i := sort.Search(n, func(i int) bool { return binary.LittleEndian.Uint64(hashes[12*i:]) >= hash })
	if i == n || binary.LittleEndian.Uint64(hashes[12*i:]) != hash {
		return nil, nil
	}
	start := uint32(0)
	if i > 0 {
		start = binary.LittleEndian.Uint32(hashes[12*i-4:])
	}
	return decodeOrdinals(ordinals[start:binary.LittleEndian.Uint32(hashes[12*i+8:])]), nil
}

func decodeOrdinals(b []byte) []uint32 {
	out := make([]uint32, 0, len(b))
	last := uint32(0)
	for len(b) > 0 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			break
		}
		last += uint32(v)
		out, b = append(out, last), b[n:]
	}
	return out
}
