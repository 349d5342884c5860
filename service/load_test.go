package service_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tidemark"
	"tidemark/atlas"
	"tidemark/service"
	"tidemark/store"
)

// The store of the API's budget (docs/performance.md): half of the snapshots
// and of the jobs are the first instance's.
const (
	loadInstances = 10_000
	loadSnapshots = 1_000_000
	loadJobs      = 100_000
	loadClients   = 4
)

// load is the API on a large store.
type load struct {
	cred    service.Credentials
	url     string
	token   string
	project string
}

// idOf is the n-th id.
func idOf(n int) tidemark.ID { return tidemark.ID(fmt.Sprintf("%024x", n)) }

// BenchmarkLoad reads the API over HTTP, with four clients at once that keep
// their connections, and reports the median and the 99th percentile of the
// latency of a read beside the requests a second. A client with digest
// authentication reuses no nonce, so a read is two requests.
func BenchmarkLoad(b *testing.B) {
	l := newLoad(b)
	group := "/api/atlas/v2/groups/" + l.project
	usual, crowded := group+"/serverless/i77/backup", group+"/serverless/i0/backup"
	paths := []struct{ name, path string }{
		{"instance", group + "/serverless/i77"},
		{"instances", group + "/serverless"},
		{"lastInstances", group + "/serverless?pageNum=100"},
		{"snapshot", usual + "/snapshots/" + string(idOf(154))},
		{"snapshots", usual + "/snapshots"},
		{"snapshotsOfHalfAMillion", crowded + "/snapshots"},
		{"snapshotsOfHalfAMillionPage50", crowded + "/snapshots?pageNum=50"},
		{"snapshotsOfHalfAMillionMiddle", crowded + "/snapshots?pageNum=2500"},
		{"snapshotsOfHalfAMillionLast", crowded + "/snapshots?pageNum=5000"},
		{"jobs", usual + "/restoreJobs"},
		{"jobsOfFiftyThousand", crowded + "/restoreJobs"},
	}
	for _, sign := range []struct {
		name string
		by   func(http.RoundTripper) http.RoundTripper
	}{{"bearer", l.byToken}, {"digest", l.byDigest}} {
		for _, p := range paths {
			b.Run(sign.name+"/"+p.name, func(b *testing.B) { l.read(b, p.path, sign.by) })
		}
	}
}

// read sends b.N reads from all clients together.
func (l *load) read(b *testing.B, path string, by func(http.RoundTripper) http.RoundTripper) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: loadClients}
	defer transport.CloseIdleConnections()
	turns, took := make(chan struct{}), make([][]time.Duration, loadClients)
	var clients sync.WaitGroup
	for c := range loadClients {
		signed := by(transport)
		clients.Go(func() {
			for range turns {
				began := time.Now()
				if err := get(b.Context(), signed, l.url+path); err != nil {
					b.Error(err)
				}
				took[c] = append(took[c], time.Since(began))
			}
		})
	}
	b.ResetTimer()
	for range b.N {
		turns <- struct{}{}
	}
	close(turns)
	clients.Wait()
	b.StopTimer()
	all := slices.Concat(took...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}

func get(ctx context.Context, t http.RoundTripper, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/vnd.atlas.2023-01-01+json")
	resp, err := t.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d, %w: %.200s", resp.StatusCode, err, body)
	}
	return nil
}

type signer func(*http.Request) (*http.Response, error)

func (s signer) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func (l *load) byToken(next http.RoundTripper) http.RoundTripper {
	return signer(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("Authorization", "Bearer "+l.token)
		return next.RoundTrip(r)
	})
}

// byDigest forgets the challenge after each read, as the clients of Atlas do.
func (l *load) byDigest(next http.RoundTripper) http.RoundTripper {
	return signer(func(r *http.Request) (*http.Response, error) {
		t := &digest.Transport{Username: l.cred.PublicKey, Password: l.cred.PrivateKey, Transport: next}
		return t.RoundTrip(r)
	})
}

