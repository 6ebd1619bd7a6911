package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// writeLog writes n records one by one into a new log and returns its files
// and where each record of the last file ends.
func writeLog(t *testing.T, n int, opt Options) (dir string, ends []int64) {
	t.Helper()
	dir = t.TempDir()
	l := openTest(t, dir, opt)
	for i := range n {
		appendTest(t, l, record(i))
		ends = append(ends, l.End().Offset)
	}
	closeTest(t, l)
	return dir, ends
}

// TestTorn cuts the last segment at every byte. All records before the cut
// are there, nothing else is, and the log goes on.
func TestTorn(t *testing.T) {
	const n = 6
	source, ends := writeLog(t, n, Options{})
	whole, err := os.ReadFile(filepath.Join(source, "00000001.seg"))
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		left, sound := 0, int64(segmentHeader)
		for left < n && ends[left] <= int64(cut) {
			sound = ends[left]
			left++
		}
		torn := int64(cut) - sound
		if cut < segmentHeader {
			torn = int64(cut)
		}
		dir := &memory{files: map[string]*memoryFile{"00000001.seg": {data: slices.Clone(whole[:cut])}}}
		if cut == segmentHeader+100 { // the same on a disk
			name := t.TempDir()
			writeFile(t, filepath.Join(name, "00000001.seg"), whole[:cut])
			checkTorn(t, disk(name), left, torn)
		}
		checkTorn(t, dir, left, torn)
	}
}

func checkTorn(t *testing.T, dir folder, left int, torn int64) {
	t.Helper()
	l := openFolder(t, dir, Options{})
	if l.Dropped() != torn {
		t.Errorf("%d bytes dropped, want %d", l.Dropped(), torn)
	}
	appendTest(t, l, record(100))
	want := append([]int{100}, countdown(left, 0)...)
	wantNumbers(t, "after the cut", lookup(t, l, Query{}), want)
	closeTest(t, l)
	l = openFolder(t, dir, Options{})
	wantNumbers(t, "after the cut, reopened", lookup(t, l, Query{}), want)
	if l.Dropped() != 0 || len(l.Damage()) > 0 {
		t.Errorf("%d bytes dropped again, damage %v", l.Dropped(), l.Damage())
	}
	closeTest(t, l)
}

// TestTornGarbage leaves zeros and garbage behind the last record, as file
// systems may.
func TestTornGarbage(t *testing.T) {
	for name, tail := range map[string][]byte{
		"zeros": make([]byte, 100_000), "garbage": []byte(fmt.Sprint(make([]int, 5000))), "one byte": {1},
	} {
		dir, _ := writeLog(t, 5, Options{})
		file := filepath.Join(dir, "00000001.seg")
		whole, _ := os.ReadFile(file)
		writeFile(t, file, append(whole, tail...))
		l := openTest(t, dir, Options{})
		wantNumbers(t, name, lookup(t, l, Query{}), countdown(5, 0))
		if l.Dropped() != int64(len(tail)) {
			t.Errorf("%s: %d bytes dropped, want %d", name, l.Dropped(), len(tail))
		}
	}
}

// TestDamage changes one byte of one record, at every byte. The other records
// are found, and the damage is reported: by Open (active segment), by look-ups,
// by Follow and by Verify; it is not mistaken for an unfinished write.
func TestDamage(t *testing.T) {
	const n, hurt = 5, 2
	source, ends := writeLog(t, n, Options{})
	whole, err := os.ReadFile(filepath.Join(source, "00000001.seg"))
	if err != nil {
		t.Fatal(err)
	}
	want := Damage{1, ends[hurt-1], ends[hurt]}
	others := slices.DeleteFunc(countdown(n, 0), func(i int) bool { return i == hurt })
	for at := want.From; at < want.To; at++ {
		damaged := slices.Clone(whole)
		damaged[at] ^= 1
		dir := &memory{files: map[string]*memoryFile{"00000001.seg": {data: damaged}}}
		l := openFolder(t, dir, Options{})
		if got := l.Damage(); !slices.Equal(got, []Damage{want}) || l.Dropped() != 0 {
			t.Fatalf("byte %d: Damage = %v, want %v; %d bytes dropped", at, got, want, l.Dropped())
		}
		appendTest(t, l, record(100))
		checkDamage(t, l, want, append([]int{100}, others...))
		buildAll(t, l)
		checkDamage(t, l, want, append([]int{100}, others...))
		closeTest(t, l)
		l = openFolder(t, dir, Options{})
		checkDamage(t, l, want, append([]int{100}, others...))
		closeTest(t, l)
	}
}

