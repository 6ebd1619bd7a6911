package s3

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// folder keeps contents on disk, as data/xx/ID where xx begins the id, so that
// no directory grows large. What is being written is new/ID.
type folder struct {
	drafts string
	data   string

	mu     sync.Mutex
	shards map[string]bool // directories known to be durable; guarded by mu
}

const shardLen = 2

func openFolder(dir string) (*folder, error) {
	f := &folder{drafts: filepath.Join(dir, "new"), data: filepath.Join(dir, "data"), shards: make(map[string]bool)}
	for _, d := range []string{f.drafts, f.data} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	return f, errors.Join(syncFolder(dir), syncFolder(filepath.Dir(dir)))
}

func (f *folder) path(id string) string { return filepath.Join(f.data, id[:shardLen], id) }

func (f *folder) create(id string) (draft, error) {
	file, err := os.OpenFile(filepath.Join(f.drafts, id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &fileDraft{f, id, file}, nil
}

func (f *folder) open(id string) (content, error) {
	if !validContentID(id) {
		return nil, fmt.Errorf("s3: %q is no id of a content", id)
	}
	return os.Open(f.path(id))
}

func (f *folder) remove(id string) error {
	if !validContentID(id) {
		return fmt.Errorf("s3: %q is no id of a content", id)
	}
	return os.Remove(f.path(id))
}

func (f *folder) ids() ([]string, error) {
	if err := removeAll(f.drafts); err != nil {
		return nil, err
	}
	shards, err := os.ReadDir(f.data)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, shard := range shards {
		files, err := os.ReadDir(filepath.Join(f.data, shard.Name()))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if validContentID(file.Name()) {
				ids = append(ids, file.Name())
			}
		}
	}
	return ids, nil
}

func removeAll(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Remove(filepath.Join(dir, file.Name())); err != nil {
			return err
		}
	}
	return nil
}

// shard returns the directory of an id, made durable on first use.
func (f *folder) shard(id string) (string, error) {
	name := id[:shardLen]
	dir := filepath.Join(f.data, name)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shards[name] {
		return dir, nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if err := syncFolder(f.data); err != nil {
		return "", err
	}
	f.shards[name] = true
	return dir, nil
}

// fileDraft is a content being written to disk.
type fileDraft struct {
	folder *folder
	id     string
	*os.File
}

// keep makes the file durable, then gives it its name, then makes that
// durable: a content that has its name is whole, whatever happens.
func (d *fileDraft) keep() error {
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		os.Remove(d.Name())
		return err
	}
	shard, err := d.folder.shard(d.id)
	if err == nil {
		err = os.Rename(d.Name(), filepath.Join(shard, d.id))
	}
	if err != nil {
		os.Remove(d.Name())
		return err
	}
	return syncFolder(shard)
}

func (d *fileDraft) discard() {
	d.Close()
	os.Remove(d.Name())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
