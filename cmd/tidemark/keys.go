package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

func newKeys() *cobra.Command {
	var r remote
	cmd := &cobra.Command{
		Use:     "keys",
		Aliases: []string{"key"},
		Short:   "API keys and service accounts: list, create, delete, from where they may be used",
	}
	r.add(cmd)
	cmd.AddCommand(r.keysList(), r.keysCreate(), r.keysDelete(), r.keysAccessList(), r.keysRotateSigning())
	return cmd
}

// openOrg finds the service and the organization.
func (r *remote) openOrg(cmd *cobra.Command) (*client.Client, string, error) {
	c, err := r.open()
	if err != nil {
		return nil, "", err
	}
	org, err := c.DefaultOrg(cmd.Context())
	return c, org, err
}

func (r *remote) keysList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys of the organization", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, org, err := r.openOrg(cmd)
			if err != nil {
				return err
			}
			apiKeys, err := c.ListAPIKeys(cmd.Context(), org)
			if err != nil {
				return err
			}
			accounts, err := c.ListServiceAccounts(cmd.Context(), org)
			if err != nil {
				return err
			}
			both, err := json.Marshal(map[string]json.RawMessage{"apiKeys": apiKeys, "serviceAccounts": accounts})
			if err != nil {
				return err
			}
			return r.show(cmd, both, func() error {
				rows := [][]string{{"ID", "KIND", "PUBLIC KEY OR CLIENT ID", "DESCRIPTION", "ROLES"}}
				keys, err := client.Results[client.APIKey](apiKeys)
				if err != nil {
					return err
				}
				for _, k := range keys {
					rows = append(rows, []string{k.ID, "API key", k.PublicKey, k.Description, roles(k.Roles)})
				}
				all, err := client.Results[client.ServiceAccount](accounts)
				if err != nil {
					return err
				}
				for _, a := range all {
					rows = append(rows, []string{a.ClientID, "service account", a.ClientID, a.Name, strings.Join(a.Roles, ", ")})
				}
				return table(cmd.OutOrStdout(), rows)
			})
		},
	}
}

// roles writes roles for a person.
func roles(all []client.Role) string {
	var words []string
	for _, role := range all {
		if role.ProjectID != "" {
			words = append(words, role.Name+" of project "+role.ProjectID)
			continue
		}
		words = append(words, role.Name)
	}
	return strings.Join(words, ", ")
}

func (r *remote) keysCreate() *cobra.Command {
	var description string
	var roleNames []string
	var account bool
	cmd := &cobra.Command{
		Use:   "create --description TEXT --role ROLE",
		Short: "Create an API key, or a service account; its secret is shown this once",
		Example: `  tidemark keys create --description "read only" --role ORG_READ_ONLY
  tidemark keys create --description terraform --role ORG_OWNER --service-account`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, org, err := r.openOrg(cmd)
			if err != nil {
				return err
			}
			if account {
				return r.createAccount(cmd, c, org, description, roleNames)
			}
			answer, err := c.CreateAPIKey(cmd.Context(), org, description, roleNames)
			if err != nil {
				return err
			}
			return r.show(cmd, answer, func() error {
				k, err := client.Decode[client.APIKey](answer)
				if err != nil {
					return err
				}
				return table(cmd.OutOrStdout(), [][]string{{"id", k.ID}, {"public key", k.PublicKey}, {"private key", k.PrivateKey}, {"roles", roles(k.Roles)}})
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&description, "description", "", "what the key is for")
	f.StringSliceVar(&roleNames, "role", nil, "role in the organization, such as ORG_OWNER or ORG_READ_ONLY; may be given again")
	f.BoolVar(&account, "service-account", false, "a service account (OAuth 2.0) instead of an API key (digest)")
	must(cmd.MarkFlagRequired("description"), cmd.MarkFlagRequired("role"))
	return cmd
}

func (r *remote) createAccount(cmd *cobra.Command, c *client.Client, org, name string, roleNames []string) error {
	answer, err := c.CreateServiceAccount(cmd.Context(), org, name, roleNames)
	if err != nil {
		return err
	}
	return r.show(cmd, answer, func() error {
		a, err := client.Decode[client.ServiceAccount](answer)
		if err != nil {
			return err
		}
		rows := [][]string{{"client id", a.ClientID}, {"roles", strings.Join(a.Roles, ", ")}}
		for _, s := range a.Secrets {
			rows = append(rows, []string{"client secret", s.Secret}, []string{"expires", moment(s.ExpiresAt)})
		}
		return table(cmd.OutOrStdout(), rows)
	})
}

func (r *remote) keysDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete ID", Short: "Delete an API key by its ID, or a service account by its client ID", Args: exactArgs("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := confirmed(yes, "Whoever uses key "+args[0]+" is locked out at once."); err != nil {
				return err
			}
			c, org, err := r.openOrg(cmd)
			if err != nil {
				return err
			}
			remove := c.DeleteAPIKey
			if _, ok := tidemark.ParseID(args[0]); !ok {
				remove = c.DeleteServiceAccount
			}
			answer, err := remove(cmd.Context(), org, args[0])
			if err != nil {
				return err
			}
			return r.show(cmd, answer, func() error {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Key %s is deleted.\n", args[0])
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "really delete")
	return cmd
}
