// Command tidemark backs MongoDB deployments up and restores them, and serves
// the Atlas Admin API for doing so.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/embedded"
)

func main() {
	// A service runs this binary again for every embedded server.
	embedded.RunIfChild()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := newRoot().ExecuteContext(ctx)
	stop()
	if err != nil {
		printError(os.Stderr, err)
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tidemark",
		Short: "Back up MongoDB deployments and restore them, through the Atlas Admin API",
		Long: `Tidemark takes snapshots of MongoDB deployments into a vault and restores them,
verified, when a client of the Atlas Admin API asks for it.

  tidemark demo              see the whole of it on this machine, within a minute
  tidemark serve --data DIR  run the service

The other commands talk to a running service: that of --data DIR or TIDEMARK_DATA
on this machine, or any other by TIDEMARK_URL and a key (TIDEMARK_PUBLIC_KEY and
TIDEMARK_PRIVATE_KEY, or TIDEMARK_CLIENT_ID and TIDEMARK_CLIENT_SECRET).`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "%w", err).WithHint("See %s --help", cmd.CommandPath())
	})
	root.AddCommand(newDemo(), newServe(), newInstances(), newSnapshots(), newRestores(), newHistory(), newGet(), newEvents(), newKeys(), newCompliance(), newCompare(), newVersion())
	return root
}

// printError shows an error and what to do about it.
func printError(w io.Writer, err error) {
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, "tidemark: stopped")
		return
	}
	fmt.Fprintf(w, "tidemark: %v\n", err)
	hint := tidemark.ErrorHint(err)
	if hint == "" && strings.HasPrefix(err.Error(), "unknown command") {
		hint = "See tidemark --help"
	}
	if hint != "" {
		fmt.Fprintf(w, "  %s\n", hint)
	}
}
