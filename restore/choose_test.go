package restore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/restore"
	"tidemark/restore/restoretest"
	"tidemark/vault"
)

// shop is a snapshot with a bit of everything.
func shop(t *testing.T) *vault.Manifest {
	t.Helper()
	view := entry("shop.recent", tidemark.TypeView, 0)
	view.Options = restoretest.Raw(t, bson.D{{Key: "viewOn", Value: "orders"}, {Key: "pipeline", Value: bson.A{
		bson.D{{Key: "$lookup", Value: bson.D{{Key: "from", Value: "people"}, {Key: "as", Value: "who"}}}},
		bson.D{{Key: "$unionWith", Value: "old"}},
		bson.D{{Key: "$facet", Value: bson.D{{Key: "a", Value: bson.A{bson.D{{Key: "$unionWith", Value: bson.D{{Key: "coll", Value: "people"}}}}}}}}},
	}}})
	return &vault.Manifest{Collections: []vault.ManifestCollection{
		entry("log.web", tidemark.TypeCollection, 5),
		entry("shop.fs.chunks", tidemark.TypeCollection, 500),
		entry("shop.fs.files", tidemark.TypeCollection, 5),
		entry("shop.orders", tidemark.TypeCollection, 50),
		entry("shop.people", tidemark.TypeCollection, 40),
		view,
		entry("shop.system.buckets.weather", tidemark.TypeCollection, 7),
		entry("shop.weather", tidemark.TypeTimeseries, 0),
	}}
}

func dryRun(m *vault.Manifest, o tidemark.RestoreOptions, server tidemark.ServerInfo, live *tidemark.Catalogue) (tidemark.RestorePlan, error) {
	p, err := restore.MakePlan("", m, o, server, live)
	if err != nil {
		return tidemark.RestorePlan{}, err
	}
	return p.Describe(), nil
}