// newLoad makes the store and serves it.
func newLoad(b *testing.B) *load {
	b.Helper()
	db := openStore(b)
	svc, err := service.New(service.Config{
		Store: db, RedactURI: redact, Downloads: &downloads{}, Histories: histories{},
		Probe: func(context.Context, string) (tidemark.ServerInfo, error) { return tidemark.ServerInfo{}, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	l := &load{}
	if _, err := svc.Bootstrap(b.Context(), func(c service.Credentials) error { l.cred = c; return nil }); err != nil {
		b.Fatal(err)
	}
	l.project = string(l.cred.GroupID)
	if err := l.fill(b.Context(), db); err != nil {
		b.Fatal(err)
	}
	token, err := svc.IssueToken(b.Context(), l.cred.ClientID, l.cred.ClientSecret)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(atlas.NewHandler(atlas.Config{Service: svc, Logger: slog.New(slog.DiscardHandler)}))
	b.Cleanup(server.Close)
	l.url, l.token = server.URL, token.Token
	return l
}

// fill makes the instances, one snapshot and one job, and has the database copy
// those.
func (l *load) fill(ctx context.Context, db *store.DB) error {
	project := tidemark.ID(l.project)
	err := db.Update(ctx, func(tx tidemark.Tx) error {
		for n := range loadInstances {
			i := &tidemark.Instance{
				ID: idOf(n), ProjectID: project, Name: fmt.Sprint("i", n), URI: "mongodb://user:secret@host/", Kind: tidemark.KindServerless,
				State: tidemark.StateIdle, MongoDBVersion: "7.0.42", BackingProvider: "AWS", Region: "US_EAST_1", CreatedAt: time.UnixMilli(int64(n + 1)),
			}
			if err := tx.CreateInstance(ctx, i); err != nil {
				return err
			}
		}
		s := &tidemark.Snapshot{
			ID: idOf(loadSnapshots + 1), ProjectID: project, InstanceID: idOf(1), InstanceName: "i", Status: tidemark.SnapshotCompleted,
			Type: tidemark.SnapshotScheduled, Frequency: tidemark.FrequencyDaily, Manifest: tidemark.RandomHex(16), MongoDBVersion: "7.0.42",
			CreatedAt: time.UnixMilli(1), ExpiresAt: time.UnixMilli(1e12), Epoch: 1, StorageBytes: 1 << 20,
		}
		if err := tx.CreateSnapshot(ctx, s); err != nil {
			return err
		}
		return tx.CreateRestoreJob(ctx, &tidemark.RestoreJob{
			ID: idOf(loadJobs + 1), ProjectID: project, InstanceID: idOf(1), InstanceName: "i", SnapshotID: s.ID, SnapshotAt: s.CreatedAt,
			DeliveryType: tidemark.DeliverAutomated, TargetProjectID: project, TargetName: "i2", State: tidemark.JobCompleted,
			CreatedAt: time.UnixMilli(1), FinishedAt: time.UnixMilli(2), Epoch: 1,
		})
	})
	if err != nil {
		return err
	}
	if err := copyRow(ctx, db.Writer(), "snapshots", loadSnapshots); err != nil {
		return err
	}
	return copyRow(ctx, db.Writer(), "restore_jobs", loadJobs)
}

// copyRow makes n copies of the only row of a table, with ids and times that
// count up, odd ones for the first instance, even ones for all in turn.
func copyRow(ctx context.Context, db *sql.DB, table string, n int) error {
	rows, err := db.QueryContext(ctx, "SELECT name FROM pragma_table_info('"+table+"')")
	if err != nil {
		return err
	}
	defer rows.Close()
	var names, values []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		value := map[string]string{
			"id":          "printf('%024x', n)",
			"instance_id": fmt.Sprintf("printf('%%024x', CASE n %% 2 WHEN 1 THEN 0 ELSE n / 2 %% %d END)", loadInstances),
			"created_at":  "n",
		}[name]
		if value == "" {
			value = "t." + name
		}
		names, values = append(names, name), append(values, value)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %s (%s)
		WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
		SELECT %s FROM c, (SELECT * FROM %s LIMIT 1) t`, table, strings.Join(names, ", "), n, strings.Join(values, ", "), table))
	return err
}
