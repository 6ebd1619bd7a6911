package iam

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/api"
)

const defaultPage = 100

// page is one page of a list. A list is ordered by a position, a text that
// each item has; the page holds items behind the one where the page before it
// ended, whatever was added or removed since.
type page struct {
	call    *api.Call
	markers *markers
	of      string // whose list it is, by unique id; "" for what the account has
	after   string // position behind which the page begins; "" is before all
	max     int    // items
	next    string // position of the last item when more follow
}

// page opens the page that a request asks for, of the list of one entity or,
// when of is "", of the account.
func (s *Service) page(c *api.Call, of string, marker *string, maxItems *int32) (*page, error) {
	p := &page{call: c, markers: s.markers, of: of, max: defaultPage}
	if maxItems != nil {
		p.max = int(*maxItems)
	}
	if marker == nil {
		return p, nil
	}
	var ok bool
	if p.after, ok = s.markers.open(bind(c, of), *marker); !ok {
		return nil, invalid(invalidMarker)
	}
	return p, nil
}

// fill returns the items of the page: the first of seq, which begins behind
// p.after and is ordered by position.
func fill[E any](p *page, seq iter.Seq[E], position func(E) string) []E {
	items := make([]E, 0, min(p.max, defaultPage))
	for e := range seq {
		if len(items) == p.max {
			p.next = position(items[p.max-1])
			break
		}
		items = append(items, e)
	}
	return items
}

// fillFrom is fill for a short list in any order.
func fillFrom[E any](p *page, list []E, position func(E) string) []E {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b E) int { return cmp.Compare(position(a), position(b)) })
	i, found := slices.BinarySearchFunc(list, p.after, func(e E, after string) int { return cmp.Compare(position(e), after) })
	if found {
		i++
	}
	return fill(p, slices.Values(list[i:]), position)
}

// behind passes the items of a sequence by name that belong on the page or
// behind it, for sequences that cannot begin there themselves.
func behind[E any](p *page, seq iter.Seq[E], name func(E) string) iter.Seq[E] {
	after := strings.ToLower(p.after)
	return func(yield func(E) bool) {
		for e := range seq {
			if (after == "" || strings.ToLower(name(e)) > after) && !yield(e) {
				return
			}
		}
	}
}

// end says whether the list goes on behind the page, and with which marker.
func (p *page) end() (truncated *bool, marker *string) {
	more := p.next != ""
	if more {
		m := p.markers.seal(bind(p.call, p.of), p.next)
		marker = &m
	}
	return &more, marker
}

// under passes the items whose path begins with prefix.
func under[E any](prefix *string, seq iter.Seq[E], path func(E) string) iter.Seq[E] {
	if prefix == nil || *prefix == "/" {
		return seq
	}
	return func(yield func(E) bool) {
		for e := range seq {
			if strings.HasPrefix(path(e), *prefix) && !yield(e) {
				return
			}
		}
	}
}

// markers seals positions. A marker belongs to one operation on one list of one
// account: another's does not open. The nonce is a keyed digest of what is sealed, so
// that equal pages have equal markers and none repeats a nonce for another
// text.
type markers struct {
	aead cipher.AEAD
	mac  []byte
}

func newMarkers(key []byte) (*markers, error) {
	if len(key) < 16 {
		return nil, errors.New("it has fewer than 16 bytes")
	}
	keys, err := hkdf.Key(sha256.New, key, nil, "writ iam marker", 64)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &markers{aead, keys[32:]}, err
}

func (m *markers) seal(bound []byte, position string) string {
	mac := hmac.New(sha256.New, m.mac)
	mac.Write(bound)
	mac.Write([]byte(position))
	nonce := mac.Sum(nil)[:m.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(m.aead.Seal(nonce, nonce, []byte(position), bound))
}

// open returns the position in a marker, and whether it is one of ours for
// what it is bound to.
func (m *markers) open(bound []byte, marker string) (string, bool) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(marker)
	n := m.aead.NonceSize()
	if err != nil || len(sealed) < n {
		return "", false
	}
	position, err := m.aead.Open(nil, sealed[:n], sealed[n:], bound)
	return string(position), err == nil
}

// bind is what a marker is for, its parts told apart by a byte that the first
// two never have.
func bind(c *api.Call, of string) []byte {
	return []byte(c.Operation.Name + "\x00" + c.Account + "\x00" + of + "\x00")
}
