package restore

import (
	"cmp"
	"slices"

	"tidemark"
	"tidemark/run"
	"tidemark/vault"
)

// Plan is what a restore will do to its target. Namespaces are those of the
// target; From says where they come from.
type Plan struct {
	SnapshotID  tidemark.ID
	ClusterTime tidemark.Timestamp
	Source      tidemark.ServerInfo // that the snapshot was taken of
	Target      tidemark.ServerInfo
	// Staged are loaded beside the live collections and renamed over them,
	// largest first.
	Staged []Collection
	// InPlace cannot be renamed; they are replaced where they are.
	InPlace []Collection
	// Views are made again at the end.
	Views []View
	// Drops are namespaces of the target that go.
	Drops []tidemark.Collection
	// Leftovers are staged collections of jobs that died.
	Leftovers []tidemark.Collection
	Documents int64
	Bytes     int64 // BSON bytes
	ReadBytes int64 // of objects in the vault
	Warnings  []string

	order  []string                       // all namespaces that are brought, as the manifest lists them
	fronts map[string]tidemark.Collection // time-series collections, by namespace
	asked  map[string]bool                // namespaces that go because the options name them
}

// Collection is one collection to load.
type Collection struct {
	tidemark.Collection // as it will be on the target
	From                string
	// Front is the time-series collection whose buckets these are; else nil.
	Front *tidemark.Collection
	// Load is the name to load under: the staged one, or the collection's own.
	Load     string
	Runs     []run.RunRef
	Expected tidemark.Content
	// Natural says that the order of documents is part of the data.
	Natural  bool
	Replaces bool // the target has a collection or view of that name
}

// View is one view to make.
type View struct {
	tidemark.Collection // as it will be on the target
	From                string
	Replaces            bool
}

// indexes are those to build, and the name of the collection to build them on.
func (c *Collection) indexes() (string, tidemark.Collection) {
	if c.Front != nil {
		return c.Front.Name, *c.Front
	}
	return c.Load, c.Collection
}

// MakePlan plans the restore of a snapshot, by options, onto a target that
// holds live now. It has no side effects. Errors: CodeInvalidAttribute for
// options that do not fit the snapshot; CodeVersionMismatch by the rule of
// tidemark.CheckRestoreVersions; CodeUnsupported if the target cannot hold what
// the snapshot has. A job of "" takes all staged collections for leftovers.
func MakePlan(job tidemark.ID, m *vault.Manifest, o tidemark.RestoreOptions, server tidemark.ServerInfo, live *tidemark.Catalogue) (*Plan, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if !server.Embedded && !m.Server.Embedded {
		if err := tidemark.CheckRestoreVersions(m.Server.Version, server.Version); err != nil {
			return nil, err
		}
	}
	p := &planner{job: job, manifest: m, options: o, live: live, snapshot: map[string]tidemark.Collection{}, plan: &Plan{
		SnapshotID: m.SnapshotID, ClusterTime: m.ClusterTime, Source: m.Server, Target: server,
		fronts: map[string]tidemark.Collection{}, asked: map[string]bool{},
	}}
	for _, c := range m.Collections {
		p.snapshot[c.Namespace()] = c.Collection
	}
	for _, step := range []func() error{p.choose, p.checkNames, p.bring, p.supported, p.drop} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p.warn()
	slices.SortStableFunc(p.plan.Staged, func(a, b Collection) int { return cmp.Compare(b.Expected.Bytes, a.Expected.Bytes) })
	return p.plan, nil
}

// planner makes a plan.
type planner struct {
	job      tidemark.ID
	manifest *vault.Manifest
	options  tidemark.RestoreOptions
	live     *tidemark.Catalogue
	snapshot map[string]tidemark.Collection // by namespace
	// names are the namespaces that are brought, from those of the snapshot to
	// those of the target, and taken the other way.
	names, taken map[string]string
	plan         *Plan
}

// refuseExisting applies tidemark.ExistingRefuse.
func (p *Plan) refuseExisting(o tidemark.RestoreOptions) error {
	if o.Existing != tidemark.ExistingRefuse {
		return nil
	}
	refuse := func(ns, what string) error {
		return tidemark.Errorf(tidemark.CodeNamespaceExists, "the target has %s, which the restore would %s", ns, what).
			WithHint("The target is untouched. Bring it back under another name, or allow the restore to replace what is there.").
			WithParams(ns)
	}
	for _, all := range [][]Collection{p.Staged, p.InPlace} {
		for _, c := range all {
			if c.Replaces {
				return refuse(c.Namespace(), "replace")
			}
		}
	}
	for _, v := range p.Views {
		if v.Replaces {
			return refuse(v.Namespace(), "replace")
		}
	}
	for _, c := range p.Drops {
		if !p.asked[c.Namespace()] {
			return refuse(c.Namespace(), "drop")
		}
	}
	return nil
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
