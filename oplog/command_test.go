package oplog_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
)

func TestServersWithoutUUIDs(t *testing.T) {
	t.Parallel()
	l := newLog(t).
		insert("db.c", bson.D{e("_id", 1), e("n", 1)}).
		insert("db.c", bson.D{e("_id", 2), e("n", 2)}).
		update("db.c", 1, bson.D{e("$v", 1), e("$set", bson.D{e("_id", 1), e("m", 5)})}).
		add("d", "db.c", id(2))
	w := must(t, l)
	w.docs("c", bson.D{e("_id", 1), e("m", 5)})
	w.options("c", bson.D{})
	first, _ := w.catalogue.Find("db", "c")
	w = must(t, l.command("db", e("drop", "c")).insert("db.c", id(3)))
	w.docs("c", id(3))
	if second, _ := w.catalogue.Find("db", "c"); first.UUID == second.UUID {
		t.Error("a collection that was made again is the same")
	}
	w = must(t, l.command("db", e("renameCollection", "db.c"), e("to", "db.d")).
		insert("db.d", id(4)).insert("db.c", id(5)).
		command("db", e("renameCollection", "db.c"), e("to", "db.d"), e("dropTarget", true)))
	w.docs("d", id(5))
	if _, ok := w.catalogue.Find("db", "c"); ok {
		t.Error("a collection has its old name too")
	}
}

func TestOptionsChange(t *testing.T) {
	t.Parallel()
	create := newLog(t).command("db", e("create", "c"), e("temp", true), e("collation", bson.D{e("locale", "en")}), e("idIndex", bson.D{e("name", "_id_")}))
	w := must(t, create)
	w.options("c", bson.D{e("temp", true), e("collation", bson.D{e("locale", "en")})})
	w = must(t, create.command("db", e("collMod", "c"), e("validator", bson.D{e("a", 1)}), e("recordPreImages", true)))
	w.options("c", bson.D{
		e("temp", true), e("recordPreImages", true), e("validator", bson.D{e("a", 1)}),
		e("validationLevel", "strict"), e("validationAction", "error"), e("collation", bson.D{e("locale", "en")}),
	})
	w = must(t, create.command("db", e("collMod", "c"), e("validator", bson.D{}), e("validationAction", "warn"), e("recordPreImages", false),
		e("changeStreamPreAndPostImages", bson.D{e("enabled", true)}), e("expireAfterSeconds", int64(60))))
	w.options("c", bson.D{
		e("temp", true), e("changeStreamPreAndPostImages", bson.D{e("enabled", true)}),
		e("validationLevel", "strict"), e("validationAction", "warn"), e("collation", bson.D{e("locale", "en")}), e("expireAfterSeconds", int64(60)),
	})
	w = must(t, create.command("db", e("collMod", "c"), e("changeStreamPreAndPostImages", bson.D{e("enabled", false)}), e("expireAfterSeconds", "off")).
		command("db", e("renameCollection", "db.c"), e("to", "db.d"), e("stayTemp", false)))
	w.options("d", bson.D{e("validationLevel", "strict"), e("validationAction", "warn"), e("collation", bson.D{e("locale", "en")})})
	_, err := after(t, create.command("db", e("collMod", "d"), e("flyToTheMoon", 1)))
	wantCode(t, err, tidemark.CodeUnsupported)
	if !strings.Contains(err.Error(), "flyToTheMoon") {
		t.Error(err)
	}
}

