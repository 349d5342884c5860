package oplog

import (
	"encoding/binary"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// optionOrder is the order in which servers list the options of a collection
// (CollectionOptions::appendBSON).
var optionOrder = []string{
	"capped", "size", "max", "autoIndexId", "temp", "recordPreImages", "changeStreamPreAndPostImages",
	"storageEngine", "indexOptionDefaults", "validator", "validationLevel", "validationAction",
	"collation", "viewOn", "pipeline", "clusteredIndex", "expireAfterSeconds", "timeseries", "encryptedFields",
}

// setOption sets an option, or removes it where value is nil. The others keep
// their places.
func (k *collection) setOption(name string, value *element) error {
	rank := slices.Index(optionOrder, name)
	dst, at := begin(nil)
	done := value == nil
	put := func() {
		dst = appendNamed(dst, []byte(name), value.typ, value.value)
		done = true
	}
	err := eachElement(k.Options, func(el element) error {
		switch {
		case string(el.name) == name:
			if !done {
				put()
			}
			return nil
		case !done && slices.Index(optionOrder, string(el.name)) > rank && !k.has(name):
			put()
		}
		dst = append(dst, el.raw...)
		return nil
	})
	if err != nil {
		return err
	}
	if !done {
		put()
	}
	k.Options = end(dst, at)
	return nil
}

// option is the value of an option.
func (k *collection) option(name string) (element, bool) {
	el, ok, err := find(k.Options, name)
	return el, ok && err == nil
}

func (k *collection) has(name string) bool {
	_, ok := k.option(name)
	return ok
}

// collMod takes over the fields of a collMod.
func (f *folder) collMod(k *collection, d ddl) error {
	validation := false
	err := eachElement(d.body, func(el element) error {
		switch name := string(el.name); name {
		case "collMod", "noPadding", "usePowerOf2Sizes", "timeseriesBucketsMayHaveMixedSchemaData",
			"timeseriesBucketingParametersHaveChanged":
			return nil // the last ones are about how buckets are stored
		case "index":
			return k.modifyIndex(d, el)
		case "validator":
			validation = true
			if el.isDoc() && len(el.value) == emptyDocument {
				return k.setOption(name, nil)
			}
			return k.setOption(name, &el)
		case "validationLevel", "validationAction":
			validation = true
			return k.setOption(name, &el)
		case "recordPreImages", "changeStreamPreAndPostImages", "encryptedFields":
			return k.setFlag(name, el)
		case "expireAfterSeconds":
			if off, ok := el.text(); ok && off == "off" {
				return k.setOption(name, nil)
			}
			return k.setOption(name, &el)
		case "cappedSize":
			return k.setOption("size", &el)
		case "cappedMax":
			return k.setOption("max", &el)
		case "timeseries":
			return k.modifyTimeseries(d, el)
		default:
			return tidemark.Errorf(tidemark.CodeUnsupported, "the oplog entry %s changes %s, whose effect is not known", d.name(), name).
				WithHint("Restore to a time before it, or take a new base after it. A newer version of Tidemark may know it.").
				WithParams("collMod "+name, d.TS.String())
		}
	})
	if err != nil || !validation {
		return err
	}
	return k.defaultValidation()
}

// emptyDocument is the size of one.
const emptyDocument = 5

// setFlag sets an option that servers list only while it is on.
func (k *collection) setFlag(name string, el element) error {
	on := el.truth()
	if el.isDoc() {
		enabled, ok, err := find(el.value, "enabled")
		if err != nil {
			return err
		}
		on = !ok || enabled.truth()
	}
	if !on {
		return k.setOption(name, nil)
	}
	return k.setOption(name, &el)
}

// defaultValidation does what servers do with a change of any of the three: it
// writes out the other defaults.
func (k *collection) defaultValidation() error {
	for name, value := range map[string]string{"validationLevel": "strict", "validationAction": "error"} {
		if k.has(name) {
			continue
		}
		if err := k.setOption(name, &element{typ: bson.TypeString, value: textValue(value)}); err != nil {
			return err
		}
	}
	return nil
}

// granularities are the spans, in seconds, that go with them.
var granularities = map[string]int32{"seconds": 3600, "minutes": 86400, "hours": 2592000}

// modifyTimeseries changes the bucketing of a time-series collection: to a
// granularity, or to a span and a rounding of its own.
func (k *collection) modifyTimeseries(d ddl, change element) error {
	old, ok := k.option("timeseries")
	if !ok || !old.isDoc() || !change.isDoc() {
		return badEntry(*d.Entry, "it changes the time-series of a collection that is none")
	}
	dst, at := begin(nil)
	err := eachElement(old.value, func(el element) error {
		switch string(el.name) {
		case "granularity", "bucketMaxSpanSeconds", "bucketRoundingSeconds":
			return nil
		}
		dst = append(dst, el.raw...)
		return nil
	})
	if err != nil {
		return err
	}
	dst, err = appendBucketing(dst, old.value, change.value)
	if err != nil {
		return err
	}
	return k.setOption("timeseries", &element{typ: bson.TypeEmbeddedDocument, value: end(dst, at)})
}

func appendBucketing(dst, old, change []byte) ([]byte, error) {
	granularity, ok, err := find(change, "granularity")
	if err != nil {
		return dst, err
	}
	if ok {
		dst = append(dst, granularity.raw...)
		name, _ := granularity.text()
		dst = appendHead(dst, bson.TypeInt32, []byte("bucketMaxSpanSeconds"))
		return binary.LittleEndian.AppendUint32(dst, uint32(granularities[name])), nil
	}
	for _, name := range []string{"bucketMaxSpanSeconds", "bucketRoundingSeconds"} {
		el, ok, err := find(change, name)
		if err == nil && !ok {
			el, ok, err = find(old, name)
		}
		if err != nil {
			return dst, err
		}
		if ok {
			dst = append(dst, el.raw...)
		}
	}
	return dst, nil
}
