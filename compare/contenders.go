package compare

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore"
)

// Names of the rows.
const (
	rowDump     = "mongodump --gzip"
	rowSnapshot = "tidemark snapshot"
	rowLimit    = "limit"
	rowDefaults = "mongorestore --gzip"
	rowBest     = "mongorestore at its best"
	rowRestore  = "tidemark, not verified"
	rowVerified = "tidemark, verified"
)

// contenders lists the rows, in the order in which a round runs them. The
// first two read what the limit has put in.
func (c *comparison) contenders() []*row {
	workers := strconv.Itoa(c.Writers)
	best := []string{"--numInsertionWorkersPerCollection", workers, "--numParallelCollections", workers}
	rows := []*row{
		{name: rowDump, run: c.tool(c.tools.mongodump, c.tools.dumpArgs())},
		{name: rowSnapshot, run: c.snapshot},
		{name: rowLimit, restore: true, run: c.limit},
		{name: rowDefaults, restore: true, run: c.tool(c.tools.mongorestore, c.tools.restoreArgs())},
		{name: rowBest, restore: true, run: c.tool(c.tools.mongorestore, c.tools.restoreArgs(best...))},
		{name: rowRestore, restore: true, run: c.restorer(false)},
		{name: rowVerified, restore: true, run: c.restorer(true)},
	}
	for _, r := range rows {
		r.bytes = c.data.bytes()
	}
	return rows
}

func (c *comparison) tool(program string, args []string) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) { return c.tools.run(ctx, program, args) }
}

func (c *comparison) restorer(verify bool) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) { return c.restore(ctx, verify) }
}

// limit is what the deployment itself takes: documents out of memory, by as
// many writers, and the indexes.
func (c *comparison) limit(ctx context.Context) (time.Duration, error) {
	before := processorTime()
	for _, coll := range c.data.collections {
		if err := c.target.Create(ctx, coll.Collection, Database, coll.Name); err != nil {
			return 0, err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(c.Writers)
	for _, coll := range c.data.collections {
		for _, b := range coll.batches {
			g.Go(func() error { return c.target.Insert(gctx, Database, coll.Name, b.docs, b.count) })
		}
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	for _, coll := range c.data.collections {
		if err := c.target.CreateIndexes(ctx, Database, coll.Name, coll.Indexes); err != nil {
			return 0, err
		}
	}
	return processorTime() - before, nil
}

// snapshot takes one into the vault. Those of earlier rounds stay, unused.
func (c *comparison) snapshot(ctx context.Context) (time.Duration, error) {
	before := processorTime()
	m, _, err := capture.Take(ctx, capture.Request{
		SnapshotID: tidemark.NewID(), InstanceID: tidemark.NewID(), Source: c.target, Vault: c.vault.vault,
	})
	c.vault.manifest = m
	return processorTime() - before, err
}

// restore brings the snapshot back. Without verification it ends where Tidemark
// would read back; the collections are put in place all the same.
func (c *comparison) restore(ctx context.Context, verify bool) (time.Duration, error) {
	before := processorTime()
	report, err := restore.Run(ctx, restore.Request{
		JobID: tidemark.NewID(), Manifest: c.vault.manifest, Open: c.vault.open, Target: c.target, Writers: c.Writers,
		Options: tidemark.RestoreOptions{NoVerify: !verify},
		Save:    func(context.Context, tidemark.Progress, []byte) error { return nil },
	})
	if err != nil {
		return 0, err
	}
	if verify && !report.Verified {
		return 0, tidemark.Errorf(tidemark.CodeNotEqual, "the restore was not verified")
	}
	c.steps = fmt.Sprintf("loading %.2f, indexes %.2f, reading back %.2f, putting in place %.2f",
		report.LoadSeconds, report.IndexSeconds, report.VerifySeconds, report.CutOverSeconds)
	return processorTime() - before, nil
}

// print writes the table: medians, and ratios of medians.
func (c *comparison) print() {
	rows := map[string]*row{}
	fmt.Fprintf(c.Out, "\n%-26s %9s %9s %9s\n", "", "seconds", "MB/s", "CPU-s/GB")
	for _, r := range c.rows {
		rows[r.name] = r
		wall := median(r.wall)
		fmt.Fprintf(c.Out, "%-26s %9.2f %9.1f %9.2f\n", r.name, wall, float64(r.bytes)/1e6/wall, median(r.cpu)/(float64(r.bytes)/1e9))
	}
	fmt.Fprintf(c.Out, "\nseconds of the last restore: %s\n\n", c.steps)
	ratio := func(what, slow, fast string) {
		fmt.Fprintf(c.Out, "%-62s %5.2f\n", what, median(rows[slow].wall)/median(rows[fast].wall))
	}
	ratio("snapshot, times as fast as mongodump --gzip", rowDump, rowSnapshot)
	ratio("restore, times as fast as mongorestore's defaults", rowDefaults, rowRestore)
	ratio("restore, times as fast as mongorestore at its best", rowBest, rowRestore)
	ratio("restore and verify, times as fast as mongorestore's defaults", rowDefaults, rowVerified)
	ratio("restore, times the limit's time", rowRestore, rowLimit)
	ratio("restore and verify, times the restore's time", rowVerified, rowRestore)
	fmt.Fprintf(c.Out, "%-62s %5.2f\n", "vault, times the size of the gzipped archive", float64(c.vault.manifestBytes())/float64(c.tools.archiveBytes()))
}
