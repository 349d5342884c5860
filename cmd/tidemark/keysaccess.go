package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tidemark/client"
)

func (r *remote) keysAccessList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "access-list",
		Short: "From where a key may be used: list, add, remove",
		Long: `From where a key may be used: list, add, remove. KEY is the ID of an API key or the
client ID of a service account. A key without a list may be used from anywhere; a key
with one is refused from all other addresses, at once.`,
	}
	cmd.AddCommand(r.accessList(), r.accessAdd(), r.accessRemove())
	return cmd
}

func (r *remote) accessList() *cobra.Command {
	return &cobra.Command{
		Use: "list KEY", Short: "List the networks from which a key may be used", Args: exactArgs("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, org, err := r.openOrg(cmd)
			if err != nil {
				return err
			}
			answer, err := c.ListAccess(cmd.Context(), org, args[0])
			if err != nil {
				return err
			}
			return r.show(cmd, answer, func() error {
				entries, err := client.Results[client.AccessEntry](answer)
				if err != nil {
					return err
				}
				rows := [][]string{{"NETWORK", "LAST USED FROM"}}
				for _, e := range entries {
					rows = append(rows, []string{e.Network, e.LastUsedAddress})
				}
				return table(cmd.OutOrStdout(), rows)
			})
		},
	}
}

func (r *remote) accessAdd() *cobra.Command {
	var networks []string
	cmd := &cobra.Command{
		Use: "add KEY --network CIDR", Short: "Let a key be used from a network, and no more from what is not on the list", Args: exactArgs("KEY"),
		Example: `  tidemark keys access-list add 65f0a1b2c3d4e5f607182930 --network 192.0.2.7 --network 10.0.0.0/8`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, org, err := r.openOrg(cmd)
			if err != nil {
				return err
			}
			answer, err := c.AddAccess(cmd.Context(), org, args[0], networks)
			if err != nil {
				return err
			}
			return r.say(fmt.Sprintf("The access list of %s has %d more.", args[0], len(networks)))(cmd, answer)
		},
	}
	cmd.Flags().StringSliceVar(&networks, "network", nil, "address or network (CIDR); may be given again")
	must(cmd.MarkFlagRequired("network"))
	return cmd
}

func (r *remote) accessRemove() *cobra.Command {
	var network string
	cmd := &cobra.Command{
		Use: "remove KEY --network CIDR", Short: "Take a network off the list; the last one opens the key to all addresses", Args: exactArgs("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, org, err := r.openOrg(cmd)
			if err != nil {
				return err
			}
			answer, err := c.RemoveAccess(cmd.Context(), org, args[0], network)
			if err != nil {
				return err
			}
			return r.say(fmt.Sprintf("%s is off the access list of %s.", network, args[0]))(cmd, answer)
		},
	}
	cmd.Flags().StringVar(&network, "network", "", "address or network (CIDR)")
	must(cmd.MarkFlagRequired("network"))
	return cmd
}

func (r *remote) keysRotateSigning() *cobra.Command {
	var revoke bool
	cmd := &cobra.Command{
		Use: "rotate-signing-key", Short: "Sign access tokens of service accounts with another key from now on", Args: cobra.NoArgs,
		Long: `Sign access tokens of service accounts with another key from now on. The service does
so by itself every 30 days. Tokens there are stay good for the hour that they have;
--revoke-tokens ends them at once, if the old key may be known to others.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.open()
			if err != nil {
				return err
			}
			answer, err := c.RotateSigningKey(cmd.Context(), revoke)
			if err != nil {
				return err
			}
			return r.say("Another key signs access tokens from now on.")(cmd, answer)
		},
	}
	cmd.Flags().BoolVar(&revoke, "revoke-tokens", false, "end all access tokens at once")
	return cmd
}
