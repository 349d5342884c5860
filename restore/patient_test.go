package restore_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/restore/restoretest"
)

// flaky is a target every call of which is lost once, before or after it was
// done.
type flaky struct {
	tidemark.Target
	lose func(method string) bool
}

func lost() error { return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the connection was cut") }

// do makes a call and may lose its answer.
func (f flaky) do(method string, call func() error) error {
	if f.lose(method) {
		return lost()
	}
	if err := call(); err != nil {
		return err
	}
	if f.lose("the answer to " + method) {
		return lost()
	}
	return nil
}

func (f flaky) Catalogue(ctx context.Context) (c *tidemark.Catalogue, err error) {
	err = f.do("Catalogue", func() error { c, err = f.Target.Catalogue(ctx); return err })
	return c, err
}

func (f flaky) Create(ctx context.Context, c tidemark.Collection, db, name string) error {
	return f.do("Create "+name, func() error { return f.Target.Create(ctx, c, db, name) })
}

func (f flaky) Insert(ctx context.Context, db, name string, docs []byte, count int) error {
	return f.do("Insert "+name, func() error { return f.Target.Insert(ctx, db, name, docs, count) })
}

func (f flaky) CreateIndexes(ctx context.Context, db, name string, indexes []bson.Raw) error {
	return f.do("CreateIndexes "+name, func() error { return f.Target.CreateIndexes(ctx, db, name, indexes) })
}

func (f flaky) Scan(ctx context.Context, c tidemark.Collection, r tidemark.ScanRange, fn func(bson.Raw) error) error {
	return f.do("Scan "+c.Name, func() error { return f.Target.Scan(ctx, c, r, fn) })
}

func (f flaky) Rename(ctx context.Context, db, from, to string) error {
	return f.do("Rename "+from, func() error { return f.Target.Rename(ctx, db, from, to) })
}

func (f flaky) Drop(ctx context.Context, db, name string) error {
	return f.do("Drop "+name, func() error { return f.Target.Drop(ctx, db, name) })
}

// One attempt goes on through losses that pass.
func TestLossesThatPass(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 60, 100)
	d, _ := target(t)
	j := b.job(d)
	j.RetryFor = time.Minute
	seen := make(chan map[string]bool, 1)
	seen <- map[string]bool{}
	j.Target = flaky{d, func(method string) bool {
		m := <-seen
		defer func() { seen <- m }()
		first := !m[method]
		m[method] = true
		return first
	}}
	report, err := j.attempt(t.Context())
	if err != nil || !report.Verified {
		t.Fatalf("%+v, %v", report, err)
	}
	restoretest.Same(t, restoretest.Read(t, d), b.want)
	if j.last.Percent < 99.9 || j.last.Percent > 100 {
		t.Errorf("%v percent", j.last.Percent)
	}
	if m := <-seen; len(m) < 40 {
		t.Errorf("%d calls and answers were lost", len(m))
	}
}

func TestARefusalEndsTheAttemptAtOnce(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 60, 100)
	d, before := target(t)
	j := b.job(d)
	j.RetryFor = time.Hour
	inserts := 0
	j.Writers = 1
	j.Target = &restoretest.Faulty{Target: d, Before: func(method string, _ int) error {
		if method != "Insert" {
			return nil
		}
		inserts++
		return tidemark.Errorf(tidemark.CodeTargetRefused, "no room")
	}}
	if _, err := j.attempt(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeTargetRefused || inserts != 1 {
		t.Errorf("%v, %d inserts", err, inserts)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 300, 1000)
	d, _ := target(t)
	j := b.job(d)
	j.Options = tidemark.RestoreOptions{Namespaces: []string{"shop.orders"}, MaxBytesPerSecond: 400_000}
	report, err := j.attempt(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The first batch of 8 KiB goes at once.
	if least := float64(report.Content.Bytes-16<<10) / 400_000; report.LoadSeconds < least {
		t.Errorf("%d bytes took %.2f s, at least %.2f", report.Content.Bytes, report.LoadSeconds, least)
	}
}

// telling is a target that tells of the builds under way, and ends none before
// someone has seen it.
type telling struct {
	tidemark.Target
	seen chan struct{}
}

func (telling) Describe(context.Context) (tidemark.ServerInfo, error) {
	return tidemark.ServerInfo{Version: "7.0.42"}, nil
}

func (s telling) CreateIndexes(ctx context.Context, db, name string, indexes []bson.Raw) error {
	select {
	case <-s.seen:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Target.CreateIndexes(ctx, db, name, indexes)
}

func (s telling) IndexBuilds(ctx context.Context) ([]tidemark.IndexBuild, error) {
	live, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var out []tidemark.IndexBuild
	for _, c := range live.Collections {
		out = append(out, tidemark.IndexBuild{DB: c.DB, Collection: c.Name, Indexes: []string{"index_0"}, Done: 3, Total: 12})
	}
	return out, nil
}

func TestIndexProgress(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 60, 100)
	b.manifest.Server.Version = "7.0.42"
	d, _ := target(t)
	j := b.job(telling{d, make(chan struct{})})
	save := j.Save
	seen, ended := false, j.Target.(telling).seen
	j.Save = func(ctx context.Context, p tidemark.Progress, cursor []byte) error {
		i := slices.IndexFunc(p.Indexes, func(i tidemark.IndexProgress) bool { return i.Percent == 25 && i.Phase == "building" })
		if i >= 0 && !seen {
			seen = true
			close(ended)
		}
		return save(ctx, p, cursor)
	}
	if _, err := j.attempt(t.Context()); err != nil || !seen {
		t.Fatal(err, seen)
	}
	if len(j.last.Indexes) != 3 {
		t.Fatalf("%+v", j.last.Indexes)
	}
	for _, i := range j.last.Indexes {
		if i.Phase != "built" || i.Percent != 100 {
			t.Errorf("%+v", i)
		}
	}
	for _, c := range j.last.Collections {
		if c.Phase != "done" {
			t.Errorf("%+v", c)
		}
	}
}
