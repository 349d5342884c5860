package node_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"tidemark/client"
	"tidemark/node"
)

func TestMetricsOfCapture(t *testing.T) {
	t.Parallel()
	n, err := node.Start(t.Context(), node.Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	c := client.New(n.Credentials())
	t.Cleanup(c.Close)
	project := n.Credentials().GroupID
	if _, err := c.CreateInstance(t.Context(), project, client.NewInstance{Name: "shop", ContinuousBackup: true}); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.MetricsAddr()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", resp.StatusCode, err)
	}
	for _, name := range []string{"lag_seconds", "position_seconds", "window_start_seconds", "gap_after_seconds", "failing", "slice_entries", "slice_bytes"} {
		want := `tidemark_capture_` + name + `{instance="shop",project="` + project + `"}`
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if strings.Contains(string(body), "mongodb://") {
		t.Error("a connection string is in the metrics")
	}
}
