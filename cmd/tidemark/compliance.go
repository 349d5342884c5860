package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
	"tidemark/node"
)

func newCompliance() *cobra.Command {
	cmd := &cobra.Command{Use: "compliance", Short: "Release backup compliance policies"}
	cmd.AddCommand(complianceRelease())
	return cmd
}

func complianceRelease() *cobra.Command {
	var dataDir string
	cmd := &cobra.Command{
		Use:   "release PROJECT-ID --data DIR",
		Short: "Let the backup compliance policy of a project be disabled",
		Long: `Let the backup compliance policy of a project be disabled through the API, which
no key can do by itself. The service must be stopped: whoever may release a policy is
whoever has the data directory, as it is MongoDB's support for a policy of Atlas.`,
		Example: `  tidemark compliance release 65f0c0ffee65f0c0ffee65f0 --data /var/lib/tidemark`,
		Args:    exactArgs("PROJECT-ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dataDir == "" {
				dataDir = os.Getenv(client.EnvData)
			}
			id, ok := tidemark.ParseID(args[0])
			if !ok || dataDir == "" {
				return tidemark.Errorf(tidemark.CodeInvalidAttribute, "a project id of 24 hexadecimal digits and a data directory are needed").
					WithHint("See tidemark compliance release --help")
			}
			if err := node.ReleaseCompliance(cmd.Context(), dataDir, id); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "The policy of project %s can be disabled now\n", id)
			return err
		},
	}
	cmd.Flags().StringVar(&dataDir, "data", "", "data directory of the service (or "+client.EnvData+")")
	return cmd
}
