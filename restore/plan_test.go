package restore_test

import (
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/restore"
	"tidemark/restore/restoretest"
	"tidemark/vault"
)

// entry is a collection of a manifest.
func entry(ns string, kind tidemark.CollectionType, bytes int) vault.ManifestCollection {
	db, name, _ := strings.Cut(ns, ".")
	c := vault.ManifestCollection{Collection: tidemark.Collection{DB: db, Name: name, Type: kind, UUID: tidemark.UUID([]byte(name + strings.Repeat("_", 16))[:16])}}
	if bytes > 0 {
		c.Content.Add(make([]byte, bytes))
	}
	return c
}

func live(namespaces ...string) *tidemark.Catalogue {
	out := &tidemark.Catalogue{}
	for _, ns := range namespaces {
		out.Collections = append(out.Collections, entry(ns, tidemark.TypeCollection, 0).Collection)
	}
	return out
}

func names[T any](all []T, name func(T) string) []string {
	out := []string{}
	for _, v := range all {
		out = append(out, name(v))
	}
	return out
}

func TestPlan(t *testing.T) {
	t.Parallel()
	job := tidemark.NewID()
	m := &vault.Manifest{Collections: []vault.ManifestCollection{
		entry("a.small", tidemark.TypeCollection, 10),
		entry("a.system.buckets.weather", tidemark.TypeCollection, 500),
		entry("a.system.js", tidemark.TypeCollection, 1),
		entry("a.view", tidemark.TypeView, 0),
		entry("a.weather", tidemark.TypeTimeseries, 0),
		entry("b.large", tidemark.TypeCollection, 1000),
	}}
	m.Runs = []vault.ManifestRun{{Object: "r", Collection: m.Collections[5].UUID, Sequence: 3, RunBytes: 7, StoredBytes: 9}}
	mine, others := tidemark.StagePrefix+job.String()+"_0", tidemark.StagePrefix+tidemark.NewID().String()+"_0"
	p, err := restore.MakePlan(job, m, tidemark.RestoreOptions{}, tidemark.ServerInfo{}, live("a.small", "a.gone", "a."+mine, "a."+others, "a.system.buckets.old", "c.gone"))
	if err != nil {
		t.Fatal(err)
	}
	ns := func(c restore.Collection) string { return c.Namespace() }
	plain := func(c tidemark.Collection) string { return c.Namespace() }
	for what, pair := range map[string][2][]string{
		"staged":    {names(p.Staged, ns), {"b.large", "a.small"}},
		"in place":  {names(p.InPlace, ns), {"a.system.buckets.weather", "a.system.js"}},
		"views":     {names(p.Views, func(v restore.View) string { return v.Namespace() }), {"a.view"}},
		"drops":     {names(p.Drops, plain), {"a.gone", "c.gone"}},
		"leftovers": {names(p.Leftovers, plain), {"a." + others}},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: %v, not %v", what, pair[0], pair[1])
		}
	}
	if large := p.Staged[0]; !strings.HasPrefix(large.Load, tidemark.StagePrefix+job.String()) || len(large.Runs) != 1 ||
		large.Runs[0].Sequence != 3 || large.Runs[0].StoredBytes != 7 {
		t.Errorf("b.large: %+v", large)
	}
	if front := p.InPlace[0].Front; front == nil || front.Name != "weather" {
		t.Errorf("the front of the buckets: %+v", front)
	}
	if p.Documents != 4 || p.Bytes != 1511 || len(p.Warnings) != 2 {
		t.Errorf("%d documents, %d bytes, warnings %q", p.Documents, p.Bytes, p.Warnings)
	}
}

func TestPlanRefusesWhatTheEmbeddedServerLacks(t *testing.T) {
	t.Parallel()
	for _, c := range [][]vault.ManifestCollection{
		{entry("a.view", tidemark.TypeView, 0)},
		{entry("a.system.buckets.w", tidemark.TypeCollection, 5), entry("a.w", tidemark.TypeTimeseries, 0)},
	} {
		_, err := restore.MakePlan(tidemark.NewID(), &vault.Manifest{Collections: c}, tidemark.RestoreOptions{}, tidemark.ServerInfo{Embedded: true}, live())
		if tidemark.ErrorCode(err) != tidemark.CodeUnsupported || tidemark.ErrorHint(err) == "" {
			t.Errorf("%s: %v", c[0].Namespace(), err)
		}
	}
}

func TestRestoreThatIsRefusedTouchesNothing(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 10, 10)
	view := entry("shop.view", tidemark.TypeView, 0)
	view.Options = restoretest.Raw(t, bson.D{{Key: "viewOn", Value: "orders"}})
	b.manifest.Collections = append(b.manifest.Collections, view)
	d, before := target(t)
	if _, err := b.job(d).attempt(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeUnsupported {
		t.Fatalf("%v", err)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)
	if left := restoretest.Staged(t, d); len(left) > 0 {
		t.Errorf("left staged: %v", left)
	}
}
