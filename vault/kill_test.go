package vault_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/vault"
)

// victimDir names the directory in which the test binary, run again, writes
// objects until it is killed.
const victimDir = "TIDEMARK_TEST_VICTIM_DIR"

// beVictim writes objects of many sizes from a few goroutines and prints the
// name of each once it is committed.
func beVictim(dir string) {
	master, err := vault.LoadOrCreateMasterKey(filepath.Join(dir, "master.key"))
	if err != nil {
		panic(err)
	}
	bucket, err := vault.OpenDirBucket(filepath.Join(dir, "vault"))
	if err != nil {
		panic(err)
	}
	v := vault.Open(bucket, master)
	var g errgroup.Group
	for range 3 {
		g.Go(func() error {
			for {
				if err := writeVictim(v); err != nil {
					return err
				}
			}
		})
	}
	panic(g.Wait())
}

func writeVictim(v *vault.Vault) error {
	w, err := v.Create(context.Background(), vault.KindRun)
	if err != nil {
		return err
	}
	data := make([]byte, 1000)
	for range rand.IntN(400) {
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	if err := w.Commit(); err != nil {
		return err
	}
	fmt.Println(w.Name(), w.Size())
	return nil
}

func TestKilledWriterLeavesWholeObjects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acknowledged := make(map[string]int64)
	leftovers := 0
	for range 12 {
		runVictim(t, dir, acknowledged)
		leftovers += len(staged(t, filepath.Join(dir, "vault")))
		checkAfterKill(t, dir, acknowledged)
	}
	if len(acknowledged) == 0 || leftovers == 0 {
		t.Fatalf("the kills tested nothing: %d objects, %d leftovers", len(acknowledged), leftovers)
	}
	t.Logf("%d objects acknowledged, %d leftovers swept", len(acknowledged), leftovers)
}

// runVictim starts a writer, kills it a random moment after its first object
// and adds the objects it acknowledged.
func runVictim(t *testing.T, dir string, acknowledged map[string]int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a line cut short by the kill is no acknowledgement
		}
		if err != nil {
			t.Fatal(err)
		}
		var name string
		var size int64
		if _, err := fmt.Sscan(line, &name, &size); err != nil {
			t.Fatalf("the victim says %q: %v", line, err)
		}
		acknowledged[name] = size
		if timer == nil {
			timer = time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the victim ended by itself")
	}
}

// checkAfterKill opens the bucket as the next process would: every object is
// whole, every acknowledged one is there, and nothing else is.
func checkAfterKill(t *testing.T, dir string, acknowledged map[string]int64) {
	t.Helper()
	master, err := vault.LoadOrCreateMasterKey(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := vault.OpenDirBucket(filepath.Join(dir, "vault"))
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	if left := staged(t, filepath.Join(dir, "vault")); len(left) != 0 {
		t.Fatalf("leftovers stay: %v", left)
	}
	v := vault.Open(bucket, master)
	found := make(map[string]bool)
	for info, err := range bucket.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		found[info.Name] = true
		size, known := acknowledged[info.Name]
		if got := int64(len(readAll(t, v, info.Name))); known && got != size {
			t.Fatalf("%s has %d bytes, %d were written", info.Name, got, size)
		}
	}
	for name := range acknowledged {
		if !found[name] {
			t.Fatalf("%s was acknowledged and is gone", name)
		}
	}
}
