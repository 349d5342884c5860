package capture

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"time"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
	"tidemark/vault"
)

// AdvanceRequest asks for a snapshot made of an older one and the oplog since.
type AdvanceRequest struct {
	SnapshotID tidemark.ID
	InstanceID tidemark.ID
	// Base is the snapshot to go on from.
	Base *vault.Manifest
	// Entries is the oplog after Base.ClusterTime, such as Entries yields it.
	Entries iter.Seq2[[]byte, error]
	// To is the last instant that counts, inclusive: the new ClusterTime.
	To tidemark.Timestamp
	// TornUntil is the end of the scan that Base was read in; zero if Base is
	// of one instant.
	TornUntil tidemark.Timestamp
	Vault     *vault.Vault
	// Note is told the name of each object before it is written; may be nil.
	Note func(ctx context.Context, object string) error
	// Once says that the manifest is for one restore: nothing is compacted, and
	// what is written is compressed less, for less time.
	Once bool
	// Ephemeral is Once, and leaves the manifest out of the vault.
	Ephemeral bool
	// CompactShare is the share of a collection, in bytes, that changes may
	// have before it is written anew; DefaultCompactShare if zero.
	CompactShare float64
}

// maxDeltas is how many runs of a collection may overlap before the newest are
// merged with each other, or all: a restore holds some of each in memory.
const maxDeltas = 12

// DefaultCompactShare is when a collection's changes are merged into it.
const DefaultCompactShare = 0.25

// Advance folds the oplog since a snapshot into delta runs and returns the
// manifest of the next: the runs of the base that still count, and those that
// were added. Of the base it reads nothing, unless a collection's changes have
// outgrown their share: then that collection is compacted. Of a torn base it
// reads the documents that changed, and of capped collections that changed all.
// added are the objects that Base does not have. If it fails, what it wrote is
// deleted, as far as the vault lets it.
func Advance(ctx context.Context, req AdvanceRequest) (_ *vault.Manifest, object string, added []string, err error) {
	a := &advancer{AdvanceRequest: req, writer: writer{vault: req.Vault, note: req.Note}, scratch: map[string]*scratchRun{}}
	if a.CompactShare <= 0 {
		a.CompactShare = DefaultCompactShare
	}
	if a.writer.note == nil {
		a.writer.note = func(context.Context, string) error { return nil }
	}
	defer func() {
		if err != nil {
			err = a.writer.undo(context.WithoutCancel(ctx), err)
		}
	}()
	m, err := a.advance(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	if !req.Ephemeral {
		if object, err = req.Vault.WriteManifest(ctx, m); err != nil {
			return nil, "", nil, err
		}
	}
	return m, object, a.writer.objects.list(), nil
}

// advancer is one Advance.
type advancer struct {
	AdvanceRequest
	writer  writer
	scratch map[string]*scratchRun // by name
}

func (a *advancer) advance(ctx context.Context) (*vault.Manifest, error) {
	started := time.Now().UTC()
	resolver := newResolver(a)
	defer a.closeScratch()
	defer resolver.abort()
	folded, err := a.fold(ctx, resolver.into)
	if err != nil {
		return nil, err
	}
	defer folded.State.Close()
	m := &vault.Manifest{
		SnapshotID: a.SnapshotID, InstanceID: a.InstanceID, Started: started,
		ClusterTime: a.To, Server: a.Base.Server,
	}
	if m.Transactions, err = a.keepTransactions(ctx, folded.State); err != nil {
		return nil, err
	}
	resolver.catalogue, resolver.merger = folded.Catalogue, oplog.NewMerger(folded.Catalogue)
	for _, c := range folded.Catalogue.Collections {
		content, runs, err := resolver.collection(ctx, c)
		if err != nil {
			return nil, err
		}
		m.Collections = append(m.Collections, vault.ManifestCollection{Collection: c, Content: content, Natural: c.Capped()})
		m.Runs = append(m.Runs, runs...)
	}
	m.Finished = time.Now().UTC()
	return m, nil
}

// runOptions says how runs are written.
func (a *advancer) runOptions() run.WriterOptions {
	return run.WriterOptions{Scratch: a.Once || a.Ephemeral}
}

// fold folds the entries into deltas.
func (a *advancer) fold(ctx context.Context, into func(tidemark.Collection, oplog.Changes) oplog.Into) (oplog.Result, error) {
	state, err := a.openTransactions(ctx)
	if err != nil {
		return oplog.Result{}, err
	}
	return oplog.Fold(ctx, a.Entries, oplog.Options{
		Catalogue: a.Base.Catalogue(), State: state, After: a.Base.ClusterTime, To: a.To, TornUntil: a.TornUntil,
		Into: into,
	})
}

// openTransactions reads those that the base handed on.
func (a *advancer) openTransactions(ctx context.Context) (*oplog.State, error) {
	if a.Base.Transactions == "" {
		return nil, nil
	}
	object, err := a.Vault.Open(ctx, a.Base.Transactions)
	if err != nil {
		return nil, err
	}
	state, err := oplog.ReadState(io.NewSectionReader(object, 0, object.Size()), oplog.ScratchDir(""), oplog.DefaultTransactionBytes)
	return state, errors.Join(err, object.Close())
}

// keepTransactions stores those that are open at the end, for the next.
func (a *advancer) keepTransactions(ctx context.Context, state *oplog.State) (string, error) {
	if state.Open() == 0 || a.Ephemeral {
		return "", nil
	}
	w, err := a.writer.create(ctx, vault.KindTransactions)
	if err != nil {
		return "", err
	}
	if err := state.Write(w); err != nil {
		return "", errors.Join(err, w.Abort())
	}
	return w.Name(), w.Commit()
}

// scratchRun is a run in a scratch file.
type scratchRun struct {
	name string
	file oplog.ScratchFile
	size int64
}

func (s *scratchRun) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	return n, err
}

func (s *scratchRun) Commit() error { return nil }

// Abort leaves closing to the advancer, which closes all.
func (s *scratchRun) Abort() {}

func (s *scratchRun) ReadAt(p []byte, off int64) (int, error) { return s.file.ReadAt(p, off) }

func (s *scratchRun) Size() int64 { return s.size }

// Close ends one reading; the run is read once for each collection in it.
func (s *scratchRun) Close() error { return nil }

func (a *advancer) createScratch(context.Context) (run.Sink, error) {
	file, err := oplog.ScratchDir("").NewFile()
	if err != nil {
		return nil, err
	}
	s := &scratchRun{name: "scratch " + strconv.Itoa(len(a.scratch)), file: file}
	a.scratch[s.name] = s
	return s, nil
}

// closeScratch gives the files up. Nobody needs what they held.
func (a *advancer) closeScratch() {
	for _, s := range a.scratch {
		_ = s.file.Close()
	}
}
