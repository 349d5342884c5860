package jobs_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// ports stands for the servers, the capture, the restore and a vault of
// object names. A test replaces what it wants to decide itself.
type ports struct {
	mu          sync.Mutex
	provision   func(ctx context.Context, i *tidemark.Instance) (string, string, error)
	deprovision func(ctx context.Context, i *tidemark.Instance) error
	capture     func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error)
	discard     func(objects []string) error
	advance     func(r jobs.AdvanceRequest) error
	tail        func(ctx context.Context, r jobs.TailRequest) error
	restore     func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error)
	check       func(s *tidemark.Snapshot) error
	export      func(ctx context.Context, r jobs.ExportRequest) (int64, error)
	torn        func(jobs.TornRequest) (tidemark.TornTransactions, error)
	abandon     func(ctx context.Context, j *tidemark.RestoreJob, target *tidemark.Instance) error

	vault map[string]bool
	calls map[string]int
	runs  map[string][]string // of manifests

	first, last tidemark.Timestamp // of the oplog; zero for none
}

func newPorts() *ports {
	return &ports{vault: map[string]bool{}, calls: map[string]int{}, runs: map[string][]string{}}
}

// called counts a call and says the how manieth it is.
func (p *ports) called(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[what]++
	return p.calls[what]
}

func (p *ports) times(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[what]
}

func (p *ports) put(object string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vault[object] = true
}

func (p *ports) objects() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.vault))
}

func (p *ports) remove(objects ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range objects {
		delete(p.vault, o)
	}
}

func (p *ports) Provision(ctx context.Context, i *tidemark.Instance) (string, string, error) {
	p.called("provision")
	if p.provision != nil {
		return p.provision(ctx, i)
	}
	return "mongodb://127.0.0.1:27017/" + i.Name, "7.0.42", nil
}

func (p *ports) Deprovision(ctx context.Context, i *tidemark.Instance) error {
	p.called("deprovision")
	if p.deprovision != nil {
		return p.deprovision(ctx, i)
	}
	return nil
}

func (p *ports) Capture(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
	p.called("capture")
	if p.capture != nil {
		return p.capture(ctx, r)
	}
	return p.wholeCapture(ctx, r)
}

// wholeCapture writes a run and a manifest.
func (p *ports) wholeCapture(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
	manifest := "manifest " + string(r.Snapshot.ID)
	for _, object := range []string{"run " + string(r.Snapshot.ID), manifest} {
		if err := p.write(ctx, r, object); err != nil {
			return jobs.CaptureResult{}, err
		}
	}
	var content tidemark.Content
	content.Add([]byte("a document"))
	return jobs.CaptureResult{
		Manifest: manifest, Runs: p.list(manifest, []string{"run " + string(r.Snapshot.ID)}), Content: content, Collections: 1, StorageBytes: 42,
		ClusterTime: tidemark.Timestamp{T: 7, I: 1}, Version: "7.0.9",
	}, nil
}

// write notes an object and then writes it.
func (p *ports) write(ctx context.Context, r jobs.CaptureRequest, object string) error {
	if err := r.Note(ctx, object); err != nil {
		return err
	}
	p.put(object)
	return nil
}

func (p *ports) Discard(_ context.Context, objects []string) error {
	p.called("discard")
	if p.discard != nil {
		if err := p.discard(objects); err != nil {
			return err
		}
	}
	p.remove(objects...)
	return nil
}

