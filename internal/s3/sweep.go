package s3

import (
	"context"
	"fmt"

	"github.com/writ-iam/writ/internal/state"
)

// Sweep removes what a stop at a bad moment left behind: the parts of uploads
// that have ended, and contents that nothing refers to. It must run before the
// first call is served, and returns how many contents it removed.
func Sweep(ctx context.Context, db *state.DB, files *Files) (removed int, err error) {
	for _, id := range endedUploads(db.Snapshot()) {
		for done := false; !done; {
			err := db.Update(ctx, func(tx *state.Tx) error {
				done = len(removeParts(tx, id)) == 0
				return nil
			})
			if err != nil {
				return 0, fmt.Errorf("s3: remove the parts of upload %s: %w", id, err)
			}
		}
	}
	kept := make(map[string]bool)
	for _, v := range db.Snapshot().All() {
		switch v := v.(type) {
		case *state.ObjectVersion:
			kept[v.Content] = true
		case *state.Part:
			kept[v.Content] = true
		}
	}
	removed, err = files.sweep(func(id string) bool { return kept[id] })
	if err != nil {
		return removed, fmt.Errorf("s3: remove contents without a use: %w", err)
	}
	return removed, nil
}

// endedUploads are the ids of uploads that are gone and have parts.
func endedUploads(snap *state.Snapshot) []string {
	under := make(map[string]bool)
	var ended []string
	for _, v := range snap.All() { // uploads come before parts
		if u, ok := v.(*state.Upload); ok {
			under[u.ID] = true
		}
		if p, ok := v.(*state.Part); ok && !under[p.Upload] {
			ended, under[p.Upload] = append(ended, p.Upload), true
		}
	}
	return ended
}
