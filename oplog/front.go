package oplog

import (
	"bytes"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// frontIndexes are the indexes of a time-series collection as listIndexes shows
// them, made of those of its buckets (timeseries_index_schema_conversion of
// MongoDB's sources). Servers since 6.0 keep what the user asked for in
// originalSpec. Indexes that no index of the front makes are left out.
func frontIndexes(buckets *collection) ([]bson.Raw, error) {
	options, ok := buckets.option("timeseries")
	if !ok || !options.isDoc() {
		return nil, nil
	}
	var names frontNames
	meta, _, err := find(options.value, "metaField")
	if err != nil {
		return nil, err
	}
	names.meta, _ = meta.text()
	var out []bson.Raw
	for _, spec := range buckets.Indexes {
		original, ok, err := find(spec, "originalSpec")
		if err != nil {
			return nil, err
		}
		if ok && original.isDoc() {
			out = append(out, bson.Raw(original.value))
			continue
		}
		front, err := names.index(spec)
		if err != nil {
			return nil, err
		}
		if front != nil {
			out = append(out, front)
		}
	}
	return out, nil
}

// frontNames is what measurements call their source.
type frontNames struct{ meta string }

// index is an index of the front; nil where there is none.
func (n frontNames) index(spec bson.Raw) (bson.Raw, error) {
	dst, at := begin(nil)
	fits := true
	err := eachElement(spec, func(el element) error {
		if string(el.name) != "key" {
			dst = append(dst, el.raw...)
			return nil
		}
		key, ok, err := n.key(el.value)
		fits = ok
		dst = appendNamed(dst, el.name, bson.TypeEmbeddedDocument, key)
		return err
	})
	if err != nil || !fits {
		return nil, err
	}
	return end(dst, at), nil
}

// key turns the key of an index of buckets into that of the front: meta has the
// name that the user gave it, and a field has its minimum and maximum in the
// buckets, the one that sorts first in front.
func (n frontNames) key(key []byte) ([]byte, bool, error) {
	var fields []element
	if err := eachElement(key, func(el element) error {
		fields = append(fields, el)
		return nil
	}); err != nil {
		return nil, false, err
	}
	dst, at := begin(nil)
	for i := 0; i < len(fields); i++ {
		el := fields[i]
		name := string(el.name)
		if rest, ok := strings.CutPrefix(name, "meta"); ok && n.meta != "" && (rest == "" || rest[0] == '.') {
			dst = appendNamed(dst, []byte(n.meta+rest), el.typ, el.value)
			continue
		}
		if rest, ok := strings.CutPrefix(name, "data."); ok {
			dst = appendNamed(dst, []byte(rest), el.typ, el.value)
			continue
		}
		first, second := "control.min.", "control.max."
		if strings.HasPrefix(name, second) {
			first, second = second, first
		}
		rest, ok := strings.CutPrefix(name, first)
		if !ok || i+1 == len(fields) || string(fields[i+1].name) != second+rest || !bytes.Equal(el.value, fields[i+1].value) {
			return nil, false, nil
		}
		dst = appendNamed(dst, []byte(rest), el.typ, el.value)
		i++
	}
	return end(dst, at), true, nil
}
