package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"tidemark/client"
)

// lineInterval is how often progress is told where there is no terminal.
const lineInterval = 2 * time.Second

// progress shows how far a job is: a bar on a terminal, lines elsewhere.
type progress struct {
	out   io.Writer
	name  string
	pool  *mpb.Progress
	bar   *mpb.Bar
	text  atomic.Value // string: what stands behind the bar; read by the bar's own goroutine
	told  time.Time
	phase string
}

func newProgress(out io.Writer, name string) *progress {
	p := &progress{out: out, name: name}
	p.text.Store("")
	if f, ok := out.(*os.File); ok && drawable(f) {
		p.pool = mpb.New(mpb.WithOutput(out), mpb.WithWidth(40))
		p.bar = p.pool.AddBar(1000,
			mpb.PrependDecorators(decor.Name(name+" ")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.text.Load().(string) })))
	}
	return p
}

// drawable says whether f is a terminal with room for a bar. One that does not
// tell its size, as some that record do not, gets lines.
func drawable(f *os.File) bool {
	if !isatty.IsTerminal(f.Fd()) {
		return false
	}
	width, height, err := term.GetSize(int(f.Fd()))
	return err == nil && width > 0 && height > 0
}

// update tells the state of the job.
func (p *progress) update(v client.Progress) {
	text := fmt.Sprintf("%5.1f %%  %s", v.Percent, describe(v))
	if p.bar != nil {
		p.text.Store(text)
		p.bar.SetCurrent(int64(v.Percent * 10))
		return
	}
	// A new phase is told at once, the rest now and then.
	if v.Phase == p.phase && time.Since(p.told) < lineInterval {
		return
	}
	p.told, p.phase = time.Now(), v.Phase
	fmt.Fprintf(p.out, "%s: %s\n", p.name, text)
}

// finish takes the bar away.
func (p *progress) finish() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.pool.Wait()
	}
}

// describe says phase, amount, speed and time to go.
func describe(v client.Progress) string {
	s := dash(v.Phase)
	if v.Bytes > 0 {
		s += "  " + byteSize(v.Bytes)
		if v.TotalBytes > 0 {
			s += " of " + byteSize(v.TotalBytes)
		}
	}
	// The rate is that of the documents; there is none while nothing moves them.
	if v.Rate > 0 && (v.Phase == "loading" || v.Phase == "scanning") {
		s += fmt.Sprintf("  %s/s", byteSize(int64(v.Rate)))
	}
	if v.ETASeconds != nil {
		s += "  " + (time.Duration(*v.ETASeconds) * time.Second).String() + " to go"
	}
	return s
}
