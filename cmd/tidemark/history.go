package main

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

// historyFlags are those of tidemark history.
type historyFlags struct {
	remote
	client.HistoryRequest
	window                     time.Duration
	summary, entries, versions bool
}

func newHistory() *cobra.Command {
	var h historyFlags
	cmd := &cobra.Command{
		Use: "history INSTANCE", Short: "What happened in an instance, from its captured oplog", Args: exactArgs("INSTANCE"),
		Long: `History tells what happened: how many operations, of which kinds, on what, and
what took data away. With --entries, --kind, --id or --limit it lists the
operations themselves, each after the oplog entry that a restore takes:

  tidemark restores start INSTANCE --at SECONDS:ORDINAL

Times are RFC 3339, seconds since 1970, oplog entries, or a time of day in UTC.`,
		Example: `  tidemark history shop --around 14:07
  tidemark history shop --ns shop.orders --kind drop,delete --from 2026-03-01T12:00:00Z
  tidemark history shop --ns shop.orders --id 42 --versions`,
		RunE: h.run,
	}
	h.add(cmd)
	f := cmd.Flags()
	f.StringVar(&h.Namespace, "ns", "", "only of db, db.collection, or a pattern of it with *")
	f.StringVar(&h.Around, "around", "", "around a time")
	f.DurationVar(&h.window, "window", 5*time.Minute, "how long before and after --around")
	f.StringVar(&h.From, "from", "", "from a time on")
	f.StringVar(&h.To, "to", "", "up to a time")
	f.StringVar(&h.ID, "id", "", "only of documents with that _id: extended JSON, an ObjectId, a number, or a string")
	f.StringVar(&h.Kinds, "kind", "", "only insert, update, delete, a command such as drop, or command for all; several with commas")
	f.IntVar(&h.Limit, "limit", 0, "operations or versions to list (default 1000, at most 10000)")
	f.StringVar(&h.Cursor, "cursor", "", "go on where a list ended")
	f.BoolVar(&h.summary, "summary", false, "count instead of listing")
	f.BoolVar(&h.entries, "entries", false, "list instead of counting")
	f.BoolVar(&h.versions, "versions", false, "list what the document of --ns and --id became")
	cmd.MarkFlagsMutuallyExclusive("summary", "entries", "versions")
	cmd.MarkFlagsMutuallyExclusive("around", "from")
	cmd.MarkFlagsMutuallyExclusive("around", "to")
	return cmd
}

func (h *historyFlags) run(cmd *cobra.Command, args []string) error {
	now := time.Now()
	for _, t := range []*string{&h.Around, &h.From, &h.To} {
		*t = clockTime(*t, now)
	}
	if h.Around != "" {
		if h.window < time.Second {
			return tidemark.Errorf(tidemark.CodeInvalidAttribute, "--window is at least a second")
		}
		h.WindowSeconds = int(h.window / time.Second)
	}
	switch {
	case h.versions:
		if h.Namespace == "" || h.ID == "" {
			return tidemark.Errorf(tidemark.CodeMissingAttribute, "--versions needs --ns and --id").
				WithHint("Such as --ns shop.orders --id 42 --versions")
		}
		return h.ask(h.call((*client.Client).DocumentVersions), h.showVersions)(cmd, args)
	case !h.summary && (h.entries || h.ID != "" || h.Kinds != "" || h.Limit != 0 || h.Cursor != ""):
		return h.ask(h.call((*client.Client).History), h.showEntries)(cmd, args)
	default:
		return h.ask(h.call((*client.Client).HistorySummary), func(cmd *cobra.Command, answer json.RawMessage) error {
			return h.showSummary(cmd, args[0], answer)
		})(cmd, args)
	}
}

// call asks with the flags.
func (h *historyFlags) call(ask func(*client.Client, context.Context, string, string, url.Values) (json.RawMessage, error)) call {
	return func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
		return ask(c, ctx, project, args[0], h.Values())
	}
}
