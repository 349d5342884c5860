package restore

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// DryRun says what Run would do, and touches nothing: it asks the target what
// it is and has. It needs of the request Manifest, Target and Options; JobID
// may be "". The errors are those of MakePlan, and CodeNamespaceExists by
// tidemark.ExistingRefuse.
func DryRun(ctx context.Context, r Request) (tidemark.RestorePlan, error) {
	p, err := planFor(ctx, r)
	if err != nil {
		return tidemark.RestorePlan{}, err
	}
	if err := p.refuseExisting(r.Options); err != nil {
		return tidemark.RestorePlan{}, err
	}
	return p.Describe(), nil
}

// Describe tells the plan in the words of the API. OplogEntries is left to who
// knows of the oplog.
func (p *Plan) Describe() tidemark.RestorePlan {
	out := tidemark.RestorePlan{
		SnapshotID: p.SnapshotID, ClusterTime: p.ClusterTime,
		SourceVersion: p.Source.Version, TargetVersion: p.Target.Version,
		Collections: []tidemark.PlannedCollection{},
		Documents:   p.Documents, Bytes: p.Bytes, ReadBytes: p.ReadBytes, Warnings: p.Warnings,
	}
	for _, c := range p.Staged {
		out.Collections = append(out.Collections, c.describe())
	}
	for _, c := range p.InPlace {
		planned := c.describe()
		planned.InPlace = true
		out.Collections = append(out.Collections, planned)
	}
	for _, v := range p.Views {
		out.Collections = append(out.Collections, tidemark.PlannedCollection{
			Namespace: v.Namespace(), From: otherThan(v.Namespace(), v.From), Type: v.Type, Replaces: v.Replaces,
		})
	}
	for _, c := range out.Collections {
		out.Indexes += len(c.Indexes)
	}
	for _, c := range p.Drops {
		out.Drops = append(out.Drops, c.Namespace())
	}
	for _, c := range p.Leftovers {
		out.Leftovers = append(out.Leftovers, c.Namespace())
	}
	return out
}

// describe tells of buckets in the name of their time-series collection, as
// that is what people know. Documents counts the buckets.
func (c *Collection) describe() tidemark.PlannedCollection {
	_, of := c.indexes()
	out := tidemark.PlannedCollection{
		Namespace: c.Namespace(), From: otherThan(c.Namespace(), c.From), Type: of.Type, Replaces: c.Replaces, Estimated: c.Expected.Estimated,
		Documents: c.Expected.Documents, Bytes: c.Expected.Bytes, Indexes: indexNames(of.Indexes),
	}
	if c.Front != nil {
		out.Namespace, out.From = c.Front.Namespace(), strings.Replace(out.From, bucketsPrefix, "", 1)
	}
	return out
}

// otherThan is from where it differs from ns.
func otherThan(ns, from string) string {
	if from == ns {
		return ""
	}
	return from
}

// indexNames are the names of the indexes but that of _id.
func indexNames(indexes []bson.Raw) []string {
	var out []string
	for _, index := range indexes {
		if name, _ := index.Lookup("name").StringValueOK(); name != "_id_" {
			out = append(out, name)
		}
	}
	return out
}

// reports are the parts of the report, without what was read back, as the
// manifest lists them.
func (p *Plan) reports() []tidemark.CollectionReport {
	found := map[string]tidemark.CollectionReport{}
	for _, all := range [][]Collection{p.Staged, p.InPlace} {
		for _, c := range all {
			found[c.Namespace()] = tidemark.CollectionReport{
				From: otherThan(c.Namespace(), c.From), Type: c.Type, Indexes: len(c.Indexes), Expected: c.Expected,
			}
		}
	}
	for _, v := range p.Views {
		found[v.Namespace()] = tidemark.CollectionReport{From: otherThan(v.Namespace(), v.From), Type: v.Type}
	}
	for ns, f := range p.fronts {
		found[ns] = tidemark.CollectionReport{Type: f.Type, Indexes: len(f.Indexes)}
	}
	out := []tidemark.CollectionReport{}
	for _, ns := range p.order {
		entry := found[ns]
		entry.Namespace = ns
		out = append(out, entry)
	}
	return out
}
