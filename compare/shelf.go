package compare

import (
	"context"
	"path/filepath"

	"tidemark/run"
	"tidemark/vault"
)

// shelf is a vault in a directory and the snapshot that is restored.
type shelf struct {
	vault    *vault.Vault
	bucket   *vault.DirBucket
	manifest *vault.Manifest
}

func openShelf(dir string) (*shelf, error) {
	master, err := vault.NewMasterKey()
	if err != nil {
		return nil, err
	}
	bucket, err := vault.OpenDirBucket(filepath.Join(dir, "vault"))
	if err != nil {
		return nil, err
	}
	return &shelf{vault: vault.Open(bucket, master), bucket: bucket}, nil
}

func (s *shelf) open(ctx context.Context, ref run.RunRef) (run.Source, error) {
	return s.vault.Open(ctx, ref.Object)
}

func (s *shelf) close() { _ = s.bucket.Close() }

// manifestBytes is what the snapshot takes in the vault.
func (s *shelf) manifestBytes() (n int64) {
	for _, r := range s.manifest.Runs {
		n += r.StoredBytes
	}
	return n
}
