package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

func (r *remote) restoresPlan() *cobra.Command {
	var flags restoreFlags
	cmd := &cobra.Command{
		Use:   "plan NAME [--snapshot ID | --at TIME] [--target NAME] [--ns DB[.COLLECTION]]…",
		Short: "Show what a restore would do, and do nothing",
		Long: `Show what a restore would read, write, build, replace and drop. It takes the flags
of "restores start", checks what that would check, and touches nothing.`,
		Example: `  tidemark restores plan shop
  tidemark restores plan shop --ns 'shop.order*' --suffix _before`,
		Args: exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := flags.restoreOptions(); err != nil {
				return err
			}
			return r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
				req, err := flags.request(ctx, c, project, args[0])
				if err != nil {
					return nil, err
				}
				return c.PlanRestoreJob(ctx, project, args[0], req)
			}, r.showPlan)(cmd, args)
		},
	}
	flags.add(cmd)
	return cmd
}

func (r *remote) showPlan(cmd *cobra.Command, answer json.RawMessage) error {
	return r.show(cmd, answer, func() error {
		p, err := client.Decode[client.Plan](answer)
		if err != nil {
			return err
		}
		return printPlan(cmd.OutOrStdout(), p)
	})
}

func printPlan(w io.Writer, p client.Plan) error {
	rows := [][]string{{"snapshot", p.SnapshotID}}
	if p.ClusterTime != "" {
		rows = append(rows, []string{"brings back", p.ClusterTime})
	}
	if p.OplogEntries > 0 {
		rows = append(rows, []string{"folds", strconv.FormatInt(p.OplogEntries, 10) + " oplog entries at most"})
	}
	rows = append(rows,
		[]string{"versions", dash(p.SourceVersion) + " onto " + dash(p.TargetVersion)},
		[]string{"reads", byteSize(p.ReadBytes) + " of the vault"},
		[]string{"writes", fmt.Sprintf("%d documents, %s", p.Documents, byteSize(p.Bytes))},
		[]string{"builds", strconv.Itoa(p.Indexes) + " indexes"},
	)
	if err := table(w, rows); err != nil {
		return err
	}
	if err := printPlanned(w, p.Collections); err != nil {
		return err
	}
	for _, ns := range p.Drops {
		fmt.Fprintf(w, "drops %s\n", ns)
	}
	for _, ns := range p.Leftovers {
		fmt.Fprintf(w, "removes %s, which a restore that died has left\n", ns)
	}
	for _, text := range p.Warnings {
		fmt.Fprintf(w, "warning: %s\n", text)
	}
	_, err := fmt.Fprintln(w, "Nothing was done.")
	return err
}

func printPlanned(w io.Writer, collections []tidemark.PlannedCollection) error {
	rows := [][]string{{"", "", "", ""}, {"NAMESPACE", "FROM", "TYPE", "DOCUMENTS", "DATA", "INDEXES", "ON THE TARGET"}}
	for _, c := range collections {
		about := ""
		if c.Estimated {
			about = "~"
		}
		rows = append(rows, []string{
			c.Namespace, dash(c.From), string(c.Type), about + strconv.FormatInt(c.Documents, 10), about + byteSize(c.Bytes),
			dash(strings.Join(c.Indexes, ", ")), fate(c),
		})
	}
	return table(w, rows)
}

// fate says what becomes of what the target has of that name.
func fate(c tidemark.PlannedCollection) string {
	switch {
	case c.InPlace && c.Replaces:
		return "replaced in place"
	case c.Replaces:
		return "replaced"
	default:
		return "new"
	}
}
