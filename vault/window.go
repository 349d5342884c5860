package vault

import "sync"

// maxWindow is how many segments a window holds at most, and so how far a
// sequential read reads ahead: 256 KiB.
const maxWindow = 4

// Buffers are shared by all readers: most windows come and go quickly.
var (
	smallBuffers = sync.Pool{New: func() any { return new([segmentSize]byte) }}
	largeBuffers = sync.Pool{New: func() any { return new([maxWindow * segmentSize]byte) }}
)

// window is a few neighbouring segments of a payload, authenticated and in
// plaintext. It is used by one goroutine at a time.
type window struct {
	first int64 // the segment it begins with
	plain [][]byte
	small *[segmentSize]byte             // the buffer of a window of one segment
	large *[maxWindow * segmentSize]byte // the buffer of any other
}

// end is the segment after the window.
func (w *window) end() int64 { return w.first + int64(len(w.plain)) }

// holds says whether segment i is in the window.
func (w *window) holds(i int64) bool { return i >= w.first && i < w.end() }

// room empties the window and returns its buffer, of n segments.
func (w *window) room(n int) []byte {
	w.plain = w.plain[:0]
	if n == 1 {
		w.freeLarge()
		if w.small == nil {
			w.small = smallBuffers.Get().(*[segmentSize]byte)
		}
		return w.small[:]
	}
	w.freeSmall()
	if w.large == nil {
		w.large = largeBuffers.Get().(*[maxWindow * segmentSize]byte)
	}
	return w.large[:n*segmentSize]
}

// free empties the window and gives its buffers back.
func (w *window) free() {
	w.plain = nil
	w.freeSmall()
	w.freeLarge()
}

func (w *window) freeSmall() {
	if w.small != nil {
		smallBuffers.Put(w.small)
		w.small = nil
	}
}

func (w *window) freeLarge() {
	if w.large != nil {
		largeBuffers.Put(w.large)
		w.large = nil
	}
}

// maxWindows is how many idle windows a reader keeps. A run is read at its
// index and at its data in turn, and by a few goroutines at most.
const maxWindows = 4

// windows are the idle windows of a reader, the one used last at the end.
type windows struct {
	mu     sync.Mutex
	idle   []*window
	closed bool
}

// take returns a window to read segment i with, for the caller alone: one that
// holds it, else one that ends where it begins, else the one that was idle for
// longest. It is nil after close.
func (ws *windows) take(i int64) *window {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		return nil
	}
	best := -1
	for at, w := range ws.idle {
		if w.holds(i) {
			best = at
			break
		}
		if w.end() == i {
			best = at
		}
	}
	if best < 0 {
		if len(ws.idle) < maxWindows {
			return &window{}
		}
		best = 0
	}
	w := ws.idle[best]
	ws.idle = append(ws.idle[:best], ws.idle[best+1:]...)
	return w
}

// give puts a window back. An empty one, or one too many, is let go.
func (ws *windows) give(w *window) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed || len(w.plain) == 0 {
		w.free()
		return
	}
	if len(ws.idle) == maxWindows {
		ws.idle[0].free()
		ws.idle = append(ws.idle[:0], ws.idle[1:]...)
	}
	ws.idle = append(ws.idle, w)
}

// close lets all windows go; those in use follow when they are given back.
func (ws *windows) close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	for _, w := range ws.idle {
		w.free()
	}
	ws.idle = nil
}
