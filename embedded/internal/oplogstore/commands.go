package oplogstore

import "sync"

// commands are those under way that may write.
type commands struct {
	mu      sync.Mutex
	started map[*Command]Time
	changed chan struct{}
	watched bool // whether anyone has changed
}

func newCommands() commands {
	return commands{started: make(map[*Command]Time), changed: make(chan struct{})}
}

// Command is one that may write. Its entries, and those of later ones, are not
// seen before it is done.
type Command struct{ store *Store }

// Begin announces a command. It must be done once its writes are over, for good
// or not.
func (s *Store) Begin() *Command {
	c := &Command{s}
	s.commands.mu.Lock()
	defer s.commands.mu.Unlock()
	s.commands.started[c] = now()
	return c
}

// Done lets its entries be seen.
func (c *Command) Done() {
	m := &c.store.commands
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.started, c)
	if m.watched {
		close(m.changed)
		m.changed, m.watched = make(chan struct{}), false
	}
}

// Changed returns a channel that is closed when there may be more to see than
// at the time of the call.
func (s *Store) Changed() <-chan struct{} {
	s.commands.mu.Lock()
	defer s.commands.mu.Unlock()
	s.commands.watched = true
	return s.commands.changed
}

// visible is the time up to which all entries are there.
func (s *Store) visible() Time {
	s.commands.mu.Lock()
	defer s.commands.mu.Unlock()
	t := now()
	for _, started := range s.commands.started {
		t = min(t, started)
	}
	return t
}
