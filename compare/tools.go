package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tidemark"
)

// tools are MongoDB's own.
type tools struct {
	mongodump, mongorestore string
	version                 string
	config, archive         string // paths
	// noIndexes leaves indexes out: the embedded server refuses an option that
	// mongorestore sends with each.
	noIndexes bool
}

// findTools looks on the PATH.
func findTools(ctx context.Context) (t tools, err error) {
	for name, path := range map[string]*string{"mongodump": &t.mongodump, "mongorestore": &t.mongorestore} {
		if *path, err = exec.LookPath(name); err != nil {
			return t, tidemark.Errorf(tidemark.CodeUnsupported, "%s is not on the PATH: %w", name, err).
				WithHint("Install the MongoDB Database Tools.")
		}
	}
	out, err := exec.CommandContext(ctx, t.mongorestore, "--version").Output()
	if err != nil {
		return t, tidemark.Errorf(tidemark.CodeUnsupported, "mongorestore does not run: %w", err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	t.version = strings.TrimSpace(strings.TrimPrefix(first, "mongorestore version:"))
	return t, nil
}

// configure writes the connection string where the tools read it from: it may
// hold a password, and everybody sees the arguments of a process.
func (t *tools) configure(dir, uri string) error {
	b, err := json.Marshal(map[string]string{"uri": uri}) // JSON is YAML, too
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "encode the configuration of the tools: %w", err)
	}
	t.config, t.archive = filepath.Join(dir, "tools.yaml"), filepath.Join(dir, "dump.archive.gz")
	if err := os.WriteFile(t.config, b, 0o600); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "write the configuration of the tools: %w", err)
	}
	return nil
}

func (t *tools) dumpArgs() []string {
	return []string{"--config", t.config, "--db", Database, "--gzip", "--archive=" + t.archive}
}

func (t *tools) restoreArgs(more ...string) []string {
	args := append([]string{"--config", t.config, "--nsInclude", Database + ".*", "--gzip", "--archive=" + t.archive}, more...)
	if t.noIndexes {
		args = append(args, "--noIndexRestore")
	}
	return args
}

// run returns the processor time that the tool took.
func (t *tools) run(ctx context.Context, program string, args []string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return 0, tidemark.Errorf(tidemark.CodeTargetRefused, "%s failed: %w: %s", filepath.Base(program), err, lastLine(said.String()))
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

func (t *tools) archiveBytes() int64 {
	info, err := os.Stat(t.archive)
	if err != nil {
		return 0
	}
	return info.Size()
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
