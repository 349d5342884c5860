package history

import (
	"context"
	"time"

	"tidemark"
	"tidemark/vault"
)

// Reader reads the history of instances.
type Reader struct {
	store tidemark.Store
	vault *vault.Vault
	clock func() time.Time
}

var _ tidemark.Histories = (*Reader)(nil)

// New makes a Reader of what a store and a vault have.
func New(store tidemark.Store, v *vault.Vault) *Reader {
	return &Reader{store: store, vault: v, clock: time.Now}
}

// log is the captured oplog of one instance.
type log struct {
	reader   *Reader
	instance *tidemark.Instance
	capture  tidemark.Capture
}

// open looks up how far the capture of an instance has come.
func (r *Reader) open(ctx context.Context, i *tidemark.Instance) (*log, error) {
	l := &log{reader: r, instance: i}
	err := r.store.View(ctx, func(tx tidemark.Tx) error {
		c, err := tx.Capture(ctx, i.ID)
		if err == nil {
			l.capture = *c
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// needed opens a log that there must be.
func (r *Reader) needed(ctx context.Context, i *tidemark.Instance) (*log, error) {
	l, err := r.open(ctx, i)
	if err == nil && !i.ContinuousBackup && l.capture.Position.IsZero() {
		err = tidemark.Errorf(tidemark.CodeNoPointInTime, "instance %s has no continuous backup, so nothing is known between its snapshots", i.Name).
			WithHint("Turn continuous backup on for what comes; what a snapshot has can be asked for by the snapshot's ID.").
			WithParams(i.Name)
	}
	return l, err
}

// slices are at most limit with entries after one timestamp and up to another.
func (l *log) slices(ctx context.Context, after, upTo tidemark.Timestamp, limit int) ([]*tidemark.Slice, error) {
	var list []*tidemark.Slice
	err := l.reader.store.View(ctx, func(tx tidemark.Tx) (err error) {
		list, err = tx.Slices(ctx, l.instance.ID, after, upTo, limit)
		return err
	})
	return list, err
}

// previous is the timestamp right before t.
func previous(t tidemark.Timestamp) tidemark.Timestamp {
	switch {
	case t.I > 0:
		t.I--
	case t.T > 0:
		t.T, t.I = t.T-1, ^uint32(0)
	}
	return t
}

// following is the timestamp right after t.
func following(t tidemark.Timestamp) tidemark.Timestamp {
	if t.I++; t.I == 0 {
		t.T++
	}
	return t
}
