package mongotest

import (
	"context"
	"net"
	"sync"
)

// listener accepts connections on a loopback port and owns a goroutine for each.
type listener struct {
	tcp  net.Listener
	done sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// listen calls serve, in a goroutine, with every connection until close.
func listen(serve func(net.Conn)) (*listener, error) {
	tcp, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &listener{tcp: tcp, conns: make(map[net.Conn]bool)}
	l.done.Go(func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			if l.add(conn) {
				l.done.Go(func() {
					defer l.remove(conn)
					serve(conn)
				})
			}
		}
	})
	return l, nil
}

func (l *listener) add(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.Close()
		return false
	}
	l.conns[conn] = true
	return true
}

func (l *listener) remove(conn net.Conn) {
	conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, conn)
}

// cut closes the connections there are.
func (l *listener) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.conns {
		conn.Close()
	}
}

// uri names this server and no other member of whatever stands behind it.
func (l *listener) uri() string {
	return "mongodb://" + l.tcp.Addr().String() + "/?directConnection=true"
}

// close ends the connections and waits for their goroutines.
func (l *listener) close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	err := l.tcp.Close()
	l.cut()
	l.done.Wait()
	return err
}
