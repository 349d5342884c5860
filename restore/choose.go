package restore

import (
	"slices"
	"strings"

	"tidemark"
	"tidemark/vault"
)

const bucketsPrefix = "system.buckets."

// frontOf is the time-series collection whose buckets c is.
func (p *planner) frontOf(c tidemark.Collection) (tidemark.Collection, bool) {
	name, ok := strings.CutPrefix(c.Name, bucketsPrefix)
	if !ok {
		return tidemark.Collection{}, false
	}
	front, found := p.snapshot[c.DB+"."+name]
	return front, found && front.Type == tidemark.TypeTimeseries
}

// choose decides what is brought, and under which names.
func (p *planner) choose() error {
	p.names, p.taken = map[string]string{}, map[string]string{}
	for _, c := range p.manifest.Collections {
		asked := c.Namespace()
		front, buckets := p.frontOf(c.Collection)
		if buckets {
			asked = front.Namespace()
		}
		if !p.options.Picks(asked) {
			continue
		}
		to := p.options.NameFor(asked)
		if buckets {
			db, name, _ := strings.Cut(to, ".")
			to = db + "." + bucketsPrefix + name
		}
		if before, double := p.taken[to]; double {
			return badOption(p.renaming(), "%s and %s would both come back as %s", before, c.Namespace(), to)
		}
		p.names[c.Namespace()], p.taken[to] = to, c.Namespace()
	}
	if len(p.names) == 0 && p.options.Chosen() && len(p.options.Drop) == 0 {
		return badOption("namespaces", "nothing of the snapshot is chosen")
	}
	return nil
}

// renaming is the option to blame for names on the target.
func (p *planner) renaming() string {
	if len(p.options.Renames) == 0 && p.options.Suffix != "" {
		return "suffix"
	}
	return "renames"
}

func badOption(attribute, format string, args ...any) *tidemark.Error {
	return tidemark.Errorf(tidemark.CodeInvalidAttribute, format, args...).WithParams(attribute)
}

// bring lists what is loaded and made.
func (p *planner) bring() error {
	runs, stored := runsByCollection(p.manifest), map[tidemark.UUID]int64{}
	for _, r := range p.manifest.Runs {
		stored[r.Collection] += r.StoredBytes
	}
	isLive := map[string]bool{}
	for _, c := range p.live.Collections {
		isLive[c.Namespace()] = true
	}
	for i, c := range p.manifest.Collections {
		to, ok := p.names[c.Namespace()]
		if !ok {
			continue
		}
		moved := c.Collection
		moved.DB, moved.Name, _ = strings.Cut(to, ".")
		p.plan.order = append(p.plan.order, to)
		switch c.Type {
		case tidemark.TypeView:
			if err := p.moveView(&moved, c.Collection); err != nil {
				return err
			}
			p.plan.Views = append(p.plan.Views, View{Collection: moved, From: c.Namespace(), Replaces: isLive[to]})
		case tidemark.TypeTimeseries:
			p.plan.fronts[to] = moved
		case tidemark.TypeCollection:
			p.plan.ReadBytes += stored[c.UUID]
			p.load(i, c, Collection{
				Collection: moved, From: c.Namespace(), Runs: runs[c.UUID], Expected: c.Content, Natural: c.Natural, Replaces: isLive[to],
			})
		}
	}
	return nil
}

// load adds the i-th collection of the manifest to those that are loaded.
func (p *planner) load(i int, c vault.ManifestCollection, out Collection) {
	p.plan.Documents += c.Content.Documents
	p.plan.Bytes += c.Content.Bytes
	if !strings.HasPrefix(out.Name, "system.") {
		out.Load = stageName(p.job, i)
		p.plan.Staged = append(p.plan.Staged, out)
		return
	}
	out.Load = out.Name
	if front, ok := p.frontOf(c.Collection); ok {
		front.DB, front.Name = out.DB, strings.TrimPrefix(out.Name, bucketsPrefix)
		out.Front = &front
	}
	p.plan.InPlace = append(p.plan.InPlace, out)
	p.note("%s cannot be loaded beside the live collection: it is replaced in place", out.Namespace())
}

// drop finds what of the live catalogue goes.
func (p *planner) drop() error {
	for _, ns := range p.options.Drop {
		if from, brought := p.taken[ns]; brought {
			return badOption("drop", "%s comes back from %s and cannot be dropped as well", ns, from)
		}
		p.plan.asked[ns] = true
	}
	whole := p.options.Whole()
	for _, c := range p.live.Collections {
		if rest, ok := strings.CutPrefix(c.Name, tidemark.StagePrefix); ok {
			if p.job == "" || !strings.HasPrefix(rest, p.job.String()) {
				p.plan.Leftovers = append(p.plan.Leftovers, c)
			}
			continue
		}
		_, brought := p.taken[c.Namespace()]
		if brought || c.IsBuckets() { // buckets go with their front
			continue
		}
		if whole || slices.Contains(p.options.Drop, c.Namespace()) {
			p.plan.Drops = append(p.plan.Drops, c)
		}
	}
	return nil
}
