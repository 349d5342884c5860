package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/archive"
	"tidemark/client"
	"tidemark/embedded"
	"tidemark/node"
	"tidemark/restore/restoretest"
)

func TestMain(m *testing.M) {
	embedded.RunIfChild()
	goleak.VerifyTestMain(m)
}

// service runs one for a test and returns its data directory.
func service(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	n, err := node.Start(t.Context(), node.Config{DataDir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// command runs the program with arguments and returns what it printed.
func command(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(io.Discard)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// must runs a command that has to succeed.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := command(t, "", args...)
	if err != nil {
		t.Fatalf("tidemark %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// decode reads the JSON that a command printed.
func decode[T any](t *testing.T, out string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return v
}

func TestTheMainJobByHand(t *testing.T) {
	t.Parallel()
	data := "--data=" + service(t)
	mustRun(t, "instances", "create", "shop", data)
	made := decode[client.Instance](t, mustRun(t, "instances", "get", "shop", data, "-o", "json"))
	d := restoretest.Connect(t, made.URI)
	restoretest.Fill(t, d, 200, 100)
	want := restoretest.Read(t, d)

	out := mustRun(t, "snapshots", "take", "shop", data, "--description", "by hand", "--keep-days", "3")
	if !strings.Contains(out, "completed") || !strings.Contains(out, "350") || !strings.Contains(out, "by hand") {
		t.Errorf("take printed\n%s", out)
	}
	if err := d.Drop(t.Context(), "shop", "orders"); err != nil {
		t.Fatal(err)
	}
	out = mustRun(t, "restores", "start", "shop", data, "--yes")
	for _, part := range []string{"completed", "shop.orders", "equal", "verified in"} {
		if !strings.Contains(out, part) {
			t.Errorf("restore printed no %q:\n%s", part, out)
		}
	}
	restoretest.Same(t, restoretest.Read(t, d), want)

	list := mustRun(t, "restores", "list", "shop", data)
	if !strings.Contains(list, "automated") || !strings.Contains(list, "100") {
		t.Errorf("list printed\n%s", list)
	}
	job := decode[struct{ Results []client.RestoreJob }](t, mustRun(t, "restores", "list", "shop", data, "-o", "json")).Results[0]
	if again := mustRun(t, "restores", "watch", "shop", job.ID, data); !strings.Contains(again, "shop.orders") {
		t.Errorf("watch printed\n%s", again)
	}
}

func TestADownloadByHand(t *testing.T) {
	t.Parallel()
	data := "--data=" + service(t)
	mustRun(t, "instances", "create", "shop", data)
	made := decode[client.Instance](t, mustRun(t, "instances", "get", "shop", data, "-o", "json"))
	restoretest.Fill(t, restoretest.Connect(t, made.URI), 20, 100)
	mustRun(t, "snapshots", "take", "shop", data)
	job := decode[client.RestoreJob](t, mustRun(t, "restores", "download", "shop", data, "-o", "json"))
	if len(job.DeliveryURL) != 1 {
		t.Fatalf("links %v", job.DeliveryURL)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, job.DeliveryURL[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	r, err := archive.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		_, _, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 35 {
		t.Errorf("%d documents in the archive", n)
	}
}

func TestRegisteredDeployment(t *testing.T) {
	t.Parallel()
	data := "--data=" + service(t)
	d := restoretest.Deployment(t)
	restoretest.Collection(t, d, "a", "b", 3, nil, func(i int) bson.D { return bson.D{{Key: "_id", Value: i}} })
	uri := uriOf(t)
	out, err := command(t, uri+"\n", "instances", "add", "--name", "mine", "--uri", "-", "--kind", "dedicated", data)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "IDLE") || !strings.Contains(out, "dedicated") {
		t.Errorf("add printed\n%s", out)
	}
	if _, err := command(t, "", "instances", "schedule", "mine", "--every", "2h", data); err == nil || !strings.Contains(err.Error(), "backup schedule") {
		t.Errorf("the schedule of a dedicated instance has policies, and still: %v", err)
	}
	if _, err := command(t, uri+"\n", "instances", "add", "--name", "other", "--uri", "-", data); err != nil {
		t.Fatal(err)
	}
	out = mustRun(t, "instances", "schedule", "other", "--every", "2h", "--keep", "72h", data)
	if !strings.Contains(out, "every 2h, kept 3 days") {
		t.Errorf("schedule printed\n%s", out)
	}
	if out := mustRun(t, "instances", "list", data); !strings.Contains(out, "mine") || !strings.Contains(out, "NEXT SNAPSHOT") {
		t.Errorf("list printed\n%s", out)
	}
	mustRun(t, "instances", "delete", "mine", "--yes", data)
}

// uriOf is the connection string of another deployment.
func uriOf(t *testing.T) string {
	t.Helper()
	s, err := embedded.Spawn(t.Context(), embedded.ProcessConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.WithoutCancel(t.Context())) })
	return s.URI()
}

func TestKeys(t *testing.T) {
	t.Parallel()
	dir := service(t)
	data := "--data=" + dir
	key := decode[client.APIKey](t, mustRun(t, "keys", "create", "--description", "looks", "--role", "ORG_READ_ONLY", data, "-o", "json"))
	if key.PublicKey == "" || key.PrivateKey == "" {
		t.Fatalf("%+v", key)
	}
	account := mustRun(t, "keys", "create", "--description", "robot", "--role", "ORG_OWNER", "--service-account", data)
	if !strings.Contains(account, "mdb_sa_sk_") {
		t.Errorf("create printed\n%s", account)
	}
	list := mustRun(t, "keys", "list", data)
	if !strings.Contains(list, key.PublicKey) || !strings.Contains(list, "robot") || strings.Contains(list, key.PrivateKey) {
		t.Errorf("list printed\n%s", list)
	}
	looks := client.New(client.Credentials{BaseURL: baseURLOf(t, dir), PublicKey: key.PublicKey, PrivateKey: key.PrivateKey})
	defer looks.Close()
	if _, err := looks.DefaultOrg(t.Context()); err != nil {
		t.Errorf("the new key is refused: %v", err)
	}
	access := []string{"keys", "access-list"}
	mustRun(t, append(access, "add", key.ID, "--network", "192.0.2.7", "--network", "10.0.0.0/8", data)...)
	if list := mustRun(t, append(access, "list", key.ID, data)...); !strings.Contains(list, "192.0.2.7/32") || !strings.Contains(list, "10.0.0.0/8") {
		t.Errorf("access-list list printed\n%s", list)
	}
	mustRun(t, append(access, "remove", key.ID, "--network", "10.0.0.0/8", data)...)
	if list := mustRun(t, append(access, "list", key.ID, data)...); strings.Contains(list, "10.0.0.0/8") {
		t.Errorf("access-list list printed\n%s", list)
	}
	mustRun(t, "keys", "rotate-signing-key", data)
	mustRun(t, "keys", "rotate-signing-key", "--revoke-tokens", data)
	mustRun(t, "keys", "delete", key.ID, "--yes", data)
	if _, err := looks.DefaultOrg(t.Context()); err == nil {
		t.Error("the deleted key still works")
	}
}

func baseURLOf(t *testing.T, dir string) string {
	t.Helper()
	c, err := client.ReadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c.BaseURL
}

func TestWrongWays(t *testing.T) {
	t.Parallel()
	data := "--data=" + service(t)
	mustRun(t, "instances", "create", "shop", data)
	nowhere := filepath.Join(t.TempDir(), "nothing")
	for _, c := range []struct {
		args []string
		says string
		hint string
	}{
		{[]string{"snapshots", "take", "nope", data}, "No cluster named nope", ""},
		{[]string{"snapshots", "take", data}, "takes NAME", "--help"},
		{[]string{"snapshots", "list", "shop", "--bogus", data}, "unknown flag", "--help"},
		{[]string{"restores", "start", "shop", data}, "replaces everything", "--yes"},
		{[]string{"restores", "start", "shop", "--ns", "shop.a", data}, "and nothing else", "--yes"},
		{[]string{"restores", "start", "shop", "--from", "a", data}, "--from is given 1 times", "pairs"},
		{[]string{"restores", "plan", "shop", "--existing", "keep", data}, "replace, refuse", ""},
		{[]string{"restores", "plan", "shop", "--rate", "fast", data}, "number of bytes", "20MB"},
		{[]string{"restores", "undo", "shop", tidemark.NewID().String(), data}, "replaces what", "--yes"},
		{[]string{"restores", "start", "shop", "--yes", data}, "no completed snapshot", "snapshots take"},
		{[]string{"instances", "add", "--name", "x", "--uri", "-", data}, "standard input is empty", "--uri"},
		{[]string{"instances", "add", "--name", "x", "--uri", "mongodb://u:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=200", data}, "does not answer", "reached"},
		{[]string{"instances", "create", "shop", data}, "already present", "another name"},
		{[]string{"instances", "delete", "shop", data}, "all its snapshots", "--yes"},
		{[]string{"instances", "list", "-o", "yaml", data}, "text or json", ""},
		{[]string{"instances", "list", "--data", nowhere}, "no credentials.json", "tidemark serve"},
		{[]string{"keys", "delete", tidemark.NewID().String(), "--yes", data}, "No API key", ""},
		{[]string{"serve", "--data", filepath.Join(os.DevNull, "x")}, "data directory", "Choose"},
		{[]string{"serve", "--data", nowhere, "--listen", "256.1.1.1:1"}, "cannot listen", "--listen"},
		{[]string{"serve", "--data", nowhere, "--public-url", "backup.example.net"}, "public address", "https://"},
		{[]string{"serve", "--data", nowhere, "--log-level", "loud"}, "--log-level", ""},
	} {
		_, err := command(t, "", c.args...)
		if err == nil {
			t.Errorf("tidemark %v: no error", c.args)
			continue
		}
		var shown bytes.Buffer
		printError(&shown, err)
		first, hint, _ := strings.Cut(shown.String(), "\n")
		if !strings.Contains(first, c.says) || !strings.Contains(hint, c.hint) {
			t.Errorf("tidemark %v:\n%s", c.args, shown.String())
		}
		if strings.Contains(shown.String(), "hunter2") {
			t.Errorf("tidemark %v shows a password", c.args)
		}
	}
	if out := mustRun(t, "instances", "list", data); strings.Count(out, "\n") != 2 {
		t.Errorf("something was changed:\n%s", out)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if out := mustRun(t, "version"); !strings.Contains(out, version) {
		t.Error(out)
	}
	if v := decode[map[string]string](t, mustRun(t, "version", "-o", "json")); v["version"] != version {
		t.Errorf("%v", v)
	}
}

func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		if c.Short == "" || c.RunE == nil && !c.HasSubCommands() {
			t.Errorf("%s has no help or does nothing", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(newRoot())
}
