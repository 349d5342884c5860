package oplog

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// State is what a fold hands to the fold of the entries that follow: the
// transactions that are open where it ends. Whoever has one must Close it or
// hand it to Fold, which does.
type State struct {
	open []*transaction // by their first entries
}

// Open counts the transactions.
func (s *State) Open() int {
	if s == nil {
		return 0
	}
	return len(s.open)
}

// Oldest is the first entry of the oldest open transaction; zero without one.
func (s *State) Oldest() tidemark.Timestamp {
	if s.Open() == 0 {
		return tidemark.Timestamp{}
	}
	return s.open[0].first
}

// Bytes is the size of their operations.
func (s *State) Bytes() int64 {
	var n int64
	for i := range s.Open() {
		n += s.open[i].ops.size()
	}
	return n
}

// Close gives up what the state holds.
func (s *State) Close() error {
	if s == nil {
		return nil
	}
	var errs []error
	for _, t := range s.open {
		errs = append(errs, t.ops.close())
	}
	s.open = nil
	return errors.Join(errs...)
}

// stateVersion is the first byte of a stored state.
const stateVersion = 1

// transactionHead is stored before the operations of a transaction.
type transactionHead struct {
	Session  bson.Raw       `bson:"session"`
	Number   int64          `bson:"number"`
	First    bson.Timestamp `bson:"first"`
	Last     bson.Timestamp `bson:"last"`
	Prepared bool           `bson:"prepared"`
	Bytes    int64          `bson:"bytes"`
}

// Write stores the state: a byte of version, then for each transaction a
// document that says what it is and its operations as they are in the oplog.
func (s *State) Write(w io.Writer) error {
	if _, err := w.Write([]byte{stateVersion}); err != nil {
		return err
	}
	for i := range s.Open() {
		t := s.open[i]
		head, err := bson.Marshal(transactionHead{
			Session: t.session, Number: t.number, Prepared: t.prepared, Bytes: t.ops.size(),
			First: t.first.BSON(), Last: t.last.BSON(),
		})
		if err != nil {
			return tidemark.Errorf(tidemark.CodeInternal, "storing a transaction: %w", err)
		}
		if _, err := w.Write(head); err != nil {
			return err
		}
		if err := t.ops.copyTo(w); err != nil {
			return err
		}
	}
	return nil
}

// ReadState reads what Write wrote. Operations beyond memory bytes go to
// scratch. It is CodeInvalidData where the bytes are not a state.
func ReadState(r io.Reader, scratch Scratch, memory int64) (*State, error) {
	in := bufio.NewReader(r)
	version, err := in.ReadByte()
	if err != nil {
		return nil, errState()
	}
	if version != stateVersion {
		return nil, tidemark.Errorf(tidemark.CodeFormatTooNew, "the state of a fold is of version %d, and version %d is known", version, stateVersion).
			WithHint("Use the version of Tidemark that wrote it, or a newer one.").
			WithParams("fold state", int(version), stateVersion)
	}
	s, left := &State{}, memory
	for {
		t, err := readTransaction(in, scratch, &left)
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.open = append(s.open, t)
	}
}

func errState() error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "the state of a fold cannot be read")
}

func readTransaction(in *bufio.Reader, scratch Scratch, left *int64) (*transaction, error) {
	raw, err := readDocument(in, nil)
	if err != nil {
		return nil, err
	}
	var head transactionHead
	if bson.Unmarshal(raw, &head) != nil || head.Bytes < 0 || len(head.Session) == 0 {
		return nil, errState()
	}
	t := &transaction{
		session: head.Session, number: head.Number, prepared: head.Prepared,
		first: tidemark.TimestampOf(head.First), last: tidemark.TimestampOf(head.Last),
	}
	for t.ops.size() < head.Bytes {
		op, err := readDocument(in, nil)
		if errors.Is(err, io.EOF) {
			err = errState()
		}
		if err == nil {
			t.ops.add(op)
			if *left -= int64(len(op)); *left < 0 {
				*left += int64(len(t.ops.memory))
				err = t.ops.spill(scratch)
			}
		}
		if err != nil {
			return nil, errors.Join(err, t.ops.close())
		}
	}
	if t.ops.size() != head.Bytes {
		return nil, errors.Join(errState(), t.ops.close())
	}
	return t, nil
}

// state hands the open transactions over.
func (ts *transactions) state() *State {
	s := &State{open: slices.SortedFunc(maps.Values(ts.open), func(a, b *transaction) int {
		return a.first.Compare(b.first)
	})}
	ts.open, ts.memory = map[string]*transaction{}, 0
	return s
}

// take takes over what a fold before handed on.
func (ts *transactions) take(s *State) {
	for i := range s.Open() {
		t := s.open[i]
		ts.open[string(t.session)] = t
		ts.memory += int64(len(t.ops.memory))
	}
	if s != nil {
		s.open = nil
	}
}
