package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
	"tidemark/jobs"
	"tidemark/node"
)

// stopWithin is how long a service may take to stop. Jobs note where they are
// within moments; the rest is for requests under way.
const stopWithin = 30 * time.Second

func newServe() *cobra.Command {
	var cfg node.Config
	var level string
	var proxies []string
	cmd := &cobra.Command{
		Use:   "serve --data DIR",
		Short: "Run the service",
		Long: `Run the service: the Atlas Admin API, the jobs and the embedded servers of one
data directory. The first start makes an organization, a project, an API key and a
service account, and writes DIR/credentials.json, which lets the other commands of
this machine in. Stop it with Ctrl-C or SIGTERM; jobs under way go on after a restart.

The listener speaks plain HTTP: beyond loopback, put a TLS proxy in front of it.`,
		Example: `  tidemark serve --data /var/lib/tidemark --listen 127.0.0.1:8080`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.DataDir == "" {
				cfg.DataDir = os.Getenv(client.EnvData)
			}
			if cfg.ExportStorage == "" {
				cfg.ExportStorage = os.Getenv("TIDEMARK_EXPORT_URL")
			}
			for _, p := range proxies {
				network, ok := tidemark.ParseNetwork(p)
				if !ok {
					return tidemark.Errorf(tidemark.CodeInvalidAttribute, "--trusted-proxy is an address or a network such as 10.0.0.0/8, not %q", p)
				}
				cfg.TrustedProxies = append(cfg.TrustedProxies, network)
			}
			var l slog.Level
			if err := l.UnmarshalText([]byte(level)); err != nil {
				return tidemark.Errorf(tidemark.CodeInvalidAttribute, "--log-level is debug, info, warn or error, not %q", level)
			}
			cfg.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: l}))
			return serve(cmd, cfg)
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.DataDir, "data", "", "data directory (or "+client.EnvData+"); made if it is not there")
	f.StringVar(&cfg.Listen, "listen", node.DefaultListen, "HOST:PORT to listen on; port 0 takes any free one")
	f.StringVar(&cfg.PublicURL, "public-url", "", "where clients reach the service, such as https://backup.example.net, for links in answers")
	f.StringSliceVar(&proxies, "trusted-proxy", nil, "address or network (CIDR) of a proxy whose X-Forwarded-For is believed; may be given again")
	f.StringVar(&cfg.MetricsListen, "metrics", "", "HOST:PORT to answer Prometheus on, at /metrics and without authentication; keep it private")
	f.BoolVar(&cfg.RateLimits, "rate-limits", true, "answer 429 to whoever asks more often than Atlas allows")
	f.BoolVar(&cfg.RefuseSunset, "refuse-sunset", false, "answer 410 to the versions of resources that Atlas has ended, the serverless ones among them")
	f.StringVar(&cfg.ExportStorage, "export-storage", "", "object storage that snapshots are exported to (or TIDEMARK_EXPORT_URL): file:///DIR, s3:// or https://HOST of a service that speaks S3; credentials as AWS_… variables")
	f.DurationVar(&cfg.SafetyRetention, "safety-retention", jobs.SafetyRetentionDefault, "how long the snapshots are kept that restores take of their targets, and so how long a restore can be undone")
	f.StringVar(&level, "log-level", "info", "debug, info, warn or error")
	return cmd
}

func serve(cmd *cobra.Command, cfg node.Config) error {
	ctx := cmd.Context()
	n, err := node.Start(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Tidemark serves %s\n", n.BaseURL())
	fmt.Fprintf(cmd.OutOrStdout(), "Keys are in %s/%s\n", cfg.DataDir, client.CredentialsFile)
	var broken error
	select {
	case <-ctx.Done():
		cfg.Logger.Info("stopping")
	case broken = <-n.Failed():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := n.Stop(stop); err != nil {
		return err
	}
	return broken
}
