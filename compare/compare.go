package compare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"tidemark"
	"tidemark/mongo"
)

// Database is the one that a comparison makes, fills and drops.
const Database = "tidemark_compare"

// Defaults of Options.
const (
	DefaultDocuments = 100_000
	DefaultRounds    = 3
	DefaultWriters   = 4
)

// Options of a comparison. Zero numbers have the defaults above.
type Options struct {
	URI       string // the connection string of the deployment
	Documents int    // of about 1 kB each, in two collections
	Rounds    int
	Writers   int // goroutines that load, and workers of mongorestore at its best
	Dir       string
	Out       io.Writer
}

func (o Options) withDefaults() Options {
	o.Documents = cmp.Or(o.Documents, DefaultDocuments)
	o.Rounds = cmp.Or(o.Rounds, DefaultRounds)
	o.Writers = cmp.Or(o.Writers, DefaultWriters)
	return o
}

// comparison is one run of it.
type comparison struct {
	Options
	tools  tools
	target only
	data   *dataset
	vault  *shelf
	rows   []*row
	steps  string // of the last restore by Tidemark
}

// row is a contender and what it took, a number for each round.
type row struct {
	name    string
	run     func(context.Context) (time.Duration, error)
	restore bool // it fills the database, which is emptied before
	wall    []float64
	cpu     []float64
	bytes   int64 // of BSON that go through
}

// Run compares, and writes what it measures to Out.
func Run(ctx context.Context, o Options) (err error) {
	o = o.withDefaults()
	c := &comparison{Options: o}
	if c.tools, err = findTools(ctx); err != nil {
		return err
	}
	if c.Dir == "" {
		if c.Dir, err = os.MkdirTemp("", "tidemark-compare-"); err != nil {
			return tidemark.Errorf(tidemark.CodeInternal, "make a directory: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(c.Dir)) }()
	}
	deployment, err := mongo.Open(ctx, o.URI, mongo.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, deployment.Close(context.WithoutCancel(ctx))) }()
	c.target = only{deployment}
	if err := c.tools.configure(c.Dir, o.URI); err != nil {
		return err
	}
	if err := c.mustBeFree(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.target.DropDatabase(context.WithoutCancel(ctx), Database)) }()
	return c.compare(ctx)
}

// mustBeFree leaves a database alone that somebody else made.
func (c *comparison) mustBeFree(ctx context.Context) error {
	live, err := c.target.Catalogue(ctx)
	if err != nil {
		return err
	}
	if len(live.Collections) > 0 {
		return tidemark.Errorf(tidemark.CodeConflict, "the deployment has a database %s already", Database).
			WithHint("If a comparison that was killed has left it, drop it and start again.")
	}
	return nil
}

func (c *comparison) compare(ctx context.Context) error {
	server, err := c.target.Describe(ctx)
	if err != nil {
		return err
	}
	c.data = makeDataset(c.Documents, !server.Embedded)
	c.tools.noIndexes = server.Embedded
	fmt.Fprintf(c.Out, "MongoDB %s; %d documents, %.0f MB of BSON, %d indexes; %d rounds; mongodump and mongorestore %s\n",
		server.Version, c.data.documents(), float64(c.data.bytes())/1e6, c.data.indexes(), c.Rounds, c.tools.version)
	if c.vault, err = openShelf(c.Dir); err != nil {
		return err
	}
	defer c.vault.close()
	if _, err := c.limit(ctx); err != nil {
		return err
	}
	c.rows = c.contenders()
	for round := range c.Rounds {
		for _, r := range c.rows {
			if err := c.once(ctx, r, round == c.Rounds-1); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	c.print()
	return nil
}

// once runs a contender and, in the last round, sees what became of the data.
func (c *comparison) once(ctx context.Context, r *row, last bool) error {
	if r.restore {
		if err := c.target.DropDatabase(ctx, Database); err != nil {
			return err
		}
	}
	began := time.Now()
	cpu, err := r.run(ctx)
	if err != nil {
		return err
	}
	r.wall = append(r.wall, time.Since(began).Seconds())
	r.cpu = append(r.cpu, cpu.Seconds())
	if !last || !r.restore {
		return nil
	}
	return c.data.check(ctx, c.target)
}

// median of what rounds took.
func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