// Advance writes a run of what is new and a manifest, and takes the runs of the
// base over.
func (p *ports) Advance(ctx context.Context, r jobs.AdvanceRequest) (jobs.CaptureResult, error) {
	n := p.called("advance")
	manifest, delta := "manifest "+string(r.ID), fmt.Sprintf("delta %s %d", r.ID, n)
	if !r.TornUntil.IsZero() {
		manifest = "mended " + manifest
	}
	for _, object := range []string{delta, manifest} {
		if err := r.Note(ctx, object); err != nil {
			return jobs.CaptureResult{}, err
		}
		p.put(object)
		if p.advance != nil && object == delta {
			if err := p.advance(r); err != nil {
				return jobs.CaptureResult{}, err
			}
		}
	}
	return jobs.CaptureResult{
		Manifest: manifest, Runs: p.list(manifest, append(p.runsOf(r.Base), delta)), Collections: 1, StorageBytes: 7,
		ClusterTime: r.To, Version: "7.0.9",
	}, nil
}

// Export takes a snapshot for 99 bytes.
func (p *ports) Export(ctx context.Context, r jobs.ExportRequest) (int64, error) {
	p.called("export")
	if p.export != nil {
		return p.export(ctx, r)
	}
	return 99, nil
}

func (p *ports) list(manifest string, runs []string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs[manifest] = runs
	return runs
}

func (p *ports) runsOf(manifest string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.runs[manifest])
}

// grow sets the ends of the oplog.
func (p *ports) grow(first, last uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.first, p.last = tidemark.Timestamp{T: first, I: 1}, tidemark.Timestamp{T: last, I: 1}
}

func (p *ports) OplogWindow(context.Context, *tidemark.Instance) (first, last tidemark.Timestamp, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last.IsZero() {
		return first, last, tidemark.Errorf(tidemark.CodeNoOplog, "there is none")
	}
	return p.first, p.last, nil
}

// Tail keeps a slice of all there is, one entry a second.
func (p *ports) Tail(ctx context.Context, r jobs.TailRequest) (tidemark.Timestamp, error) {
	p.called("tail")
	if p.tail != nil {
		if err := p.tail(ctx, r); err != nil {
			return r.After, err
		}
	}
	first, last, err := p.OplogWindow(ctx, r.Instance)
	if err != nil {
		return r.After, err
	}
	if r.After.Compare(first) < 0 {
		return r.After, tidemark.Errorf(tidemark.CodeOplogGap, "the oplog begins at %s", first)
	}
	if r.After.Compare(last) < 0 {
		s := &tidemark.Slice{
			ID: tidemark.NewID(), InstanceID: r.Instance.ID, After: r.After, First: tidemark.Timestamp{T: r.After.T + 1, I: 1}, Last: last,
			Entries: int64(last.T - r.After.T), Object: fmt.Sprintf("slice %s %s", r.Instance.ID, last),
		}
		if err := r.Note(ctx, s.Object); err != nil {
			return r.After, err
		}
		p.put(s.Object)
		if err := r.Keep(ctx, s); err != nil {
			return r.After, err
		}
	}
	select { // a little as the real one waits
	case <-ctx.Done():
		return last, ctx.Err()
	case <-time.After(r.For):
		return last, nil
	}
}

func (p *ports) Restore(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
	p.called("restore")
	if p.restore != nil {
		return p.restore(ctx, r)
	}
	return &tidemark.RestoreReport{Verified: true}, nil
}

func (p *ports) Check(_ context.Context, s *tidemark.Snapshot) error {
	p.called("check")
	if p.check != nil {
		return p.check(s)
	}
	return nil
}

// Torn says that one transaction was torn, and what it was asked of.
func (p *ports) Torn(_ context.Context, r jobs.TornRequest) (tidemark.TornTransactions, error) {
	p.called("torn")
	if p.torn != nil {
		return p.torn(r)
	}
	return tidemark.TornTransactions{Brought: 1, From: r.From, At: r.At, Until: r.Until}, nil
}

// CuttingOver knows one cursor by which the cut-over has begun.
func (p *ports) CuttingOver(cursor []byte) bool { return string(cursor) == "cutting over" }

func (p *ports) Abandon(ctx context.Context, j *tidemark.RestoreJob, target *tidemark.Instance) error {
	p.called("abandon")
	if p.abandon != nil {
		return p.abandon(ctx, j, target)
	}
	return nil
}
