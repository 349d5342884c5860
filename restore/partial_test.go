package restore_test

import (
	"maps"
	"strings"
	"testing"

	"tidemark"
	"tidemark/restore"
	"tidemark/restore/restoretest"
)

// partial is a choice, renamed, of what Fill made, and what a target that had
// before must have then.
func partial(b *bundle, before restoretest.State) (tidemark.RestoreOptions, restoretest.State) {
	want := maps.Clone(before)
	for from, to := range map[string]string{"shop.orders": "shop.orders", "shop.people": "copy.people", "log.journal": "copy.diary"} {
		want[to] = b.want[from]
	}
	delete(want, "elsewhere.things")
	return tidemark.RestoreOptions{
		Namespaces: []string{"shop", "log"}, Exclude: []string{"*.empty"},
		Renames: []tidemark.NamespaceRename{{From: "shop.peo*", To: "copy.peo*"}, {From: "log.journal", To: "copy.diary"}},
		Drop:    []string{"elsewhere.things"},
	}, want
}

func TestPartialRestore(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 300, 100)
	d, before := target(t)
	j := b.job(d)
	var want restoretest.State
	j.Options, want = partial(b, before)

	plan, err := restore.DryRun(t.Context(), j.Request)
	if err != nil || len(plan.Collections) != 3 || len(plan.Drops) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)

	report, err := j.attempt(t.Context())
	if err != nil || !report.Verified {
		t.Fatalf("%+v, %v", report, err)
	}
	restoretest.Same(t, restoretest.Read(t, d), want)
	var got []string
	for _, c := range report.Collections {
		got = append(got, c.Namespace+"<-"+c.From)
	}
	if all := strings.Join(got, " "); all != "copy.diary<-log.journal shop.orders<- copy.people<-shop.people" {
		t.Errorf("the report has %s", all)
	}
	if plan.Documents != report.Content.Documents || plan.Bytes != report.Content.Bytes || plan.ReadBytes == 0 || plan.Indexes != 2 {
		t.Errorf("the plan was %+v", plan)
	}
}

func TestExistingNamespacesAreRefused(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 30, 100)
	d, before := target(t)
	for _, o := range []tidemark.RestoreOptions{
		{Namespaces: []string{"shop.orders"}},
		{Exclude: []string{"log"}},
		{Exclude: []string{"shop.orders"}, Suffix: ""},
		{},
	} {
		o.Existing = tidemark.ExistingRefuse
		j := b.job(d)
		j.Options = o
		_, dry := restore.DryRun(t.Context(), j.Request)
		_, err := j.attempt(t.Context())
		want := tidemark.CodeNamespaceExists
		if len(o.Exclude) > 0 && o.Exclude[0] == "shop.orders" { // there is nothing of the rest
			want = ""
		}
		if tidemark.ErrorCode(dry) != want || tidemark.ErrorCode(err) != want {
			t.Errorf("%+v: %v, %v", o, dry, err)
		}
		if want != "" {
			restoretest.Same(t, restoretest.Read(t, d), before)
			continue
		}
		for ns, state := range b.want {
			if ns != "shop.orders" {
				before[ns] = state
			}
		}
	}
}
