package main

import (
	"strings"
	"testing"
	"time"

	"tidemark/client"
)

// TestEvents reads the audit log of a service in which a little has happened.
func TestEvents(t *testing.T) {
	t.Parallel()
	data := "--data=" + service(t)
	mustRun(t, "instances", "create", "shop", data)
	mustRun(t, "instances", "create", "other", data)
	before := time.Now().UTC().Truncate(time.Second)
	mustRun(t, "snapshots", "take", "shop", data)

	of := func(args ...string) []client.Event {
		out := mustRun(t, append([]string{"events", data, "-o", "json"}, args...)...)
		return decode[struct{ Results []client.Event }](t, out).Results
	}
	all := of()
	if len(all) < 4 || all[0].Created.Before(all[len(all)-1].Created) {
		t.Fatalf("the events are %+v", all)
	}
	shop := of("--instance", "shop")
	if len(shop) == 0 || len(shop) >= len(all) {
		t.Errorf("%d of %d events are of the instance", len(shop), len(all))
	}
	for _, e := range shop {
		if e.ClusterName != "shop" {
			t.Errorf("it is an event of %q", e.ClusterName)
		}
	}
	made := of("--type", "serverless_instance_created")
	if len(made) != 2 || made[0].Type != "SERVERLESS_INSTANCE_CREATED" {
		t.Errorf("the events of the type are %+v", made)
	}
	for _, e := range of("--since", before.Format(time.RFC3339)) {
		if e.Created.Before(before) {
			t.Errorf("%s is before %s", e.Created, before)
		}
	}
	if later := of("--since", before.Add(time.Hour).Format(time.RFC3339)); len(later) != 0 {
		t.Errorf("events of the future are %+v", later)
	}
	if two := of("--limit", "2"); len(two) != 2 || two[0].ID != all[0].ID {
		t.Errorf("the newest two are %+v", two)
	}
	out := mustRun(t, "events", data, "--limit", "2")
	if !strings.Contains(out, "TIME") || !strings.Contains(out, "more") || strings.Count(out, "\n") != 4 {
		t.Errorf("it prints\n%s", out)
	}
	out = mustRun(t, "events", data, "--instance", "shop", "--limit", "0")
	for _, part := range []string{"SERVERLESS_INSTANCE_CREATED", "127.0.0.1", "snapshotId"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	for _, bad := range [][]string{{"--since", "yesterday"}, {"--type", "not a type"}, {"--limit", "-1"}, {"shop"}} {
		if out, err := command(t, "", append([]string{"events", data}, bad...)...); err == nil {
			t.Errorf("%v prints\n%s", bad, out)
		}
	}
}
