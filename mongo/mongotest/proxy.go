package mongotest

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
)

// FaultProxy stands between clients and one server.
type FaultProxy struct {
	listener *listener
	server   string

	mu   sync.Mutex
	hook Hook
	seen int
	down bool
	stop chan struct{}
}

// StartProxy starts a proxy before the first host of a plain connection string.
// A nil hook passes everything.
func StartProxy(uri string, hook Hook) (*FaultProxy, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return nil, errors.New("mongotest: the proxy needs a connection string with one host")
	}
	p := &FaultProxy{server: u.Host, hook: hook, stop: make(chan struct{})}
	p.listener, err = listen(p.serve)
	return p, err
}

// URI is the connection string of the proxy.
func (p *FaultProxy) URI() string { return p.listener.uri() }

// SetHook changes the hook and begins to count from 1 again.
func (p *FaultProxy) SetHook(hook Hook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook, p.seen = hook, 0
}

// Seen is how many commands were counted.
func (p *FaultProxy) Seen() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// SetDown makes the server seem dead: connections are closed, new ones at once.
// SetDown(false) brings it back.
func (p *FaultProxy) SetDown(down bool) {
	p.mu.Lock()
	p.down = down
	p.mu.Unlock()
	if down {
		p.listener.cut()
	}
}

// Close stops the proxy. Commands that are held end with their connection.
func (p *FaultProxy) Close() error {
	close(p.stop)
	return p.listener.close()
}

func (p *FaultProxy) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

func (p *FaultProxy) decide(cmd Command) Action {
	switch cmd.Name {
	case "hello", "isMaster", "ismaster", "saslStart", "saslContinue", "endSessions":
		return Pass()
	}
	p.mu.Lock()
	p.seen++
	n, hook := p.seen, p.hook
	p.mu.Unlock()
	if hook == nil {
		return Pass()
	}
	return hook(n, cmd)
}

// serve runs one connection: a goroutine for replies, this one for commands.
func (p *FaultProxy) serve(client net.Conn) {
	if p.isDown() {
		return
	}
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.server)
	if err != nil {
		return
	}
	link := &link{client: client, server: server}
	var replies sync.WaitGroup
	replies.Go(link.copyReplies)
	p.commands(link)
	client.Close()
	server.Close()
	replies.Wait()
}

func (p *FaultProxy) commands(l *link) {
	r := bufio.NewReader(l.client)
	var msg []byte
	for {
		var err error
		if msg, err = readMessage(r, msg); err != nil {
			return
		}
		cmd, err := parseCommand(msg)
		if err != nil {
			return
		}
		action := p.decide(cmd)
		if action.until != nil {
			select {
			case <-action.until:
			case <-p.stop:
				return
			}
		}
		if err := l.do(action, cmd, msg); err != nil {
			return
		}
	}
}

// link is a client's connection with the one to the server behind it.
type link struct {
	client, server net.Conn
	cutNext        atomic.Bool // close in place of the next reply
}

var errCut = errors.New("cut")

func (l *link) do(a Action, cmd Command, msg []byte) error {
	switch a.kind {
	case cut:
		return errCut
	case answer:
		_, err := l.client.Write(appendReply(nil, cmd, a.reply))
		return err
	case cutAfter:
		l.cutNext.Store(true)
	}
	_, err := l.server.Write(msg)
	return err
}

// copyReplies hands replies on, whole, until either side closes.
func (l *link) copyReplies() {
	defer l.client.Close()
	r := bufio.NewReader(l.server)
	var msg []byte
	for {
		var err error
		if msg, err = readMessage(r, msg); err != nil || l.cutNext.Load() {
			return
		}
		if _, err := l.client.Write(msg); err != nil {
			return
		}
	}
}
