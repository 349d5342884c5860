package history

import (
	"bytes"
	"context"
	"iter"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
	"tidemark/vault"
)

// deltaSequence is that of the delta: above any run of a snapshot.
const deltaSequence = 1 << 30

// fold folds what happened since a snapshot to the document and to the
// catalogue, which it returns. The delta goes to src.
func (l *log) fold(ctx context.Context, d *document, m *vault.Manifest, catalogue *tidemark.Catalogue, at tidemark.Timestamp, src *source) (*tidemark.Catalogue, error) {
	opts := oplog.Options{
		Catalogue: catalogue, After: m.ClusterTime, To: at, Sequence: deltaSequence,
		Create: func(context.Context) (run.Sink, error) { return &memorySink{}, nil },
	}
	result, err := oplog.Fold(ctx, l.about(ctx, d, m.ClusterTime, at), opts)
	if err != nil {
		return nil, err
	}
	for i, r := range result.Runs {
		name := "delta " + strconv.Itoa(i)
		src.memory[name] = r.Sink.(*memorySink).Bytes()
		src.delta = append(src.delta, r.Info.Ref(name, deltaSequence))
	}
	return result.Catalogue, result.State.Close()
}

// about yields the entries that say what became of one document: those about
// its _id, in any collection, since it is not known here which one has the
// name in the end, and those about the catalogue. Each transaction is one entry
// at its commit.
func (l *log) about(ctx context.Context, d *document, after, upTo tidemark.Timestamp) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		a := about{filter: filter{all: true, id: d.key}, named: map[string]bool{}}
		flat := flattener{log: l, fn: a.add, lost: lostTransaction}
		for s, err := range l.walk(ctx, after, upTo) {
			if err == nil && s.raw == nil {
				err = lostEntries(s.gap)
			}
			if err == nil {
				a.parts, a.whole = a.parts[:0], nil
				err = flat.entry(ctx, s)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			raw, err := a.entry()
			if err != nil {
				yield(nil, err)
				return
			}
			if raw != nil && !yield(raw, nil) {
				return
			}
		}
	}
}

func lostEntries(g tidemark.HistoryGap) error {
	return tidemark.Errorf(tidemark.CodeOplogGap, "entries between %s and %s were not captured, so it is not known what the document became", g.After, g.Until).
		WithHint("Ask for a time at or before %s, or after the first snapshot that follows %s.", g.After, g.Until).
		WithParams(g.After.String(), g.Until.String())
}

func lostTransaction(commit *oplog.Entry) error {
	return tidemark.Errorf(tidemark.CodeOplogGap, "the beginning of the transaction that commits at %s was not captured", commit.TS).
		WithHint("Ask for a time before it, or after the next snapshot.").
		WithParams(commit.Previous.String(), commit.TS.String())
}

// about collects what one entry says.
type about struct {
	filter filter
	named  map[string]bool // collections that servers without UUIDs have told of
	whole  bson.Raw        // the entry
	parts  []bson.Raw      // or of an applyOps those parts that count
	at     tidemark.Timestamp
}

func (a *about) add(op *operation) error {
	if !a.counts(&op.Entry) {
		return nil
	}
	a.at = op.TS
	if op.part == nil {
		a.whole = op.Raw
	} else {
		a.parts = append(a.parts, bytes.Clone(op.part))
	}
	return nil
}

// counts says whether an operation is on the document or the catalogue.
func (a *about) counts(e *oplog.Entry) bool {
	switch {
	case e.Op != oplog.OpInsert && e.Op != oplog.OpUpdate && e.Op != oplog.OpDelete:
		clear(a.named)
		return true
	case e.Collection() == "system.views": // has the views
		return true
	case e.Op == oplog.OpInsert && !e.HasUUID && !a.named[e.NS]:
		// It may make the collection.
		a.named[e.NS] = true
		return true
	}
	return a.filter.hasID(e)
}

// entry is the entry to fold; nil where nothing counts.
func (a *about) entry() (bson.Raw, error) {
	if a.whole != nil || len(a.parts) == 0 {
		return a.whole, nil
	}
	raw, err := bson.Marshal(bson.D{
		{Key: "ts", Value: a.at.BSON()}, {Key: "op", Value: "c"}, {Key: "ns", Value: "admin.$cmd"},
		{Key: "o", Value: bson.D{{Key: "applyOps", Value: a.parts}}},
	})
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the transaction at %s cannot be read: %w", a.at, err)
	}
	return raw, nil
}

// memorySink keeps a run in memory: a delta has one _id.
type memorySink struct{ bytes.Buffer }

// Commit has nothing to do.
func (*memorySink) Commit() error { return nil }

// Abort forgets the bytes.
func (s *memorySink) Abort() { s.Reset() }

// memory is a run.Source.
type memory struct{ *bytes.Reader }

func (m memory) Size() int64 { return m.Reader.Size() }

func (m memory) Close() error { return nil }
