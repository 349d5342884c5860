package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark"
	"tidemark/client"
	"tidemark/jobs"
	"tidemark/node"
)

// captured runs a service that captures often.
func captured(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	n, err := node.Start(t.Context(), node.Config{DataDir: dir, Listen: "127.0.0.1:0", TuneJobs: func(c *jobs.Config) {
		c.PollInterval, c.ProgressInterval, c.TailFor = 20*time.Millisecond, 20*time.Millisecond, 300*time.Millisecond
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return "--data=" + dir
}

// TestWhatHappened drops a collection and asks for it, with a real server.
func TestWhatHappened(t *testing.T) {
	t.Parallel()
	data := captured(t)
	mustRun(t, "instances", "create", "shop", data, "--continuous")
	made := decode[client.Instance](t, mustRun(t, "instances", "get", "shop", data, "-o", "json"))
	db := connect(t, made.URI).Database("shop")
	orders := db.Collection("orders")
	do(t, orders.InsertOne, bson.D{{Key: "_id", Value: 42}, {Key: "state", Value: "new"}})
	taken(t, "shop", data)
	if _, err := orders.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: 42}}, bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: "paid"}}}}); err != nil {
		t.Fatal(err)
	}
	do(t, orders.InsertOne, bson.D{{Key: "_id", Value: "42"}})
	if err := orders.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(t, db.Collection("later").InsertOne, bson.D{{Key: "_id", Value: 1}})

	var list client.History
	await(t, func() bool {
		list = decode[client.History](t, mustRun(t, "history", "shop", data, "-o", "json", "--entries", "--ns", "shop.*"))
		n := len(list.Results)
		return n > 0 && list.Results[n-1].Namespace == "shop.later"
	})
	var drop client.HistoryEntry
	for _, e := range list.Results {
		if e.Kind == "drop" && e.Namespace == "shop.orders" {
			drop = e
		}
	}
	if drop.At == "" || drop.Before == "" {
		t.Fatalf("no drop among %+v", list.Results)
	}

	out := mustRun(t, "history", "shop", data)
	for _, part := range []string{"#", "shop.orders", "What took data away", drop.At, "tidemark restores start shop --at " + drop.Before} {
		if !strings.Contains(out, part) {
			t.Errorf("history printed no %q:\n%s", part, out)
		}
	}
	out = mustRun(t, "history", "shop", data, "--kind", "drop", "--ns", "shop.orders", "--around", drop.At, "--window", "1m")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[1], drop.At+" ") || !strings.HasPrefix(lines[2], "Not captured:") {
		t.Errorf("the drops are\n%s", out)
	}
	if got := mustRun(t, "get", "shop", "shop.orders", "42", data, "--at", drop.Before); !strings.Contains(got, `"state":"paid"`) {
		t.Errorf("get printed %s", got)
	}
	if got := mustRun(t, "get", "shop", "shop.orders", `"42"`, data, "--at", drop.Before); got != `{"_id":"42"}`+"\n" {
		t.Errorf("get printed %s", got)
	}
	snapshot := decode[struct{ Results []client.Snapshot }](t, mustRun(t, "snapshots", "list", "shop", data, "-o", "json")).Results
	if got := mustRun(t, "get", "shop", "shop.orders", "42", data, "--at", snapshot[0].ID); !strings.Contains(got, `"state":"new"`) {
		t.Errorf("get printed %s", got)
	}
	if _, err := command(t, "", "get", "shop", "shop.orders", "42", data, "--at", drop.At); tidemark.ErrorCode(err) != "RESOURCE_NOT_FOUND" || !strings.Contains(tidemark.ErrorHint(err), "tidemark history") {
		t.Errorf("of a dropped collection: %v", err)
	}
	out = mustRun(t, "history", "shop", data, "--ns", "shop.orders", "--id", "42", "--versions")
	for _, part := range []string{"base", `"state":"new"`, `"state":"paid"`, "drop", "(none)"} {
		if !strings.Contains(out, part) {
			t.Errorf("the versions lack %q:\n%s", part, out)
		}
	}
}

func connect(t *testing.T, uri string) *mongo.Client {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Disconnect(context.WithoutCancel(t.Context())) })
	return c
}

func do(t *testing.T, insert func(context.Context, any, ...options.Lister[options.InsertOneOptions]) (*mongo.InsertOneResult, error), doc bson.D) {
	t.Helper()
	if _, err := insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, ask func() bool) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	limit := time.After(time.Minute)
	for !ask() {
		select {
		case <-ticker.C:
		case <-limit:
			t.Fatal("it has not come about within a minute")
		}
	}
}

func TestTimesOfDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"11:59": "2026-03-01T11:59:00Z", "12:00:00": "2026-03-01T12:00:00Z", "12:01": "2026-02-28T12:01:00Z",
		"1772366400:3": "1772366400:3", "12:1": "12:1", "": "", "2026-03-01T12:00:00Z": "2026-03-01T12:00:00Z",
	} {
		if got := clockTime(text, now); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
}

func TestWrongQuestionsForHistory(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"history"}, {"history", "shop", "--versions"}, {"history", "shop", "--around", "12:00", "--from", "11:00"},
		{"history", "shop", "--around", "12:00", "--window", "0s"}, {"get", "shop", "shop.orders", "1"}, {"get", "shop", "shop.orders"},
	} {
		if _, err := command(t, "", args...); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
