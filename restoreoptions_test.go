package tidemark_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark"
)

func TestMatchNamespace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, namespace string
		want               bool
	}{
		{"shop", "shop.orders", true},
		{"shop", "shop2.orders", false},
		{"shop.orders", "shop.orders", true},
		{"shop.orders", "shop.orders.old", false},
		{"shop.*", "shop.orders.old", true},
		{"*.orders", "shop.orders", true},
		{"*.orders", "shop.old.orders", false}, // a star stays within its part
		{"s*p", "shop.orders", true},
		{"*", "shop.orders", true},
		{"shop.o*d*s", "shop.orders", true},
		{"shop.*ab*ab", "shop.ab", false},
		{"shop.*ab*ab", "shop.abab", true},
	} {
		if got := tidemark.MatchNamespace(c.pattern, c.namespace); got != c.want {
			t.Errorf("%s of %s: %v", c.namespace, c.pattern, got)
		}
	}
}

func TestNameFor(t *testing.T) {
	t.Parallel()
	o := tidemark.RestoreOptions{Suffix: "_1", Renames: []tidemark.NamespaceRename{
		{From: "shop.orders", To: "archive.orders2019"},
		{From: "shop", To: "store"},
		{From: "log*.*.day", To: "days.*.of.*"},
		{From: "*", To: "*_old"},
	}}
	for from, want := range map[string]string{
		"shop.orders":       "archive_1.orders2019",
		"shop.people":       "store_1.people",
		"shop.a.b":          "store_1.a.b",
		"log7.web.east.day": "days_1.7.of.web.east",
		"log7.web":          "log7_old_1.web",
	} {
		if got := o.NameFor(from); got != want {
			t.Errorf("%s comes back as %s, not %s", from, got, want)
		}
	}
}

// What stars stood for, put back in their places, is the namespace again.
func TestRenameToItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{1,5}\.[ab*.]{1,6}`).Draw(t, "pattern")
		ns := rapid.StringMatching(`[ab]{1,5}\.[ab.]{1,8}`).Draw(t, "namespace")
		o := tidemark.RestoreOptions{Renames: []tidemark.NamespaceRename{{From: pattern, To: pattern}}}
		if got := o.NameFor(ns); got != ns {
			t.Fatalf("%s becomes %s", ns, got)
		}
	})
}

func TestPicks(t *testing.T) {
	t.Parallel()
	o := tidemark.RestoreOptions{Namespaces: []string{"shop", "log.web*"}, Exclude: []string{"*.*tmp"}}
	for ns, want := range map[string]bool{
		"shop.orders": true, "shop.orders_tmp": false, "log.web1": true, "log.mail": false, "other.x": false,
	} {
		if o.Picks(ns) != want {
			t.Errorf("%s: %v", ns, !want)
		}
	}
	if only := (tidemark.RestoreOptions{Exclude: []string{"shop"}}); only.Picks("shop.x") || !only.Picks("log.x") || only.Whole() || !only.Chosen() {
		t.Error("what is not excluded is chosen")
	}
}

func TestRestoreOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	rename := func(from, to string) tidemark.RestoreOptions {
		return tidemark.RestoreOptions{Renames: []tidemark.NamespaceRename{{From: from, To: to}}}
	}
	for name, c := range map[string]struct {
		options   tidemark.RestoreOptions
		attribute string
	}{
		"an empty pattern":        {tidemark.RestoreOptions{Namespaces: []string{""}}, "namespaces"},
		"no collection":           {tidemark.RestoreOptions{Exclude: []string{"shop."}}, "exclude"},
		"no database":             {tidemark.RestoreOptions{Exclude: []string{".x"}}, "exclude"},
		"a pattern too long":      {tidemark.RestoreOptions{Namespaces: []string{strings.Repeat("x", 513)}}, "namespaces"},
		"too many patterns":       {tidemark.RestoreOptions{Namespaces: make([]string, 1001)}, "namespaces"},
		"a database to one":       {rename("shop", "shop.x"), "renames"},
		"unequal stars":           {rename("shop.*", "shop.x"), "renames"},
		"to a system database":    {rename("shop", "admin"), "renames"},
		"to no name":              {rename("shop.x", "a b.x"), "renames"},
		"a suffix that cannot be": {tidemark.RestoreOptions{Suffix: ".x"}, "suffix"},
		"a suffix too long":       {tidemark.RestoreOptions{Suffix: strings.Repeat("x", 63)}, "suffix"},
		"a rule":                  {tidemark.RestoreOptions{Existing: "merge"}, "existing"},
		"another rule":            {tidemark.RestoreOptions{SafetySnapshot: "x"}, "safetySnapshot"},
		"a rate":                  {tidemark.RestoreOptions{MaxBytesPerSecond: -1}, "maxBytesPerSecond"},
		"writers":                 {tidemark.RestoreOptions{Writers: 65}, "writers"},
		"a drop of a database":    {tidemark.RestoreOptions{Drop: []string{"shop"}}, "drop"},
		"a drop of the server's":  {tidemark.RestoreOptions{Drop: []string{"local.x"}}, "drop"},
	} {
		err := c.options.Validate()
		e, _ := err.(*tidemark.Error)
		if e == nil || e.Params[len(e.Params)-1] != c.attribute {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := tidemark.RestoreOptions{
		Namespaces: []string{"shop", "*.x"}, Renames: []tidemark.NamespaceRename{{From: "a*.x*", To: "b.*c*"}}, Suffix: "-copy",
		Existing: tidemark.ExistingRefuse, SafetySnapshot: tidemark.SafetyAlways, Writers: 8, MaxBytesPerSecond: 1 << 20, Drop: []string{"shop.a*"},
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
