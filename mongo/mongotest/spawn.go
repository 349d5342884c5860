package mongotest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// childVariable marks a process that SpawnNull started.
const childVariable = "TIDEMARK_NULL_SERVER"

// RunIfNullChild turns a process that SpawnNull started into the null server;
// it then does not return. A TestMain must call it first thing.
func RunIfNullChild() {
	if os.Getenv(childVariable) == "" {
		return
	}
	s, err := StartNull()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.URI())
	_, _ = io.Copy(io.Discard, os.Stdin) // ends when the parent closes it or dies
	os.Exit(0)
}

// NullProcess is a null server in a process of its own.
type NullProcess struct{ uri string }

// SpawnNull runs the test binary again as a null server until the test ends.
func SpawnNull(t testing.TB) *NullProcess {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), self, "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("null server: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the null server did not start (does TestMain call RunIfNullChild?): %v", err)
	}
	return &NullProcess{uri: strings.TrimSpace(line)}
}

// URI is the connection string.
func (p *NullProcess) URI() string { return p.uri }

// Counts are the documents and BSON bytes inserted so far.
func (p *NullProcess) Counts(ctx context.Context) (documents, bytes int64, err error) {
	client, err := mongo.Connect(options.Client().ApplyURI(p.uri))
	if err != nil {
		return 0, 0, err
	}
	defer client.Disconnect(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was written
	var counts struct{ Documents, Bytes int64 }
	err = client.Database("admin").RunCommand(ctx, bson.D{{Key: statsCommand, Value: 1}}).Decode(&counts)
	return counts.Documents, counts.Bytes, err
}
