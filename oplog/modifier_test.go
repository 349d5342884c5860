package oplog_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark/oplog"
)

// refModify is $set and $unset applied path by path. It is false where a path
// that is set leads through a value: no server writes that for this document.
func refModify(doc, o bson.D) (bson.D, bool) {
	fits := true
	for _, e := range o {
		for _, m := range values(e) {
			path := strings.Split(m.Key, ".")
			if e.Key == "$set" && !viable(doc, path) {
				fits = false
			}
			doc = refPath(doc, path, m.Value, e.Key == "$set").(bson.D)
		}
	}
	return doc, fits
}

// viable says whether a path can be set.
func viable(v any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch v := v.(type) {
	case bson.D:
		i := field(v, path[0])
		return i < 0 || viable(v[i].Value, path[1:])
	case bson.A:
		i, err := strconv.Atoi(path[0])
		return err == nil && (i >= len(v) || viable(v[i], path[1:]))
	default:
		return false
	}
}

func values(e bson.E) bson.D {
	d, _ := e.Value.(bson.D)
	return d
}

// refPath is what setting or removing a path makes of a value.
func refPath(v any, path []string, value any, set bool) any {
	switch v := v.(type) {
	case bson.D:
		v = slices.Clone(v)
		i := field(v, path[0])
		switch {
		case i >= 0 && len(path) > 1:
			v[i].Value = refPath(v[i].Value, path[1:], value, set)
		case i >= 0 && set:
			v[i].Value = value
		case i >= 0:
			v = slices.Delete(v, i, i+1)
		case set:
			v = append(v, bson.E{Key: path[0], Value: refCreated(path[1:], value)})
		}
		return v
	case bson.A:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || strconv.Itoa(i) != path[0] {
			return v
		}
		v = slices.Clone(v)
		if i >= len(v) {
			if !set {
				return v
			}
			for len(v) < i {
				v = append(v, nil)
			}
			return append(v, refCreated(path[1:], value))
		}
		switch {
		case len(path) > 1:
			v[i] = refPath(v[i], path[1:], value, set)
		case set:
			v[i] = value
		default:
			v[i] = nil
		}
		return v
	default:
		return v
	}
}

// refCreated is what a path makes of nothing.
func refCreated(path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	return bson.D{{Key: path[0], Value: refCreated(path[1:], value)}}
}

// drawModifiers draws $set and $unset of paths none of which leads through
// another, those of elements of arrays in order, as servers write them.
func drawModifiers(t *rapid.T) bson.D {
	var paths []string
	for _, p := range rapid.SliceOfNDistinct(rapid.StringMatching(`[abcl01](\.[ab0123]){0,2}`), 1, 5, rapid.ID[string]).Draw(t, "paths") {
		if !slices.ContainsFunc(paths, func(q string) bool {
			return strings.HasPrefix(p+".", q+".") || strings.HasPrefix(q+".", p+".")
		}) {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	var set, unset bson.D
	for _, p := range paths {
		if rapid.IntRange(0, 3).Draw(t, "unset") == 0 {
			unset = append(unset, bson.E{Key: p, Value: true})
		} else {
			set = append(set, bson.E{Key: p, Value: drawValue(t, 2)})
		}
	}
	o := bson.D{{Key: "$v", Value: 1}}
	if unset != nil {
		o = append(o, bson.E{Key: "$unset", Value: unset})
	}
	if set != nil {
		o = append(o, bson.E{Key: "$set", Value: set})
	}
	return o
}

func TestModifiersAreTheReference(t *testing.T) {
	t.Parallel()
	var a oplog.Applier
	rapid.Check(t, func(rt *rapid.T) {
		doc, o := drawDoc(rt, 3), drawModifiers(rt)
		got, err := a.Apply(nil, marshal(t, doc), parse(t, o))
		check(t, err)
		after, _ := refModify(doc, o)
		if want := marshal(t, after); !bytes.Equal(got, want) {
			rt.Fatalf("%v with %v is\n%s, not\n%s", doc, o, bson.Raw(got), bson.Raw(want))
		}
	})
}

func TestManyPaths(t *testing.T) {
	t.Parallel()
	doc, set, want := bson.D{{Key: "_id", Value: 1}}, bson.D{}, bson.D{{Key: "_id", Value: 1}}
	for i := range 500 {
		name := "f" + strconv.Itoa(i)
		if i%2 == 0 {
			doc = append(doc, bson.E{Key: name, Value: bson.D{{Key: "a", Value: 1}}})
			want = append(want, bson.E{Key: name, Value: bson.D{{Key: "a", Value: 2}, {Key: "b", Value: 3}}})
		}
		set = append(set, bson.E{Key: name + ".a", Value: 2}, bson.E{Key: name + ".b", Value: 3})
	}
	for i := 1; i < 500; i += 2 {
		want = append(want, bson.E{Key: "f" + strconv.Itoa(i), Value: bson.D{{Key: "a", Value: 2}, {Key: "b", Value: 3}}})
	}
	var a oplog.Applier
	got, err := a.Apply(nil, marshal(t, doc), parse(t, bson.D{{Key: "$v", Value: 1}, {Key: "$set", Value: set}}))
	check(t, err)
	if !bytes.Equal(got, marshal(t, want)) {
		t.Error("many paths are not set")
	}
}
