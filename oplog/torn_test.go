package oplog_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
)

// into is an applyOps with an insert into each namespace.
func into(namespaces ...string) bson.E {
	a := bson.A{}
	for _, ns := range namespaces {
		a = append(a, bson.D{e("op", "i"), e("ns", ns), e("o", id(1))})
	}
	return e("applyOps", a)
}

func TestCountTorn(t *testing.T) {
	t.Parallel()
	at := func(second uint32) tidemark.Timestamp { return tidemark.Timestamp{T: second, I: 1} }
	partial, prepare, commit, abort := e("partialTxn", true), e("prepare", true), e("commitTransaction", 1), e("abortTransaction", 1)
	made := e("applyOps", bson.A{
		bson.D{e("op", "c"), e("ns", "shop.$cmd"), e("o", bson.D{e("create", "new")})},
		bson.D{e("op", "i"), e("ns", "log.web"), e("o", id(1))},
	})
	for name, c := range map[string]struct {
		log             *log
		brought, undone int64
	}{
		"of both":                {newLog(t).inSession(1, start, into("shop.a", "log.web")), 1, 0},
		"of the choice":          {newLog(t).inSession(1, start, into("shop.a", "shop.b")), 0, 0},
		"of the rest":            {newLog(t).inSession(1, start, into("log.a", "log.web")), 0, 0},
		"of none but the server": {newLog(t).inSession(1, start, into("shop.a", "config.transactions")), 0, 0},
		"buckets":                {newLog(t).inSession(1, start, into("shop.system.buckets.a", "log.web")), 1, 0},
		"a creation":             {newLog(t).inSession(1, start, made), 1, 0},
		"a chain":                {newLog(t).inSession(1, start, into("shop.a"), partial).inSession(1, at(1001), into("log.web")), 1, 0},
		"a chain of the choice":  {newLog(t).inSession(1, start, into("shop.a"), partial).inSession(1, at(1001), into("shop.b")), 0, 0},
		"given up":               {newLog(t).inSession(1, start, into("shop.a"), partial).inSession(2, start, into("log.web")), 0, 0},
		"not ended":              {newLog(t).inSession(1, start, into("shop.a", "log.web"), partial), 0, 0},
		"aborted":                {newLog(t).inSession(1, start, into("shop.a", "log.web"), prepare).inSession(1, at(1001), abort), 0, 0},
		"begun before":           {newLog(t).inSession(1, at(900), into("shop.a", "log.web")), 1, 0},
		"commits after": {newLog(t).inSession(1, start, into("shop.a", "log.web"), prepare).
			insert("x.x", id(1)).insert("x.x", id(2)).insert("x.x", id(3)).inSession(1, at(1001), commit), 0, 1},
		"one of each": {newLog(t).inSession(1, start, into("shop.a", "log.web")).insert("x.x", id(1)).insert("x.x", id(2)).
			inSession(2, start, into("shop.a", "log.web")).inSession(3, start, into("shop.a", "log.web")), 1, 2},
		"no transaction": {newLog(t).command("admin", into("shop.a", "log.web")), 0, 0},
	} {
		asked := map[string]int{}
		got, err := oplog.CountTorn(t.Context(), sequence(c.log.entries), at(1000), at(1003), func(ns string) bool {
			asked[ns]++
			return strings.HasPrefix(ns, "shop.")
		})
		until := c.log.now()
		if until.T < 1003 {
			until = at(1003)
		}
		if want := (tidemark.TornTransactions{Brought: c.brought, Undone: c.undone, From: at(1000), At: at(1003), Until: until}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		for ns, n := range asked {
			if n > 1 {
				t.Errorf("%s: asked %d times for %s", name, n, ns)
			}
		}
	}
	if _, err := oplog.CountTorn(t.Context(), sequence([][]byte{{1, 2}}), at(1), at(2), nil); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
		t.Error(err)
	}
}
