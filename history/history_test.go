package history_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/history"
)

const second = 1_700_000_000

func ts(s, i uint32) tidemark.Timestamp { return tidemark.Timestamp{T: second + s, I: i} }

var (
	orders = bson.Binary{Subtype: 4, Data: []byte("orders0123456789")}
	people = bson.Binary{Subtype: 4, Data: []byte("people0123456789")}
)

// entry makes an oplog entry.
func entry(t testing.TB, at tidemark.Timestamp, op, ns string, more ...bson.E) []byte {
	t.Helper()
	raw, err := bson.Marshal(append(bson.D{
		{Key: "ts", Value: at.BSON()}, {Key: "op", Value: op}, {Key: "ns", Value: ns},
		{Key: "wall", Value: at.Time()},
	}, more...))
	check(t, err)
	return raw
}

func o(v any) bson.E             { return bson.E{Key: "o", Value: v} }
func o2(v any) bson.E            { return bson.E{Key: "o2", Value: v} }
func ui(v bson.Binary) bson.E    { return bson.E{Key: "ui", Value: v} }
func id(v any) bson.D            { return bson.D{{Key: "_id", Value: v}} }
func command(k, v string) bson.D { return bson.D{{Key: k, Value: v}} }

func collection(name string, uuid bson.Binary) tidemark.Collection {
	c := tidemark.Collection{DB: "shop", Name: name, Type: tidemark.TypeCollection}
	c.Options, _ = bson.Marshal(bson.D{})
	copy(c.UUID[:], uuid.Data)
	return c
}

// shop is an instance with a few orders, of which this happened.
func shop(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t)
	c, p := collection("orders", orders), collection("people", people)
	doc, err := bson.Marshal(bson.D{{Key: "_id", Value: int32(1)}, {Key: "n", Value: int32(0)}})
	check(t, err)
	f.snapshot(ts(0, 1), state{
		catalogue: &tidemark.Catalogue{Collections: []tidemark.Collection{c, p}},
		documents: map[tidemark.UUID][][]byte{c.UUID: {doc}},
	})
	set := func(n int32) bson.D {
		return bson.D{{Key: "$v", Value: int32(2)}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "n", Value: n}}}, {Key: "sdeep", Value: bson.D{{Key: "i", Value: bson.D{{Key: "x", Value: 1}}}}}}}}
	}
	session := func(previous tidemark.Timestamp) []bson.E {
		return []bson.E{
			{Key: "lsid", Value: bson.D{{Key: "id", Value: orders}}}, {Key: "txnNumber", Value: int64(7)},
			{Key: "prevOpTime", Value: bson.D{{Key: "ts", Value: previous.BSON()}, {Key: "t", Value: int64(1)}}},
		}
	}
	part := func(n int32) bson.A {
		return bson.A{bson.D{{Key: "op", Value: "i"}, {Key: "ns", Value: "shop.people"}, ui(people), o(id(n))}}
	}
	log := [][]byte{
		entry(t, ts(1, 1), "i", "shop.orders", ui(orders), o(id("a"))),
		entry(t, ts(1, 2), "n", "", o(bson.D{{Key: "msg", Value: "periodic noop"}})),
		entry(t, ts(2, 1), "u", "shop.orders", ui(orders), o2(id(int32(1))), o(bson.D{{Key: "$v", Value: int32(1)}, {Key: "$set", Value: bson.D{{Key: "n", Value: int32(5)}, {Key: "deep", Value: bson.D{}}}}})),
		entry(t, ts(2, 2), "i", "config.x", o(id("hidden"))),
		// A chained transaction, with another entry in the middle.
		entry(t, ts(3, 1), "c", "admin.$cmd", append(session(tidemark.Timestamp{}), o(bson.D{{Key: "applyOps", Value: part(1)}, {Key: "partialTxn", Value: true}}))...),
		entry(t, ts(3, 2), "u", "shop.orders", ui(orders), o2(id(int32(1))), o(set(6))),
		entry(t, ts(9, 1), "c", "admin.$cmd", append(session(ts(3, 1)), o(bson.D{{Key: "applyOps", Value: part(2)}, {Key: "count", Value: int64(2)}}))...),
		entry(t, ts(10, 1), "d", "shop.orders", ui(orders), o(id("a"))),
		entry(t, ts(20, 1), "c", "shop.$cmd", ui(orders), o(bson.D{{Key: "renameCollection", Value: "shop.orders"}, {Key: "to", Value: "shop.old"}})),
		entry(t, ts(30, 1), "c", "shop.$cmd", ui(orders), o(command("drop", "old")), o2(bson.D{{Key: "numRecords", Value: int64(1)}})),
		entry(t, ts(31, 1), "n", "", o(bson.D{})),
	}
	f.begin(ts(0, 1))
	f.tail(ts(0, 1), log, 1)
	return f
}

