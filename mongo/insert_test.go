package mongo_test

import (
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

func ids(t testing.TB, from, to int) ([]byte, int) {
	t.Helper()
	var docs []bson.D
	for i := from; i < to; i++ {
		docs = append(docs, bson.D{{Key: "_id", Value: i}})
	}
	return pack(t, docs...), to - from
}

// A batch may be sent again, whole or in part.
func TestDuplicatesCountAsWritten(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	must(t, d.Create(t.Context(), plain, "db", "c"))
	for _, upTo := range []int{50, 50, 150, 180} {
		docs, n := ids(t, 0, upTo)
		must(t, d.Insert(t.Context(), "db", "c", docs, n))
	}
	if got := contentOf(t, d, "db", "c"); got.Documents != 180 {
		t.Errorf("%d documents", got.Documents)
	}
}

// The embedded server does not name the index of a duplicate key.
func TestDuplicateOfAnotherIndexIsRefused(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	must(t, d.Create(t.Context(), plain, "db", "c"))
	unique := bson.Raw(pack(t, bson.D{{Key: "key", Value: bson.D{{Key: "u", Value: 1}}}, {Key: "name", Value: "u"}, {Key: "unique", Value: true}}))
	must(t, d.CreateIndexes(t.Context(), "db", "c", []bson.Raw{unique}))
	first := pack(t, bson.D{{Key: "_id", Value: 1}, {Key: "u", Value: "private"}})
	must(t, d.Insert(t.Context(), "db", "c", first, 1))
	must(t, d.Insert(t.Context(), "db", "c", first, 1))
	err := d.Insert(t.Context(), "db", "c", pack(t, bson.D{{Key: "_id", Value: 2}, {Key: "u", Value: "private"}}), 1)
	wantCode(t, err, tidemark.CodeTargetRefused)
	if err != nil && (strings.Contains(err.Error(), "private") || !strings.Contains(err.Error(), "db.c")) {
		t.Error(err)
	}
}

func TestRecordedWriteErrors(t *testing.T) {
	t.Parallel()
	docs, n := ids(t, 0, 3)
	s := replicaSet(t).On("insert", recorded(t, "insert-duplicates-unordered"))
	must(t, open(t, s.URI(), noRetry).Insert(t.Context(), "cmds", "t", docs, n))
	if asked := s.Asked("count"); len(asked) != 0 {
		t.Error("a named index needs no question")
	}
	one, _ := ids(t, 0, 1)
	s = replicaSet(t).On("insert", recorded(t, "insert-validation-fails"))
	err := open(t, s.URI(), noRetry).Insert(t.Context(), "cmds", "strict", one, 1)
	wantCode(t, err, tidemark.CodeTargetRefused)
	if err == nil || err.Error() != "the server refuses a document for cmds.strict: DocumentValidationFailure (121)" {
		t.Error(err)
	}
}

func TestDuplicateOfANamedIndex(t *testing.T) {
	t.Parallel()
	s := replicaSet(t).On("insert", mongotest.WriteError(0, 0, 11000,
		`E11000 duplicate key error collection: db.c index: mail_1 dup key: { mail: "ann@example.org" }`))
	one, _ := ids(t, 0, 1)
	err := open(t, s.URI(), noRetry).Insert(t.Context(), "db", "c", one, 1)
	wantCode(t, err, tidemark.CodeTargetRefused)
	if err == nil || !strings.Contains(err.Error(), "in the index mail_1") || strings.Contains(err.Error(), "ann@") {
		t.Error(err)
	}
}

// The command is what the server's version takes.
func TestInsertCommand(t *testing.T) {
	t.Parallel()
	for version, keeps := range map[string]bool{"4.2.24": false, "5.0.28": false, "5.0.29": true, "6.0.17": true,
		"7.0.12": false, "7.0.13": true, "7.3.9": false, "8.0.0": true, "8.3.1-rc0": true} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			docs, n := ids(t, 0, 3)
			s := script(t).On("buildInfo", mongotest.OK(bson.E{Key: "version", Value: version})).
				On("insert", mongotest.OK(bson.E{Key: "n", Value: int32(3)}))
			must(t, open(t, s.URI(), noRetry).Insert(t.Context(), "db", "c", docs, n))
			cmd := s.Asked("insert")[0]
			body := cmd.Body
			if body.Lookup("ordered").Boolean() || !body.Lookup("bypassDocumentValidation").Boolean() ||
				body.Lookup("writeConcern", "w").AsInt64() != 1 || body.Lookup("insert").StringValue() != "c" || cmd.DB != "db" {
				t.Errorf("%s", body)
			}
			if _, err := body.LookupErr("bypassEmptyTsReplacement"); (err == nil) != keeps {
				t.Errorf("%s", body)
			}
			if len(cmd.Sequences) != 1 || string(cmd.Sequences[0].Docs) != string(docs) {
				t.Error("the documents are not one sequence")
			}
		})
	}
}

