package service_test

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark"
)

// downloads makes files of one line.
type downloads struct{ sized atomic.Int32 }

func (d *downloads) OpenDownload(_ context.Context, j *tidemark.RestoreJob, s *tidemark.Snapshot) (tidemark.Download, error) {
	return &file{all: d, text: string(j.ID) + " " + s.Manifest}, nil
}

type file struct {
	all  *downloads
	text string
}

func (f *file) Name() string { return "file" }

func (f *file) Size(context.Context) (int64, error) {
	f.all.sized.Add(1)
	return int64(len(f.text)), nil
}

func (f *file) Known() bool { return false }

func (f *file) WriteRange(_ context.Context, w io.Writer, from, to int64) error {
	if to < 0 {
		to = int64(len(f.text))
	}
	_, err := io.WriteString(w, f.text[from:to])
	return err
}

// download makes a download job; whether it is completed is up to the test.
func (b *bench) download(i *tidemark.Instance, s *tidemark.Snapshot) *tidemark.RestoreJob {
	b.Helper()
	j, err := b.restore(i, tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverDownload, SnapshotID: s.ID})
	b.ok(err)
	return j
}

func TestDownload(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindServerless)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	j := b.download(i, s)
	if len(j.DownloadToken) != 64 || !j.ExpiresAt.Equal(j.CreatedAt.Add(4*time.Hour)) || j.TargetName != "" {
		t.Fatalf("the job is %+v", j)
	}
	for round := range 2 {
		if round == 1 { // it makes no difference
			b.finish(j, tidemark.JobCompleted)
		}
		d, err := b.svc.OpenDownload(t.Context(), j.DownloadToken, "192.0.2.1")
		b.ok(err)
		n, err := d.Size(t.Context())
		b.ok(err)
		var text strings.Builder
		b.ok(d.WriteRange(t.Context(), &text, 0, -1))
		if int64(text.Len()) != n || !d.Known() {
			t.Errorf("a file of %d bytes says it has %d", text.Len(), n)
		}
	}
	got, err := b.svc.GetRestoreJob(t.Context(), b.owner, b.cred.GroupID, "shop", "", j.ID)
	b.ok(err)
	if got.Downloads != 2 || got.DownloadBytes == 0 || b.files.sized.Load() != 1 {
		t.Errorf("downloads %d, bytes %d, sized %d times", got.Downloads, got.DownloadBytes, b.files.sized.Load())
	}

	failed := b.finish(b.download(i, s), tidemark.JobFailed)
	for _, token := range []string{failed.DownloadToken, "", "x", strings.Repeat("0", 64), j.DownloadToken[:63], j.DownloadToken + "0"} {
		_, err := b.svc.OpenDownload(t.Context(), token, "192.0.2.1")
		b.code(err, tidemark.CodeResourceNotFound)
	}
	b.advance(4 * time.Hour)
	_, err = b.svc.OpenDownload(t.Context(), j.DownloadToken, "192.0.2.1")
	b.code(err, tidemark.CodeResourceNotFound)
}

// TestDownloadEndsWithItsSnapshot deletes a snapshot that has a live link.
func TestDownloadEndsWithItsSnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindServerless)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	j := b.finish(b.download(i, s), tidemark.JobCompleted)
	b.ok(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID))
	_, err := b.svc.OpenDownload(t.Context(), j.DownloadToken, "192.0.2.1")
	b.code(err, tidemark.CodeResourceNotFound)
	got, err := b.svc.GetRestoreJob(t.Context(), b.owner, b.cred.GroupID, "shop", "", j.ID)
	b.ok(err)
	if got.ExpiresAt.After(b.clock()) {
		t.Errorf("the link says it lives until %s", got.ExpiresAt)
	}
}

// TestLinkNeverOutlivesSnapshot takes one that expires in an hour.
func TestLinkNeverOutlivesSnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindServerless)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	b.advance(47 * time.Hour)
	if j := b.download(i, s); !j.ExpiresAt.Equal(s.ExpiresAt) {
		t.Errorf("the link ends %s, the snapshot %s", j.ExpiresAt, s.ExpiresAt)
	}
}
