package s3

import (
	"encoding/base64"
	"iter"
	"net/url"
	"strings"

	"github.com/writ-iam/writ/internal/s3api"
)

// maxPage is how many keys one answer lists at the most.
const maxPage = 1000

// position is a place in a bucket's list: behind the entry seq of key, and
// with seq 0 behind all entries of key.
type position struct {
	key string
	seq uint64
}

// view is what of a bucket's keys a listing shows.
type view struct {
	prefix, delimiter string
	max               int
}

// page is one answer's share of a list.
type page[T any] struct {
	items     []T
	prefixes  []string // common prefixes, in order
	truncated bool
	// last is the last item, when that or a common prefix came last.
	lastItem   *T
	lastPrefix string
}

// list gathers a page. after yields the entries behind a position in order of
// their keys, and at is where an entry stands. Keys that share a prefix up to
// the delimiter are one common prefix; all of them are passed over in one
// step, however many they are.
func list[T any](w view, start position, after func(position) iter.Seq[T], at func(T) position) page[T] {
	var p page[T]
	seen := start.key // the common prefix that a marker names was listed before
	if floor := before(w.prefix); start.key < w.prefix {
		start = position{key: floor}
	}
	for again := true; again; {
		again = false
		for item := range after(start) {
			key := at(item).key
			if !strings.HasPrefix(key, w.prefix) {
				return p
			}
			common, rolled := w.common(key)
			if rolled && common == seen {
				start, again = position{key: common + lastByte}, true
				break
			}
			if len(p.items)+len(p.prefixes) >= w.max {
				p.truncated = w.max > 0
				return p
			}
			if rolled {
				p.prefixes = append(p.prefixes, common)
				p.lastItem, p.lastPrefix, seen = nil, common, common
				start, again = position{key: common + lastByte}, true
				break
			}
			p.items = append(p.items, item)
			p.lastItem, p.lastPrefix = &item, ""
		}
	}
	return p
}

// lastByte sorts behind every key that begins like what stands before it: keys
// are UTF-8.
const lastByte = "\xff"

// common returns the common prefix that key is part of.
func (w view) common(key string) (string, bool) {
	if w.delimiter == "" {
		return "", false
	}
	i := strings.Index(key[len(w.prefix):], w.delimiter)
	if i < 0 {
		return "", false
	}
	return key[:len(w.prefix)+i+len(w.delimiter)], true
}

// before is a text behind which the keys with a prefix come next.
func before(prefix string) string {
	n := len(prefix)
	switch {
	case n == 0:
		return ""
	case prefix[n-1] == 0:
		return prefix[:n-1]
	}
	return prefix[:n-1] + string([]byte{prefix[n-1] - 1}) + lastByte
}

// pageSize is the number of entries asked for, bounded.
func pageSize(name string, asked *int32) (int, error) {
	switch {
	case asked == nil || *asked > maxPage:
		return maxPage, nil
	case *asked < 0:
		return 0, invalidArgument(name, "", "Argument "+name+" must be an integer between 0 and 2147483647")
	}
	return int(*asked), nil
}

// encoding writes the keys of an answer as the request wants them.
type encoding bool

func encodingOf(t *s3api.EncodingType) encoding { return encoding(t != nil) }

// text is s as a member of the answer.
func (e encoding) text(s string) *string {
	if e {
		s = strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), "%2F", "/")
	}
	return &s
}

// given is text for what the request may not have sent.
func (e encoding) given(s *string) *string {
	if s == nil {
		return nil
	}
	return e.text(*s)
}

func (e encoding) prefixes(texts []string) []s3api.CommonPrefix {
	var out []s3api.CommonPrefix
	for _, p := range texts {
		out = append(out, s3api.CommonPrefix{Prefix: e.text(p)})
	}
	return out
}

// Continuation tokens are the last entry listed, written so that nobody takes
// them for a key. They need no seal: all that one can do with a forged one is
// to begin elsewhere, as start-after does.

const tokenPrefix = "1/"

func newToken(last string) *string {
	t := base64.URLEncoding.EncodeToString([]byte(tokenPrefix + last))
	return &t
}

func readToken(token string) (last string, err error) {
	b, berr := base64.URLEncoding.DecodeString(token)
	last, ok := strings.CutPrefix(string(b), tokenPrefix)
	if berr != nil || !ok {
		return "", invalidArgument("continuation-token", token, "The continuation token provided is incorrect")
	}
	return last, nil
}
