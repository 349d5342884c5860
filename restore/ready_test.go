package restore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/restore"
	"tidemark/restore/restoretest"
)

func TestBeforeCutOver(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 100, 100)
	d, before := target(t)
	j := b.job(d)
	calls, fail := 0, errors.New("not now")
	j.BeforeCutOver = func(context.Context) error {
		calls++
		restoretest.Same(t, restoretest.Read(t, d), before)
		if left := restoretest.Staged(t, d); len(left) != len(b.want) {
			t.Errorf("%d collections are staged", len(left))
		}
		if j.cuttingOver() {
			t.Error("the cursor says that the cut-over has begun")
		}
		return fail
	}
	if _, err := j.attempt(t.Context()); !errors.Is(err, fail) || j.cuttingOver() {
		t.Fatal(err)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)

	fail = nil
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j.Target = &restoretest.Faulty{Target: d, Before: func(method string, _ int) error {
		if method != "Rename" {
			return nil
		}
		cancel()
		return ctx.Err()
	}}
	if _, err := j.attempt(ctx); err == nil || !j.cuttingOver() {
		t.Fatalf("%v, %s", err, j.cursor)
	}
	j.Target = d
	if _, err := j.attempt(t.Context()); err != nil {
		t.Fatal(err)
	}
	if calls != 2 {
		t.Errorf("%d calls, with one that failed", calls)
	}
	restoretest.Same(t, restoretest.Read(t, d), b.want)
}

// A cancelled job refuses the cursor that says that the cut-over begins.
func TestSaveThatRefusesTheCutOver(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 100, 100)
	d, before := target(t)
	j := b.job(d)
	cancelled := tidemark.Errorf(tidemark.CodeConflict, "the job is cancelled")
	save, asked := j.Save, 0
	j.Save = func(ctx context.Context, p tidemark.Progress, cursor []byte) error {
		if restore.CuttingOver(cursor) {
			return cancelled
		}
		return save(ctx, p, cursor)
	}
	j.BeforeCutOver = func(context.Context) error {
		asked++
		return nil
	}
	for range 2 {
		if _, err := j.attempt(t.Context()); !errors.Is(err, cancelled) {
			t.Fatal(err)
		}
		restoretest.Same(t, restoretest.Read(t, d), before)
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if err := restore.Abandon(t.Context(), d, j.JobID); err != nil || len(restoretest.Staged(t, d)) > 0 {
		t.Errorf("%v, %v", err, restoretest.Staged(t, d))
	}
}

// What others make while a restore loads is theirs where nothing may be replaced.
func TestExistingMadeMeanwhile(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 30, 100)
	d := restoretest.Deployment(t)
	j := b.job(d)
	j.Options = tidemark.RestoreOptions{Namespaces: []string{"shop"}, Existing: tidemark.ExistingRefuse}
	j.BeforeCutOver = func(context.Context) error {
		overwrite(t, d)
		return nil
	}
	if _, err := j.attempt(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeNamespaceExists || j.cuttingOver() {
		t.Fatalf("%v, %s", err, j.cursor)
	}
	if got := restoretest.Read(t, d); !strings.Contains(got["shop.orders"], "40 documents") {
		t.Errorf("%v", got)
	}
}

func TestNoVerify(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 100, 100)
	d, _ := target(t)
	j := b.job(&restoretest.Faulty{Target: d, Before: func(method string, _ int) error {
		if method == "Scan" || method == "Partition" {
			return errors.New("nobody asked for that")
		}
		return nil
	}})
	j.Options.NoVerify = true
	report, err := j.attempt(t.Context())
	if err != nil || report.Verified || !report.VerifySkipped || len(report.Warnings) == 0 || j.last.Percent < 99.9 {
		t.Fatalf("%+v, %v, %v", report, err, j.last.Percent)
	}
	restoretest.Same(t, restoretest.Read(t, d), b.want)
}

// recorder is a target that takes what expires documents, notes it, and leaves
// it out of what the embedded server gets.
type recorder struct {
	tidemark.Target
	mu    sync.Mutex
	calls []string
}

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, fmt.Sprintf(format, args...))
}

func (r *recorder) Create(ctx context.Context, c tidemark.Collection, db, name string) error {
	r.note("create %s", c.Options)
	return r.Target.Create(ctx, c, db, name)
}

func (r *recorder) CreateIndexes(ctx context.Context, db, name string, indexes []bson.Raw) error {
	var names []string
	for _, i := range indexes {
		names = append(names, i.Lookup("name").StringValue())
	}
	r.note("index %v", names)
	return r.Target.CreateIndexes(ctx, db, name, slices.DeleteFunc(slices.Clone(indexes), func(i bson.Raw) bool {
		_, err := i.LookupErr("expireAfterSeconds")
		return err == nil
	}))
}

func (r *recorder) Expire(_ context.Context, _, _ string, seconds int64) error {
	r.note("expire %d", seconds)
	return nil
}

func (r *recorder) Scan(ctx context.Context, c tidemark.Collection, part tidemark.ScanRange, fn func(bson.Raw) error) error {
	r.note("scan")
	return r.Target.Scan(ctx, c, part, fn)
}

func (r *recorder) Rename(ctx context.Context, db, from, to string) error {
	r.note("rename")
	return r.Target.Rename(ctx, db, from, to)
}

func TestNothingExpiresWhileItIsLoaded(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 40, 100)
	d, _ := target(t)
	for i := range b.manifest.Collections {
		c := &b.manifest.Collections[i]
		if c.Name == "orders" {
			c.Indexes = append(c.Indexes, restoretest.Raw(t, bson.D{
				{Key: "key", Value: bson.D{{Key: "at", Value: 1}}}, {Key: "name", Value: "old"}, {Key: "expireAfterSeconds", Value: 60},
			}))
			c.Options = restoretest.Raw(t, bson.D{{Key: "expireAfterSeconds", Value: int64(3600)}})
		}
	}
	r := &recorder{Target: d}
	j := b.job(r)
	j.Options.Namespaces = []string{"shop.orders"}
	report, err := j.attempt(t.Context())
	if err != nil || !strings.Contains(strings.Join(report.Warnings, " "), "shop.orders expires") {
		t.Fatalf("%+v, %v", report, err)
	}
	want := []string{"create {}", "index [_id_ index_0]", "scan", "index [old]", "expire 3600", "rename"}
	if !slices.Equal(r.calls, want) {
		t.Errorf("%q, not %q", r.calls, want)
	}
}
