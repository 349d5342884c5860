package store_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"tidemark"
	"tidemark/store"
)

// committerPath names the store that a re-executed test binary writes to.
const committerPath = "TIDEMARK_STORE_TEST_COMMITTER"

func TestMain(m *testing.M) {
	if path := os.Getenv(committerPath); path != "" {
		fmt.Fprintln(os.Stderr, commitForever(path))
		os.Exit(1)
	}
	flag.Parse()
	if modelChecks != "" {
		if err := flag.Set("rapid.checks", modelChecks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// plain is a Sealer without a key, which two processes share.
type plain struct{}

func (plain) Seal(plaintext []byte, context string) ([]byte, error) {
	return append([]byte(context+"\n"), plaintext...), nil
}

func (plain) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < len(context)+1 || string(sealed[:len(context)+1]) != context+"\n" {
		return nil, errors.New("another context")
	}
	return sealed[len(context)+1:], nil
}

// commitForever commits numbered pairs of rows and prints each number once it
// is acknowledged.
func commitForever(path string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{Path: path, Sealer: plain{}})
	if err != nil {
		return err
	}
	var next int
	err = db.View(ctx, func(tx tidemark.Tx) error {
		had, err := tx.Setting(ctx, "next")
		next, _ = strconv.Atoi(had)
		return err
	})
	for ; err == nil; next++ {
		err = db.Update(ctx, func(tx tidemark.Tx) error {
			n := strconv.Itoa(next)
			return errors.Join(tx.SetSetting(ctx, "row "+n, n), tx.SetSetting(ctx, "next", strconv.Itoa(next+1)))
		})
		if err == nil {
			fmt.Println(next)
		}
	}
	return err
}

// TestKill kills a committing process at random moments. Every row that it
// acknowledged is there afterwards, and no half of a transaction.
func TestKill(t *testing.T) {
	t.Parallel()
	c := store.Config{Path: config(t).Path, Sealer: plain{}}
	acknowledged := -1
	for range 6 {
		acknowledged = killAfter(t, c.Path, acknowledged, 1+rand.IntN(120))
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(t.Context(), func(tx tidemark.Tx) error {
			had, err := tx.Setting(t.Context(), "next")
			if err != nil {
				return err
			}
			next, err := strconv.Atoi(had)
			if next <= acknowledged {
				t.Errorf("row %d was acknowledged, but the store goes on with %d", acknowledged, next)
			}
			for n := range next + 2 {
				got, err := tx.Setting(t.Context(), "row "+strconv.Itoa(n))
				if err != nil {
					return err
				}
				if (got == strconv.Itoa(n)) != (n < next) {
					t.Errorf("row %d is %q where the next is %d", n, got, next)
				}
			}
			return err
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged rows survived 6 kills", acknowledged+1)
}

// killAfter runs the committer, kills it with SIGKILL after some rows, and
// returns the last row that it acknowledged.
func killAfter(t *testing.T, path string, last, rows int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), committerPath+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); seen++ {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatalf("the committer printed %q", lines.Text())
		}
		if seen == rows {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the committer ended by itself: %v", err)
	}
	return last
}
