package history

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
	"tidemark/vault"
)

// found is what a document was at an instant.
type found struct {
	snapshot *tidemark.Snapshot
	// collection had the name; nil where none did.
	collection *tidemark.Collection
	doc        []byte // nil where there was none
}

// document names the document that is asked for.
type document struct {
	db, collection string
	id             bson.RawValue
	idJSON         json.RawMessage
	key            []byte // of the _id in the collection of UUID zero
}

func newDocument(ns, id string) (*document, error) {
	d := &document{}
	var ok bool
	if d.db, d.collection, ok = strings.Cut(ns, "."); !ok || d.db == "" || d.collection == "" || len(ns) > maxNamespace {
		return nil, invalid("ns", "it is database.collection")
	}
	var err error
	if d.id, err = ParseID(id); err != nil {
		return nil, err
	}
	if d.key, err = run.AppendKey(nil, tidemark.UUID{}, d.id); err != nil {
		return nil, err
	}
	d.idJSON, err = jsonOf(d.id)
	return d, err
}

func (d *document) namespace() string { return d.db + "." + d.collection }

// Document reads one document as a snapshot has it, or as it was at an instant.
func (r *Reader) Document(ctx context.Context, i *tidemark.Instance, q tidemark.DocumentQuery) (*tidemark.DocumentState, error) {
	d, err := newDocument(q.Namespace, q.ID)
	if err != nil {
		return nil, err
	}
	var f found
	var at tidemark.Timestamp
	if q.SnapshotID != "" {
		snap, err := r.snapshot(ctx, i, q.SnapshotID)
		if err != nil {
			return nil, err
		}
		at = snap.ClusterTime
		f, err = (&log{reader: r, instance: i}).document(ctx, d, snap, tidemark.Timestamp{})
		if err != nil {
			return nil, err
		}
	} else {
		at = q.At
		l, err := r.needed(ctx, i)
		if err != nil {
			return nil, err
		}
		if f, err = l.documentAt(ctx, d, at); err != nil {
			return nil, err
		}
	}
	if f.doc == nil {
		return nil, f.missing(d, at)
	}
	out := &tidemark.DocumentState{Namespace: d.namespace(), ID: d.idJSON, At: at, SnapshotID: f.snapshot.ID}
	out.Document, err = documentJSON(f.doc)
	return out, err
}

// missing says that there was no such document.
func (f *found) missing(d *document, at tidemark.Timestamp) error {
	when := "in snapshot " + f.snapshot.ID.String()
	if !at.IsZero() {
		when = "at " + at.String() + " (" + at.Time().Format("2006-01-02T15:04:05Z") + ")"
	}
	err := tidemark.Errorf(tidemark.CodeResourceNotFound, "there is no document with the _id %s in %s %s", d.idJSON, d.namespace(), when).
		WithHint("See what happened to it: tidemark history INSTANCE --ns %s --id %q", d.namespace(), string(d.idJSON))
	if f.collection == nil {
		err = tidemark.Errorf(tidemark.CodeResourceNotFound, "there is no collection %s %s", d.namespace(), when).
			WithHint("See what happened to it: tidemark history INSTANCE --ns %s --kind command", d.namespace())
	}
	return err.WithParams(d.namespace() + " " + string(d.idJSON))
}

// snapshot is one of the instance that has a manifest.
func (r *Reader) snapshot(ctx context.Context, i *tidemark.Instance, id tidemark.ID) (*tidemark.Snapshot, error) {
	var snap *tidemark.Snapshot
	err := r.store.View(ctx, func(tx tidemark.Tx) (err error) {
		snap, err = tx.Snapshot(ctx, id)
		return err
	})
	switch {
	case tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound, err == nil && snap.InstanceID != i.ID:
		return nil, tidemark.Errorf(tidemark.CodeSnapshotNotFound, "instance %s has no snapshot %s", i.Name, id).WithParams(id, i.Name)
	case err != nil:
		return nil, err
	case snap.Status == tidemark.SnapshotFailed:
		return nil, tidemark.Errorf(tidemark.CodeSnapshotGone, "snapshot %s failed", id).WithParams(id)
	case snap.Status != tidemark.SnapshotCompleted:
		return nil, tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "snapshot %s is not completed", id).WithParams(id)
	}
	return snap, nil
}