func checkDamage(t *testing.T, l *Log, want Damage, others []int) {
	t.Helper()
	var got []Record
	var found, followed []Damage
	for r, err := range l.Lookup(context.Background(), Query{}) {
		got, found = collect(t, got, found, r, err)
	}
	wantNumbers(t, "beside the damage", got, others)
	got = nil
	for r, err := range l.Follow(context.Background(), Position{}) {
		if got, followed = collect(t, got, followed, r, err); r.Next == l.End() {
			break
		}
	}
	slices.Reverse(got)
	wantNumbers(t, "followed", got, others)
	verified, err := l.Verify()
	if err != nil {
		t.Fatal(err)
	}
	for what, damage := range map[string][]Damage{"Lookup": found, "Follow": followed, "Verify": verified, "Damage": l.Damage()} {
		if !slices.Equal(damage, []Damage{want}) {
			t.Fatalf("%s reports %v, want %v", what, damage, want)
		}
	}
}

func collect(t *testing.T, rs []Record, ds []Damage, r Record, err error) ([]Record, []Damage) {
	t.Helper()
	var d Damage
	switch {
	case errors.As(err, &d):
		return rs, append(ds, d)
	case err != nil:
		t.Fatal(err)
	}
	return append(rs, r), ds
}

// TestDamageBehindIndex damages a record after its segment was indexed: the
// look-up that comes upon it says so.
func TestDamageBehindIndex(t *testing.T) {
	dir := t.TempDir()
	l := openTest(t, dir, small)
	appendInSteps(t, l, 0, 100)
	buildAll(t, l)
	file := filepath.Join(dir, "00000001.seg")
	b, _ := os.ReadFile(file)
	b[segmentHeader+frameHeader+60] ^= 1 // in record 0
	writeFile(t, file, b)
	var damage []Damage
	var got []Record
	for r, err := range l.Lookup(t.Context(), Query{}) {
		got, damage = collect(t, got, damage, r, err)
	}
	wantNumbers(t, "beside the damage", got, countdown(100, 1))
	if len(damage) != 1 || damage[0].From != segmentHeader {
		t.Errorf("damage %v", damage)
	}
}

// TestCutOff cuts a sealed segment off, where it is whole: its index knows
// better, and without one nothing can tell.
func TestCutOff(t *testing.T) {
	dir := t.TempDir()
	l := openTest(t, dir, small)
	appendInSteps(t, l, 0, 100)
	buildAll(t, l)
	first := l.views()[0]
	cut := lookup(t, l, Query{Attributes: []Attribute{{RequestID, "request-5"}}})[0].start.Offset
	closeTest(t, l)
	if err := os.Truncate(filepath.Join(dir, "00000001.seg"), cut); err != nil {
		t.Fatal(err)
	}
	l = openTest(t, dir, small)
	want := []Damage{{1, cut, first.size}}
	if got := l.Damage(); !slices.Equal(got, want) {
		t.Errorf("Damage = %v, want %v", got, want)
	}
	if got, err := l.Verify(); err != nil || !slices.Equal(got, want) {
		t.Errorf("Verify = %v, %v, want %v", got, err, want)
	}
}

