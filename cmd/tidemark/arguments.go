package main

import (
	"bufio"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tidemark"
)

// exactArgs wants the named arguments, no more and no fewer.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return tidemark.Errorf(tidemark.CodeMissingAttribute, "%s takes %s", cmd.CommandPath(), strings.Join(names, " and ")).
			WithHint("See %s --help", cmd.CommandPath())
	}
}

// confirmed refuses what cannot be taken back unless --yes was given.
func confirmed(yes bool, what string) error {
	if yes {
		return nil
	}
	return tidemark.Errorf(tidemark.CodeMissingAttribute, "%s", what).WithHint("If that is what you want, add --yes.")
}

// secretArgument returns value, or the first line of in if value is "-", so
// that a secret need not stand in the process list.
func secretArgument(in io.Reader, value string) (string, error) {
	if value != "-" {
		return value, nil
	}
	line, err := bufio.NewReader(io.LimitReader(in, 64<<10)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	line = strings.TrimSpace(line)
	if line == "" {
		return "", tidemark.Errorf(tidemark.CodeMissingAttribute, "standard input is empty").
			WithHint("Write the connection string to it, or give it to --uri.")
	}
	return line, nil
}

// must stops the program at start-up if a command is put together wrongly.
func must(errs ...error) {
	for _, err := range errs {
		if err != nil {
			panic(err)
		}
	}
}
