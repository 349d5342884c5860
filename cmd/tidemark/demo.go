package main

import (
	"context"

	"github.com/spf13/cobra"

	"tidemark/client"
	"tidemark/demo"
)

func newDemo() *cobra.Command {
	var o demo.Options
	play := func(run func(context.Context, demo.Options) error) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.OutOrStdout()
			if o.Node.Listen == "" {
				o.Node.Listen = "127.0.0.1:0"
			}
			o.Watch = func(name string) (func(client.Progress), func()) {
				p := newProgress(cmd.OutOrStdout(), "        "+name)
				return p.update, p.finish
			}
			return run(cmd.Context(), o)
		}
	}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See the main job from end to end, on this machine, within a minute",
		Long: `Start a service with two embedded servers in a fresh directory, load a data set,
take a snapshot, destroy data, restore it with the request of the Atlas Admin API
and compare every document. The exit status is 0 only if everything is equal.`,
		Args: cobra.NoArgs,
		RunE: play(demo.Run),
	}
	f := cmd.PersistentFlags()
	f.BoolVar(&o.Keep, "keep", false, "leave the service running until Ctrl-C")
	f.StringVar(&o.Node.DataDir, "data", "", "data directory (default: a temporary one, removed at the end)")
	f.StringVar(&o.Node.Listen, "listen", "", "HOST:PORT (default: a free port of 127.0.0.1)")
	cmd.AddCommand(&cobra.Command{
		Use:   "pit",
		Short: "See a restore to the oplog entry before an accident",
		Long: `Start a service with an instance whose oplog is captured, let writers run, drop a
collection among their writes, find the drop in the captured oplog, restore to the
entry before it and compare every document. The exit status is 0 only if everything
is equal.`,
		Args: cobra.NoArgs,
		RunE: play(demo.RunPointInTime),
	})
	return cmd
}
