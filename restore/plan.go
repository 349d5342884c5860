package restore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark"
	"tidemark/run"
	"tidemark/vault"
)

// Plan is what a restore will do to its target.
type Plan struct {
	// Staged are loaded beside the live collections and renamed over them,
	// largest first.
	Staged []Collection
	// InPlace cannot be renamed; they are replaced where they are.
	InPlace []Collection
	// Views are made again at the end.
	Views []tidemark.Collection
	// Drops are in the target but not in the snapshot.
	Drops []tidemark.Collection
	// Leftovers are staged collections of jobs that died.
	Leftovers []tidemark.Collection
	Documents int64
	Bytes     int64 // BSON bytes
	Warnings  []string
}

// Collection is one collection to load.
type Collection struct {
	tidemark.Collection
	// Front is the time-series collection whose buckets these are; else nil.
	Front *tidemark.Collection
	// Load is the name to load under: the staged one, or the collection's own.
	Load     string
	Runs     []run.RunRef
	Expected tidemark.Content
	// Natural says that the order of documents is part of the data.
	Natural bool
}

// indexes are those to build, and the name of the collection to build them on.
func (c *Collection) indexes() (string, tidemark.Collection) {
	if c.Front != nil {
		return c.Front.Name, *c.Front
	}
	return c.Load, c.Collection
}

// MakePlan plans the restore of a snapshot onto a target that holds live now.
// It has no side effects. CodeUnsupported if the target cannot hold what the
// snapshot has.
func MakePlan(job tidemark.ID, m *vault.Manifest, server tidemark.ServerInfo, live *tidemark.Catalogue) (*Plan, error) {
	p := &Plan{}
	snapshot := &tidemark.Catalogue{}
	for _, c := range m.Collections {
		snapshot.Collections = append(snapshot.Collections, c.Collection)
	}
	runs := runsByCollection(m)
	for i, c := range m.Collections {
		switch c.Type {
		case tidemark.TypeView:
			p.Views = append(p.Views, c.Collection)
		case tidemark.TypeCollection:
			p.add(job, i, c, runs[c.UUID], snapshot)
		}
	}
	if err := p.supported(server); err != nil {
		return nil, err
	}
	slices.SortStableFunc(p.Staged, func(a, b Collection) int { return cmp.Compare(b.Expected.Bytes, a.Expected.Bytes) })
	p.drops(job, snapshot, live)
	return p, nil
}

func (p *Plan) add(job tidemark.ID, i int, c vault.ManifestCollection, runs []run.RunRef, snapshot *tidemark.Catalogue) {
	out := Collection{
		Collection: c.Collection, Load: fmt.Sprintf("%s%s_%d", tidemark.StagePrefix, job, i),
		Runs: runs, Expected: c.Content, Natural: c.Natural,
	}
	p.Documents += c.Content.Documents
	p.Bytes += c.Content.Bytes
	if !strings.HasPrefix(c.Name, "system.") {
		p.Staged = append(p.Staged, out)
		return
	}
	out.Load = c.Name
	if name, ok := strings.CutPrefix(c.Name, "system.buckets."); ok {
		if front, found := snapshot.Find(c.DB, name); found {
			out.Front = &front
		}
	}
	p.InPlace = append(p.InPlace, out)
	p.Warnings = append(p.Warnings, fmt.Sprintf("%s cannot be loaded beside the live collection: it is replaced in place", c.Namespace()))
}

// supported refuses before anything is touched.
func (p *Plan) supported(server tidemark.ServerInfo) error {
	if !server.Embedded {
		return nil
	}
	for _, v := range p.Views {
		return tidemark.Errorf(tidemark.CodeUnsupported, "the snapshot has views, such as %s, which the embedded server lacks", v.Namespace()).
			WithHint("Restore onto a MongoDB deployment: tidemark instances add --name NAME --uri mongodb://…")
	}
	for _, c := range p.InPlace {
		if c.Front != nil {
			return tidemark.Errorf(tidemark.CodeUnsupported, "the snapshot has time-series collections, such as %s, which the embedded server lacks", c.Front.Namespace()).
				WithHint("Restore onto a MongoDB deployment: tidemark instances add --name NAME --uri mongodb://…")
		}
	}
	return nil
}

// drops finds what of the live catalogue goes.
func (p *Plan) drops(job tidemark.ID, snapshot, live *tidemark.Catalogue) {
	for _, c := range live.Collections {
		if rest, ok := strings.CutPrefix(c.Name, tidemark.StagePrefix); ok {
			if !strings.HasPrefix(rest, job.String()) {
				p.Leftovers = append(p.Leftovers, c)
			}
			continue
		}
		if _, ok := snapshot.Find(c.DB, c.Name); ok {
			continue
		}
		if c.IsBuckets() {
			continue // they go with their front
		}
		p.Drops = append(p.Drops, c)
	}
}

// runsByCollection sorts the runs of a manifest.
func runsByCollection(m *vault.Manifest) map[tidemark.UUID][]run.RunRef {
	out := map[tidemark.UUID][]run.RunRef{}
	for _, r := range m.Runs {
		out[r.Collection] = append(out[r.Collection], run.RunRef{
			Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last,
			Entries: r.Entries, RawBytes: r.RawBytes, StoredBytes: r.RunBytes,
		})
	}
	return out
}
