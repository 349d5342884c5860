package main

import (
	"context"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

// restoreFlags say what is restored, and onto what.
type restoreFlags struct {
	snapshot, at          string
	target, targetProject string
	from, to              []string
	noVerify              bool
	rate                  string
	existing, safety      string
	options               tidemark.RestoreOptions
}

func (f *restoreFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.snapshot, "snapshot", "", "ID of the snapshot (default: the newest completed one that no restore has taken)")
	flags.StringVar(&f.at, "at", "", "point in time: RFC 3339, or the oplog entry SECONDS:ORDINAL")
	flags.StringVar(&f.target, "target", "", "instance to restore onto (default: the same)")
	flags.StringVar(&f.targetProject, "target-project", "", "ID of the target's project (default: the same)")
	flags.StringArrayVar(&f.options.Namespaces, "ns", nil, "only this DB, DB.COLLECTION or pattern with *; may be repeated")
	flags.StringArrayVar(&f.options.Exclude, "exclude", nil, "not this DB, DB.COLLECTION or pattern with *; may be repeated")
	flags.StringArrayVar(&f.from, "from", nil, "bring what this names back under another name, that of --to; may be repeated, in pairs")
	flags.StringArrayVar(&f.to, "to", nil, "the other name; its stars stand for what those of --from matched")
	flags.StringVar(&f.options.Suffix, "suffix", "", "put this behind the names of all databases")
	flags.StringVar(&f.existing, "existing", "", "replace what the target has of the same names, or refuse to (default: replace)")
	flags.BoolVar(&f.noVerify, "no-verify", false, "do not read back and compare")
	flags.StringVar(&f.rate, "rate", "", "most bytes to load in a second, such as 20MB (default: no bound)")
	flags.IntVar(&f.options.Writers, "writers", 0, "how many connections load (default: the service's)")
	flags.StringVar(&f.safety, "safety-snapshot", "", "keep the target first, to undo the restore: auto (where it has continuous backup), always or never (default: auto)")
	cmd.MarkFlagsMutuallyExclusive("snapshot", "at")
}

// request makes the request of the flags.
func (f *restoreFlags) request(ctx context.Context, c *client.Client, project, name string) (client.NewRestoreJob, error) {
	if f.targetProject == "" {
		f.targetProject = project
	}
	req := client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverAutomated), SnapshotID: f.snapshot,
		TargetClusterName: f.onto(name), TargetGroupID: f.targetProject,
	}
	var err error
	if req.RestoreOptions, err = f.restoreOptions(); err != nil {
		return req, err
	}
	if f.at != "" {
		req.DeliveryType = string(tidemark.DeliverPointInTime)
		err = setInstant(&req, f.at)
	} else if f.snapshot == "" {
		req.SnapshotID, err = c.NewestSnapshot(ctx, project, name)
	}
	return req, err
}

// onto is the name of the target.
func (f *restoreFlags) onto(name string) string {
	if f.target == "" {
		return name
	}
	return f.target
}

// restoreOptions are checked before the service is asked for anything.
func (f *restoreFlags) restoreOptions() (tidemark.RestoreOptions, error) {
	o := f.options
	if len(f.from) != len(f.to) {
		return o, tidemark.Errorf(tidemark.CodeInvalidAttribute, "--from is given %d times and --to %d times", len(f.from), len(f.to)).
			WithHint("They go in pairs: --from shop.orders --to shop.orders_before")
	}
	for i := range f.from {
		o.Renames = append(o.Renames, tidemark.NamespaceRename{From: f.from[i], To: f.to[i]})
	}
	o.NoVerify = f.noVerify
	o.Existing, o.SafetySnapshot = tidemark.ExistingRule(f.existing), tidemark.SafetyRule(f.safety)
	var err error
	if o.MaxBytesPerSecond, err = parseBytes("rate", f.rate); err != nil {
		return o, err
	}
	return o, o.Validate()
}

// question says what the restore will do to the target.
func (f *restoreFlags) question(name string) (string, error) {
	o, err := f.restoreOptions()
	switch {
	case err != nil:
		return "", err
	case o.Existing == tidemark.ExistingRefuse:
		return "", nil // it replaces nothing
	case o.Whole():
		return "This replaces everything in instance " + f.onto(name) + ".", nil
	default:
		return "This replaces what instance " + f.onto(name) + " has of the names that are restored, and nothing else.", nil
	}
}

func (r *remote) restoresStart() *cobra.Command {
	var flags restoreFlags
	var wait, yes bool
	cmd := &cobra.Command{
		Use:   "start NAME [--snapshot ID | --at TIME] [--target NAME] [--ns DB[.COLLECTION]]…",
		Short: "Restore a snapshot or a point in time of an instance, or a part of it, onto it or another",
		Long: `Restore a snapshot of an instance, or with continuous backup a point in time,
onto itself or another instance. A point in time is a second, all that happened in
it included, or the last oplog entry that counts, as SECONDS:ORDINAL.

Everything in the target is replaced, unless a part is chosen (--ns, --exclude) or
comes back under other names (--from and --to, --suffix): then the rest of the target
is left alone. In patterns * stands for any characters within a name.

The data is loaded beside the live collections and proven equal first; until then
the target is untouched, and the restore can be cancelled. Where the target has
continuous backup it is kept in a safety snapshot before it is changed, so that
the restore can be undone. See first what a restore will do: tidemark restores plan.`,
		Example: `  tidemark restores start shop --yes
  tidemark restores start shop --snapshot 65f0c0ffee65f0c0ffee65f0 --target shop-copy --yes
  tidemark restores start shop --at 2026-03-01T12:00:00Z --target shop-copy --yes
  tidemark restores start shop --at 1772366400:3 --yes
  tidemark restores start shop --ns shop.orders --yes
  tidemark restores start shop --ns shop.orders --from shop.orders --to shop.orders_before --existing refuse
  tidemark restores start shop --suffix _before --existing refuse --rate 20MB`,
		Args: exactArgs("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, name := cmd.Context(), args[0]
			question, err := flags.question(name)
			if err != nil {
				return err
			}
			if question != "" {
				if err := confirmed(yes, question); err != nil {
					return err
				}
			}
			c, project, err := r.openProject(ctx)
			if err != nil {
				return err
			}
			req, err := flags.request(ctx, c, project, name)
			if err != nil {
				return err
			}
			answer, err := c.StartRestoreJob(ctx, project, name, req)
			if err != nil {
				return err
			}
			return r.followRestore(cmd, c, project, name, answer, wait)
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until it is finished")
	cmd.Flags().BoolVar(&yes, "yes", false, "really replace what is in the target")
	return cmd
}
