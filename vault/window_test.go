package vault

import "testing"

func TestReadersKeepFewWindows(t *testing.T) {
	t.Parallel()
	var ws windows
	var used []*window
	for i := range int64(3 * maxWindows) { // as many goroutines read at once
		w := ws.take(10 * i)
		w.first = 10 * i
		w.plain = append(w.plain, w.room(1))
		used = append(used, w)
	}
	for _, w := range used {
		ws.give(w)
	}
	if len(ws.idle) != maxWindows {
		t.Fatalf("%d windows are kept", len(ws.idle))
	}
	for i, w := range used {
		if kept := i >= len(used)-maxWindows; kept != (w.small != nil) {
			t.Errorf("window %d has a buffer: %v", i, !kept)
		}
	}
	ws.close()
	for i, w := range used {
		if w.small != nil || w.large != nil {
			t.Errorf("window %d has a buffer after close", i)
		}
	}
}

func TestWindowsChangeTheirBuffers(t *testing.T) {
	t.Parallel()
	var w window
	for _, n := range []int{1, 3, 4, 1, 2, 1} {
		if got := len(w.room(n)); n > 1 && got != n*segmentSize || n == 1 && got != segmentSize {
			t.Fatalf("room for %d segments has %d bytes", n, got)
		}
		if (w.small != nil) != (n == 1) || (w.large != nil) != (n > 1) {
			t.Fatalf("for %d segments it holds small %v, large %v", n, w.small != nil, w.large != nil)
		}
	}
	w.free()
}
