package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

func newGet() *cobra.Command {
	var r remote
	var at string
	cmd := &cobra.Command{
		Use: "get INSTANCE NAMESPACE ID", Short: "Show one document as it was, without a restore", Args: exactArgs("INSTANCE", "NAMESPACE", "ID"),
		Long: `Get shows one document as it was at a time, after an oplog entry, or in a snapshot.

The ID is the _id as extended JSON, the 24 digits of an ObjectId, a number, or a
string; a string that looks like one of the others goes in quotes of its own.`,
		Example: `  tidemark get shop shop.orders 42 --at 2026-03-01T12:00:00Z
  tidemark get shop shop.orders 65f0c3a1e4b0a1b2c3d4e5f6 --at 1772366400:3
  tidemark get shop shop.people '"42"' --at 65f0c3a1e4b0a1b2c3d4e5f7`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if at == "" {
				return tidemark.Errorf(tidemark.CodeMissingAttribute, "--at is required").
					WithHint("Give a time such as 2026-03-01T12:00:00Z, an oplog entry such as 1772366400:3, or the ID of a snapshot.")
			}
			ctx := cmd.Context()
			c, project, err := r.openProject(ctx)
			if err != nil {
				return err
			}
			answer, err := c.GetDocument(ctx, project, args[0], args[1], args[2], clockTime(at, time.Now()))
			if err != nil {
				return err
			}
			return r.show(cmd, answer, func() error { return showDocument(cmd, answer) })
		},
	}
	r.add(cmd)
	cmd.Flags().StringVar(&at, "at", "", "a time, an oplog entry SECONDS:ORDINAL, or the ID of a snapshot")
	return cmd
}

// showDocument prints a document, and nothing else, so that it can be piped.
func showDocument(cmd *cobra.Command, answer json.RawMessage) error {
	d, err := client.Decode[client.Document](answer)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), string(d.Document))
	return err
}

// clockTime makes a whole time of a time of day in UTC, the last one that has
// been; anything else is for the service to read.
func clockTime(text string, now time.Time) string {
	for _, layout := range []string{"15:04", "15:04:05"} {
		at, err := time.Parse(layout, text)
		if err != nil || len(text) != len(layout) {
			continue
		}
		now = now.UTC()
		t := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
		if t.After(now) {
			t = t.AddDate(0, 0, -1)
		}
		return t.Format(time.RFC3339)
	}
	return text
}
