package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tidemark/client"
)

const helpContinuous = "capture the oplog, so that any point in time can be restored and snapshots cost what changed"

func newInstances() *cobra.Command {
	var r remote
	cmd := &cobra.Command{
		Use:     "instances",
		Aliases: []string{"instance"},
		Short:   "The deployments that are protected: list, create, register, schedule, update, delete",
	}
	r.add(cmd)
	cmd.AddCommand(r.instancesList(), r.instancesGet(), r.instancesCreate(), r.instancesAdd(), r.instancesSchedule(), r.instancesUpdate(), r.instancesDelete())
	return cmd
}

func (r *remote) instancesList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the instances of the project", Args: cobra.NoArgs,
		RunE: r.ask(
			func(ctx context.Context, c *client.Client, project string, _ []string) (json.RawMessage, error) {
				return c.ListInstances(ctx, project)
			},
			list(r, []string{"NAME", "KIND", "STATE", "VERSION", "NEXT SNAPSHOT", "URI"}, func(i client.Instance) []string {
				return []string{i.Name, i.Kind, i.StateName, dash(i.MongoDBVersion), moment(i.NextSnapshotAt), dash(i.URI)}
			})),
	}
}

func (r *remote) instancesGet() *cobra.Command {
	return &cobra.Command{
		Use: "get NAME", Short: "Show one instance", Args: exactArgs("NAME"),
		RunE: r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
			return c.GetInstance(ctx, project, args[0])
		}, r.showInstance),
	}
}

func (r *remote) showInstance(cmd *cobra.Command, answer json.RawMessage) error {
	return r.show(cmd, answer, func() error {
		i, err := client.Decode[client.Instance](answer)
		if err != nil {
			return err
		}
		schedule := "none"
		if i.Kind == "dedicated" && !i.NextSnapshotAt.IsZero() {
			schedule = "by its backup schedule, next at " + moment(i.NextSnapshotAt)
		}
		if i.SnapshotIntervalHours > 0 {
			schedule = fmt.Sprintf("every %gh, kept %g days, next at %s", i.SnapshotIntervalHours, i.SnapshotRetentionDays, moment(i.NextSnapshotAt))
		}
		return table(cmd.OutOrStdout(), [][]string{
			{"name", i.Name}, {"id", i.ID}, {"kind", i.Kind}, {"state", i.StateName},
			{"embedded", strconv.FormatBool(i.Embedded)}, {"version", dash(i.MongoDBVersion)},
			{"uri", dash(i.URI)}, {"snapshots", schedule}, {"point in time", window(i.Capture)}, {"created", moment(i.CreatedAt)},
		})
	})
}

func (r *remote) instancesCreate() *cobra.Command {
	var kind string
	var wait, continuous bool
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Create an instance on an embedded server", Args: exactArgs("NAME"),
		RunE: r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
			answer, err := c.CreateInstance(ctx, project, client.NewInstance{Name: args[0], Kind: kind, ContinuousBackup: continuous})
			if err != nil || !wait {
				return answer, err
			}
			return c.AwaitInstance(ctx, project, args[0])
		}, r.showInstance),
	}
	cmd.Flags().StringVar(&kind, "kind", "serverless", "serverless, flex or dedicated: the family of the API that shows it")
	cmd.Flags().BoolVar(&continuous, "continuous", false, helpContinuous)
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until it is ready")
	return cmd
}

func (r *remote) instancesAdd() *cobra.Command {
	var req client.NewInstance
	cmd := &cobra.Command{
		Use:   "add --name NAME --uri mongodb://…",
		Short: "Register an existing MongoDB deployment",
		Long: `Register an existing MongoDB deployment, so that snapshots of it are taken and
restores can be made onto it. The deployment is asked for its version first; one
that does not answer is not registered.

The connection string is sealed where it is stored and never shown with its
password. To keep it off the process list, give "-" and write it to standard input.`,
		Example: `  tidemark instances add --name shop --uri 'mongodb://backup:…@db1.example.net/?replicaSet=rs0' --data DIR
  tidemark instances add --name shop --uri - --data DIR < uri.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			uri, err := secretArgument(cmd.InOrStdin(), req.URI)
			if err != nil {
				return err
			}
			req.URI = uri
			return r.ask(func(ctx context.Context, c *client.Client, project string, _ []string) (json.RawMessage, error) {
				return c.CreateInstance(ctx, project, req)
			}, r.showInstance)(cmd, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.Name, "name", "", "name of the instance: letters, digits and hyphens")
	f.StringVar(&req.URI, "uri", "", "connection string, or - to read it from standard input")
	f.StringVar(&req.Kind, "kind", "serverless", "serverless, flex or dedicated: the family of the API that shows it")
	f.BoolVar(&req.ContinuousBackup, "continuous", false, helpContinuous)
	must(cmd.MarkFlagRequired("name"), cmd.MarkFlagRequired("uri"))
	return cmd
}

func (r *remote) instancesSchedule() *cobra.Command {
	var every, keep time.Duration
	cmd := &cobra.Command{
		Use: "schedule NAME --every DURATION [--keep DURATION]", Short: "Change when snapshots are taken and how long they are kept",
		Example: `  tidemark instances schedule shop --every 6h --keep 840h
  tidemark instances schedule shop --every 0     (no more scheduled snapshots)`,
		Args: exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var s client.Schedule
			if cmd.Flags().Changed("every") {
				hours := every.Hours()
				s.SnapshotIntervalHours = &hours
			}
			if cmd.Flags().Changed("keep") {
				days := keep.Hours() / 24
				s.SnapshotRetentionDays = &days
			}
			return r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
				return c.UpdateSchedule(ctx, project, args[0], s)
			}, r.showInstance)(cmd, args)
		},
	}
	cmd.Flags().DurationVar(&every, "every", 0, "time between two snapshots, such as 6h; 0 for none")
	cmd.Flags().DurationVar(&keep, "keep", 0, "how long a snapshot is kept, such as 48h")
	cmd.MarkFlagsOneRequired("every", "keep")
	return cmd
}

func (r *remote) instancesUpdate() *cobra.Command {
	var continuous bool
	cmd := &cobra.Command{
		Use: "update NAME --continuous-backup=true|false", Short: "Turn continuous backup on or off",
		Long: `Turn continuous backup on or off. The first snapshot after it is turned on reads the
deployment in full, and points in time can be restored from then on. The snapshots
stay when it is turned off; points in time between them cannot be restored any more.`,
		Example: `  tidemark instances update shop --continuous-backup=true`,
		Args:    exactArgs("NAME"),
		RunE: r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
			return c.SetContinuousBackup(ctx, project, args[0], continuous)
		}, r.showInstance),
	}
	cmd.Flags().BoolVar(&continuous, "continuous-backup", false, helpContinuous)
	must(cmd.MarkFlagRequired("continuous-backup"))
	return cmd
}

func (r *remote) instancesDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete an instance with all its snapshots", Args: exactArgs("NAME"),
		Long: `Delete an instance with all its snapshots. An embedded server goes with its data;
a registered deployment is left as it is, only its snapshots go.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := confirmed(yes, "This deletes instance "+args[0]+" and all its snapshots."); err != nil {
				return err
			}
			return r.ask(func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error) {
				return c.DeleteInstance(ctx, project, args[0])
			}, r.say("Instance "+args[0]+" is being deleted."))(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "really delete")
	return cmd
}
