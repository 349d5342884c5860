package oplog

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// indexName is the name of an index.
func indexName(spec []byte) string {
	el, ok, err := find(spec, "name")
	if err != nil || !ok {
		return ""
	}
	name, _ := el.text()
	return name
}

// putIndex adds an index, or in its place one of the same name: a torn stretch
// builds again what is there.
func (k *collection) putIndex(spec bson.Raw) {
	name := indexName(spec)
	i := slices.IndexFunc(k.Indexes, func(s bson.Raw) bool { return indexName(s) == name })
	if i < 0 {
		k.Indexes = append(k.Indexes, spec)
		return
	}
	k.Indexes[i] = spec
}

// createIndex is createIndexes: the fields of the index stand in the command.
func (k *collection) createIndex(d ddl) error {
	dst, at := begin(nil)
	err := eachElement(d.body, func(el element) error {
		if string(el.name) != "createIndexes" {
			dst = append(dst, el.raw...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return k.addIndex(d, end(dst, at))
}

// commitIndexes is commitIndexBuild, with all the indexes that were built.
func (k *collection) commitIndexes(d ddl) error {
	list, ok, err := find(d.body, "indexes")
	if err != nil {
		return err
	}
	if !ok || !list.isArray() {
		return badEntry(*d.Entry, "it has no indexes")
	}
	return eachElement(list.value, func(el element) error {
		if !el.isDoc() {
			return badEntry(*d.Entry, "an index is not a document")
		}
		return k.addIndex(d, el.value)
	})
}

// indexHead is what servers list first of an index.
var indexHead = []string{"v", "key", "name"}

// addIndex adds an index in the form that listIndexes has.
func (k *collection) addIndex(d ddl, spec []byte) error {
	if indexName(spec) == "" {
		return badEntry(*d.Entry, "an index has no name")
	}
	dst, at := begin(nil)
	for _, name := range indexHead {
		el, ok, err := find(spec, name)
		if err != nil {
			return err
		}
		if ok {
			dst = append(dst, el.raw...)
		}
	}
	err := eachElement(spec, func(el element) error {
		switch name := string(el.name); {
		case slices.Contains(indexHead, name), name == "ns", name == "background", name == "dropDups":
			return nil
		}
		dst = append(dst, el.raw...)
		return nil
	})
	k.putIndex(end(dst, at))
	return err
}

// dropIndexes removes an index by name or key, several, or all but that of _id.
// In a torn stretch, and after a build that was given up, it may not be there.
func (k *collection) dropIndexes(d ddl) error {
	which, ok, err := find(d.body, "index")
	if err != nil {
		return err
	}
	if !ok {
		return badEntry(*d.Entry, "it says no index")
	}
	var names []string
	var keys [][]byte
	read := func(el element) error {
		if name, ok := el.text(); ok {
			names = append(names, name)
		} else if el.isDoc() {
			keys = append(keys, el.value)
		}
		return nil
	}
	if which.isArray() {
		err = eachElement(which.value, read)
	} else {
		err = read(which)
	}
	k.Indexes = slices.DeleteFunc(k.Indexes, func(spec bson.Raw) bool {
		name := indexName(spec)
		if slices.Contains(names, "*") {
			return name != "_id_"
		}
		return slices.Contains(names, name) || slices.ContainsFunc(keys, func(key []byte) bool { return hasKey(spec, key) })
	})
	return err
}

func hasKey(spec, key []byte) bool {
	el, ok, err := find(spec, "key")
	return err == nil && ok && bytes.Equal(el.value, key)
}

// modifyIndex is collMod with index: {name or keyPattern, what changes}.
func (k *collection) modifyIndex(d ddl, change element) error {
	if !change.isDoc() {
		return badEntry(*d.Entry, "it changes an index that is not named")
	}
	name := indexName(change.value)
	pattern, byKey, err := find(change.value, "keyPattern")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(k.Indexes, func(spec bson.Raw) bool {
		return name != "" && indexName(spec) == name || byKey && hasKey(spec, pattern.value)
	})
	if i < 0 {
		return nil // in a torn stretch; the index was dropped later
	}
	return eachElement(change.value, func(el element) error {
		var err error
		switch string(el.name) {
		case "name", "keyPattern":
		case "expireAfterSeconds":
			k.Indexes[i], err = withField(k.Indexes[i], el, true)
		case "hidden", "unique", "prepareUnique":
			k.Indexes[i], err = withField(k.Indexes[i], el, el.truth())
			if err == nil && string(el.name) == "unique" { // which it was prepared for
				k.Indexes[i], err = withField(k.Indexes[i], element{name: []byte("prepareUnique")}, false)
			}
		case "forceNonUnique":
			k.Indexes[i], err = withField(k.Indexes[i], element{name: []byte("unique")}, false)
		default:
			err = badEntry(*d.Entry, "it changes "+string(el.name)+" of an index, whose effect is not known")
		}
		return err
	})
}

// withField moves a field to the end with a new value, or removes it.
func withField(doc bson.Raw, el element, keep bool) (bson.Raw, error) {
	dst, at := begin(nil)
	err := eachElement(doc, func(old element) error {
		if !bytes.Equal(old.name, el.name) {
			dst = append(dst, old.raw...)
		}
		return nil
	})
	if keep {
		dst = append(dst, el.raw...)
	}
	return end(dst, at), err
}
