package restore

import (
	"context"
	"encoding/json"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

// saving runs do, and saves progress and cursor beside it until it ends, and
// once more then: whatever was noted is not lost when do fails.
func (r *restorer) saving(ctx context.Context, do func(context.Context) error) error {
	g, gctx := errgroup.WithContext(ctx)
	done := make(chan struct{})
	g.Go(func() error {
		defer close(done)
		return do(gctx)
	})
	g.Go(func() error {
		ticker := time.NewTicker(r.SaveEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return nil
			case <-gctx.Done():
				return nil
			case <-ticker.C:
				if err := r.save(gctx); err != nil {
					return err
				}
			}
		}
	})
	err := g.Wait()
	// The attempt may end because its context did; what it did is still worth
	// a note.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if saveErr := r.save(last); err == nil {
		err = saveErr
	}
	return err
}

func (r *restorer) save(ctx context.Context) error {
	r.saveMu.Lock()
	defer r.saveMu.Unlock()
	r.mu.Lock()
	b, err := json.Marshal(r.cursor)
	r.mu.Unlock()
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "encode the cursor: %w", err)
	}
	return r.Save(ctx, r.tally.progress(), b)
}

// report says what was done and proved.
func (r *restorer) report() *tidemark.RestoreReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := &tidemark.RestoreReport{
		Verified: !r.Options.NoVerify, VerifySkipped: r.Options.NoVerify, Dropped: r.cursor.Dropped, Warnings: r.plan.Warnings,
		LoadSeconds: r.cursor.Seconds[stepStage] + r.cursor.Seconds[stepLoad], IndexSeconds: r.cursor.Seconds[stepIndex],
		VerifySeconds: r.cursor.Seconds[stepVerify], CutOverSeconds: r.cursor.Seconds[stepCutOver],
	}
	out.Collections = r.plan.reports()
	for i := range out.Collections {
		entry := &out.Collections[i]
		if entry.Type != tidemark.TypeCollection {
			continue
		}
		of := r.cursor.of(entry.Namespace)
		if same(of.Streamed, entry.Expected) {
			entry.Expected = of.Streamed // of an estimate too, once all of it was streamed
		}
		out.Content.Merge(entry.Expected)
		if of.ReadBack != nil {
			entry.ReadBack = *of.ReadBack
		}
		out.Verified = out.Verified && entry.ReadBack == entry.Expected
	}
	return out
}
