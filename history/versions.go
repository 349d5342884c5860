package history

import (
	"bytes"
	"context"
	"errors"

	"tidemark"
	"tidemark/oplog"
)

// KindBase is the version that a document had at the start.
const KindBase = "base"

// versionsBytes bounds the BSON of the versions of one answer. One document
// may exceed it.
const versionsBytes = 16 << 20

// versions follows one document.
type versions struct {
	tidemark.DocumentVersions
	ctx     context.Context
	log     *log
	doc     *document
	now     found
	applier oplog.Applier
	filter  filter
	limit   int
	bytes   int
	at      tidemark.Timestamp // of the last version
	// moved is a command that may have given the name to another collection.
	moved *tidemark.DocumentVersion
}

// Versions lists what a document was at q.From and what it became up to q.To.
// It takes the base from the newest snapshot before; where q.From is zero, from
// the oldest that there is.
func (r *Reader) Versions(ctx context.Context, i *tidemark.Instance, q tidemark.HistoryQuery) (*tidemark.DocumentVersions, error) {
	d, err := newDocument(q.Namespace, q.ID)
	if err != nil {
		return nil, err
	}
	limit, err := limited(q)
	if err != nil {
		return nil, err
	}
	l, err := r.needed(ctx, i)
	if err != nil {
		return nil, err
	}
	after, err := l.start(ctx, q.From)
	if err != nil {
		return nil, err
	}
	v := &versions{ctx: ctx, log: l, doc: d, limit: limit, filter: filter{all: true, id: d.key}}
	v.Namespace, v.ID = d.namespace(), d.idJSON
	if v.now, err = l.documentAt(ctx, d, after); err != nil {
		return nil, err
	}
	v.SnapshotID = v.now.snapshot.ID
	if err := v.add(tidemark.DocumentVersion{At: after, Wall: after.Time(), Kind: KindBase}); err != nil {
		return nil, err
	}
	if err := v.follow(after, q.To); err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return &v.DocumentVersions, nil
}

// start is the instant of the base.
func (l *log) start(ctx context.Context, from tidemark.Timestamp) (tidemark.Timestamp, error) {
	if !from.IsZero() {
		return previous(from), nil
	}
	var snap *tidemark.Snapshot
	err := l.reader.store.View(ctx, func(tx tidemark.Tx) (err error) {
		snap, err = tx.OldestSnapshotSince(ctx, l.instance.ID, l.capture.WindowStart)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
		return from, tidemark.Errorf(tidemark.CodeOutsideWindow, "instance %s has no snapshot to start from", l.instance.Name).
			WithHint("Take one: tidemark snapshots take %s", l.instance.Name)
	}
	if err != nil {
		return from, err
	}
	return snap.ClusterTime, nil
}

// follow applies what happened after an instant.
func (v *versions) follow(after, upTo tidemark.Timestamp) error {
	flat := flattener{log: v.log, fn: v.operation, lost: lostTransaction}
	for s, err := range v.log.walk(v.ctx, after, upTo) {
		if err == nil && s.raw == nil {
			err = lostEntries(s.gap)
		}
		if err == nil {
			err = v.ctx.Err()
		}
		if err == nil {
			err = flat.entry(v.ctx, s)
		}
		if err == nil {
			err = v.lookAgain()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// room ends a list that is long enough. All versions of an entry are on one.
func (v *versions) room(at tidemark.Timestamp) error {
	if at == v.at || len(v.Versions) < v.limit && v.bytes < versionsBytes {
		return nil
	}
	v.Next = following(v.at)
	return errEnough
}

// operation takes an operation over, if it is about the document.
func (v *versions) operation(op *operation) error {
	if op.Op == oplog.OpCommand {
		if !v.moves(&op.Entry) {
			return nil
		}
		v.moved = v.version(op)
		return v.room(op.TS)
	}
	if !v.mine(&op.Entry) || !v.filter.hasID(&op.Entry) {
		return nil
	}
	if err := v.room(op.TS); err != nil {
		return err
	}
	switch op.Op {
	case oplog.OpInsert:
		v.now.doc = bytes.Clone(op.O)
	case oplog.OpDelete:
		v.now.doc = nil
	case oplog.OpUpdate:
		if err := v.update(op); err != nil {
			return err
		}
	}
	return v.add(*v.version(op))
}

func (v *versions) version(op *operation) *tidemark.DocumentVersion {
	return &tidemark.DocumentVersion{At: op.TS, Wall: op.wall, Kind: kindOf(&op.Entry), Summary: summaryOf(&op.Entry)}
}

// mine says whether an entry is about the collection that has the name.
func (v *versions) mine(e *oplog.Entry) bool {
	if e.HasUUID && v.now.collection != nil {
		return e.UUID == v.now.collection.UUID
	}
	return e.NS == v.doc.namespace()
}

// moves says whether a command may change which collection has the name, or
// take documents away.
func (v *versions) moves(e *oplog.Entry) bool {
	switch e.Command() {
	case "create", "drop", "emptycapped", "convertToCapped":
		return namespaceOf(e) == v.doc.namespace()
	case "renameCollection":
		return namespaceOf(e) == v.doc.namespace() || renamedTo(e) == v.doc.namespace()
	case "dropDatabase":
		return e.Database() == v.doc.db
	}
	return false
}

func (v *versions) update(op *operation) error {
	u, err := oplog.ParseUpdate(op.O)
	if err != nil {
		return err
	}
	switch {
	case u.Replaces():
		v.now.doc = bytes.Clone(u.Replacement())
		return nil
	case v.now.doc == nil:
		return tidemark.Errorf(tidemark.CodeInvalidData, "the entry at %s changes the document with the _id %s of %s, which is not there", op.TS, v.doc.idJSON, v.doc.namespace()).
			WithHint("The snapshot or the captured oplog lacks something. Take a new snapshot.")
	}
	v.now.doc, err = v.applier.Apply(nil, v.now.doc, u)
	return err
}

// lookAgain finds the document after a command that moved it.
func (v *versions) lookAgain() error {
	if v.moved == nil {
		return nil
	}
	next := *v.moved
	v.moved = nil
	now, err := v.log.documentAt(v.ctx, v.doc, next.At)
	if err != nil {
		return err
	}
	same := (now.doc == nil) == (v.now.doc == nil) && bytes.Equal(now.doc, v.now.doc)
	v.now = now
	if same {
		return nil
	}
	return v.add(next)
}

// add lists the document as it is now.
func (v *versions) add(next tidemark.DocumentVersion) (err error) {
	if v.now.doc != nil {
		if next.Document, err = documentJSON(v.now.doc); err != nil {
			return err
		}
	}
	v.Versions = append(v.Versions, next)
	v.bytes += len(v.now.doc)
	v.at = next.At
	return nil
}
