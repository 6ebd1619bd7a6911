package audit

import (
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
)

// faulty is a folder whose disk fails on demand.
type faulty struct {
	folder
	room   atomic.Int64 // bytes that may still be written
	noSync atomic.Bool
	noFix  atomic.Bool // truncating fails too
}

type faultyFile struct {
	file
	f *faulty
}

func newFaulty() *faulty {
	f := &faulty{folder: &memory{files: map[string]*memoryFile{}}}
	f.room.Store(1 << 40)
	return f
}

func (f *faulty) create(name string) (file, error) { return f.wrap(f.folder.create(name)) }
func (f *faulty) open(name string) (file, error)   { return f.wrap(f.folder.open(name)) }

func (f *faulty) replace(name string, contents []byte) error {
	if f.room.Add(-int64(len(contents))) < 0 {
		return syscall.ENOSPC
	}
	return f.folder.replace(name, contents)
}

func (f *faulty) wrap(inner file, err error) (file, error) {
	if err != nil {
		return nil, err
	}
	return &faultyFile{inner, f}, nil
}

// WriteAt writes what there is room for, as a full disk does.
func (f *faultyFile) WriteAt(p []byte, off int64) (int, error) {
	if left := f.f.room.Add(-int64(len(p))); left < 0 {
		n, _ := f.file.WriteAt(p[:max(0, int64(len(p))+left)], off)
		f.f.room.Store(0)
		return n, syscall.ENOSPC
	}
	return f.file.WriteAt(p, off)
}

func (f *faultyFile) sync() error {
	if f.f.noSync.Load() {
		return syscall.EIO
	}
	return f.file.sync()
}

func (f *faultyFile) Truncate(size int64) error {
	if f.f.noFix.Load() {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

// TestDiskFull fills the disk at every byte of a few records. What is not
// acknowledged is not there, what is stays, and the log works when there is
// room again.
func TestDiskFull(t *testing.T) {
	for room := int64(1); room < 1500; room += 7 {
		dir := newFaulty()
		l := openFolder(t, dir, Options{SegmentBytes: 4 << 10, Failed: func(error) {}})
		dir.room.Store(room)
		var want []int
		for n := range 30 {
			if n == 20 {
				dir.room.Store(1 << 40)
			}
			switch err := l.Take(record(n)); {
			case err == nil:
				want = append([]int{n}, want...)
			case !errors.Is(err, syscall.ENOSPC) || n >= 20:
				t.Fatalf("record %d: %v", n, err)
			}
		}
		if len(want) < 10 || len(want) == 30 {
			t.Errorf("%d of 30 records were acknowledged", len(want))
		}
		wantNumbers(t, "acknowledged", lookup(t, l, Query{}), want)
		for n := range 30 { // those that failed may be offered again
			if err := l.Take(record(n)); err != nil {
				t.Fatal(err)
			}
		}
		closeTest(t, l)
		l = openFolder(t, dir.folder, small)
		wantNumbers(t, "after all", lookup(t, l, Query{}), countdown(30, 0))
		if damage, err := l.Verify(); err != nil || len(damage) > 0 || l.Dropped() > 0 {
			t.Errorf("damage %v, %v; %d bytes dropped", damage, err, l.Dropped())
		}
		closeTest(t, l)
	}
}

// TestSyncFails fails to sync: nothing is acknowledged until the log could
// remove what may be half written.
func TestSyncFails(t *testing.T) {
	dir := newFaulty()
	l := openFolder(t, dir, Options{Failed: func(error) {}})
	appendTest(t, l, record(0))
	dir.noSync.Store(true)
	dir.noFix.Store(true)
	for range 2 {
		if err := l.Append(record(1)); !errors.Is(err, syscall.EIO) {
			t.Errorf("Append = %v, want an I/O error", err)
		}
	}
	dir.noSync.Store(false)
	if err := l.Append(record(1)); !errors.Is(err, syscall.EIO) {
		t.Errorf("Append while the log cannot be repaired = %v, want an I/O error", err)
	}
	dir.noFix.Store(false)
	appendTest(t, l, record(2))
	wantNumbers(t, "acknowledged", lookup(t, l, Query{}), []int{2, 0})
	closeTest(t, l)
	l = openFolder(t, dir.folder, Options{})
	wantNumbers(t, "after reopening", lookup(t, l, Query{}), []int{2, 0})
}

// TestRollFails cannot begin a segment: the record fails, the log does not.
func TestRollFails(t *testing.T) {
	dir := newFaulty()
	l := openFolder(t, dir, Options{SegmentBytes: 4 << 10, Failed: func(error) {}})
	appendTest(t, l, records(0, 20)...)
	dir.noSync.Store(true)
	if err := l.Append(records(20, 40)...); !errors.Is(err, syscall.EIO) {
		t.Errorf("Append = %v, want an I/O error", err)
	}
	dir.noSync.Store(false)
	appendTest(t, l, records(40, 60)...)
	want := append(countdown(60, 40), countdown(20, 0)...)
	wantNumbers(t, "acknowledged", lookup(t, l, Query{}), want)
	closeTest(t, l)
	wantNumbers(t, "after reopening", lookup(t, openFolder(t, dir.folder, small), Query{}), want)
}
