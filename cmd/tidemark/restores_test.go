package main

import (
	"strings"
	"testing"
	"time"

	"tidemark/client"
	"tidemark/mongo"
	"tidemark/restore/restoretest"
)

// taken takes a snapshot, or waits for the scheduled one that is under way.
func taken(t *testing.T, name, data string) client.Snapshot {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := command(t, "", "snapshots", "take", name, data, "-o", "json")
		if err == nil {
			return decode[client.Snapshot](t, out)
		}
		if !strings.Contains(err.Error(), "being taken already") || time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-tick.C
	}
}

// says runs a command, which must print all of the parts.
func says(t *testing.T, args []string, parts ...string) {
	t.Helper()
	out := mustRun(t, args...)
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("tidemark %s printed no %q:\n%s", strings.Join(args, " "), part, out)
		}
	}
}

// TestRestoreAPart plans, restores and undoes the restore of one collection.
func TestRestoreAPart(t *testing.T) {
	t.Parallel()
	data := captured(t)
	mustRun(t, "instances", "create", "shop", data)
	says(t, []string{"instances", "update", "shop", "--continuous-backup=true", data}, "point in time")
	shop := connected(t, "shop", data)
	restoretest.Fill(t, shop, 200, 100)
	before := taken(t, "shop", data).ID
	if err := shop.Drop(t.Context(), "shop", "orders"); err != nil {
		t.Fatal(err)
	}
	damaged := restoretest.Read(t, shop)

	part := []string{"shop", "--snapshot", before, "--ns", "shop.orders", data}
	says(t, append([]string{"restores", "plan"}, part...), "shop.orders", "new", "200 documents", "Nothing was done")
	restoretest.Same(t, restoretest.Read(t, shop), damaged)
	_, err := command(t, "", append([]string{"restores", "start"}, part...)...)
	if err == nil || !strings.Contains(err.Error(), "and nothing else") {
		t.Errorf("without --yes it says %v", err)
	}
	job := decode[client.RestoreJob](t, mustRun(t, append([]string{"restores", "start", "--yes", "-o", "json"}, part...)...))
	if job.SafetySnapshotID == "" || job.Options == nil || len(job.Options.Namespaces) != 1 {
		t.Errorf("the job is %+v", job)
	}
	if got := restoretest.Read(t, shop); len(got) != len(damaged)+1 {
		t.Errorf("after the restore of shop.orders there is %v", got)
	}
	says(t, []string{"restores", "get", "shop", job.ID, data}, "tidemark restores undo shop "+job.ID)
	says(t, []string{"restores", "undo", "shop", job.ID, "--yes", data}, "completed", "undoes")
	restoretest.Same(t, restoretest.Read(t, shop), damaged)

	beside := []string{"restores", "start", "shop", "--snapshot", before, "--from", "shop.orders", "--to", "shop.orders_before",
		"--ns", "shop.orders", "--existing", "refuse", "--no-verify", "--rate", "100MB", "--writers", "2", "--safety-snapshot", "never", data}
	says(t, beside, "completed", "shop.orders_before") // no --yes: it replaces nothing
	if _, err := command(t, "", beside...); err == nil || !strings.Contains(err.Error(), "orders_before") {
		t.Errorf("over what it made before it says %v", err)
	}
	jobs := decode[struct{ Results []client.RestoreJob }](t, mustRun(t, "restores", "list", "shop", data, "-o", "json")).Results
	for _, verb := range []string{"undo", "cancel"} {
		_, err := command(t, "", "restores", verb, "shop", jobs[1].ID, "--yes", data)
		if verb == "cancel" {
			_, err = command(t, "", "restores", verb, "shop", jobs[1].ID, data)
		}
		if err == nil {
			t.Errorf("%s of a job without a safety snapshot that has ended: no error", verb)
		}
	}
}

// TestCancelDownloadByHand takes a link back.
func TestCancelDownloadByHand(t *testing.T) {
	t.Parallel()
	data := "--data=" + service(t)
	mustRun(t, "instances", "create", "shop", data)
	mustRun(t, "snapshots", "take", "shop", data)
	job := decode[client.RestoreJob](t, mustRun(t, "restores", "download", "shop", data, "-o", "json"))
	says(t, []string{"restores", "cancel", "shop", job.ID, data}, "cancelled")
	if out, err := command(t, "", "restores", "get", "shop", job.ID, data); err == nil || strings.Contains(out, "http://") {
		t.Errorf("it is shown as\n%s, %v", out, err)
	}
}

func TestParseBytes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{"": 0, "1000000": 1e6, "20MB": 20e6, "512KiB": 512 << 10, "1.5 GB": 15e8, "7B": 7, "2k": 2000} {
		if got, err := parseBytes("rate", s); err != nil || got != want {
			t.Errorf("%q is %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"0", "-1", "MB", "20 apples", "1e40GB", "nan", "20MBps"} {
		if got, err := parseBytes("rate", s); err == nil {
			t.Errorf("%q is %d", s, got)
		}
	}
}

// connected connects to the server of an instance.
func connected(t *testing.T, name, data string) *mongo.Deployment {
	t.Helper()
	return restoretest.Connect(t, decode[client.Instance](t, mustRun(t, "instances", "get", name, data, "-o", "json")).URI)
}
