package engine

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/writ-iam/writ/policy"
)

// verdict is what comparing a value of the request with those of a condition
// has come to.
type verdict uint8

const (
	differs    verdict = iota // fits none of the condition's values
	fits                      // fits one of them
	unreadable                // one side cannot be read as the operator's type
	never                     // neither the operator nor its negation holds
	disputed                  // fits one of them in one reading, and none in another
)

// operands are the values of a condition, ready to be compared.
type operands interface {
	compare(value string, ctx *Context) verdict
}

// newOperands reads the values of a condition for its comparison. It returns
// nil for a comparison that it does not know.
func newOperands(c policy.Comparison, values []policy.Value, x syntax, read readings) operands {
	switch c {
	case policy.StringEquals, policy.StringNotEquals:
		x.wildcards = false
		return newGlobs(values, x)
	case policy.StringLike, policy.StringNotLike:
		x.wildcards = true
		return newGlobs(values, x)
	case policy.StringEqualsIgnoreCase, policy.StringNotEqualsIgnoreCase:
		return newFolded(values, x)
	case policy.ARNEquals, policy.ARNLike, policy.ARNNotEquals, policy.ARNNotLike:
		x.wildcards = true
		return newARNs(values, x, read)
	case policy.Bool:
		x.variables = x.variables && read.variablesInBool
		return booleans(newFolded(values, x))
	case policy.BinaryEquals:
		return newBinaries(values)
	case policy.IPAddress, policy.NotIPAddress:
		return newNetworks(values)
	}
	if order, ok := numericOrders[c]; ok {
		return newOrdered(values, order, parseDecimal)
	}
	if order, ok := dateOrders[c]; ok {
		return newOrdered(values, order, parseDate)
	}
	return nil
}

// globs are the values of String operators.
type globs []glob

func newGlobs(values []policy.Value, x syntax) globs {
	g := make(globs, len(values))
	for i, v := range values {
		g[i] = newGlob(v.Text, x)
	}
	return g
}

func (g globs) compare(value string, ctx *Context) verdict {
	for i := range g {
		if g[i].match(value, ctx) {
			return fits
		}
	}
	return differs
}

// folded are the values of the operators that ignore case.
type folded []pattern

func newFolded(values []policy.Value, x syntax) folded {
	x.wildcards = false
	f := make(folded, len(values))
	for i, v := range values {
		f[i] = x.parse(v.Text)
	}
	return f
}

func (f folded) compare(value string, ctx *Context) verdict {
	for _, p := range f {
		if p.equalFold(value, ctx) {
			return fits
		}
	}
	return differs
}

// equalFold reports whether p, which has no wildcards, and s are equal when each
// character is put in lower case. There is no case folding (ß is not ss) and no
// normalisation.
func (p pattern) equalFold(s string, ctx *Context) bool {
	for i := range p {
		text, ok := p[i].value(ctx)
		if !ok {
			return false
		}
		for text != "" {
			n := foldASCII(text, s)
			if text, s = text[n:], s[n:]; text == "" {
				break
			}
			if s == "" {
				return false
			}
			a, k := utf8.DecodeRuneInString(text)
			b, m := utf8.DecodeRuneInString(s)
			if a != b && unicode.ToLower(a) != unicode.ToLower(b) || a == utf8.RuneError && text[:k] != s[:m] {
				return false
			}
			text, s = text[k:], s[m:]
		}
	}
	return s == ""
}

// foldASCII returns a number of bytes at the beginning of both that are ASCII and
// equal but for case: a multiple of eight, as far as there are so many.
func foldASCII(s, t string) (n int) {
	const high, low, space = 0x8080808080808080, 0x0101010101010101, 0x2020202020202020
	for ; len(s)-n >= 8 && len(t)-n >= 8; n += 8 {
		a, b := eightBytes(s[n:]), eightBytes(t[n:])
		differ := a ^ b
		if differ&^space != 0 || (a|b)&high != 0 {
			break
		}
		// Bytes from 'a' to 'z' get the high bit: only in letters is this bit case.
		lower := a | space
		letters := (lower + (0x80-'a')*low) &^ (lower + (0x7f-'z')*low) & high
		if differ<<2&^letters != 0 {
			break
		}
	}
	return n
}

func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// booleans are the values of Bool. "false" fits every value but "true".
type booleans folded

func (b booleans) compare(value string, ctx *Context) verdict {
	isTrue := strings.EqualFold(value, "true")
	for _, p := range b {
		if isTrue && p.equalFold("true", ctx) || !isTrue && p.equalFold("false", ctx) {
			return fits
		}
	}
	return differs
}

// binaries are the decoded values of BinaryEquals.
type binaries []string

func newBinaries(values []policy.Value) binaries {
	var b binaries
	for _, v := range values {
		if data, err := base64.StdEncoding.DecodeString(v.Text); err == nil {
			b = append(b, string(data))
		}
	}
	return b
}

func (b binaries) compare(value string, _ *Context) verdict {
	var text, buf [172]byte
	data, err := base64.StdEncoding.AppendDecode(buf[:0], append(text[:0], value...))
	if err != nil {
		return unreadable
	}
	for _, want := range b {
		if string(data) == want {
			return fits
		}
	}
	return differs
}

// networks are the values of IpAddress and NotIpAddress.
type networks struct {
	prefixes []netip.Prefix
	partial  bool // a value could not be read
}

func newNetworks(values []policy.Value) networks {
	var n networks
	for _, v := range values {
		if p, ok := parseNetwork(v.Text); ok {
			n.prefixes = append(n.prefixes, p)
		} else {
			n.partial = true
		}
	}
	return n
}

// parseNetwork reads a range, or an address as the range of itself. IPv4 written
// as IPv6 (::ffff:10.0.0.1) is IPv4.
func parseNetwork(s string) (netip.Prefix, bool) {
	if strings.IndexByte(s, '/') < 0 {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), err == nil
}

func (n networks) compare(value string, _ *Context) verdict {
	a, err := netip.ParseAddr(value)
	if err != nil {
		return unreadable
	}
	a = a.WithZone("").Unmap() // a dual-stack listener's way to write IPv4
	for _, p := range n.prefixes {
		if p.Contains(a) {
			return fits
		}
	}
	if n.partial {
		return unreadable
	}
	return differs
}
