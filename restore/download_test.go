package restore_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"tidemark"
	"tidemark/archive"
	"tidemark/restore"
)

func whole(t *testing.T, a *restore.Archive) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := a.WriteRange(t.Context(), &b, 0, -1); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDownloadHasEveryDocument(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 800, 200)
	var learned int64
	a := restore.NewArchive("shop", b.manifest, b.open, nil, 0, func(_ context.Context, size int64) { learned = size })
	if want := "shop-" + b.manifest.SnapshotID.String() + ".archive.gz"; a.Name() != want {
		t.Errorf("name %s, not %s", a.Name(), want)
	}
	if a.Known() {
		t.Error("the size is known before the file was made")
	}
	file := whole(t, a)
	if size, err := a.Size(t.Context()); err != nil || size != int64(len(file)) || learned != size || !a.Known() {
		t.Errorf("size %d, learned %d, of %d, %v", size, learned, len(file), err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	r, err := archive.NewReader(plain)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]*tidemark.Content{}
	for {
		ns, doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if got[ns.String()] == nil {
			got[ns.String()] = &tidemark.Content{}
		}
		got[ns.String()].Add(doc)
	}
	if len(r.Entries()) != len(b.manifest.Collections) {
		t.Errorf("%d entries for %d collections", len(r.Entries()), len(b.manifest.Collections))
	}
	for _, c := range b.manifest.Collections {
		content := got[c.Namespace()]
		if content == nil {
			content = &tidemark.Content{}
		}
		if *content != c.Content {
			t.Errorf("%s: %+v in the archive, %+v in the snapshot", c.Namespace(), *content, c.Content)
		}
	}
}

func TestDownloadByRanges(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 800, 200)
	file := whole(t, restore.NewArchive("shop", b.manifest, b.open, nil, 0, nil))
	size := int64(len(file))
	for _, r := range [][2]int64{{0, 1}, {0, size}, {size / 3, size / 2}, {size - 1, -1}, {size / 2, -1}, {5, 5}, {size, -1}} {
		a := restore.NewArchive("shop", b.manifest, b.open, nil, size, nil)
		var got bytes.Buffer
		if err := a.WriteRange(t.Context(), &got, r[0], r[1]); err != nil {
			t.Fatalf("%v: %v", r, err)
		}
		to := r[1]
		if to < 0 {
			to = size
		}
		if !bytes.Equal(got.Bytes(), file[r[0]:to]) {
			t.Errorf("range %v has other bytes than the file", r)
		}
	}
}

func TestDownloadLearnsItsSizeWithoutAReader(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 100, 100)
	size, err := restore.NewArchive("shop", b.manifest, b.open, nil, 0, nil).Size(t.Context())
	if file := whole(t, restore.NewArchive("shop", b.manifest, b.open, nil, 0, nil)); err != nil || size != int64(len(file)) {
		t.Errorf("%d of %d, %v", size, len(file), err)
	}
}

func TestDownloadOfDamageIsCutShort(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 800, 200)
	b.damage(b.manifest.Runs[len(b.manifest.Runs)-1].Object, 700)
	var got bytes.Buffer
	err := restore.NewArchive("shop", b.manifest, b.open, nil, 0, nil).WriteRange(t.Context(), &got, 0, -1)
	if tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
		t.Fatalf("%v", err)
	}
	if r, err := gzip.NewReader(&got); err == nil {
		if _, err := io.Copy(io.Discard, r); err == nil {
			t.Error("what was written looks like a whole file")
		}
	}
}

func TestDownloadOfAManifestThatLies(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 100, 100)
	b.manifest.Collections[len(b.manifest.Collections)-1].Content.Documents++
	err := restore.NewArchive("shop", b.manifest, b.open, nil, 0, nil).WriteRange(t.Context(), io.Discard, 0, -1)
	if tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged || !strings.Contains(err.Error(), "shop.") {
		t.Fatalf("%v", err)
	}
}

func TestDownloadEndsWithItsReader(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 800, 200)
	gone := errors.New("the reader is gone")
	if err := restore.NewArchive("shop", b.manifest, b.open, nil, 0, nil).WriteRange(t.Context(), failing{gone}, 0, -1); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := restore.NewArchive("shop", b.manifest, b.open, nil, 0, nil).WriteRange(ctx, io.Discard, 0, -1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
