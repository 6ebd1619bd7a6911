package audit

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"
)

// An index file says which records of a sealed segment have an attribute. It
// can be made again from the segment at any time. It is
//
//	head     magic, key and size of the segment, earliest and latest time,
//	         number of records, of buckets and of damaged places,
//	         the damaged places, where each bucket ends, checksum
//	pages    time and offset of every record in the order of time, 256 a page,
//	         each page with a checksum
//	buckets  the hashes that begin with the number of the bucket, sorted, and
//	         for each the ordinals (in the order of time) of the records that
//	         have it, as differences; each bucket with a checksum
//
// so that the first hit of an attribute costs two reads: its bucket and a
// page. Only the head is kept in memory, about 200 bytes per 1,000 records.
const (
	indexMagic  = "WRITIDX\x01"
	indexHead   = 8 + 8 + 8 + 8 + 8 + 4 + 4 + 4
	pageRecords = 256
	pageEntry   = 8 + 4
	pageSize    = pageRecords*pageEntry + 4

	bucketHashes = 64 // about as many hashes share a bucket
)

// index is the head of an index file.
type index struct {
	first, last int64
	size        int64 // of the segment
	records     int
	damage      []Damage
	ends        []uint32 // of the buckets
	pages       int64    // where the pages begin
}

func (x *index) buckets() int64 {
	return x.pages + int64((x.records+pageRecords-1)/pageRecords*pageSize)
}

// A posting says that a record has a hash.
type posting struct {
	hash    uint64
	ordinal uint32
}

// buildIndex makes the index file of a segment from its entries.
func buildIndex(s *segment, size int64, e *entries, damage []Damage) []byte {
	order, postings := sortEntries(e)
	distinct := 0
	for i := range postings {
		if i == 0 || postings[i].hash != postings[i-1].hash {
			distinct++
		}
	}
	ends := make([]uint32, 1<<bits.Len(uint(distinct/bucketHashes)))
	var buckets []byte
	for b := range ends {
		var n int
		for n < len(postings) && bucketOf(postings[n].hash, len(ends)) == b {
			n++
		}
		buckets = appendBucket(buckets, postings[:n])
		ends[b] = uint32(len(buckets))
		postings = postings[n:]
	}
	out := appendIndexHead(nil, s, size, e, damage, ends)
	for page := range slices.Chunk(order, pageRecords) {
		out = appendPage(out, page)
	}
	return append(out, buckets...)
}

// sortEntries returns the records in the order of time, and the postings in
// the order of hashes.
func sortEntries(e *entries) (order []hit, postings []posting) {
	perm := make([]uint32, len(e.hits)) // ordinal -> place in the file
	for i := range perm {
		perm[i] = uint32(i)
	}
	slices.SortFunc(perm, func(a, b uint32) int { return e.hits[a].compare(e.hits[b]) })
	order = make([]hit, len(perm))
	postings = make([]posting, 0, len(e.hashes))
	for ordinal, place := range perm {
		order[ordinal] = e.hits[place]
		from := uint32(0)
		if place > 0 {
			from = e.ends[place-1]
		}
		for _, h := range e.hashes[from:e.ends[place]] {
			postings = append(postings, posting{h, uint32(ordinal)})
		}
	}
	slices.SortFunc(postings, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.ordinal, b.ordinal))
	})
	return order, slices.Compact(postings)
}

// bucketOf returns the first bits of a hash; the number of buckets is a power
// of two.
func bucketOf(hash uint64, buckets int) int {
	return int(hash >> (65 - bits.Len(uint(buckets))))
}

func appendIndexHead(dst []byte, s *segment, size int64, e *entries, damage []Damage, ends []uint32) []byte {
	dst = append(append(dst, indexMagic...), s.key[:]...)
	for _, v := range []int64{size, e.first, e.last} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
	}
	for _, n := range []int{len(e.hits), len(ends), len(damage)} {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	for _, d := range damage {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(d.From))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(d.To))
	}
	for _, end := range ends {
		dst = binary.LittleEndian.AppendUint32(dst, end)
	}
	return appendSum(dst, 0)
}

func appendPage(dst []byte, page []hit) []byte {
	from := len(dst)
	for _, h := range page {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(h.time))
		dst = binary.LittleEndian.AppendUint32(dst, h.offset)
	}
	dst = append(dst, make([]byte, (pageRecords-len(page))*pageEntry)...)
	return appendSum(dst, from)
}

// appendBucket appends the number of hashes, then each hash with the end of
// its ordinals, then the ordinals.
func appendBucket(dst []byte, postings []posting) []byte {
	from := len(dst)
	var hashes, ordinals []byte
	n, last := uint32(0), uint32(0)
	for i, p := range postings {
		if i == 0 || p.hash != postings[i-1].hash {
			n, last = n+1, 0
		}
		ordinals = binary.AppendUvarint(ordinals, uint64(p.ordinal-last))
		last = p.ordinal
		if i == len(postings)-1 || p.hash != postings[i+1].hash {
			hashes = binary.LittleEndian.AppendUint64(hashes, p.hash)
			hashes = binary.LittleEndian.AppendUint32(hashes, uint32(len(ordinals)))
		}
	}
	dst = binary.LittleEndian.AppendUint32(dst, n)
	return appendSum(append(append(dst, hashes...), ordinals...), from)
}

func appendSum(dst []byte, from int) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}
