package main

import (
	"bytes"
	"strings"
	"testing"

	"tidemark/client"
)

func TestProgressWithoutATerminalIsLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newProgress(&out, "restore")
	eta := 12.0
	p.update(client.Progress{Phase: "loading", Percent: 12.5, Bytes: 2_000_000, TotalBytes: 16_000_000, Rate: 1e6, ETASeconds: &eta})
	p.update(client.Progress{Phase: "loading", Percent: 13})
	p.update(client.Progress{Phase: "verifying", Percent: 80})
	p.finish()
	want := "restore:  12.5 %  loading  2.0 MB of 16.0 MB  1.0 MB/s  12s to go\nrestore:  80.0 %  verifying\n"
	if out.String() != want {
		t.Errorf("got %q, not %q", out.String(), want)
	}
}

func TestByteSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 5 << 40: "5.5 TB"} {
		if got := byteSize(n); got != want {
			t.Errorf("%d: %s, not %s", n, got, want)
		}
	}
}

func TestSecretArgument(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"mongodb://a\n": "mongodb://a", "  x  \nsecond": "x", "y": "y"} {
		if got, err := secretArgument(strings.NewReader(in), "-"); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if got, err := secretArgument(strings.NewReader("ignored"), "given"); err != nil || got != "given" {
		t.Errorf("%q, %v", got, err)
	}
}
