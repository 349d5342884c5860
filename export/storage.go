package export

import (
	"context"
	"io"
	"net/url"

	"tidemark"
)

// Storage keeps objects in buckets.
type Storage interface {
	// Put writes an object of unknown length, over one that is there. The object
	// is not there before all of r is; an error of r is returned as it is.
	Put(ctx context.Context, bucket, name string, r io.Reader) error
	// Close gives up what the storage holds.
	Close() error
}

// Open returns the storage at an address: file:///DIR, s3:// or
// http(s)://HOST[:PORT]. An empty one is a storage that refuses everything.
func Open(address string) (Storage, error) {
	if address == "" {
		return none{}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, badAddress()
	}
	switch {
	case u.Scheme == "file" && u.Host == "" && u.Path != "":
		return openDir(u.Path)
	case u.Scheme == "s3" && u.Host == "" && (u.Path == "" || u.Path == "/"):
		return openS3("", true)
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && (u.Path == "" || u.Path == "/"):
		return openS3(u.Host, u.Scheme == "https")
	}
	return nil, badAddress()
}

// badAddress does not repeat the address, which may have a password in it.
func badAddress() error {
	return tidemark.Errorf(tidemark.CodeInvalidAttribute, "the address of the object storage for exports is not one").
		WithHint("It is file:///DIR, s3:// for AWS or https://HOST:PORT for another service that speaks S3. Credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
}

// none is the storage of a service that was given none.
type none struct{}

// Put says what to set.
func (none) Put(context.Context, string, string, io.Reader) error {
	return tidemark.Errorf(tidemark.CodeExportRefused, "this service has no object storage to export to").
		WithHint("start it with --export-storage, or with TIDEMARK_EXPORT_URL set")
}

// Close does nothing.
func (none) Close() error { return nil }