func TestEntries(t *testing.T) {
	t.Parallel()
	f := shop(t)
	for name, c := range map[string]struct {
		q    tidemark.HistoryQuery
		want []string
	}{
		"all": {tidemark.HistoryQuery{}, []string{
			`1700000001:1 insert shop.orders "a"`, `1700000002:1 update shop.orders 1 n, deep`, `1700000003:2 update shop.orders 1 n, deep.x`,
			`1700000009:1 insert shop.people 1`, `1700000009:1 insert shop.people 2`, `1700000010:1 delete shop.orders "a"`,
			`1700000020:1 renameCollection shop.orders  to shop.old`, `1700000030:1 drop shop.old  about 1 documents`,
		}},
		"one database": {tidemark.HistoryQuery{Namespace: "shop", Kinds: []string{"drop"}}, []string{`1700000030:1 drop shop.old  about 1 documents`}},
		"a pattern":    {tidemark.HistoryQuery{Namespace: "shop.p*e"}, []string{`1700000009:1 insert shop.people 1`, `1700000009:1 insert shop.people 2`}},
		"new name":     {tidemark.HistoryQuery{Namespace: "shop.old"}, []string{`1700000020:1 renameCollection shop.orders  to shop.old`, `1700000030:1 drop shop.old  about 1 documents`}},
		"nothing":      {tidemark.HistoryQuery{Namespace: "shop.order"}, nil},
		"an id":        {tidemark.HistoryQuery{ID: "1.0", To: ts(9, 0)}, []string{`1700000002:1 update shop.orders 1 n, deep`, `1700000003:2 update shop.orders 1 n, deep.x`}},
		"a time":       {tidemark.HistoryQuery{From: ts(2, 1), To: ts(3, 1)}, []string{`1700000002:1 update shop.orders 1 n, deep`}},
		// The transaction began before.
		"a commit": {tidemark.HistoryQuery{From: ts(9, 1), To: ts(9, 1), Limit: 1}, []string{`1700000009:1 insert shop.people 1`}},
		"the rest": {tidemark.HistoryQuery{From: ts(9, 1), To: ts(9, 1), Cursor: "1700000009:1:1"}, []string{`1700000009:1 insert shop.people 2`}},
		"commands": {tidemark.HistoryQuery{Kinds: []string{history.KindCommand, "delete"}}, []string{
			`1700000010:1 delete shop.orders "a"`, `1700000020:1 renameCollection shop.orders  to shop.old`, `1700000030:1 drop shop.old  about 1 documents`}},
	} {
		p, err := f.Entries(t.Context(), f.instance, c.q)
		check(t, err)
		var got []string
		for _, e := range p.Entries {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", e.At, e.Kind, e.Namespace, e.ID, e.Summary)))
			if e.Wall.Unix() != int64(e.At.T) || e.Bytes == 0 || e.Transaction != (e.At == ts(9, 1)) {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if !slices.Equal(got, c.want) || p.Position != ts(31, 1) || len(p.Gaps) > 0 {
			t.Errorf("%s: position %s, gaps %v, entries\n%s", name, p.Position, p.Gaps, strings.Join(got, "\n"))
		}
	}
}

func TestQuestionsThatAreWrong(t *testing.T) {
	t.Parallel()
	f := shop(t)
	for parameter, q := range map[string]tidemark.HistoryQuery{
		"ns": {Namespace: ".x"}, "limit": {Limit: 10001}, "cursor": {Cursor: "1:2:3:4"}, "id": {ID: `{"$oid":"x"}`},
	} {
		_, err := f.Entries(t.Context(), f.instance, q)
		if tidemark.ErrorCode(err) != tidemark.CodeInvalidQuery || !strings.Contains(fmt.Sprint(err.(*tidemark.Error).Params), parameter) {
			t.Errorf("%s: %v", parameter, err)
		}
	}
	for name, c := range map[string]struct {
		q    tidemark.DocumentQuery
		code tidemark.Code
	}{
		"no collection": {tidemark.DocumentQuery{Namespace: "shop", ID: "1", At: ts(1, 1)}, tidemark.CodeInvalidQuery},
		"too early":     {tidemark.DocumentQuery{Namespace: "shop.orders", ID: "1", At: ts(0, 0)}, tidemark.CodeOutsideWindow},
		"too late":      {tidemark.DocumentQuery{Namespace: "shop.orders", ID: "1", At: ts(31, 2)}, tidemark.CodeOutsideWindow},
		"no document":   {tidemark.DocumentQuery{Namespace: "shop.orders", ID: "2", At: ts(5, 1)}, tidemark.CodeResourceNotFound},
		"dropped":       {tidemark.DocumentQuery{Namespace: "shop.old", ID: "1", At: ts(30, 1)}, tidemark.CodeResourceNotFound},
		"no snapshot":   {tidemark.DocumentQuery{Namespace: "shop.orders", ID: "1", SnapshotID: tidemark.NewID()}, tidemark.CodeSnapshotNotFound},
	} {
		if _, err := f.Document(t.Context(), f.instance, c.q); tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.instance.ContinuousBackup = false
	g := newFixture(t)
	g.instance.ContinuousBackup = false
	if _, err := g.Entries(t.Context(), g.instance, tidemark.HistoryQuery{}); tidemark.ErrorCode(err) != tidemark.CodeNoPointInTime {
		t.Errorf("without capture: %v", err)
	}
	if _, err := f.Entries(t.Context(), f.instance, tidemark.HistoryQuery{}); err != nil {
		t.Errorf("of what was captured before it was turned off: %v", err)
	}
}

func TestVersionsAcrossARename(t *testing.T) {
	t.Parallel()
	f := shop(t)
	show := func(q tidemark.HistoryQuery) []string {
		v, err := f.Versions(t.Context(), f.instance, q)
		check(t, err)
		var got []string
		for _, v := range v.Versions {
			got = append(got, fmt.Sprintf("%s %s %s", v.At, v.Kind, v.Document))
		}
		if !v.Next.IsZero() {
			got = append(got, "next "+v.Next.String())
		}
		return got
	}
	for name, c := range map[string]struct {
		q    tidemark.HistoryQuery
		want []string
	}{
		"old name": {tidemark.HistoryQuery{Namespace: "shop.orders", ID: "1"}, []string{
			`1700000000:1 base {"_id":1,"n":0}`, `1700000002:1 update {"_id":1,"n":5,"deep":{}}`, `1700000003:2 update {"_id":1,"n":6,"deep":{"x":1}}`, `1700000020:1 renameCollection `,
		}},
		"new name": {tidemark.HistoryQuery{Namespace: "shop.old", ID: "1", From: ts(9, 1)}, []string{
			`1700000009:0 base `, `1700000020:1 renameCollection {"_id":1,"n":6,"deep":{"x":1}}`, `1700000030:1 drop `,
		}},
		"a part": {tidemark.HistoryQuery{Namespace: "shop.orders", ID: "1", From: ts(2, 1), Limit: 2}, []string{
			`1700000002:0 base {"_id":1,"n":0}`, `1700000002:1 update {"_id":1,"n":5,"deep":{}}`, `next 1700000002:2`,
		}},
	} {
		if got := show(c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
		}
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := collection("orders", orders)
	f.snapshot(ts(0, 1), state{catalogue: &tidemark.Catalogue{Collections: []tidemark.Collection{c}}})
	log := [][]byte{entry(t, ts(1, 1), "i", "shop.orders", ui(orders), o(id(1)))}
	f.begin(ts(0, 1))
	f.tail(ts(0, 1), log, 1)
	f.begin(ts(5, 1)) // the source had lost what is between
	lost := tidemark.HistoryGap{After: ts(1, 1), Until: ts(5, 1)}
	p, err := f.Entries(t.Context(), f.instance, tidemark.HistoryQuery{})
	check(t, err)
	if len(p.Entries) != 1 || !slices.Equal(p.Gaps, []tidemark.HistoryGap{lost}) {
		t.Errorf("%+v", p)
	}
	f.tail(ts(5, 1), [][]byte{entry(t, ts(6, 1), "d", "shop.orders", ui(orders), o(id(1)))}, 1)
	p, err = f.Entries(t.Context(), f.instance, tidemark.HistoryQuery{})
	check(t, err)
	if len(p.Entries) != 2 || !slices.Equal(p.Gaps, []tidemark.HistoryGap{lost}) || p.Entries[1].Before != ts(5, 1) {
		t.Errorf("%+v", p)
	}
	for at, code := range map[tidemark.Timestamp]tidemark.Code{ts(1, 1): "", ts(3, 1): tidemark.CodeOplogGap, ts(6, 1): tidemark.CodeOplogGap} {
		if _, err := f.Document(t.Context(), f.instance, tidemark.DocumentQuery{Namespace: "shop.orders", ID: "1", At: at}); tidemark.ErrorCode(err) != code {
			t.Errorf("at %s: %v", at, err)
		}
	}
	// A snapshot after the gap.
	f.snapshot(ts(5, 9), state{catalogue: &tidemark.Catalogue{Collections: []tidemark.Collection{c}}, documents: map[tidemark.UUID][][]byte{c.UUID: {mustRaw(t, id(1))}}})
	d, err := f.Document(t.Context(), f.instance, tidemark.DocumentQuery{Namespace: "shop.orders", ID: "1", At: ts(5, 10)})
	if err != nil || string(d.Document) != `{"_id":1}` {
		t.Errorf("%s, %v", d, err)
	}
	bySnapshot, err := f.Document(t.Context(), f.instance, tidemark.DocumentQuery{Namespace: "shop.orders", ID: "1", SnapshotID: d.SnapshotID})
	if err != nil || string(bySnapshot.Document) != `{"_id":1}` || bySnapshot.At != ts(5, 9) {
		t.Errorf("%s, %v", bySnapshot, err)
	}
}

func mustRaw(t testing.TB, v any) []byte {
	raw, err := bson.Marshal(v)
	check(t, err)
	return raw
}

func TestSummary(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var log [][]byte
	for i := range uint32(150) {
		log = append(log, entry(t, ts(1, i+1), "d", "shop.orders", ui(orders), o(id(int32(i)))))
	}
	for i := range uint32(99) { // too few to be told
		log = append(log, entry(t, ts(2, i+1), "d", "shop.people", ui(people), o(id(int32(i)))))
	}
	for i := range uint32(300) {
		log = append(log, entry(t, ts(3, i+1), "i", fmt.Sprintf("many.c%d", i), o(id(int32(i)))))
	}
	log = append(log, entry(t, ts(60, 1), "c", "shop.$cmd", o(bson.D{{Key: "dropDatabase", Value: 1}})))
	f.begin(ts(0, 1))
	f.tail(ts(0, 1), log, 4<<10)
	s, err := f.Summary(t.Context(), f.instance, tidemark.HistoryQuery{From: ts(0, 0), To: ts(119, 0)}, 0)
	check(t, err)
	if s.BucketSeconds != 2 || len(s.Buckets) != 3 || !s.Until.IsZero() {
		t.Fatalf("%d buckets of %d seconds", len(s.Buckets), s.BucketSeconds)
	}
	b := s.Buckets[1]
	if b.Start != second+2 || b.Kinds["delete"] != 99 || b.Kinds["insert"] != 300 || b.Namespaces["shop.people"] != 99 || b.Namespaces[""] != 300-18 {
		t.Errorf("the second bucket is %+v", b)
	}
	first, rest := s.Namespaces[0], s.Namespaces[len(s.Namespaces)-1]
	if len(s.Namespaces) != 21 || first.Namespace != "shop.orders" || first.Operations != 150 || first.First != ts(1, 1) || first.Last != ts(1, 150) {
		t.Errorf("%d namespaces, the first is %+v", len(s.Namespaces), first)
	}
	total := int64(0)
	for _, n := range s.Namespaces {
		total += n.Operations
	}
	if rest.Namespace != "" || total != 550 {
		t.Errorf("the rest is %+v, all together %d", rest, total)
	}
	if len(s.Notable) != 2 || s.Notable[0].Count != 150 || s.Notable[0].Before != ts(0, 1) || s.Notable[0].Last != ts(1, 150) ||
		s.Notable[1].Kind != "dropDatabase" || s.Notable[1].Namespace != "shop" || s.Notable[1].Before != ts(3, 300) {
		t.Errorf("notable: %+v", s.Notable)
	}
	_, err = f.Summary(t.Context(), f.instance, tidemark.HistoryQuery{From: ts(0, 0), To: ts(100_000, 0)}, 1)
	if tidemark.ErrorCode(err) != tidemark.CodeInvalidQuery {
		t.Errorf("too many buckets: %v", err)
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"650000000000000000000000": bson.ObjectID{0x65}, `{"$oid":"650000000000000000000000"}`: bson.ObjectID{0x65},
		"42": int32(42), "4.5": 4.5, "-7": int32(-7), "+7": int64(7), ".5": 0.5, `"42"`: "42", "abc": "abc", "007": "007",
		`{"$numberLong":"42"}`: int64(42), `{"a":1}`: bson.D{{Key: "a", Value: int32(1)}}, "true": true, "-": "-",
		`{"$date":"2026-01-02T03:04:05Z"}`: bson.NewDateTimeFromTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
		`1, "b": 2`:                        `1, "b": 2`,
	} {
		v, err := history.ParseID(text)
		check(t, err)
		typ, b, err := bson.MarshalValue(want)
		check(t, err)
		if v.Type != typ || string(v.Value) != string(b) {
			t.Errorf("%s is %v", text, v)
		}
	}
}