func TestIndexesChange(t *testing.T) {
	t.Parallel()
	key := e("key", bson.D{e("a", 1)})
	l := newLog(t).command("db", e("create", "c"), e("idIndex", bson.D{e("name", "_id_")})).
		command("db", e("createIndexes", "c"), e("v", 2), e("unique", true), key, e("name", "a_1")).
		command("db", e("startIndexBuild", "c"), e("indexes", bson.A{bson.D{e("name", "b_1")}})).
		command("db", e("abortIndexBuild", "c"), e("indexes", bson.A{bson.D{e("name", "b_1")}}))
	must(t, l).indexes("c", bson.D{e("v", 2), key, e("name", "a_1"), e("unique", true)})
	l.command("db", e("commitIndexBuild", "c"), e("indexes", bson.A{
		bson.D{e("v", 2), e("key", bson.D{e("b", 1)}), e("name", "b_1"), e("expireAfterSeconds", 5)},
		bson.D{e("v", 2), e("key", bson.D{e("c", 1)}), e("name", "c_1")},
	}))
	l.command("db", e("collMod", "c"), e("index", bson.D{e("name", "a_1"), e("hidden", true)}))
	l.command("db", e("collMod", "c"), e("index", bson.D{e("keyPattern", bson.D{e("b", 1)}), e("expireAfterSeconds", 7)}))
	l.command("db", e("collMod", "c"), e("index", bson.D{e("name", "c_1"), e("prepareUnique", true)}))
	l.command("db", e("collMod", "c"), e("index", bson.D{e("name", "c_1"), e("unique", true)}))
	must(t, l).indexes("c", bson.D{e("v", 2), key, e("name", "a_1"), e("unique", true), e("hidden", true)},
		bson.D{e("v", 2), e("key", bson.D{e("b", 1)}), e("name", "b_1"), e("expireAfterSeconds", 7)},
		bson.D{e("v", 2), e("key", bson.D{e("c", 1)}), e("name", "c_1"), e("unique", true)})
	l.command("db", e("collMod", "c"), e("index", bson.D{e("name", "a_1"), e("hidden", false)}))
	l.command("db", e("dropIndexes", "c"), e("index", "b_1"))
	l.command("db", e("dropIndexes", "c"), e("index", bson.A{bson.D{e("c", 1)}}))
	must(t, l).indexes("c", bson.D{e("v", 2), key, e("name", "a_1"), e("unique", true)})
	must(t, l.command("db", e("dropIndexes", "c"), e("index", "*"))).indexes("c")
}

func TestCappedIsMadeAndEmptied(t *testing.T) {
	t.Parallel()
	l := newLog(t).insert("db.c", id(2)).insert("db.c", id(1)).
		command("db", e("convertToCapped", "c"), e("size", 4096)).
		insert("db.c", id(0)).
		update("db.c", 2, bson.D{e("$v", 2), e("diff", bson.D{e("i", bson.D{e("n", 1)})})}).
		update("db.c", 0, bson.D{e("_id", 0), e("m", 2)})
	w := must(t, l)
	w.options("c", bson.D{e("capped", true), e("size", 4096)})
	w.docs("c", id(1), bson.D{e("_id", 2), e("n", 1)}, bson.D{e("_id", 0), e("m", 2)})
	must(t, l.add("d", "db.c", id(1)).insert("db.c", id(1))).docs("c", bson.D{e("_id", 2), e("n", 1)}, bson.D{e("_id", 0), e("m", 2)}, id(1))
	must(t, l.command("db", e("emptycapped", "c"))).docs("c")
	must(t, l.insert("db.c", id(7)).insert("db.c", id(6))).docs("c", id(7), id(6))
	must(t, newLog(t).command("db", e("create", "c"), e("capped", true), e("size", 30)).
		insert("db.c", id(1)).insert("db.c", id(2)).insert("db.c", id(3))).docs("c", id(2), id(3))
	_, err := after(t, newLog(t).insert("db.c", id(1)).command("db", e("emptycapped", "c")))
	wantCode(t, err, tidemark.CodeInvalidData)
}

func TestTimeseries(t *testing.T) {
	t.Parallel()
	ts := bson.D{e("timeField", "at"), e("metaField", "m"), e("granularity", "seconds"), e("bucketMaxSpanSeconds", int32(3600))}
	index := func(name string, key ...bson.E) bson.D {
		return bson.D{e("v", 2), e("key", bson.D(key)), e("name", name)}
	}
	original := bson.D{e("v", 2), e("key", bson.D{e("x", 1)}), e("name", "x")}
	l := newLog(t).command("db", e("create", "system.buckets.c"), e("clusteredIndex", true), e("timeseries", ts)).
		insert("db.system.views", bson.D{e("_id", "db.c"), e("viewOn", "system.buckets.c"), e("pipeline", bson.A{})}).
		command("db", e("commitIndexBuild", "system.buckets.c"), e("indexes", bson.A{
			index("time", e("meta.a", 1), e("control.min.at", 1), e("control.max.at", 1)),
			index("back", e("meta", -1), e("control.max.at", -1), e("control.min.at", -1)),
			index("geo", e("data.where", "2dsphere")), index("half", e("control.min.at", 1)),
			append(index("x", e("control.min.x", 1), e("control.max.x", 1)), e("originalSpec", original)),
		})).
		command("db", e("collMod", "system.buckets.c"), e("timeseries", bson.D{e("granularity", "minutes")}))
	w := must(t, l)
	w.options("c", bson.D{e("timeseries", bson.D{e("timeField", "at"), e("metaField", "m"), e("granularity", "minutes"), e("bucketMaxSpanSeconds", int32(86400))})})
	w.indexes("c", index("time", e("m.a", 1), e("at", 1)), index("back", e("m", -1), e("at", -1)), index("geo", e("where", "2dsphere")), original)
	must(t, l.command("db", e("collMod", "system.buckets.c"), e("timeseries", bson.D{e("bucketMaxSpanSeconds", int32(9)), e("bucketRoundingSeconds", int32(9))}))).
		options("c", bson.D{e("timeseries", bson.D{e("timeField", "at"), e("metaField", "m"), e("bucketMaxSpanSeconds", int32(9)), e("bucketRoundingSeconds", int32(9))})})
}

