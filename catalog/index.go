package catalog

import (
	"compress/flate"
	_ "embed" // for the data
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// The data is embedded as strings, which are not copied when sliced. Its forms
// are described in internal/gen. It is trusted: the tests read all of it, and
// what cannot be read stops the program.
var (
	//go:embed data/services.idx
	servicesIndex string
	//go:embed data/services.bin
	servicesBlocks string
)

// serviceIndex is what is known without decompressing anything.
type serviceIndex struct {
	list    []*serviceEntry
	entries map[string]*serviceEntry // by prefix
	// foreign names the services that list keys with another prefix than their
	// own. Some of these prefixes are patterns, and stand in foreignPatterns.
	foreign         map[string][]string
	foreignPatterns []foreignPattern
}

type foreignPattern struct {
	pattern
	services []string
}

type serviceEntry struct {
	prefix, name string
	rcp          bool
	block        block

	once sync.Once
	info *ServiceInfo // set by once
}

var services = sync.OnceValue(readServices)

func readServices() *serviceIndex {
	idx := &serviceIndex{entries: map[string]*serviceEntry{}, foreign: map[string][]string{}}
	blocks := servicesBlocks
	for line := range strings.Lines(servicesIndex) {
		f := fields(line)
		switch f[0] {
		case "S":
			e := &serviceEntry{prefix: f[1], name: f[2], rcp: f[3] == "R"}
			e.block, blocks = cutBlock(blocks, f[4], f[5])
			idx.list = append(idx.list, e)
			idx.entries[e.prefix] = e
		case "F":
			owners := strings.Fields(f[2])
			if p, ok := parsePattern(f[1]); ok {
				idx.foreignPatterns = append(idx.foreignPatterns, foreignPattern{p, owners})
			} else {
				idx.foreign[f[1]] = owners
			}
		}
	}
	return idx
}

// load decompresses the service, once.
func (e *serviceEntry) load() *ServiceInfo {
	e.once.Do(func() { e.info = parseService(e.prefix, e.name, e.rcp, e.block.inflate()) })
	return e.info
}

// listing returns the services that list keys with a prefix not their own.
func (idx *serviceIndex) listing(prefix string) []string {
	if owners, ok := lookup(idx.foreign, prefix); ok {
		return owners
	}
	for i := range idx.foreignPatterns {
		if idx.foreignPatterns[i].match(prefix) {
			return idx.foreignPatterns[i].services
		}
	}
	return nil
}

// block is a compressed part of the data.
type block struct {
	packed string
	size   int // unpacked
}

// cutBlock takes the next block from the front of the data.
func cutBlock(data, packed, size string) (block, string) {
	n := number(packed)
	return block{packed: data[:n], size: number(size)}, data[n:]
}

func (b block) inflate() string {
	text := make([]byte, b.size)
	if _, err := io.ReadFull(flate.NewReader(strings.NewReader(b.packed)), text); err != nil {
		panic(fmt.Sprintf("catalog: embedded data: %v", err))
	}
	return string(text)
}

// fields splits a line of the data. Empty fields at the end may be absent in
// the text; there are always seven in the result.
func fields(line string) [7]string {
	var f [7]string
	line = strings.TrimSuffix(line, "\n")
	for i := range f {
		f[i], line, _ = strings.Cut(line, "\t")
	}
	return f
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("catalog: embedded data: %v", err))
	}
	return n
}

// lookup finds s, in any case of letters, in a map with lower-case keys of at
// most 96 bytes. It does not allocate.
func lookup[V any](m map[string]V, s string) (v V, ok bool) {
	var buf [96]byte
	if len(s) > len(buf) {
		return v, false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	v, ok = m[string(buf[:len(s)])]
	return v, ok
}
