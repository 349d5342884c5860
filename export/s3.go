package export

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"tidemark"
)

// partBytes is the size of the parts in which an object is sent, and what an
// export holds in memory. S3 takes 10,000 of them: 320 GiB an archive.
const partBytes = 32 << 20

// awsEndpoint is that of all regions: the client asks where a bucket is.
const awsEndpoint = "s3.amazonaws.com"

// s3 is a service that speaks S3.
type s3 struct {
	client    *minio.Client
	transport *http.Transport
}

func openS3(host string, secure bool) (Storage, error) {
	if host == "" {
		host = awsEndpoint
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "the system's certificates cannot be read: %w", err)
	}
	client, err := minio.New(host, &minio.Options{
		Creds: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
		}),
		Secure: secure, Region: os.Getenv("AWS_REGION"), Transport: transport,
	})
	if err != nil {
		return nil, badAddress()
	}
	return &s3{client, transport}, nil
}

// Put sends an object in parts; it is there once the last has arrived.
func (s *s3) Put(ctx context.Context, bucket, name string, r io.Reader) error {
	in := &reading{ctx: ctx, r: r}
	body, size, err := small(in)
	if err == nil {
		_, err = s.client.PutObject(ctx, bucket, name, body, size, minio.PutObjectOptions{
			PartSize: partBytes, NumThreads: 1,
			// A body is vouched for by its MD5, which is signed with the other
			// headers. Signing it in chunks instead needs a framing that not all
			// services know.
			DisableContentSha256: true, SendContentMd5: true,
		})
	}
	if in.err != nil {
		return in.err
	}
	if err == nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	return s3Error(err)
}

// smallBytes is what is sent in one request, its length said before.
const smallBytes = 64 << 10

// small reads on until it knows that a body is small; the size of one that is
// not is -1.
func small(r io.Reader) (io.Reader, int64, error) {
	head := make([]byte, smallBytes)
	switch n, err := io.ReadFull(r, head); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return bytes.NewReader(head[:n]), int64(n), nil
	case err != nil:
		return nil, 0, err
	default:
		return io.MultiReader(bytes.NewReader(head), r), -1, nil
	}
}

// Close drops idle connections.
func (s *s3) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// s3Error tells errors that may pass from those that will not: the service's
// own answers of the kind 4xx but for those that ask to try again.
func s3Error(err error) error {
	answer := minio.ToErrorResponse(err)
	switch status := answer.StatusCode; {
	case status == 0, status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return tidemark.Errorf(tidemark.CodeExportUnreachable, "the object storage does not take the export: %w", err)
	default:
		return tidemark.Errorf(tidemark.CodeExportRefused, "the object storage refuses the export: %s: %s", answer.Code, answer.Message).
			WithHint("see to the bucket's name and region, and to the credentials that the service runs with")
	}
}