// More documents, or more bytes, than the server takes at once.
func TestInsertSplitsAtTheServersLimits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit    bson.E
		messages []int32
	}{
		"count": {bson.E{Key: "maxWriteBatchSize", Value: int32(4)}, []int32{4, 4, 2}},
		"bytes": {bson.E{Key: "maxMessageSizeBytes", Value: int32(16<<10 + 3*14)}, []int32{3, 3, 3, 1}},
		"tiny":  {bson.E{Key: "maxMessageSizeBytes", Value: int32(16 << 10)}, []int32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t).On("hello", mongotest.OK(bson.E{Key: "isWritablePrimary", Value: true}, bson.E{Key: "maxWireVersion", Value: int32(21)}, test.limit))
			var replies []bson.Raw
			for _, n := range test.messages {
				replies = append(replies, mongotest.OK(bson.E{Key: "n", Value: n}))
			}
			s.On("insert", replies...)
			docs, n := ids(t, 0, 10)
			must(t, open(t, s.URI(), noRetry).Insert(t.Context(), "db", "c", docs, n))
			var sent []byte
			asked := s.Asked("insert")
			for _, cmd := range asked {
				sent = append(sent, cmd.Sequences[0].Docs...)
			}
			if len(asked) != len(test.messages) || string(sent) != string(docs) {
				t.Errorf("%d messages", len(asked))
			}
		})
	}
}

func TestInsertTriesAgain(t *testing.T) {
	t.Parallel()
	written := mongotest.OK(bson.E{Key: "n", Value: int32(1)})
	for name, fault := range map[string]mongotest.Action{
		"cut":           mongotest.Cut(),
		"cut after":     mongotest.CutAfter(),
		"not primary":   mongotest.Fail(10107, "NotWritablePrimary", "not primary"),
		"write error":   mongotest.Answer(mongotest.WriteError(0, 0, 11602, "interrupted")),
		"write concern": mongotest.Answer(mongotest.OK(bson.E{Key: "n", Value: int32(1)}, bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 91}, {Key: "errmsg", Value: "shutting down"}}})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := replicaSet(t).On("insert", written)
			failed := false
			p, err := mongotest.StartProxy(s.URI(), func(_ int, cmd mongotest.Command) mongotest.Action {
				if cmd.Name == "insert" && !failed {
					failed = true
					return fault
				}
				return mongotest.Pass()
			})
			must(t, err)
			t.Cleanup(func() { _ = p.Close() })
			docs, n := ids(t, 0, 1)
			must(t, open(t, p.URI(), mongo.Options{RetryFor: 20 * time.Second}).Insert(t.Context(), "db", "c", docs, n))
			if !failed {
				t.Error("the fault did not happen")
			}
		})
	}
}

// A real server dies in the middle of an insert, comes back, and has it all once.
func TestInsertSurvivesARestart(t *testing.T) {
	t.Parallel()
	p, err := mongotest.StartProxy(embeddedtest.Start(t), nil)
	must(t, err)
	t.Cleanup(func() { _ = p.Close() })
	d := open(t, p.URI(), mongo.Options{RetryFor: 20 * time.Second})
	must(t, d.Create(t.Context(), plain, "db", "c"))
	went := make(chan struct{})
	reached := make(chan struct{})
	p.SetHook(func(n int, _ mongotest.Command) mongotest.Action {
		if n != 3 {
			return mongotest.Pass()
		}
		close(reached)
		return mongotest.CutAfter().After(went)
	})
	done := make(chan error, 1)
	go func() {
		for i := range 5 {
			docs, n := ids(t, 90*i, 90*i+100) // a tenth of each is there already
			if err := d.Insert(t.Context(), "db", "c", docs, n); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	<-reached
	p.SetDown(true)
	close(went)
	p.SetDown(false)
	must(t, <-done)
	if got := contentOf(t, d, "db", "c"); got.Documents != 460 {
		t.Errorf("%d documents", got.Documents)
	}
}

func TestMalformedDocumentsAreNotSent(t *testing.T) {
	t.Parallel()
	s := script(t)
	d := open(t, s.URI(), noRetry)
	docs, n := ids(t, 0, 3)
	for name, test := range map[string]struct {
		docs  []byte
		count int
	}{
		"cut short":     {docs[:len(docs)-1], n},
		"too many":      {docs, n - 1},
		"too few":       {docs, n + 1},
		"no terminator": {append(append([]byte{}, docs[:len(docs)-1]...), 1), n},
		"nothing":       {nil, 1},
	} {
		if err := d.Insert(t.Context(), "db", "c", test.docs, test.count); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, d.Insert(t.Context(), "db", "c", nil, 0))
	if len(s.Asked("insert")) != 0 {
		t.Error("something was sent")
	}
}

func TestInsertWithoutAgreedCompression(t *testing.T) {
	t.Parallel()
	s, err := mongotest.StartNull()
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	// A server that offers no compression gets none.
	docs, n := ids(t, 0, 10000)
	must(t, open(t, s.URI()+"&compressors=zstd", noRetry).Insert(t.Context(), "db", "c", docs, n))
	if s.Documents() != 10000 || s.Bytes() != int64(len(docs)) {
		t.Errorf("%d documents", s.Documents())
	}
}
