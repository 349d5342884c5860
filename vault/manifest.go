package vault

import (
	"context"
	"errors"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// Manifest is a snapshot: the catalogue of a deployment at a cluster time, and
// the runs that merge to its data. Times are kept to the millisecond, in UTC.
type Manifest struct {
	// FormatVersion is what ReadManifest found; WriteManifest writes the lowest
	// that has what it needs.
	FormatVersion int
	SnapshotID    tidemark.ID
	InstanceID    tidemark.ID
	Started       time.Time
	Finished      time.Time
	ClusterTime   tidemark.Timestamp // zero where the server has no oplog
	Server        tidemark.ServerInfo
	// Transactions is the object that has the transactions which were open at
	// ClusterTime, for whoever goes on from this snapshot; "" if none were, or
	// if that is not known.
	Transactions string
	Collections  []ManifestCollection
	Runs         []ManifestRun
}

// Catalogue is that of the snapshot.
func (m *Manifest) Catalogue() *tidemark.Catalogue {
	c := &tidemark.Catalogue{Collections: make([]tidemark.Collection, len(m.Collections))}
	for i := range m.Collections {
		c.Collections[i] = m.Collections[i].Collection
	}
	return c
}

// ManifestCollection is a collection or view of a snapshot. Its options and
// indexes come back byte for byte.
type ManifestCollection struct {
	tidemark.Collection
	// Content is the fingerprint of the documents. It is an estimate where runs
	// have edits that were not merged with the documents they change: then the
	// runs may have patches.
	Content tidemark.Content
	// Natural says that the keys of its runs are the natural order, as for
	// capped collections, and not those of _id.
	Natural bool
}

// ManifestRun is a run of a snapshot.
type ManifestRun struct {
	Object      string        // its name in the vault
	Collection  tidemark.UUID // whose documents it has
	Sequence    int64         // its place among the runs of the collection
	First, Last []byte        // its smallest and largest key
	Entries     int64
	RawBytes    int64 // BSON bytes of its values
	RunBytes    int64 // the run's length: the plaintext of the object
	StoredBytes int64 // what the object takes in the bucket
}

// WriteManifest seals a manifest into a new object and returns its name.
// CodeInvalidData means that the manifest holds what none can.
func (v *Vault) WriteManifest(ctx context.Context, m *Manifest) (name string, err error) {
	w, err := v.Create(ctx, KindManifest)
	if err != nil {
		return "", err
	}
	if err := encodeManifest(w, m); err != nil {
		return "", errors.Join(err, w.Abort())
	}
	if err := w.Commit(); err != nil {
		return "", err
	}
	return w.Name(), nil
}

// encodeManifest writes the documents of a manifest, one at a time.
func encodeManifest(w io.Writer, m *Manifest) error {
	e := encoder{w: w}
	e.put(snapshotItemOf(m))
	for i := range m.Collections {
		item, err := collectionItemOf(&m.Collections[i])
		if err != nil {
			return err
		}
		e.put(item)
	}
	for i := range m.Runs {
		item, err := runItemOf(&m.Runs[i])
		if err != nil {
			return err
		}
		e.put(item)
	}
	e.put(endItem{Item: itemEnd, Collections: int64(len(m.Collections)), Runs: int64(len(m.Runs))})
	return e.err
}

// encoder writes documents and remembers the first error.
type encoder struct {
	w   io.Writer
	err error
}

func (e *encoder) put(item any) {
	if e.err != nil {
		return
	}
	doc, err := bson.Marshal(item)
	switch {
	case err != nil:
		e.err = tidemark.Errorf(tidemark.CodeInvalidData, "cannot encode a manifest: %w", err)
	case len(doc) > maxItem:
		e.err = tidemark.Errorf(tidemark.CodeInvalidData, "an item of a manifest takes %d bytes, more than %d", len(doc), maxItem)
	default:
		_, e.err = e.w.Write(doc)
	}
}

// ReadManifest reads a manifest whole. Beside the errors of [Vault.Open] it is
// CodeInvalidData for an object that is no manifest and CodeFormatTooNew for a
// manifest of a later version.
func (v *Vault) ReadManifest(ctx context.Context, name string) (*Manifest, error) {
	r, err := v.openManifest(ctx, name)
	if err != nil {
		return nil, err
	}
	m, err := r.readAll()
	return m, errors.Join(err, r.Close())
}

// readAll collects the items after the first.
func (r *manifestReader) readAll() (*Manifest, error) {
	m := r.head
	for {
		item, err := r.next()
		if errors.Is(err, errManifestEnd) {
			return &m, nil
		}
		if err != nil {
			return nil, err
		}
		switch item := item.(type) {
		case *ManifestCollection:
			m.Collections = append(m.Collections, *item)
		case *ManifestRun:
			m.Runs = append(m.Runs, *item)
		}
	}
}
