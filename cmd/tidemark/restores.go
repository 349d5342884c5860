package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

func newRestores() *cobra.Command {
	var r remote
	cmd := &cobra.Command{
		Use:     "restores",
		Aliases: []string{"restore"},
		Short:   "Restore jobs: plan, start, download, list, get, watch, cancel, undo",
	}
	r.add(cmd)
	cmd.AddCommand(r.restoresPlan(), r.restoresStart(), r.restoresDownload(), r.restoresList(), r.restoresGet(), r.restoresWatch(), r.restoresCancel(), r.restoresUndo())
	return cmd
}

func (r *remote) restoresDownload() *cobra.Command {
	var snapshot string
	cmd := &cobra.Command{
		Use:   "download NAME [--snapshot ID]",
		Short: "Get a link to a snapshot as a mongodump archive (gzip)",
		Args:  exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, name := cmd.Context(), args[0]
			c, project, err := r.openProject(ctx)
			if err != nil {
				return err
			}
			if snapshot == "" {
				if snapshot, err = c.NewestSnapshot(ctx, project, name); err != nil {
					return err
				}
			}
			answer, err := c.StartRestoreJob(ctx, project, name, client.NewRestoreJob{
				DeliveryType: string(tidemark.DeliverDownload), SnapshotID: snapshot,
			})
			if err != nil {
				return err
			}
			return r.followRestore(cmd, c, project, name, answer, true)
		},
	}
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "ID of the snapshot (default: the newest completed one)")
	return cmd
}

func (r *remote) restoresList() *cobra.Command {
	return &cobra.Command{
		Use: "list NAME", Short: "List the restore jobs of an instance's snapshots, newest first", Args: exactArgs("NAME"),
		RunE: r.ask(
			func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
				return c.ListRestoreJobs(ctx, project, args[0])
			},
			list(r, []string{"ID", "DELIVERY", "STATE", "SNAPSHOT", "TARGET", "STARTED", "FINISHED", "%"}, func(j client.RestoreJob) []string {
				return []string{j.ID, j.DeliveryType, j.State, j.SnapshotID, dash(j.TargetClusterName),
					moment(j.CreatedAt), moment(j.FinishedAt), strconv.Itoa(int(j.Progress.Percent))}
			})),
	}
}

func (r *remote) restoresGet() *cobra.Command {
	return &cobra.Command{
		Use: "get NAME JOB", Short: "Show one restore job", Args: exactArgs("NAME", "JOB"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.restore(cmd, args, false)
		},
	}
}

func (r *remote) restoresWatch() *cobra.Command {
	return &cobra.Command{
		Use: "watch NAME JOB", Short: "Follow a restore job to its end", Args: exactArgs("NAME", "JOB"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.restore(cmd, args, true)
		},
	}
}

func (r *remote) restoresCancel() *cobra.Command {
	return &cobra.Command{
		Use: "cancel NAME JOB", Short: "End a restore before it is put in place, or take a download link back",
		Long: `End a restore job. Until the loaded data is put in place the target is as it was,
and stays so; what was loaded beside it is removed. From then on a job cannot be
cancelled. Of a download, the link stops working.`,
		Args: exactArgs("NAME", "JOB"),
		RunE: r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
			return c.CancelRestoreJob(ctx, project, args[0], args[1])
		}, r.say("The restore job is cancelled.")),
	}
}

func (r *remote) restoresUndo() *cobra.Command {
	var wait, yes bool
	cmd := &cobra.Command{
		Use: "undo NAME JOB", Short: "Bring the target of a restore back to what it was before",
		Long: `Restore the safety snapshot that a restore has taken of its target before it put
its data in place. What the restore replaced comes back, what it brought anew is
dropped; what was written to the target since then is lost. It is a restore of its
own, so it can be undone, too.`,
		Args: exactArgs("NAME", "JOB"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := confirmed(yes, "This replaces what restore job "+args[1]+" has brought, with all that was written since."); err != nil {
				return err
			}
			c, project, err := r.openProject(cmd.Context())
			if err != nil {
				return err
			}
			answer, err := c.UndoRestoreJob(cmd.Context(), project, args[0], args[1])
			if err != nil {
				return err
			}
			job, err := client.Decode[client.RestoreJob](answer)
			if err != nil {
				return err
			}
			return r.followRestore(cmd, c, job.TargetGroupID, job.SourceInstanceName, answer, wait)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until it is finished")
	cmd.Flags().BoolVar(&yes, "yes", false, "really replace what is in the target")
	return cmd
}

func (r *remote) restore(cmd *cobra.Command, args []string, wait bool) error {
	c, project, err := r.openProject(cmd.Context())
	if err != nil {
		return err
	}
	answer, err := c.GetRestoreJob(cmd.Context(), project, args[0], args[1])
	if err != nil {
		return err
	}
	return r.followRestore(cmd, c, project, args[0], answer, wait)
}

// followRestore shows a job, after its end if wait is set.
func (r *remote) followRestore(cmd *cobra.Command, c *client.Client, project, name string, answer json.RawMessage, wait bool) error {
	job, err := client.Decode[client.RestoreJob](answer)
	if err != nil {
		return err
	}
	if wait {
		show := newProgress(cmd.ErrOrStderr(), "restore "+job.ID)
		answer, err = c.AwaitRestoreJob(cmd.Context(), project, name, job.ID, show.update)
		show.finish()
	} else {
		answer, err = c.GetRestoreJob(cmd.Context(), project, name, job.ID)
	}
	if err != nil {
		return err
	}
	return r.showRestore(cmd, answer)
}

// showRestore prints a job. One that failed is an error, after it was shown.
func (r *remote) showRestore(cmd *cobra.Command, answer json.RawMessage) error {
	j, err := client.Decode[client.RestoreJob](answer)
	if err != nil {
		return err
	}
	err = r.show(cmd, answer, func() error {
		rows := [][]string{
			{"id", j.ID}, {"delivery", j.DeliveryType}, {"state", j.State}, {"snapshot", j.SnapshotID}, {"target", dash(j.TargetClusterName)},
			{"started", moment(j.CreatedAt)}, {"finished", moment(j.FinishedAt)},
		}
		if t := j.DesiredTimestamp; !t.Date.IsZero() {
			rows = append(rows, []string{"restored to", fmt.Sprintf("%d:%d (%s)", t.Date.Unix(), t.Increment, moment(t.Date))})
		}
		if j.UndoOf != "" {
			rows = append(rows, []string{"undoes", j.UndoOf})
		}
		if j.SafetySnapshotID != "" && !j.CutOverAt.IsZero() {
			rows = append(rows, []string{"undo it", fmt.Sprintf("tidemark restores undo %s %s", j.SourceInstanceName, j.ID)})
		}
		for _, u := range j.DeliveryURL {
			rows = append(rows, []string{"link", u}, []string{"expires", moment(j.ExpiresAt)},
				[]string{"load it", "mongorestore --gzip --archive=FILE"})
		}
		if err := table(cmd.OutOrStdout(), rows); err != nil || j.Report == nil {
			return err
		}
		return printReport(cmd.OutOrStdout(), *j.Report)
	})
	if err == nil && j.State == string(tidemark.JobFailed) {
		err = tidemark.Errorf(tidemark.CodeTargetRefused, "restore job %s failed: %s", j.ID, j.FailReason)
	}
	if err == nil && j.State == string(tidemark.JobCancelled) {
		err = fmt.Errorf("restore job %s was cancelled", j.ID)
	}
	return err
}
