package capture

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/vault"
)

// Defaults of a Request.
const (
	DefaultWorkers     = 4
	DefaultRangeBytes  = 128 << 20
	DefaultBufferBytes = 12 << 20
)

// Request asks for a snapshot. Zero numbers have the defaults above.
type Request struct {
	SnapshotID tidemark.ID
	InstanceID tidemark.ID
	Source     tidemark.Source
	Vault      *vault.Vault
	// Note is told the name of each object before it is written; may be nil.
	// An error of it ends the capture.
	Note func(ctx context.Context, object string) error
	// Progress is told how far the capture is; may be nil.
	Progress func(tidemark.Progress)

	Workers     int   // scans at once
	RangeBytes  int64 // BSON bytes of a scan or a merge, about
	BufferBytes int64 // of each scan, for documents that come out of order
}

func (r Request) withDefaults() Request {
	if r.Workers <= 0 {
		r.Workers = DefaultWorkers
	}
	if r.RangeBytes <= 0 {
		r.RangeBytes = DefaultRangeBytes
	}
	if r.BufferBytes <= 0 {
		r.BufferBytes = DefaultBufferBytes
	}
	if r.Note == nil {
		r.Note = func(context.Context, string) error { return nil }
	}
	if r.Progress == nil {
		r.Progress = func(tidemark.Progress) {}
	}
	return r
}

// Take scans a deployment and returns the manifest of the snapshot and the
// name of the object that it was stored under.
func Take(ctx context.Context, req Request) (_ *vault.Manifest, object string, err error) {
	req = req.withDefaults()
	t := &taker{Request: req, writer: writer{vault: req.Vault, note: req.Note}}
	defer func() {
		if err != nil {
			// The caller's context may be over; what was written must go all the same.
			err = t.undo(context.WithoutCancel(ctx), err)
		}
	}()
	m, err := t.take(ctx)
	if err != nil {
		return nil, "", err
	}
	object, err = t.Vault.WriteManifest(ctx, m)
	if err != nil {
		return nil, "", err
	}
	return m, object, nil
}

// taker is one capture.
type taker struct {
	Request
	tally tally
	writer
}

func (t *taker) take(ctx context.Context) (*vault.Manifest, error) {
	started := time.Now().UTC()
	server, err := t.Source.Describe(ctx)
	if err != nil {
		return nil, err
	}
	at, err := t.Source.ClusterTime(ctx)
	if err != nil {
		return nil, err
	}
	catalogue, err := t.Source.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	catalogue = withoutStaged(catalogue)
	scanned, err := t.scan(ctx, catalogue)
	if err != nil {
		return nil, err
	}
	m := &vault.Manifest{
		SnapshotID: t.SnapshotID, InstanceID: t.InstanceID,
		Started: started, ClusterTime: at, Server: server,
	}
	for i, c := range catalogue.Collections {
		m.Collections = append(m.Collections, vault.ManifestCollection{
			Collection: c, Content: scanned[i].content, Natural: c.Capped(),
		})
		m.Runs = append(m.Runs, scanned[i].manifestRuns()...)
	}
	m.Finished = time.Now().UTC()
	return m, nil
}

// withoutStaged leaves out what restores have under way.
func withoutStaged(c *tidemark.Catalogue) *tidemark.Catalogue {
	return &tidemark.Catalogue{Collections: slices.DeleteFunc(slices.Clone(c.Collections), func(c tidemark.Collection) bool {
		return strings.HasPrefix(c.Name, tidemark.StagePrefix)
	})}
}

// scan reads all collections; the result is in the catalogue's order.
func (t *taker) scan(ctx context.Context, catalogue *tidemark.Catalogue) ([]scanned, error) {
	out := make([]scanned, len(catalogue.Collections))
	tasks, err := t.partition(ctx, catalogue, out)
	if err != nil {
		return nil, err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(t.Workers)
	for _, task := range tasks {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			return t.scanRange(gctx, task)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	t.Progress(t.tally.counted(time.Now()))
	for i := range out {
		if err := t.settle(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// partition cuts the collections into tasks, largest collections first.
func (t *taker) partition(ctx context.Context, catalogue *tidemark.Catalogue, out []scanned) ([]task, error) {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(t.Workers)
	ranges := make([][]tidemark.ScanRange, len(out))
	for i, c := range catalogue.Collections {
		out[i].collection = c
		if !c.HasDocuments() {
			continue
		}
		g.Go(func() (err error) {
			ranges[i], err = t.Source.Partition(gctx, c, t.RangeBytes)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var tasks []task
	for i := range out {
		out[i].parts = make([]sorted, len(ranges[i]))
		var documents int64
		for _, r := range ranges[i] {
			documents += max(r.EstimatedDocuments, 0)
		}
		t.tally.expect(out[i].collection, documents)
		for n, r := range ranges[i] {
			tasks = append(tasks, task{of: &out[i], part: n, scan: r, weight: documents})
		}
	}
	slices.SortStableFunc(tasks, func(a, b task) int { return cmp.Compare(b.weight, a.weight) })
	return tasks, nil
}
