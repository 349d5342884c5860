package mongotest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"time"
)

// pipeChunk is how much a pipe moves at a time.
const pipeChunk = 4 << 10

// Break is what happens to a connection of a Pipe.
type Break int

// The breaks.
const (
	// CutBoth closes the connection on both sides.
	CutBoth Break = iota
	// HalfClose ends the way that the byte goes; the other still works.
	HalfClose
	// GoDown closes all connections, and new ones at once, until Up.
	GoDown
)

// Pipe stands between clients and one server as a network does: it knows of
// bytes and of no messages.
type Pipe struct {
	listener *listener
	server   string

	mu     sync.Mutex
	passed int64
	at     int64 // zero: no break
	kind   Break
	down   bool
	delay  time.Duration
}

// StartPipe starts a pipe to the first host of a plain connection string.
func StartPipe(uri string) (*Pipe, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return nil, errors.New("mongotest: the pipe needs a connection string with one host")
	}
	p := &Pipe{server: u.Host}
	p.listener, err = listen(p.serve)
	return p, err
}

// URI is the connection string of the pipe.
func (p *Pipe) URI() string { return p.listener.uri() }

// BreakAt breaks, once, the connection that moves that byte, of both ways and
// all connections together, counted from now.
func (p *Pipe) BreakAt(n int64, kind Break) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed, p.at, p.kind = 0, n, kind
}

// Passed is how many bytes were moved since the start or the last BreakAt.
func (p *Pipe) Passed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

// Up ends GoDown.
func (p *Pipe) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// SetDelay sets how long each 4 KiB take.
func (p *Pipe) SetDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Close ends all connections.
func (p *Pipe) Close() error { return p.listener.close() }

func (p *Pipe) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

func (p *Pipe) serve(client net.Conn) {
	if p.isDown() {
		return
	}
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var replies sync.WaitGroup
	replies.Go(func() { p.move(server, client) })
	p.move(client, server)
	replies.Wait()
}

// move moves one way until it ends or breaks.
func (p *Pipe) move(from, to net.Conn) {
	buf := make([]byte, pipeChunk)
	for {
		n, err := from.Read(buf)
		before, broken, delay := p.count(n)
		if delay > 0 {
			time.Sleep(delay) //nolint:forbidigo // the network that is played is slow
		}
		if _, wrong := to.Write(buf[:before]); err == nil {
			err = wrong
		}
		switch {
		case broken != nil && *broken == HalfClose:
			endWriting(to)
			_, _ = io.Copy(io.Discard, from)
			return
		case broken != nil:
			from.Close()
			to.Close()
			if *broken == GoDown {
				p.listener.cut()
			}
			return
		case err != nil:
			from.Close()
			to.Close()
			return
		}
	}
}

// count counts n bytes, and says how many of them come before a break.
func (p *Pipe) count(n int) (before int, broken *Break, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed += int64(n)
	if p.at == 0 || p.passed < p.at {
		return n, nil, p.delay
	}
	before = max(n-int(p.passed-p.at)-1, 0)
	p.at = 0
	kind := p.kind
	p.down = p.down || kind == GoDown
	return before, &kind, p.delay
}

func endWriting(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}
