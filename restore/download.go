package restore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"tidemark"
	"tidemark/archive"
	"tidemark/run"
	"tidemark/vault"
)

// Archive is a snapshot as a gzipped mongodump archive, made while it is
// written. It implements tidemark.Download and may be used from many
// goroutines.
type Archive struct {
	name     string
	manifest *vault.Manifest
	open     run.OpenFunc
	merger   func() run.Merger
	learned  func(ctx context.Context, size int64)

	mu   sync.Mutex
	size int64 // zero while it is not known
}

var _ tidemark.Download = (*Archive)(nil)

// NewArchive describes the archive of a snapshot of an instance. merger makes
// mergers as in Request. size is its
// length if that was learned before, else zero; learned, if not nil, is told
// it once the archive was made to its end.
func NewArchive(instance string, m *vault.Manifest, open run.OpenFunc, merger func() run.Merger, size int64, learned func(context.Context, int64)) *Archive {
	if merger == nil {
		merger = noMerger
	}
	if learned == nil {
		learned = func(context.Context, int64) {}
	}
	return &Archive{
		name:     fmt.Sprintf("%s-%s.archive.gz", instance, m.SnapshotID),
		manifest: m, open: open, merger: merger, learned: learned, size: size,
	}
}

// Name is the file's name.
func (a *Archive) Name() string { return a.name }

// Known says whether Size answers at once.
func (a *Archive) Known() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.size > 0
}

// Size is the length of the file in bytes. If it is not known, the archive is
// made once, into nothing, to learn it.
func (a *Archive) Size(ctx context.Context) (int64, error) {
	a.mu.Lock()
	size := a.size
	a.mu.Unlock()
	if size > 0 {
		return size, nil
	}
	if err := a.WriteRange(ctx, io.Discard, 0, -1); err != nil {
		return 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.size, nil
}

// WriteRange writes the bytes from, inclusive, to to, exclusive, of the file;
// a negative to is its end. Every call writes the same bytes.
func (a *Archive) WriteRange(ctx context.Context, w io.Writer, from, to int64) error {
	part, err := archive.NewRangeWriter(w, from, to)
	if err != nil {
		return err
	}
	count := &archive.CountingWriter{W: part}
	gz, err := archive.NewGzipWriter(count, archive.DefaultGzipLevel, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	defer gz.Abort()
	err = a.write(ctx, gz)
	if err == nil {
		err = gz.Close()
	}
	if errors.Is(err, archive.ErrRangeComplete) {
		return nil
	}
	if err == nil {
		a.learn(ctx, count.N)
	}
	return err
}

func (a *Archive) learn(ctx context.Context, size int64) {
	a.mu.Lock()
	fresh := a.size == 0
	a.size = size
	a.mu.Unlock()
	if fresh {
		a.learned(ctx, size)
	}
}

// write writes the archive, not compressed.
func (a *Archive) write(ctx context.Context, w io.Writer) error {
	var entries []archive.Entry
	for _, c := range a.manifest.Collections {
		entries = append(entries, archive.Entry{Collection: c.Collection, Bytes: c.Content.Bytes})
	}
	out, err := archive.NewWriter(w, archive.Header{
		ServerVersion: a.manifest.Server.Version, ToolVersion: "tidemark", ConcurrentCollections: 1,
	}, entries)
	if err != nil {
		return err
	}
	runs := runsByCollection(a.manifest)
	for _, c := range a.manifest.Collections {
		if !out.Carries(c.Collection) {
			continue
		}
		if err := a.writeCollection(ctx, out, c, runs[c.UUID]); err != nil {
			return err
		}
	}
	return out.Close()
}

func (a *Archive) writeCollection(ctx context.Context, out *archive.Writer, c vault.ManifestCollection, runs []run.RunRef) error {
	if err := out.BeginCollection(c.Collection); err != nil {
		return err
	}
	it := run.OpenMerged(ctx, a.open, runs, run.CollectionBounds(c.UUID), a.merger())
	var content tidemark.Content
	for it.Next() {
		content.Add(it.Doc())
		if err := out.WriteDocument(it.Doc()); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	if err := errors.Join(it.Err(), it.Close()); err != nil {
		return err
	}
	if !same(content, c.Content) {
		return tidemark.Errorf(tidemark.CodeObjectDamaged, "the snapshot's runs of %s do not hold what its manifest says", c.Namespace()).
			WithParams(c.Namespace())
	}
	return out.EndCollection()
}