func TestPlanOfAChoice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options tidemark.RestoreOptions
		want    []string // namespace<-from
		drops   []string
		warning string // one of them
	}{
		"a database": {tidemark.RestoreOptions{Namespaces: []string{"log"}}, []string{"log.web<-"}, nil, ""},
		"all but": {
			tidemark.RestoreOptions{Exclude: []string{"shop.fs*", "shop.weather", "*.recent"}},
			[]string{"log.web<-", "shop.orders<-", "shop.people<-"}, nil, "",
		},
		"a time-series collection takes its buckets along": {
			tidemark.RestoreOptions{Namespaces: []string{"shop.weather"}, Renames: []tidemark.NamespaceRename{{From: "shop.w*r", To: "sky.*"}}},
			[]string{"sky.eathe<-shop.weather"}, nil, "in place",
		},
		"half of a GridFS bucket": {
			tidemark.RestoreOptions{Namespaces: []string{"shop.fs.files"}},
			[]string{"shop.fs.files<-"}, nil, "two halves",
		},
		"a view without what it reads": {
			tidemark.RestoreOptions{Namespaces: []string{"shop.recent", "shop.orders"}},
			[]string{"shop.orders<-", "shop.recent<-"}, nil, "reads shop.people, which is not restored",
		},
		"what is not there": {
			tidemark.RestoreOptions{Namespaces: []string{"log", "lug"}}, []string{"log.web<-"}, nil, "matches lug",
		},
		"a drop beside": {
			tidemark.RestoreOptions{Namespaces: []string{"log"}, Drop: []string{"shop.gone", "shop.never"}},
			[]string{"log.web<-"}, []string{"shop.gone"}, "",
		},
		"a drop alone": {
			tidemark.RestoreOptions{Namespaces: []string{"shop.gone"}, Drop: []string{"shop.gone"}}, nil, []string{"shop.gone"}, "",
		},
		"beside what is there": {
			tidemark.RestoreOptions{Suffix: "2", Namespaces: []string{"log"}}, []string{"log2.web<-log.web"}, nil, "",
		},
	} {
		p, err := dryRun(shop(t), c.options, tidemark.ServerInfo{}, live("log.mail", "log.web", "shop.gone", "shop.other"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, planned := range p.Collections {
			got = append(got, planned.Namespace+"<-"+planned.From)
			if planned.Replaces != (planned.Namespace == "log.web") {
				t.Errorf("%s: %+v", name, planned)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) || !slices.Equal(p.Drops, c.drops) {
			t.Errorf("%s: %v, drops %v", name, got, p.Drops)
		}
		if all := strings.Join(p.Warnings, "\n"); c.warning == "" && all != "" || !strings.Contains(all, c.warning) {
			t.Errorf("%s: warnings %q", name, p.Warnings)
		}
	}
}

func TestViewsReadWhatWasRenamed(t *testing.T) {
	t.Parallel()
	o := tidemark.RestoreOptions{Renames: []tidemark.NamespaceRename{{From: "shop.orders", To: "store.bills"}, {From: "shop.people", To: "store.folk"}, {From: "shop", To: "store"}}}
	p, err := restore.MakePlan("", shop(t), o, tidemark.ServerInfo{}, live())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"viewOn": "bills","pipeline": [{"$lookup": {"from": "folk","as": "who"}},{"$unionWith": "old"},{"$facet": {"a": [{"$unionWith": {"coll": "folk"}}]}}]}`
	if v := p.Views[0]; v.Namespace() != "store.recent" || v.Options.String() != want {
		t.Errorf("%s %s", v.Namespace(), v.Options)
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	rename := func(pairs ...string) (o tidemark.RestoreOptions) {
		for i := 0; i < len(pairs); i += 2 {
			o.Renames = append(o.Renames, tidemark.NamespaceRename{From: pairs[i], To: pairs[i+1]})
		}
		return o
	}
	long := strings.Repeat("x", 240)
	for name, c := range map[string]struct {
		options tidemark.RestoreOptions
		server  tidemark.ServerInfo
		want    string // code and last parameter
	}{
		"two of one name":            {rename("shop.orders", "shop.people"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"buckets of one name":        {rename("shop.weather", "shop.orders"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"a view out of its database": {rename("shop.orders", "other.orders"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"a name too long":            {rename("log.web", "log."+strings.Repeat("x", 252)), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"a name too long for shards": {rename("log.web", "log."+long), tidemark.ServerInfo{Sharded: true}, "invalid_attribute renames"},
		"a name too long for 4.2":    {rename("log.web", "log."+strings.Repeat("x", 120)), tidemark.ServerInfo{Version: "4.2.8"}, "invalid_attribute renames"},
		"an illegal name":            {rename("log.*", "log.$*"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"a system collection":        {rename("log.*", "log.system.*"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"a staged name":              {rename("log.*", "log.tidemark_restore_*"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"a database in other case":   {rename("log", "LIVE"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"two that differ in case":    {rename("log", "SHOP"), tidemark.ServerInfo{}, "invalid_attribute renames"},
		"a suffix too long":          {tidemark.RestoreOptions{Suffix: strings.Repeat("x", 61)}, tidemark.ServerInfo{}, "invalid_attribute suffix"},
		"nothing chosen":             {tidemark.RestoreOptions{Namespaces: []string{"nothing"}}, tidemark.ServerInfo{}, "invalid_attribute namespaces"},
		"a drop of what comes":       {tidemark.RestoreOptions{Drop: []string{"log.web"}}, tidemark.ServerInfo{}, "invalid_attribute drop"},
		"options that cannot be":     {tidemark.RestoreOptions{Writers: -1}, tidemark.ServerInfo{}, "invalid_attribute writers"},
		"an older server":            {tidemark.RestoreOptions{}, tidemark.ServerInfo{Version: "5.0.8"}, "version_mismatch 5.0.8"},
		"a name the embedded lacks":  {rename("log", "lög"), tidemark.ServerInfo{Embedded: true}, "invalid_attribute renames"},
	} {
		m := shop(t)
		m.Server.Version = "6.0.1"
		if c.server.Version == "4.2.8" {
			m.Server.Version = "4.2.8"
		}
		_, err := dryRun(m, c.options, c.server, live("live.x"))
		e, _ := err.(*tidemark.Error)
		if e == nil || fmt.Sprint(e.Code, " ", e.Params[len(e.Params)-1]) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
