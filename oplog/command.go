package oplog

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/run"
)

// ddl is a c entry about the catalogue, its first field taken apart.
type ddl struct {
	*Entry
	target string  // the value of the first field, where it is a string
	body   []byte  // O
	first  element // of O
}

// command takes over a c entry, or one that is in a transaction.
func (f *folder) command(e *Entry) error {
	rest, err := elements(e.O)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return badEntry(*e, "its command is empty")
	}
	d := ddl{Entry: e, body: e.O}
	if d.first, _, err = nextElement(rest); err != nil {
		return err
	}
	d.target, _ = d.first.text()
	switch name := string(d.first.name); name {
	case "applyOps":
		return f.txns.apply(e, f.nested, f.looseOperation)
	case "commitTransaction":
		return f.txns.commit(e, f.nested)
	case "abortTransaction":
		return f.txns.abort(e)
	case "create":
		return f.create(d)
	case "drop":
		return f.drop(d)
	case "dropDatabase":
		return f.dropDatabase(d)
	case "renameCollection":
		return f.rename(d)
	case "collMod", "convertToCapped", "emptycapped", "createIndexes", "commitIndexBuild",
		"dropIndexes", "dropIndex", "deleteIndexes", "deleteIndex":
		return f.alter(d, name)
	case "startIndexBuild", "abortIndexBuild":
		return nil // an index is there when its build commits
	case "setMultikeyMetadata", "dropIdent":
		return nil // about how one server stores data
	default:
		return unknownCommand(e, name)
	}
}

func unknownCommand(e *Entry, name string) error {
	return tidemark.Errorf(tidemark.CodeUnsupported, "the oplog has the command %s on %s at %s, whose effect is not known", name, e.NS, e.TS).
		WithHint("Restore to a time before it, or take a new base after it. A newer version of Tidemark may know it.").
		WithParams(name, e.TS.String())
}

// alter is for commands that change one collection, which must be known.
func (f *folder) alter(d ddl, name string) error {
	k := f.catalogue.collection(d.Entry, d.Database()+"."+d.target)
	if k == nil {
		return f.missing(d.Entry, d.target)
	}
	switch name {
	case "collMod":
		return f.collMod(k, d)
	case "convertToCapped":
		return f.convertToCapped(k, d)
	case "emptycapped":
		return f.empty(k, d)
	case "createIndexes":
		return k.createIndex(d)
	case "commitIndexBuild":
		return k.commitIndexes(d)
	default:
		return k.dropIndexes(d)
	}
}

// missing is what comes of an entry about a collection that is not known: an
// error, but in a torn stretch, where it was dropped before the catalogue was
// read, and for collections that a catalogue does not list.
func (f *folder) missing(e *Entry, name string) error {
	if f.torn() || unlisted(name) {
		return nil
	}
	return tidemark.Errorf(tidemark.CodeInvalidData, "the oplog entry %s is about a collection that is not known", e.name()).
		WithHint("The oplog that is folded does not follow the catalogue. Take a new base.")
}

// create makes a collection, or in a torn stretch finds it made.
func (f *folder) create(d ddl) error {
	if d.target == "" {
		return badEntry(*d.Entry, "it creates something without a name")
	}
	if unlisted(d.target) {
		return nil
	}
	coll := tidemark.Collection{DB: d.Database(), Name: d.target, Type: tidemark.TypeCollection, UUID: d.UUID}
	options, at := begin(nil)
	view := false
	err := eachElement(d.body, func(el element) error {
		switch string(el.name) {
		case "create":
			return nil
		case "idIndex":
			coll.Indexes = []bson.Raw{slices.Clone(bson.Raw(el.value))}
			return nil
		case "viewOn":
			view = true
		}
		options = append(options, el.raw...)
		return nil
	})
	if err != nil {
		return err
	}
	coll.Options = end(options, at)
	ns := coll.Namespace()
	if view {
		coll.Type = tidemark.TypeView
		f.catalogue.views[ns], err = viewDocument(coll)
		return err
	}
	if f.catalogue.collection(d.Entry, ns) != nil {
		if !f.torn() {
			return badEntry(*d.Entry, "the collection is there already")
		}
		return nil // it has the name that it got last
	}
	if other := f.catalogue.byName[ns]; other != nil && !f.torn() {
		return badEntry(*d.Entry, "another collection has the name")
	}
	if !d.HasUUID {
		coll.UUID = derivedUUID(ns, f.at)
	}
	if f.dropped[coll.UUID] && !f.torn() {
		return revived(*d.Entry)
	}
	f.catalogue.add(coll)
	return nil
}

// revived refuses a collection that is made with the UUID of one that was
// dropped, which only applyOps can do: base and spilled edits are found by UUID,
// so the documents of the old one would come back with it.
func revived(e Entry) error {
	return tidemark.Errorf(tidemark.CodeUnsupported, "the oplog entry %s makes a collection with the UUID of one that was dropped before", e.name()).
		WithHint("Take a new base: the oplog before this entry and after it can be folded, but not over it.")
}

