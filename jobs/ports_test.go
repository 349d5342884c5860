package jobs_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

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
	forget      func(manifest string) error
	restore     func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error)
	check       func(s *tidemark.Snapshot) error
	abandon     func(ctx context.Context, j *tidemark.RestoreJob, target *tidemark.Instance) error

	vault map[string]bool
	calls map[string]int
}

func newPorts() *ports {
	return &ports{vault: map[string]bool{}, calls: map[string]int{}}
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
		Manifest: manifest, Content: content, Collections: 1, StorageBytes: 42,
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

func (p *ports) Forget(_ context.Context, manifest string) error {
	p.called("forget")
	if p.forget != nil {
		if err := p.forget(manifest); err != nil {
			return err
		}
	}
	p.remove(manifest, "run "+strings.TrimPrefix(manifest, "manifest "))
	return nil
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

func (p *ports) Abandon(ctx context.Context, j *tidemark.RestoreJob, target *tidemark.Instance) error {
	p.called("abandon")
	if p.abandon != nil {
		return p.abandon(ctx, j, target)
	}
	return nil
}
