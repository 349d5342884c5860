package vault

import (
	"context"
	"path"

	"tidemark"
)

// Vault seals objects into a bucket and opens them. It may be used from many
// goroutines.
type Vault struct {
	bucket Bucket
	master *MasterKey
}

// Open makes a vault of a bucket and the key that its objects are sealed with.
// Closing the bucket remains with the caller.
func Open(bucket Bucket, master *MasterKey) *Vault {
	return &Vault{bucket: bucket, master: master}
}

// newName returns the name of a new object: 128 random bits below one of 256
// folders, so that no folder grows too large and no name says what it holds.
func newName() string {
	id := tidemark.RandomHex(16)
	return path.Join("objects", id[:2], id)
}

// Stat describes a stored object without opening it; Size is what it takes in
// the bucket. A missing one is CodeObjectMissing.
func (v *Vault) Stat(ctx context.Context, name string) (ObjectInfo, error) {
	return v.bucket.Stat(ctx, name)
}

// Exists says whether there is an object under the name.
func (v *Vault) Exists(ctx context.Context, name string) (bool, error) {
	_, err := v.bucket.Stat(ctx, name)
	if tidemark.ErrorCode(err) == tidemark.CodeObjectMissing {
		return false, nil
	}
	return err == nil, err
}

// Delete removes an object. A missing one is no error.
func (v *Vault) Delete(ctx context.Context, name string) error {
	return v.bucket.Delete(ctx, name)
}
