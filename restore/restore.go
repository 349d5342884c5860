package restore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/run"
	"tidemark/vault"
)

// Defaults of a Request.
const (
	DefaultWriters    = 8
	DefaultBatchBytes = 1 << 20 // to begin with
	DefaultPartBytes  = 32 << 20
	DefaultSaveEvery  = time.Second
	DefaultRetryFor   = 2 * time.Minute
)

// Request asks for a restore. Zero numbers have the defaults above.
type Request struct {
	JobID    tidemark.ID
	Manifest *vault.Manifest
	// Open opens the runs that the manifest lists.
	Open run.OpenFunc
	// Merger makes one that applies the patches of the runs, for one goroutine.
	// Without it a run that has any is CodeFormatTooNew.
	Merger func() run.Merger
	Target tidemark.Target
	// Options must be the same in every attempt.
	Options tidemark.RestoreOptions
	// BeforeCutOver, if not nil, is called when all is loaded and verified and
	// the target is still as it was; an error of it ends the attempt. It is not
	// called again once the cursor says that it returned nil; an attempt that
	// dies in between has the next one call it again.
	BeforeCutOver func(ctx context.Context) error
	// Cursor is what the attempt before this one saved last; nil for the first.
	Cursor []byte
	// Save keeps progress and cursor. An error of it ends the restore, so that
	// an attempt that has lost its job stops. Calls do not overlap.
	Save func(ctx context.Context, p tidemark.Progress, cursor []byte) error

	Writers    int           // the most goroutines that load; Options.Writers goes before it
	BatchBytes int           // BSON bytes an insert, but for larger documents; zero: what the target takes best
	PartBytes  int64         // BSON bytes that are loaded between two notes in the cursor
	SaveEvery  time.Duration // time between two calls of Save
	// RetryFor is how long an operation is tried again while the target cannot
	// be reached, beside what the target does itself; negative: not at all.
	RetryFor time.Duration
}

func (r Request) withDefaults() Request {
	if r.Options.Writers > 0 {
		r.Writers = r.Options.Writers
	}
	if r.Writers <= 0 {
		r.Writers = DefaultWriters
	}
	if r.RetryFor == 0 {
		r.RetryFor = DefaultRetryFor
	}
	if r.PartBytes <= 0 {
		r.PartBytes = DefaultPartBytes
	}
	if r.SaveEvery <= 0 {
		r.SaveEvery = DefaultSaveEvery
	}
	if r.Merger == nil {
		r.Merger = noMerger
	}
	return r
}

// noMerger is for runs without patches.
func noMerger() run.Merger { return nil }

// restorer is one attempt at a restore.
type restorer struct {
	Request
	plan     *Plan
	pace     *pace
	throttle throttle

	saveMu sync.Mutex // one Save at a time
	mu     sync.Mutex // guards cursor
	cursor *cursor
	tally  tally
}

// Run carries a restore out, from its cursor to the end, and reports what it
// did and proved. It may be called again after an error, with the cursor saved
// last. With an error that came after the plan it returns the report so far.
func Run(ctx context.Context, req Request) (*tidemark.RestoreReport, error) {
	r := &restorer{Request: req.withDefaults()}
	r.Target = patient{r.Target, r.RetryFor}
	r.throttle.perSecond = float64(r.Options.MaxBytesPerSecond)
	var err error
	if r.cursor, err = parseCursor(r.Cursor); err != nil {
		return nil, err
	}
	if r.plan, err = planFor(ctx, r.Request); err != nil {
		return nil, err
	}
	if !r.cursor.CuttingOver {
		if err := r.plan.refuseExisting(r.Options); err != nil {
			return nil, err
		}
	}
	r.Writers = min(r.Writers, r.plan.roomFor())
	r.pace = newPace(r.Writers, r.BatchBytes, r.Options.MaxBytesPerSecond)
	r.goOnMending()
	r.tally.start(r.plan, !r.Options.NoVerify)
	err = r.saving(ctx, r.steps)
	return r.report(), err
}

// planFor asks the target what it is and has, and plans.
func planFor(ctx context.Context, r Request) (*Plan, error) {
	server, err := r.Target.Describe(ctx)
	if err != nil {
		return nil, err
	}
	live, err := r.Target.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	return MakePlan(r.JobID, r.Manifest, r.Options, server, live)
}

func (r *restorer) steps(ctx context.Context) error {
	for _, c := range r.plan.Leftovers {
		if err := r.Target.Drop(ctx, c.DB, c.Name); err != nil {
			return err
		}
	}
	if err := r.bring(ctx, r.plan.Staged); err != nil {
		return err
	}
	if err := r.ready(ctx); err != nil {
		return err
	}
	err := r.bring(ctx, r.plan.InPlace)
	if err == nil {
		err = r.step(ctx, stepCutOver, r.cutOver)
	}
	if err == nil {
		err = r.mend(ctx)
	}
	if err != nil {
		return halfway(err)
	}
	return nil
}

// halfway says of an error that it came when the target was no longer as it was.
func halfway(err error) error {
	if errors.Is(err, context.Canceled) {
		return err // another attempt goes on
	}
	return tidemark.Errorf(tidemark.ErrorCode(err), "the restore was being put in place, so the target has some of its collections and not others: %w", err).
		WithHint("Start the restore again: it replaces everything.")
}

// bring loads collections, builds their indexes and proves them equal.
func (r *restorer) bring(ctx context.Context, collections []Collection) error {
	if len(collections) == 0 {
		return nil
	}
	for _, s := range []struct {
		name string
		do   func(context.Context, []Collection) error
		pass bool
	}{
		{stepStage, r.stage, false},
		{stepLoad, r.load, false},
		{stepLoad, r.barrier, false},
		{stepIndex, r.index, false},
		{stepVerify, r.verify, r.Options.NoVerify},
		{stepIndex, r.expire, false},
	} {
		if s.pass {
			continue
		}
		if err := r.step(ctx, s.name, func(ctx context.Context) error { return s.do(ctx, collections) }); err != nil {
			return err
		}
	}
	return nil
}

// step does one step and notes the time it took.
func (r *restorer) step(ctx context.Context, name string, do func(context.Context) error) error {
	r.tally.enter(name)
	start := time.Now()
	err := do(ctx)
	r.mu.Lock()
	r.cursor.Seconds[name] += time.Since(start).Seconds()
	r.mu.Unlock()
	return err
}

// note changes the cursor.
func (r *restorer) note(change func(*cursor)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.cursor)
}

// saved returns a copy of what the cursor says of a collection.
func (r *restorer) saved(c *Collection) collectionCursor {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := *r.cursor.of(c.Namespace())
	out.Parts = slices.Clone(out.Parts)
	return out
}

// beside is how many collections are made, built or read back at once, at most.
const beside = 4

// each calls do for every collection, several at once.
func (r *restorer) each(ctx context.Context, collections []Collection, do func(context.Context, *Collection) error) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(min(r.Writers, beside))
	for i := range collections {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			return do(gctx, &collections[i])
		})
	}
	return g.Wait()
}
