package main

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

func newSnapshots() *cobra.Command {
	var r remote
	cmd := &cobra.Command{
		Use:     "snapshots",
		Aliases: []string{"snapshot"},
		Short:   "Snapshots of an instance: take, list, get, delete",
	}
	r.add(cmd)
	cmd.AddCommand(r.snapshotsTake(), r.snapshotsList(), r.snapshotsGet(), r.snapshotsDelete())
	return cmd
}

func (r *remote) snapshotsTake() *cobra.Command {
	var req client.NewSnapshot
	var wait bool
	cmd := &cobra.Command{
		Use: "take NAME", Short: "Take a snapshot of an instance now", Args: exactArgs("NAME"),
		Example: `  tidemark snapshots take shop --description "before the migration" --keep-days 30`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			c, project, err := r.openProject(ctx)
			if err != nil {
				return err
			}
			answer, err := c.TakeSnapshot(ctx, project, args[0], req)
			if err != nil {
				return err
			}
			if wait {
				s, err := client.Decode[client.Snapshot](answer)
				if err != nil {
					return err
				}
				show := newProgress(cmd.ErrOrStderr(), "snapshot "+s.ID)
				answer, err = c.AwaitSnapshot(ctx, project, args[0], s.ID, show.update)
				show.finish()
				if err != nil {
					return err
				}
			}
			return r.showSnapshot(cmd, answer)
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.Description, "description", "", "what the snapshot is for")
	f.IntVar(&req.RetentionInDays, "keep-days", 0, "days to keep it (default: as the schedule of the instance)")
	f.BoolVar(&wait, "wait", true, "wait until it is completed")
	return cmd
}

func (r *remote) snapshotsList() *cobra.Command {
	return &cobra.Command{
		Use: "list NAME", Short: "List the snapshots of an instance, newest first", Args: exactArgs("NAME"),
		RunE: r.ask(
			func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
				return c.ListSnapshots(ctx, project, args[0])
			},
			list(r, []string{"ID", "STATUS", "TYPE", "TAKEN", "DOCUMENTS", "DATA", "STORED", "EXPIRES"}, func(s client.Snapshot) []string {
				return []string{s.ID, s.Status, s.SnapshotType, moment(s.CreatedAt), strconv.FormatInt(s.Documents, 10),
					byteSize(s.Bytes), byteSize(s.StorageSizeBytes), moment(s.ExpiresAt)}
			})),
	}
}

func (r *remote) snapshotsGet() *cobra.Command {
	return &cobra.Command{
		Use: "get NAME SNAPSHOT", Short: "Show one snapshot", Args: exactArgs("NAME", "SNAPSHOT"),
		RunE: r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
			return c.GetSnapshot(ctx, project, args[0], args[1])
		}, r.showSnapshot),
	}
}

// showSnapshot prints a snapshot. One that failed is an error, after it was shown.
func (r *remote) showSnapshot(cmd *cobra.Command, answer json.RawMessage) error {
	s, err := client.Decode[client.Snapshot](answer)
	if err != nil {
		return err
	}
	err = r.show(cmd, answer, func() error {
		rows := [][]string{
			{"id", s.ID}, {"status", s.Status}, {"type", s.SnapshotType}, {"taken", moment(s.CreatedAt)}, {"expires", moment(s.ExpiresAt)},
			{"collections", strconv.Itoa(s.Collections)}, {"documents", strconv.FormatInt(s.Documents, 10)},
			{"data", byteSize(s.Bytes)}, {"stored", byteSize(s.StorageSizeBytes)}, {"version", dash(s.MongoDBVersion)},
		}
		if s.Description != "" {
			rows = append(rows, []string{"description", s.Description})
		}
		return table(cmd.OutOrStdout(), rows)
	})
	if err == nil && s.Status == string(tidemark.SnapshotFailed) {
		err = tidemark.Errorf(tidemark.CodeSnapshotGone, "snapshot %s failed: %s", s.ID, s.FailReason)
	}
	return err
}

func (r *remote) snapshotsDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete NAME SNAPSHOT", Short: "Delete a snapshot", Args: exactArgs("NAME", "SNAPSHOT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := confirmed(yes, "This deletes snapshot "+args[1]+" of instance "+args[0]+"."); err != nil {
				return err
			}
			return r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
				return c.DeleteSnapshot(ctx, project, args[0], args[1])
			}, r.say("Snapshot "+args[1]+" is deleted."))(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "really delete")
	return cmd
}
