package mongotest

import (
	"bufio"
	"net"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Script is a server that answers with replies given in advance and keeps what
// it was asked. Greetings, ping and endSessions are answered unless a reply for
// them was given; other commands without a reply are CommandNotFound.
type Script struct {
	listener   *listener
	replicaSet string

	mu      sync.Mutex
	replies map[string][]bson.Raw
	asked   []Command
}

// StartScript starts the server: a standalone, or with a name a replica set.
func StartScript(replicaSet string) (*Script, error) {
	s := &Script{replicaSet: replicaSet, replies: make(map[string][]bson.Raw)}
	var err error
	s.listener, err = listen(s.serve)
	return s, err
}

// On sets the replies to a command, in order; the last one stays.
func (s *Script) On(name string, replies ...bson.Raw) *Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[name] = replies
	return s
}

// Asked returns the commands of that name so far, or all but greetings for "".
func (s *Script) Asked(name string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Command
	for _, c := range s.asked {
		if c.Name == name || name == "" && !isGreeting(c.Name) {
			out = append(out, c)
		}
	}
	return out
}

// URI is the connection string: that of the replica set where it is one.
func (s *Script) URI() string {
	if s.replicaSet == "" {
		return s.listener.uri()
	}
	return "mongodb://" + s.listener.tcp.Addr().String() + "/?replicaSet=" + s.replicaSet
}

// Close stops the server.
func (s *Script) Close() error { return s.listener.close() }

func (s *Script) serve(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		msg, err := readMessage(r, nil) // a new buffer each: the command is kept
		if err != nil {
			return
		}
		cmd, err := parseCommand(msg)
		if err != nil {
			return
		}
		doc := s.answer(cmd)
		if cmd.silent {
			continue
		}
		if _, err := conn.Write(appendReply(nil, cmd, doc)); err != nil {
			return
		}
	}
}

func (s *Script) answer(cmd Command) bson.Raw {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, cmd)
	if replies := s.replies[cmd.Name]; len(replies) > 0 {
		if len(replies) > 1 {
			s.replies[cmd.Name] = slices.Clone(replies[1:])
		}
		return replies[0]
	}
	switch {
	case isGreeting(cmd.Name):
		return hello(s.listener.tcp.Addr().String(), s.replicaSet)
	case cmd.Name == "ping", cmd.Name == "endSessions":
		return OK()
	}
	return CommandError(59, "CommandNotFound", "no such command: '"+cmd.Name+"'")
}
