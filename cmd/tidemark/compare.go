package main

import (
	"github.com/spf13/cobra"

	"tidemark/compare"
)

func newCompare() *cobra.Command {
	var o compare.Options
	var uri string
	cmd := &cobra.Command{
		Use:   "compare --uri mongodb://…",
		Short: "Measure Tidemark beside mongodump and mongorestore, on a deployment of yours",
		Long: `Fill a database of its own, ` + compare.Database + `, on a deployment, save and restore it
with mongodump and mongorestore and with Tidemark, by turns, and print what each took
and how they compare. Everything is read back and compared, and the database is dropped
at the end. It needs mongodump and mongorestore on the PATH, and no running service.

The load is real: do not run it beside production. The user of the connection string
needs the role readWrite on ` + compare.Database + ` and may list databases.`,
		Example: `  tidemark compare --uri 'mongodb://db1.example.net/?replicaSet=rs0'
  tidemark compare --uri - --documents 1000000 --rounds 5 < uri.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.URI, err = secretArgument(cmd.InOrStdin(), uri); err != nil {
				return err
			}
			o.Out = cmd.OutOrStdout()
			return compare.Run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&uri, "uri", "", "connection string, or - to read it from standard input")
	f.IntVar(&o.Documents, "documents", compare.DefaultDocuments, "how many documents, of about 1 kB")
	f.IntVar(&o.Rounds, "rounds", compare.DefaultRounds, "how often each is measured")
	f.IntVar(&o.Writers, "writers", compare.DefaultWriters, "goroutines that load, and workers of mongorestore at its best")
	f.StringVar(&o.Dir, "dir", "", "directory for the dump and the vault (default: a temporary one, removed at the end)")
	must(cmd.MarkFlagRequired("uri"))
	return cmd
}
