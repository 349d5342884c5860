package oplogstore

import (
	"fmt"
	"strconv"
	"strings"
)

// Names in the files of databases. FerretDB's own begin with _ferretdb_, those
// of collections end with a hash.
const (
	// TableName is the table of entries.
	TableName     = "_tidemark_oplog"
	triggerPrefix = TableName + "_"
	// FileName is the file for what the files of databases cannot hold.
	FileName       = "oplog.db"
	catalogueTable = "_ferretdb_collections"
	documentColumn = "_ferretdb_sjson"
)

// The kinds of rows. The column o holds the document (kindInsert, kindUpdate),
// a document of its _id (kindDelete), the settings of the collection
// (kindCreate) or the index (kindIndex, kindUnindex); to the new name
// (kindRename).
const (
	kindInsert       = "i"
	kindUpdate       = "u"
	kindDelete       = "d"
	kindCreate       = "create"
	kindDrop         = "drop"
	kindRename       = "rename"
	kindIndex        = "index"
	kindUnindex      = "unindex"
	kindDropDatabase = "dropDatabase"
	kindNoop         = "n"
)

const createTable = `CREATE TABLE IF NOT EXISTS ` + TableName + ` (
	ts INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, uuid TEXT, o TEXT, "to" TEXT) STRICT`

const insertRow = `INSERT INTO ` + TableName + ` (ts, kind, name, uuid, o, "to") `

// settings of a collection are '{}' until it is whole.
const (
	oldUUID = `(old.settings->>'$.uuid')`
	newUUID = `(new.settings->>'$.uuid')`
)

// catalogueTriggers are those on FerretDB's catalogue of a database. The
// settings of a collection get their UUID once it is whole; its index of _id is
// no entry of its own.
var catalogueTriggers = []string{
	createTrigger(triggerPrefix+"create", "AFTER UPDATE OF settings", catalogueTable, oldUUID+` IS NULL AND `+newUUID+` IS NOT NULL`,
		values(kindCreate, "new.name", newUUID, "new.settings", "NULL")),
	createTrigger(triggerPrefix+"rename", "AFTER UPDATE OF name", catalogueTable, `old.name <> new.name`,
		values(kindRename, "old.name", newUUID, "NULL", "new.name")),
	createTrigger(triggerPrefix+"drop", "AFTER DELETE", catalogueTable, oldUUID+` IS NOT NULL`,
		values(kindDrop, "old.name", oldUUID, "NULL", "NULL")),
	createTrigger(triggerPrefix+"indexes", "AFTER UPDATE OF settings", catalogueTable, oldUUID+` IS NOT NULL`,
		changedIndexes(kindUnindex, "old", "new"), changedIndexes(kindIndex, "new", "old")),
}

// changedIndexes adds a row for every index that is in one but not in the other.
func changedIndexes(kind, in, notIn string) string {
	return fmt.Sprintf(insertRow+`SELECT %[1]s(), '%[2]s', new.name, %[3]s, i.value, NULL
		FROM json_each(%[4]s.settings, '$.indexes') i WHERE i.value IS NOT NULL AND i.value->>'$.name' NOT IN
		(SELECT j.value->>'$.name' FROM json_each(%[5]s.settings, '$.indexes') j WHERE j.value IS NOT NULL)`,
		nextFunction, kind, newUUID, in, notIn)
}

// tableTriggers are those on the table of a collection.
func tableTriggers(table, uuid string) []string {
	on := spelled(table)
	name := `(SELECT name FROM ` + catalogueTable + ` WHERE table_name = ` + literal(table) + `)`
	id := literal(uuid)
	deleted := `'{"$s":{"p":{"_id":' || (old.` + documentColumn + `->'$."$s".p._id') || '},"$k":["_id"]},"_id":' || (old.` +
		documentColumn + `->'$._id') || '}'`
	return []string{
		createTrigger(tableTrigger(kindInsert, table), "AFTER INSERT", on, "", values(kindInsert, name, id, "new."+documentColumn, "NULL")),
		createTrigger(tableTrigger(kindUpdate, table), "AFTER UPDATE OF "+documentColumn, on, "", values(kindUpdate, name, id, "new."+documentColumn, "NULL")),
		createTrigger(tableTrigger(kindDelete, table), "AFTER DELETE", on, "", values(kindDelete, name, id, deleted, "NULL")),
	}
}

// documentKinds are those of rows that the triggers of a collection add.
var documentKinds = []string{kindInsert, kindUpdate, kindDelete}

// tableTrigger is the name of a trigger of a collection.
func tableTrigger(kind, table string) string { return triggerPrefix + kind + "_" + table }

func createTrigger(name, event, table, when string, statements ...string) string {
	if when != "" {
		when = " WHEN " + when
	}
	return "CREATE TRIGGER " + quote(name) + " " + event + " ON " + table + when +
		" BEGIN " + strings.Join(statements, "; ") + "; END"
}

func values(kind, name, uuid, o, to string) string {
	return insertRow + "VALUES (" + strings.Join([]string{nextFunction + "()", literal(kind), name, uuid, o, to}, ", ") + ")"
}

// spelled is a table's name as FerretDB puts it into SQL: quoted as Go does. It
// is not the name in the catalogue where that has a backslash or the like.
func spelled(table string) string { return strconv.Quote(table) }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }
