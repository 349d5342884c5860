package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tidemark"
	"tidemark/client"
)

// remote has the flags of every command that talks to a running service.
type remote struct {
	data    string
	project string
	output  string
}

// add hangs the flags on a command and all below it.
func (r *remote) add(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&r.data, "data", "", "data directory of a service on this machine (or "+client.EnvData+")")
	f.StringVar(&r.project, "project", "", "ID of the project (or "+client.EnvProject+"; default: the first one of the service)")
	f.StringVarP(&r.output, "output", "o", "text", "text or json")
}

// open finds the service.
func (r *remote) open() (*client.Client, error) {
	if r.output != "text" && r.output != "json" {
		return nil, tidemark.Errorf(tidemark.CodeInvalidAttribute, "--output is text or json, not %q", r.output)
	}
	credentials, err := client.Find(r.data, os.Getenv)
	if err != nil {
		return nil, err
	}
	return client.New(credentials), nil
}

// openProject finds the service and the project to work in.
func (r *remote) openProject(ctx context.Context) (*client.Client, string, error) {
	c, err := r.open()
	if err != nil {
		return nil, "", err
	}
	project := r.project
	if project == "" {
		project = os.Getenv(client.EnvProject)
	}
	if project == "" {
		project, err = c.DefaultProject(ctx)
	}
	return c, project, err
}

// call is what a command asks the service for.
type call func(ctx context.Context, c *client.Client, project string, args []string) (json.RawMessage, error)

// ask makes the RunE of a command that asks once and shows the answer.
func (r *remote) ask(ask call, show func(*cobra.Command, json.RawMessage) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, project, err := r.openProject(cmd.Context())
		if err != nil {
			return err
		}
		answer, err := ask(cmd.Context(), c, project, args)
		if err != nil {
			return err
		}
		return show(cmd, answer)
	}
}

// list shows the results of a list as a table with the given heads.
func list[T any](r *remote, heads []string, row func(T) []string) func(*cobra.Command, json.RawMessage) error {
	return func(cmd *cobra.Command, answer json.RawMessage) error {
		return r.show(cmd, answer, func() error {
			all, err := client.Results[T](answer)
			if err != nil {
				return err
			}
			rows := [][]string{heads}
			for _, v := range all {
				rows = append(rows, row(v))
			}
			return table(cmd.OutOrStdout(), rows)
		})
	}
}

// say shows a sentence in place of an answer.
func (r *remote) say(sentence string) func(*cobra.Command, json.RawMessage) error {
	return func(cmd *cobra.Command, answer json.RawMessage) error {
		return r.show(cmd, answer, func() error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), sentence)
			return err
		})
	}
}

// show prints an answer: as it came for json, else by text.
func (r *remote) show(cmd *cobra.Command, answer json.RawMessage, text func() error) error {
	if r.output == "json" {
		return printJSON(cmd.OutOrStdout(), answer)
	}
	return text()
}