// drop removes a collection.
func (f *folder) drop(d ddl) error {
	ns := d.Database() + "." + d.target
	if d.target == viewsCollection {
		f.dropViews(d.Database())
		return nil
	}
	if k := f.catalogue.collection(d.Entry, ns); k != nil {
		f.release(k)
		return nil
	}
	if _, view := f.catalogue.views[ns]; view && !d.HasUUID {
		delete(f.catalogue.views, ns)
		return nil
	}
	return f.missing(d.Entry, d.target)
}

// release drops a collection and gives up what is known of its documents.
func (f *folder) release(k *collection) {
	f.acc.drop(k.UUID)
	f.dropped[k.UUID] = true
	f.catalogue.remove(k)
}

func (f *folder) dropViews(db string) {
	for ns := range f.catalogue.views {
		if strings.HasPrefix(ns, db+".") {
			delete(f.catalogue.views, ns)
		}
	}
}

// dropDatabase removes all that is left of a database.
func (f *folder) dropDatabase(d ddl) error {
	for _, k := range f.catalogue.byUUID {
		if k.DB == d.Database() {
			f.release(k)
		}
	}
	f.dropViews(d.Database())
	return nil
}

// rename gives a collection another name, dropping the one that has it.
func (f *folder) rename(d ddl) error {
	var to, drop element
	err := eachElement(d.body, func(el element) error {
		switch string(el.name) {
		case "to":
			to = el
		case "dropTarget":
			drop = el
		}
		return nil
	})
	if err != nil {
		return err
	}
	target, ok := to.text()
	db, name, dotted := strings.Cut(target, ".")
	if !ok || !dotted {
		return badEntry(*d.Entry, "it says no name to rename to")
	}
	if id, ok := drop.uuid(); ok {
		if k := f.catalogue.byUUID[id]; k != nil {
			f.release(k)
		} else if !f.torn() {
			return badEntry(*d.Entry, "it drops a collection that is not known")
		}
	} else if k := f.catalogue.byName[target]; k != nil && drop.value != nil && drop.truth() {
		f.release(k)
	}
	_, from, _ := strings.Cut(d.target, ".")
	k := f.catalogue.collection(d.Entry, d.target)
	if k == nil {
		return f.missing(d.Entry, from)
	}
	if other := f.catalogue.byName[target]; other != nil && other != k && !f.torn() {
		return badEntry(*d.Entry, "another collection has the name")
	}
	f.catalogue.rename(k, db, name)
	return k.setOption("temp", nil)
}

// empty is emptycapped: positions up to that of the entry are gone.
func (f *folder) empty(k *collection, d ddl) error {
	if !k.capped {
		return badEntry(*d.Entry, "it empties a collection that is not capped")
	}
	f.acc.drop(k.UUID)
	k.edits = f.acc.group(k.UUID)
	f.ordinal++
	mark := f.acc.at(k.edits, run.AppendTruncationKey(nil, k.UUID))
	f.acc.set(mark, run.EditPut, appendPosition(nil, position{f.at, f.ordinal}))
	return nil
}

// convertToCapped makes a collection capped. Servers since 4.2 write the making
// of another collection and a rename instead. Its documents are in the order of
// their _ids from now on: that of the server is not known.
func (f *folder) convertToCapped(k *collection, d ddl) error {
	size, ok, err := find(d.body, "size")
	if err != nil {
		return err
	}
	if !ok {
		return badEntry(*d.Entry, "it says no size")
	}
	yes := element{typ: bson.TypeBoolean, name: []byte("capped"), value: []byte{1}}
	if err := k.setOption("capped", &yes); err != nil {
		return err
	}
	if err := k.setOption("size", &size); err != nil {
		return err
	}
	k.Indexes = slices.DeleteFunc(k.Indexes, func(spec bson.Raw) bool { return indexName(spec) != "_id_" })
	k.capped = true
	return nil
}

// nested takes over an operation of a transaction.
func (f *folder) nested(op []byte) error {
	e, err := parseOperation(op, f.namespace)
	if err != nil {
		return err
	}
	f.namespace = e.NS
	e.TS = f.at
	if f.depth++; f.depth > maxNesting {
		return badEntry(e, "it nests too deeply")
	}
	defer func() { f.depth-- }()
	if e.Command() == "applyOps" {
		a, err := parseApplyOps(&e)
		if err != nil {
			return err
		}
		return a.each(f.looseOperation)
	}
	return f.operation(&e)
}

// looseOperation takes over an operation of an applyOps that was a command.
func (f *folder) looseOperation(op []byte) error {
	was := f.loose
	f.loose = true
	defer func() { f.loose = was }()
	return f.nested(op)
}

// maxNesting is how deeply a server lets applyOps nest.
const maxNesting = 10
