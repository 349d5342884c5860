package node

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tidemark"
	"tidemark/atlas"
	"tidemark/client"
	"tidemark/embedded"
	"tidemark/export"
	"tidemark/history"
	"tidemark/jobs"
	"tidemark/mongo"
	"tidemark/service"
	"tidemark/store"
	"tidemark/vault"
)

// DefaultListen is where a service listens unless told otherwise.
const DefaultListen = "127.0.0.1:8080"

// Config says where a node lives. DataDir is required.
type Config struct {
	DataDir string
	// Listen is HOST:PORT; DefaultListen if empty. Port 0 is any free one.
	Listen string
	// Executable is run again for embedded servers; "" is this program, whose
	// main must call embedded.RunIfChild.
	Executable string
	// Env is the environment of those processes; nil is this program's.
	Env    []string
	Logger *slog.Logger // nil discards
	// PublicURL is where clients reach the service, such as the address of a
	// proxy, for the links in answers; "" follows the request's Host header.
	PublicURL string
	// TrustedProxies are the networks of the proxies before the service, whose
	// X-Forwarded-For says who the client is, for access lists and the audit log.
	TrustedProxies []netip.Prefix
	// Deployment tunes the connections to all deployments; zero is fit for use.
	Deployment mongo.Options
	// MetricsListen is HOST:PORT of a listener that answers Prometheus at
	// /metrics, without authentication; "" for none.
	MetricsListen string
	// RateLimits answers 429 to whoever asks more often than Atlas allows.
	RateLimits bool
	// RefuseSunset answers 410 where Atlas has ended a version of a resource.
	RefuseSunset bool
	// ExportStorage is the address of the object storage that snapshots are
	// exported to, as package export takes it; "" for none.
	ExportStorage string
	// SafetyRetention is how long the snapshots are kept that restores take of
	// their targets; zero: jobs.SafetyRetentionDefault.
	SafetyRetention time.Duration
	// TuneJobs may change how jobs are run, in tests; nil leaves it.
	TuneJobs func(*jobs.Config)
}

// Node is a running service.
type Node struct {
	cfg         Config
	log         *slog.Logger
	credentials client.Credentials
	store       *store.DB
	bucket      *vault.DirBucket
	vault       *vault.Vault
	deployments *deployments
	servers     *embedded.Supervisor
	removing    sync.Mutex // held while a server is removed, or brought back late
	exports     export.Storage
	jobs        *jobs.Jobs
	service     *service.Service
	listener    net.Listener
	metricsAddr string
	http        *http.Server
	served      chan error
	stopping    chan struct{}                 // closed when the listener is about to stop
	closers     []func(context.Context) error // in the order of opening
}

// Start opens the data directory and begins to serve.
func Start(ctx context.Context, cfg Config) (_ *Node, err error) {
	if cfg.DataDir == "" {
		return nil, tidemark.Errorf(tidemark.CodeMissingAttribute, "no data directory is given").WithHint("Give --data DIR")
	}
	if cfg.Listen == "" {
		cfg.Listen = DefaultListen
	}
	if err := checkPublicURL(cfg.PublicURL); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	n := &Node{cfg: cfg, log: cfg.Logger, served: make(chan error, 1), stopping: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close(context.WithoutCancel(ctx)))
		}
	}()
	for _, open := range []func(context.Context) error{
		n.openStorage, n.openExports, n.listen, n.openService, n.startMaintenance, n.startServers, n.startJobs, n.serveMetrics, n.serve,
	} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// checkPublicURL wants scheme and authority, no more.
func checkPublicURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "the public address of the service is not one: %q", s).
			WithHint("It looks like https://backup.example.net, without a path.")
	}
	return nil
}

// openStorage opens master key, store and vault, in that order: the store's
// lock keeps other processes away from the vault.
func (n *Node) openStorage(ctx context.Context) error {
	dir := n.cfg.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "the data directory cannot be made: %w", err).
			WithHint("Choose a directory that this user may write to.")
	}
	master, err := vault.LoadOrCreateMasterKey(filepath.Join(dir, "master.key"))
	if err != nil {
		return err
	}
	n.store, err = store.Open(ctx, store.Config{Path: filepath.Join(dir, "tidemark.db"), Sealer: master, Logger: n.log})
	if err != nil {
		return err
	}
	n.onClose(func(context.Context) error { return n.store.Close() })
	n.bucket, err = vault.OpenDirBucket(filepath.Join(dir, "vault"))
	if err != nil {
		return err
	}
	n.onClose(func(context.Context) error { return n.bucket.Close() })
	n.vault = vault.Open(n.bucket, master)
	return nil
}

