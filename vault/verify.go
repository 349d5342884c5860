package vault

import (
	"context"
	"errors"
	"io"
	"sync"

	"tidemark"
)

// Depth says how much of a snapshot is verified.
type Depth int

// The depths. Each does what the one before does, too.
const (
	// VerifyStructure reads the manifest and looks whether its runs are there,
	// with the right sizes.
	VerifyStructure Depth = iota + 1
	// VerifyData reads and authenticates every byte of the runs.
	VerifyData
)

// maxProblems is how many problems a Verification lists.
const maxProblems = 100

// Verification is what was found of a snapshot.
type Verification struct {
	Runs        int64 // runs of the manifest
	Failed      int64 // runs with a problem
	StoredBytes int64 // of the runs, as the bucket has them
	ReadBytes   int64 // of plaintext read and authenticated
	Problems    []Problem
}

// Problem is what is wrong with a run.
type Problem struct {
	Object string
	Err    error
}

// Verify checks the snapshot of a manifest and goes on after a problem with a
// run. It returns nil only if all is well: else the error of the manifest or
// that of the first problem, and up to 100 problems in the Verification.
func (v *Vault) Verify(ctx context.Context, manifestName string, depth Depth) (*Verification, error) {
	check := &verifier{vault: v, depth: depth}
	parallel := parallelCalls
	if depth >= VerifyData {
		parallel = 2 // each reads in order, as fast as a core decrypts
	}
	err := v.eachRun(ctx, manifestName, parallel, check.run)
	found := &check.found
	if err == nil && found.Failed > 0 {
		first := found.Problems[0]
		err = tidemark.Errorf(tidemark.ErrorCode(first.Err),
			"%d of %d runs of manifest %s failed verification; one of them: %w", found.Failed, found.Runs, manifestName, first.Err).
			WithParams(first.Object)
	}
	return found, err
}

// verifier checks runs from several goroutines.
type verifier struct {
	vault *Vault
	depth Depth
	mu    sync.Mutex
	found Verification
}

// run checks one run. Its error ends the verification; a problem does not.
func (c *verifier) run(ctx context.Context, run *ManifestRun) error {
	stored, read, err := c.look(ctx, run)
	if ctx.Err() != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "verification: %w", ctx.Err())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found.Runs++
	c.found.StoredBytes += stored
	c.found.ReadBytes += read
	if err != nil {
		c.found.Failed++
		if len(c.found.Problems) < maxProblems {
			c.found.Problems = append(c.found.Problems, Problem{Object: run.Object, Err: err})
		}
	}
	return nil
}

// look returns the stored size of a run and how much of its plaintext was read.
func (c *verifier) look(ctx context.Context, run *ManifestRun) (stored, read int64, err error) {
	info, err := c.vault.Stat(ctx, run.Object)
	if err != nil {
		return 0, 0, err
	}
	if info.Size != run.StoredBytes {
		return info.Size, 0, tidemark.Errorf(tidemark.CodeObjectDamaged,
			"object %s has %d bytes; the manifest says %d", run.Object, info.Size, run.StoredBytes).WithParams(run.Object)
	}
	if c.depth < VerifyData {
		return info.Size, 0, nil
	}
	r, err := c.vault.Open(ctx, run.Object)
	if err != nil {
		return info.Size, 0, err
	}
	read, err = readRun(ctx, r)
	return info.Size, read, errors.Join(err, r.Close())
}

// readRun authenticates all of a run and returns how many bytes it read.
func readRun(ctx context.Context, r *Reader) (int64, error) {
	if r.Kind() != KindRun {
		return 0, tidemark.Errorf(tidemark.CodeInvalidData, "object %s is no run but a %v", r.Name(), r.Kind())
	}
	return io.Copy(io.Discard, untilDone{ctx, io.NewSectionReader(r, 0, r.Size())})
}

// untilDone ends a long read when the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