// TestHeaderDamage loses the header of a segment: the segment is reported, and
// the others are found.
func TestHeaderDamage(t *testing.T) {
	for _, number := range []int{1, 3, 0} { // 0 is the last
		dir := t.TempDir()
		l := openTest(t, dir, small)
		appendInSteps(t, l, 0, 100)
		closeTest(t, l)
		files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
		if number == 0 {
			number = len(files)
		}
		b, _ := os.ReadFile(files[number-1])
		b[20] ^= 1
		writeFile(t, files[number-1], b)

		l = openTest(t, dir, small)
		want := []Damage{{uint64(number), 0, int64(len(b))}}
		if got := l.Damage(); !slices.Equal(got, want) {
			t.Errorf("Damage = %v, want %v", got, want)
		}
		appendTest(t, l, record(100))
		var damage []Damage
		var got []Record
		for r, err := range l.Lookup(t.Context(), Query{}) {
			got, damage = collect(t, got, damage, r, err)
		}
		if len(got) < 20 || !slices.Equal(damage, want) {
			t.Errorf("%d records and damage %v, want %v", len(got), damage, want)
		}
	}
}

// TestNewerFormat refuses what a newer version wrote.
func TestNewerFormat(t *testing.T) {
	dir, _ := writeLog(t, 3, Options{})
	file := filepath.Join(dir, "00000001.seg")
	b, _ := os.ReadFile(file)
	b[7]++
	writeFile(t, file, b)
	if l, err := Open(dir, Options{}); err == nil {
		closeTest(t, l)
		t.Error("Open accepted it")
	}
}

// TestForgedFrame puts bytes that look like a frame into a record and damages
// the header of the frame around them: they do not become a record.
func TestForgedFrame(t *testing.T) {
	l, err := OpenMemory(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeTest(t, l)
	evil := record(66)
	var forged batch
	forged.add(&evil)
	sealFrame(forged.buf, segmentKey{1, 2, 3, 4, 5, 6, 7, 8}) // the key is not known to the forger
	carrier := record(0)
	carrier.CloudTrail = forged.buf
	appendTest(t, l, carrier, record(1))
	f, err := l.dir.open("00000001.seg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0}, segmentHeader+4); err != nil {
		t.Fatal(err)
	}
	e, damage, _, err := scan(f, l.segments[0], l.End().Offset, nil)
	if err != nil || len(e.hits) != 1 || len(damage) != 1 {
		t.Errorf("%d records, damage %v, %v", len(e.hits), damage, err)
	}
}

// FuzzSegment reads a segment file of any bytes behind a sound header. It
// yields only records that were written there, and says so of all else.
func FuzzSegment(f *testing.F) {
	key := segmentKey{1, 2, 3, 4, 5, 6, 7, 8}
	header := appendSegmentHeader(nil, 1, key)
	var b batch
	for _, r := range records(0, 4) {
		b.add(&r)
	}
	for i, frame := range b.frames {
		end := len(b.buf)
		if i+1 < len(b.frames) {
			end = b.frames[i+1].start
		}
		sealFrame(b.buf[frame.start:end], key)
	}
	f.Add(b.buf)
	f.Add(b.buf[:len(b.buf)-3])
	f.Add(append([]byte("garbage"), b.buf...))
	f.Add(slices.Concat(b.buf[:200], make([]byte, 70_000), b.buf))
	f.Fuzz(func(t *testing.T, body []byte) {
		dir := &memory{files: map[string]*memoryFile{"00000001.seg": {data: slices.Concat(header, body)}}}
		l := openFolder(t, dir, Options{})
		covered := int64(segmentHeader) + l.Dropped()
		for _, d := range l.Damage() {
			covered += d.To - d.From
		}
		for r, err := range l.Lookup(context.Background(), Query{}) {
			if err == nil {
				covered += r.Next.Offset - r.start.Offset
			} else if !isDamage(err) {
				t.Fatal(err)
			}
		}
		if want := int64(len(header) + len(body)); covered != want {
			t.Errorf("%d of %d bytes are records, damage or dropped", covered, want)
		}
		closeTest(t, l)
	})
}