// documentAt is the document at an instant, inclusive.
func (l *log) documentAt(ctx context.Context, d *document, at tidemark.Timestamp) (found, error) {
	var snap *tidemark.Snapshot
	err := l.reader.store.View(ctx, func(tx tidemark.Tx) (err error) {
		snap, err = tx.SnapshotAt(ctx, l.instance.ID, at)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
		err = tidemark.Errorf(tidemark.CodeOutsideWindow, "instance %s has no snapshot at or before %s to start from", l.instance.Name, at).
			WithHint("Ask for a later time; tidemark snapshots list %s shows the snapshots.", l.instance.Name).
			WithParams(l.capture.WindowStart.String(), l.capture.Position.String())
	}
	if err != nil {
		return found{}, err
	}
	if at.Compare(snap.ClusterTime) > 0 {
		if err := l.reaches(at); err != nil {
			return found{}, err
		}
	}
	return l.document(ctx, d, snap, at)
}

// reaches says whether all up to an instant is captured. What happens in a
// second that the capture has looked past, at a source that had no more, is.
func (l *log) reaches(at tidemark.Timestamp) error {
	c := l.capture
	if at.Compare(c.Position) <= 0 || (c.SourceTime.Compare(c.Position) <= 0 && c.SeenAt.Unix() > int64(at.T)) {
		return nil
	}
	return tidemark.Errorf(tidemark.CodeOutsideWindow, "what instance %s did after %s is not captured yet", l.instance.Name, c.Position).
		WithHint("Ask for %s or a time before it, or wait.", c.Position).
		WithParams(c.WindowStart.String(), c.Position.String())
}

// document is the document in a snapshot, or after the entries since then up to
// an instant, if that is later.
func (l *log) document(ctx context.Context, d *document, snap *tidemark.Snapshot, at tidemark.Timestamp) (found, error) {
	f := found{snapshot: snap}
	m, err := l.reader.vault.ReadManifest(ctx, snap.Manifest)
	if err != nil {
		return f, err
	}
	src := source{vault: l.reader.vault, memory: map[string][]byte{}}
	catalogue := &tidemark.Catalogue{}
	for _, c := range m.Collections {
		catalogue.Collections = append(catalogue.Collections, c.Collection)
	}
	if at.Compare(m.ClusterTime) > 0 {
		folded, err := l.fold(ctx, d, m, catalogue, at, &src)
		if err != nil {
			return f, err
		}
		catalogue = folded
	}
	c, ok := catalogue.Find(d.db, d.collection)
	if !ok {
		return f, nil
	}
	if !c.HasDocuments() {
		return f, tidemark.Errorf(tidemark.CodeUnsupported, "%s is a %s, which has no documents of its own", d.namespace(), c.Type).
			WithHint("Ask for the collection that it shows.")
	}
	f.collection = &c
	f.doc, err = src.find(ctx, d, c, catalogue, m)
	return f, err
}

// source opens runs of the vault, and of the delta in memory.
type source struct {
	vault  *vault.Vault
	memory map[string][]byte // by name
	delta  []run.RunRef
}

func (s *source) open(ctx context.Context, ref run.RunRef) (run.Source, error) {
	if b, ok := s.memory[ref.Object]; ok {
		return memory{bytes.NewReader(b)}, nil
	}
	return s.vault.Open(ctx, ref.Object)
}

// find looks the document up in the runs of a manifest and the delta.
func (s *source) find(ctx context.Context, d *document, c tidemark.Collection, catalogue *tidemark.Catalogue, m *vault.Manifest) ([]byte, error) {
	key, err := run.AppendKey(nil, c.UUID, d.id)
	if err != nil {
		return nil, err
	}
	src := oplog.Source{Open: s.open, Runs: append([]run.RunRef(nil), s.delta...), Catalogue: catalogue}
	for _, r := range m.Runs {
		if r.Collection == c.UUID {
			src.Runs = append(src.Runs, run.RunRef{
				Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last,
				Entries: r.Entries, RawBytes: r.RawBytes, StoredBytes: r.RunBytes,
			})
		}
	}
	bounds := run.Bounds{Lower: key, Upper: append(append([]byte(nil), key...), 0)}
	docs, err := src.Documents(ctx, c, bounds)
	if err != nil {
		return nil, err
	}
	doc, err := d.among(docs)
	if closed := docs.Close(); err == nil {
		err = closed
	}
	return doc, err
}

// among finds the document. Those of a capped collection are not by their _ids.
func (d *document) among(docs oplog.Documents) ([]byte, error) {
	var key []byte
	for docs.Next() {
		id, err := run.ID(docs.Doc())
		if err == nil {
			key, err = run.AppendKey(key[:0], tidemark.UUID{}, id)
		}
		if err != nil {
			return nil, err
		}
		if bytes.Equal(key, d.key) {
			return bytes.Clone(docs.Doc()), nil
		}
	}
	return nil, docs.Err()
}