func (n *Node) openService(ctx context.Context) error {
	n.deployments = newDeployments(n.cfg.Deployment)
	var err error
	n.service, err = service.New(service.Config{
		Store: n.store, Probe: n.deployments.probe, RedactURI: mongo.RedactURI, Downloads: n,
		Histories: history.New(n.store, n.vault), Planner: restorer{n},
	})
	if err != nil {
		return err
	}
	return n.keepCredentials(ctx)
}

// startServers starts the embedded servers of all instances, at once.
func (n *Node) startServers(ctx context.Context) error {
	n.servers = embedded.NewSupervisor(embedded.SupervisorConfig{
		Executable: n.cfg.Executable, Env: n.cfg.Env, Logger: n.log, OnChange: n.serverChanged,
	})
	n.onClose(n.servers.Close)
	n.onClose(n.deployments.close) // servers wait for their clients
	return n.resumeServers(ctx)
}

func (n *Node) startJobs(ctx context.Context) error {
	var err error
	cfg := jobs.Config{
		DB: n.store.Writer(), Store: n.store, Logger: n.log,
		Provisioner: provisioner{n}, Capturer: capturer{n}, Restorer: restorer{n}, Tailer: tailer{n}, Exporter: exporter{n},
		SafetyRetention: n.cfg.SafetyRetention,
	}
	if n.cfg.TuneJobs != nil {
		n.cfg.TuneJobs(&cfg)
	}
	if n.jobs, err = jobs.New(ctx, cfg); err != nil {
		return err
	}
	n.store.SetEnqueuer(n.jobs)
	// The jobs end by Stop, which lets them put themselves back, not by ctx.
	if err := n.jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	n.onClose(n.jobs.Stop)
	return nil
}

func (n *Node) listen(ctx context.Context) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", n.cfg.Listen)
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "cannot listen on %s: %w", n.cfg.Listen, err).
			WithHint("Give another address with --listen HOST:PORT; port 0 takes any free one.")
	}
	n.listener = listener
	n.onClose(func(context.Context) error {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

func (n *Node) serve(context.Context) error {
	handler := atlas.NewHandler(atlas.Config{
		Service: n.service, BaseURL: func() string { return strings.TrimRight(n.cfg.PublicURL, "/") }, Logger: n.log,
		RateLimits: n.cfg.RateLimits, RefuseSunset: n.cfg.RefuseSunset, Stopping: n.stopping,
		TrustedProxies: n.cfg.TrustedProxies,
	})
	n.http = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(n.log.Handler(), slog.LevelWarn),
	}
	go func() {
		err := n.http.Serve(n.listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		n.served <- err
		close(n.served) // whoever asks again learns that it is over
	}()
	n.onClose(n.stopServing)
	return nil
}

// stopServing lets requests under way finish, downloads excepted: those are
// cut, and can be gone on with.
func (n *Node) stopServing(ctx context.Context) error {
	close(n.stopping)
	grace, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := n.http.Shutdown(grace); err != nil {
		_ = n.http.Close()
	}
	return <-n.served
}

// Credentials are those of credentials.json.
func (n *Node) Credentials() client.Credentials { return n.credentials }

// BaseURL is where the API is, such as http://127.0.0.1:8080.
func (n *Node) BaseURL() string { return n.credentials.BaseURL }

// MetricsAddr is HOST:PORT where the metrics are; "" if they are not served.
func (n *Node) MetricsAddr() string { return n.metricsAddr }

// Failed gives the error of a listener that broke; it never does after Stop.
func (n *Node) Failed() <-chan error { return n.served }

// Stop ends the service; see the package comment for the order.
func (n *Node) Stop(ctx context.Context) error { return n.close(ctx) }

func (n *Node) onClose(f func(context.Context) error) { n.closers = append(n.closers, f) }

func (n *Node) close(ctx context.Context) error {
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		errs = append(errs, n.closers[i](ctx))
	}
	n.closers = nil
	return errors.Join(errs...)
}
