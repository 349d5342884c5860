package tidemark

import (
	"context"
	"strings"
)

// A retired snapshot has no row any more. Its notes say what is left: the
// objects of an attempt that did not end well, the manifest that names the
// others, and, for good, of which instance it was.
const (
	noteManifest = "manifest:"
	noteRetired  = "retired:"
)

// RetireSnapshot takes a finished snapshot from every reader at once and
// enqueues the TaskForget that removes its objects.
func RetireSnapshot(ctx context.Context, tx Tx, s *Snapshot) error {
	if err := tx.NoteSnapshotObject(ctx, s.ID, noteRetired+string(s.InstanceID)); err != nil {
		return err
	}
	if s.Manifest != "" {
		if err := tx.NoteSnapshotObject(ctx, s.ID, noteManifest+s.Manifest); err != nil {
			return err
		}
	}
	if err := tx.DeleteSnapshot(ctx, s.ID); err != nil {
		return err
	}
	if err := tx.Enqueue(ctx, Task{Kind: TaskForget, ID: s.ID}); err != nil {
		return err
	}
	return forgetDeleted(ctx, tx, s.InstanceID)
}

// forgetDeleted removes an instance of which only snapshots were left, once the
// last of them goes.
func forgetDeleted(ctx context.Context, tx Tx, id ID) error {
	i, err := tx.Instance(ctx, id)
	if ErrorCode(err) == CodeInstanceNotFound || err == nil && i.DeletedAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	_, left, err := tx.Snapshots(ctx, id, Page{Number: 1, Size: 1})
	if err != nil || left > 0 {
		return err
	}
	return tx.Enqueue(ctx, Task{Kind: TaskDeprovision, ID: id})
}

// Remains is what the notes of a snapshot say.
type Remains struct {
	// InstanceID is set if the snapshot is retired.
	InstanceID ID
	Manifest   string   // of a retired one whose objects may still be there
	Objects    []string // that an attempt noted
}

// SnapshotRemains reads the notes of a snapshot.
func SnapshotRemains(ctx context.Context, tx Tx, id ID) (Remains, error) {
	notes, err := tx.SnapshotObjects(ctx, id)
	if err != nil {
		return Remains{}, err
	}
	var r Remains
	for _, note := range notes {
		if instance, ok := strings.CutPrefix(note, noteRetired); ok {
			r.InstanceID = ID(instance)
		} else if manifest, ok := strings.CutPrefix(note, noteManifest); ok {
			r.Manifest = manifest
		} else {
			r.Objects = append(r.Objects, note)
		}
	}
	return r, nil
}

// DropRemains forgets the objects of a snapshot, which are gone. Of a retired
// one that had a manifest the notes stay, so that a restore of it can say that
// it was deleted rather than never there.
func DropRemains(ctx context.Context, tx Tx, id ID, r Remains) error {
	if r.InstanceID != "" && len(r.Objects) == 0 {
		return nil
	}
	return tx.ForgetSnapshotObjects(ctx, id)
}