func TestViewsChange(t *testing.T) {
	t.Parallel()
	l := newLog(t).insert("db.system.views", bson.D{e("_id", "db.v"), e("viewOn", "c"), e("pipeline", bson.A{}), e("collation", bson.D{e("locale", "en")})}).
		update("db.system.views", "db.v", bson.D{e("$v", 2), e("diff", bson.D{e("u", bson.D{e("viewOn", "d")})})})
	must(t, l).options("v", bson.D{e("viewOn", "d"), e("pipeline", bson.A{}), e("collation", bson.D{e("locale", "en")})})
	if w := must(t, l.add("d", "db.system.views", id("db.v"))); len(w.catalogue.Collections) != 0 {
		t.Error("a view is left")
	}
	_, err := after(t, l.update("db.system.views", "db.v", bson.D{e("$v", 2), e("diff", bson.D{e("u", bson.D{e("viewOn", "d")})})}))
	wantCode(t, err, tidemark.CodeInvalidData)
	must(t, newLog(t).command("db", e("create", "v"), e("viewOn", "c"), e("pipeline", bson.A{}))).options("v", bson.D{e("viewOn", "c"), e("pipeline", bson.A{})})
}

func TestWhatIsNotKnownStopsTheFold(t *testing.T) {
	t.Parallel()
	same := e("ui", bson.Binary{Subtype: bson.TypeBinaryUUID, Data: []byte("0123456789abcdef")})
	for _, c := range []struct {
		log  *log
		want tidemark.Code
		says string
	}{
		{newLog(t).command("db", e("importCollection", "c")), tidemark.CodeUnsupported, "importCollection on db.$cmd at 1001:1"},
		{newLog(t).add("xi", "db.c", id(1)), tidemark.CodeUnsupported, "xi"},
		{newLog(t).insert("db.c", id(1)).update("db.c", 1, bson.D{e("$v", 3)}), tidemark.CodeUnsupported, "version 3"},
		{newLog(t).command("db", e("drop", "c")), tidemark.CodeInvalidData, "c drop on db.$cmd at 1001:1"},
		{newLog(t).add("d", "db.c", id(1)), tidemark.CodeInvalidData, "d on db.c at 1001:1"},
		{newLog(t).command("db", e("create", "c")).command("db", e("create", "c")), tidemark.CodeInvalidData, "there already"},
		{newLog(t).insert("db.c", id("k")).add("d", "db.c", id("k")).update("db.c", "k", bson.D{e("$v", 1), e("$set", bson.D{e("a", 1)})}), tidemark.CodeInvalidData, `_id "k"`},
		{newLog(t).insert("db.c", bson.D{e("a", 1)}), tidemark.CodeInvalidData, "no _id"},
		{newLog(t).add("c", "db.$cmd", bson.D{e("create", "c")}, same).add("c", "db.$cmd", bson.D{e("drop", "c")}, same).
			add("c", "db.$cmd", bson.D{e("create", "c")}, same), tidemark.CodeUnsupported, "dropped before"},
	} {
		_, err := after(t, c.log)
		wantCode(t, err, c.want)
		if err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("the error does not say %q: %v", c.says, err)
		}
	}
}

func TestTornCatalogue(t *testing.T) {
	t.Parallel()
	torn := func(o *oplog.Options) { o.TornUntil = tidemark.Timestamp{T: 9999} }
	must(t, newLog(t).command("db", e("drop", "gone")).add("d", "db.gone", id(1)).
		command("db", e("createIndexes", "gone"), e("name", "x"), e("key", id(1))).
		command("db", e("create", "c")).command("db", e("create", "c")).insert("db.c", id(1)), torn).docs("c", id(1))
}

func TestPassedOver(t *testing.T) {
	t.Parallel()
	w := must(t, newLog(t).insert("config.c", id(1)).insert("local.c", id(1)).insert("admin.c", id(1)).
		command("config", e("anything", 1)).add("n", "", bson.D{e("msg", "x")}).add("km", "db.c", id(1)).
		command("db", e("create", "system.js")).insert("db.system.js", id(1)).insert("db.c", id(1)))
	if len(w.catalogue.Collections) != 1 {
		t.Errorf("the catalogue has %d collections", len(w.catalogue.Collections))
	}
}
