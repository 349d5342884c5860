package export_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"tidemark"
	"tidemark/export"
)

// TestMain gives the process credentials: the storage takes them from there.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// storage is one to be tested, and what reads back what it keeps.
type storage struct {
	export.Storage
	read func(t *testing.T, bucket, name string) []byte // nil if it is not there
}

func open(t *testing.T, address string) export.Storage {
	t.Helper()
	s, err := export.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openDir(t *testing.T) storage {
	t.Helper()
	dir := t.TempDir()
	return storage{open(t, "file://"+dir), func(t *testing.T, bucket, name string) []byte {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, bucket, name))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		return b
	}}
}

func openS3(t *testing.T, wrap func(http.Handler) http.Handler) storage {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("exports"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(backend).Server()
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return storage{open(t, server.URL), func(t *testing.T, bucket, name string) []byte {
		t.Helper()
		o, err := backend.GetObject(bucket, name, nil)
		if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		defer o.Contents.Close()
		b, err := io.ReadAll(o.Contents)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}}
}

func each(t *testing.T, test func(t *testing.T, s storage)) {
	t.Helper()
	t.Run("directory", func(t *testing.T) { t.Parallel(); test(t, openDir(t)) })
	t.Run("S3", func(t *testing.T) { t.Parallel(); test(t, openS3(t, nil)) })
}

// file is a download of some length that may break off.
type file struct {
	size   int
	broken error
}

func (f *file) Name() string                        { return "shop-1.archive.gz" }
func (f *file) Size(context.Context) (int64, error) { return int64(f.size), nil }
func (f *file) Known() bool                         { return true }
func (f *file) content() *rand.ChaCha8              { return rand.NewChaCha8([32]byte{1}) }
func (f *file) sum() (sum [32]byte) {
	h := sha256.New()
	_, _ = io.CopyN(h, f.content(), int64(f.size))
	return [32]byte(h.Sum(nil))
}
func (f *file) WriteRange(_ context.Context, w io.Writer, _, _ int64) error {
	if _, err := io.CopyN(w, f.content(), int64(f.size)); err != nil {
		return err
	}
	return f.broken
}

func request(f *file) export.Request {
	return export.Request{
		Job: &tidemark.ExportJob{
			ID: tidemark.NewID(), SnapshotID: tidemark.NewID(), BucketName: "exports", Prefix: "exported_snapshots/o/g/shop/2026-03-01T1200/1",
			CustomData: []tidemark.Tag{{Key: "k", Value: "v"}},
		},
		Organization: &tidemark.Organization{ID: tidemark.NewID(), Name: "org"},
		Project:      &tidemark.Project{ID: tidemark.NewID(), Name: "project"},
		Instance:     &tidemark.Instance{ID: tidemark.NewID(), Name: "shop"},
		SnapshotAt:   time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Archive:      f,
	}
}

// TestRun writes an archive of more than one part, twice over itself.
func TestRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s storage) {
		f := &file{size: 40 << 20}
		r := request(f)
		for range 2 {
			n, err := export.Run(t.Context(), s, r)
			if err != nil || n != int64(f.size) {
				t.Fatalf("%d bytes, %v", n, err)
			}
		}
		if got := s.read(t, "exports", r.Job.Prefix+"/shop-1.archive.gz"); sha256.Sum256(got) != f.sum() {
			t.Errorf("the archive is another, of %d bytes", len(got))
		}
		if got := s.read(t, "exports", "exported_snapshots/.permissioncheck"); got == nil || len(got) != 0 {
			t.Errorf(".permissioncheck has %q", got)
		}
		var done struct {
			OrgID, ClusterName, SnapshotID, Archive string
			SnapshotInitiationDate                  time.Time
			TotalFiles                              int
			ArchiveBytes                            int64
			CustomData                              []tidemark.Tag
		}
		if err := json.Unmarshal(s.read(t, "exports", r.Job.Prefix+"/.complete"), &done); err != nil {
			t.Fatal(err)
		}
		if done.OrgID != string(r.Organization.ID) || done.ClusterName != "shop" || done.SnapshotID != string(r.Job.SnapshotID) || done.TotalFiles != 1 ||
			done.Archive != "shop-1.archive.gz" || done.ArchiveBytes != int64(f.size) || len(done.CustomData) != 1 || !done.SnapshotInitiationDate.Equal(r.SnapshotAt) {
			t.Errorf(".complete is %+v", done)
		}
	})
}

// TestBrokenArchive leaves nothing that looks whole, and says what broke.
func TestBrokenArchive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s storage) {
		broken := tidemark.Errorf(tidemark.CodeObjectDamaged, "a run is damaged")
		r := request(&file{size: 1 << 20, broken: broken})
		if _, err := export.Run(t.Context(), s, r); !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
		for _, name := range []string{"/shop-1.archive.gz", "/.complete"} {
			if s.read(t, "exports", r.Job.Prefix+name) != nil {
				t.Errorf("%s is there", name)
			}
		}
	})
}

// TestStopped ends with its context.
func TestStopped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s storage) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := export.Run(ctx, s, request(&file{size: 1 << 20})); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestRefused tells what will not pass from what may.
func TestRefused(t *testing.T) {
	t.Parallel()
	code := func(s export.Storage, r export.Request) tidemark.Code {
		_, err := export.Run(t.Context(), s, r)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("it shows the secret: %v", err)
		}
		return tidemark.ErrorCode(err)
	}
	missing := request(&file{size: 10})
	missing.Job.BucketName = "missing"
	if got := code(openS3(t, nil), missing); got != tidemark.CodeExportRefused {
		t.Errorf("a missing bucket is %q", got)
	}
	down := openS3(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	})
	if got := code(down, request(&file{size: 10})); got != tidemark.CodeExportRefused {
		t.Errorf("forbidden is %q", got)
	}
	if got := code(open(t, ""), request(&file{size: 10})); got != tidemark.CodeExportRefused {
		t.Errorf("no storage is %q", got)
	}
	server := httptest.NewServer(nil)
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := open(t, server.URL).Put(ctx, "exports", "x", bytes.NewReader(nil)); err == nil || tidemark.ErrorCode(err) == tidemark.CodeExportRefused {
		t.Errorf("nobody there is %v", err)
	}
	outside := request(&file{size: 10})
	outside.Job.Prefix = "../../outside"
	if got := code(openDir(t), outside); got != tidemark.CodeExportRefused {
		t.Errorf("a path that leads out of the directory is %q", got)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"x", "ftp://host", "file://host/dir", "file:", "https://user:secret@host", "https://host/path", "s3://bucket", "https://host?x=secret", "://"} {
		_, err := export.Open(address)
		if tidemark.ErrorCode(err) != tidemark.CodeInvalidAttribute || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"s3://", "https://s3.example.net:9000", "http://127.0.0.1:9000/"} {
		open(t, address)
	}
}
