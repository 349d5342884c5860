package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

// newEvents is the verb that reads the audit log.
func newEvents() *cobra.Command {
	var (
		r remote
		q client.EventsRequest
	)
	cmd := &cobra.Command{
		Use: "events", Short: "The audit log of the project: what was changed, by which key, from where", Args: exactArgs(),
		Long: `Events lists the changes to the project and all in it, the newest first: when,
what, which instance, which key from which address, and what else there is to
say. Without a key it was the service by itself. Types are named as in Atlas.

Times are RFC 3339, or a time of day in UTC.`,
		Example: `  tidemark events --instance shop --since 2026-03-01T12:00:00Z
  tidemark events --type CPS_SNAPSHOT_FAILED,CPS_RESTORE_FAILED`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.Limit < 0 {
				return tidemark.Errorf(tidemark.CodeInvalidAttribute, "--limit is a number of events, or 0 for all")
			}
			q.Since = clockTime(q.Since, time.Now())
			for n, name := range q.Types {
				q.Types[n] = strings.ToUpper(name)
			}
			return r.ask(func(ctx context.Context, c *client.Client, project string, _ []string) (json.RawMessage, error) {
				return c.ListEvents(ctx, project, q)
			}, r.showEvents)(cmd, args)
		},
	}
	r.add(cmd)
	f := cmd.Flags()
	f.StringVar(&q.Instance, "instance", "", "only of that instance")
	f.StringSliceVar(&q.Types, "type", nil, "only of that type; several with commas")
	f.StringVar(&q.Since, "since", "", "from a time on")
	f.IntVar(&q.Limit, "limit", 100, "at most so many; 0 for all")
	return cmd
}

// showEvents prints them, one a line.
func (r *remote) showEvents(cmd *cobra.Command, answer json.RawMessage) error {
	heads := []string{"TIME", "EVENT", "INSTANCE", "KEY", "FROM", "DETAILS"}
	show := list(r, heads, func(e client.Event) []string {
		return []string{moment(e.Created), printable(e.Type), dash(printable(e.ClusterName)), dash(printable(e.PublicKey)),
			dash(printable(e.RemoteAddress)), dash(printable(details(e)))}
	})
	if err := show(cmd, answer); err != nil || r.output == "json" {
		return err
	}
	events, err := client.Decode[struct {
		Results    []json.RawMessage `json:"results"`
		TotalCount int               `json:"totalCount"`
	}](answer)
	if more := events.TotalCount - len(events.Results); err == nil && more > 0 {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "There are %d more: add --limit 0, or --since TIME.\n", more)
	}
	return err
}

// details are what the description says beyond the type and the instance.
func details(e client.Event) string {
	_, rest, _ := strings.Cut(e.Raw.Description, ": ")
	parts := slices.DeleteFunc(strings.Split(rest, ", "), func(s string) bool { return s == "clusterName "+e.ClusterName })
	return strings.Join(parts, ", ")
}
