package node

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tidemark"
)

// metricsTimeout bounds what one scrape may take.
const metricsTimeout = 10 * time.Second

// captureMetrics reads how far the captures are, when it is scraped. Times are
// cluster times, in seconds since 1970, so that they compare with one another.
type captureMetrics struct {
	store                                               tidemark.Store
	lag, position, window, gap, failing, entries, bytes *prometheus.Desc
}

func newCaptureMetrics(store tidemark.Store) *captureMetrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("tidemark_capture_"+name, help, []string{"project", "instance"}, nil)
	}
	return &captureMetrics{
		store:    store,
		lag:      desc("lag_seconds", "How far capture was behind its source when it last looked."),
		position: desc("position_seconds", "Cluster time of the last entry that is captured."),
		window:   desc("window_start_seconds", "Earliest cluster time that can be restored; 0 if there is none yet."),
		gap:      desc("gap_after_seconds", "Cluster time after which entries were lost last; 0 if none ever were."),
		failing:  desc("failing", "1 while capture does not go on, else 0."),
		entries:  desc("slice_entries", "Oplog entries that are kept."),
		bytes:    desc("slice_bytes", "Bytes that they take in the vault."),
	}
}

// Describe implements prometheus.Collector.
func (m *captureMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.lag, m.position, m.window, m.gap, m.failing, m.entries, m.bytes} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m *captureMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), metricsTimeout)
	defer cancel()
	err := m.store.View(ctx, func(tx tidemark.Tx) error {
		instances, err := tx.CapturedInstances(ctx)
		if err != nil {
			return err
		}
		for _, i := range instances {
			if err := m.collect(ctx, tx, i, out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		out <- prometheus.NewInvalidMetric(m.lag, err)
	}
}

func (m *captureMetrics) collect(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, out chan<- prometheus.Metric) error {
	c, err := tx.Capture(ctx, i.ID)
	if err != nil {
		return err
	}
	_, entries, _, stored, err := tx.SlicesTotal(ctx, i.ID)
	if err != nil {
		return err
	}
	failing := 0.0
	if c.FailCode != "" {
		failing = 1
	}
	for _, v := range []struct {
		desc  *prometheus.Desc
		value float64
	}{
		{m.lag, c.Lag().Seconds()}, {m.position, float64(c.Position.T)}, {m.window, float64(c.WindowStart.T)},
		{m.gap, float64(c.GapAfter.T)}, {m.failing, failing}, {m.entries, float64(entries)}, {m.bytes, float64(stored)},
	} {
		out <- prometheus.MustNewConstMetric(v.desc, prometheus.GaugeValue, v.value, i.ProjectID.String(), i.Name)
	}
	return nil
}

// serveMetrics answers Prometheus on a listener of its own, without
// authentication: it shows names of instances and numbers, and no more.
func (n *Node) serveMetrics(ctx context.Context) error {
	if n.cfg.MetricsListen == "" {
		return nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", n.cfg.MetricsListen)
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "cannot listen for metrics on %s: %w", n.cfg.MetricsListen, err).
			WithHint("Give another address with --metrics HOST:PORT.")
	}
	n.metricsAddr = listener.Addr().String()
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCaptureMetrics(n.store), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: metricsTimeout}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	n.onClose(func(context.Context) error {
		err := server.Close()
		if serveErr := <-done; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
		return err
	})
	return nil
}
