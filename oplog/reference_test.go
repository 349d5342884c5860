package oplog_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark/oplog"
)

// field is where a document has a field, or -1.
func field(d bson.D, name string) int {
	return slices.IndexFunc(d, func(e bson.E) bool { return e.Key == name })
}

// refDiff is the $v 2 diff of a document applied field by field.
func refDiff(doc, diff bson.D) bson.D {
	doc = slices.Clone(doc)
	section := func(name string) bson.D {
		if i := field(diff, name); i >= 0 {
			return diff[i].Value.(bson.D)
		}
		return nil
	}
	for _, e := range section("d") {
		doc = slices.DeleteFunc(doc, func(f bson.E) bool { return f.Key == e.Key })
	}
	for _, e := range diff {
		if i := field(doc, strings.TrimPrefix(e.Key, "s")); e.Key[0] == 's' && i >= 0 {
			doc[i].Value = refValue(doc[i].Value, e.Value.(bson.D))
		}
	}
	for _, e := range section("b") {
		i := field(doc, e.Key)
		if i < 0 {
			continue
		}
		change := e.Value.(bson.D)
		old, ok := doc[i].Value.(bson.Binary)
		if from := int(change[0].Value.(int32)); ok && from <= len(old.Data) {
			doc[i].Value = bson.Binary{Subtype: old.Subtype, Data: slices.Concat(old.Data[:from], change[1].Value.(bson.Binary).Data)}
		} else {
			doc[i].Value = nil
		}
	}
	for _, e := range section("u") {
		if i := field(doc, e.Key); i >= 0 {
			doc[i].Value = e.Value
		} else {
			doc = append(doc, e)
		}
	}
	inserts := section("i")
	doc = slices.DeleteFunc(doc, func(f bson.E) bool { return field(inserts, f.Key) >= 0 })
	return append(doc, inserts...)
}

func refValue(old any, diff bson.D) any {
	array := len(diff) > 0 && diff[0].Key == "a" && diff[0].Value == true
	switch v := old.(type) {
	case bson.D:
		if !array {
			return refDiff(v, diff)
		}
	case bson.A:
		if array {
			return refArray(v, diff[1:])
		}
	}
	return nil
}

func refArray(a bson.A, diff bson.D) bson.A {
	a = slices.Clone(a)
	pad := func(n int) {
		for len(a) < n {
			a = append(a, nil)
		}
	}
	for _, e := range diff {
		if e.Key == "l" {
			n := int(e.Value.(int32))
			pad(n)
			a = a[:n]
			continue
		}
		i, _ := strconv.Atoi(e.Key[1:])
		there := i < len(a)
		pad(i + 1)
		switch {
		case e.Key[0] == 'u':
			a[i] = e.Value
		case there:
			a[i] = refValue(a[i], e.Value.(bson.D))
		}
	}
	return a
}

// drawValue draws a value nested at most depth deep.
func drawValue(t *rapid.T, depth int) any {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.Int32().Draw(t, "int")
	case 1:
		return rapid.StringMatching("[a-c]{0,4}").Draw(t, "text")
	case 2:
		return nil
	case 3:
		return rapid.Bool().Draw(t, "bool")
	case 4:
		return bson.Binary{Subtype: 7, Data: rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "bytes")}
	case 5:
		return drawDoc(t, depth-1)
	default:
		a := bson.A{}
		for range rapid.IntRange(0, 4).Draw(t, "elements") {
			a = append(a, drawValue(t, depth-1))
		}
		return a
	}
}

// names has some that look like the sections of a diff and like indexes.
var names = []string{"a", "b", "c", "d", "i", "l", "s", "u", "0", "1", "", "sa", "u1"}

func drawDoc(t *rapid.T, depth int) bson.D {
	d := bson.D{}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 6, rapid.ID[string]).Draw(t, "names") {
		d = append(d, bson.E{Key: name, Value: drawValue(t, depth)})
	}
	return d
}

// drawDiff draws a diff that a server could write for doc. With wild it may also
// be one for another document.
func drawDiff(t *rapid.T, doc bson.D, depth int, wild bool) bson.D {
	var del, upd, ins, bin, subs bson.D
	for _, name := range names {
		i := field(doc, name)
		what := rapid.IntRange(0, 9).Draw(t, "change")
		if wild && rapid.IntRange(0, 9).Draw(t, "wild") == 0 {
			doc := append(bson.D{{Key: name, Value: drawValue(t, 2)}}, doc...)
			i = field(doc, name)
		}
		switch {
		case i < 0 && (what == 0 || wild && what == 1):
			ins = append(ins, bson.E{Key: name, Value: drawValue(t, 2)})
		case i < 0:
		case what == 1:
			del = append(del, bson.E{Key: name, Value: false})
		case what == 2:
			upd = append(upd, bson.E{Key: name, Value: drawValue(t, 2)})
		case what == 3:
			ins = append(ins, bson.E{Key: name, Value: drawValue(t, 2)})
		case what >= 4 && what <= 7 && depth > 0:
			switch v := at(doc, i).(type) {
			case bson.D:
				subs = append(subs, bson.E{Key: "s" + name, Value: drawDiff(t, v, depth-1, wild)})
			case bson.A:
				subs = append(subs, bson.E{Key: "s" + name, Value: drawArrayDiff(t, v, depth-1, wild)})
			case bson.Binary:
				bin = append(bin, bson.E{Key: name, Value: bson.D{
					{Key: "o", Value: int32(rapid.IntRange(0, len(v.Data)).Draw(t, "offset"))},
					{Key: "d", Value: bson.Binary{Data: rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "data")}},
				}})
			}
		}
	}
	diff := bson.D{}
	for name, section := range map[string]bson.D{"d": del, "u": upd, "i": ins, "b": bin} {
		if section != nil {
			diff = append(diff, bson.E{Key: name, Value: section})
		}
	}
	slices.SortFunc(diff, func(a, b bson.E) int { return strings.Index("duib", a.Key) - strings.Index("duib", b.Key) })
	return append(diff, subs...)
}

func at(doc bson.D, i int) any {
	if i < len(doc) {
		return doc[i].Value
	}
	return nil
}

func drawArrayDiff(t *rapid.T, a bson.A, depth int, wild bool) bson.D {
	diff := bson.D{{Key: "a", Value: true}}
	n := len(a)
	if n > 0 && rapid.IntRange(0, 2).Draw(t, "shrink") == 0 {
		n = rapid.IntRange(0, n-1).Draw(t, "length")
		diff = append(diff, bson.E{Key: "l", Value: int32(n)})
	}
	for i := range n {
		switch what := rapid.IntRange(0, 4).Draw(t, "element"); {
		case what == 0:
			diff = append(diff, bson.E{Key: fmt.Sprint("u", i), Value: drawValue(t, 1)})
		case what == 1 && depth > 0:
			switch v := a[i].(type) {
			case bson.D:
				diff = append(diff, bson.E{Key: fmt.Sprint("s", i), Value: drawDiff(t, v, depth-1, wild)})
			case bson.A:
				diff = append(diff, bson.E{Key: fmt.Sprint("s", i), Value: drawArrayDiff(t, v, depth-1, wild)})
			}
		}
	}
	if n == len(a) {
		for i := range rapid.IntRange(0, 2).Draw(t, "more") {
			diff = append(diff, bson.E{Key: fmt.Sprint("u", n+i), Value: drawValue(t, 1)})
		}
	}
	return diff
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := bson.Marshal(v)
	check(t, err)
	return b
}

func parse(t testing.TB, o bson.D) oplog.Update {
	t.Helper()
	u, err := oplog.ParseUpdate(marshal(t, o))
	check(t, err)
	return u
}

func TestDiffIsTheReference(t *testing.T) {
	t.Parallel()
	var a oplog.Applier
	rapid.Check(t, func(rt *rapid.T) {
		doc := drawDoc(rt, 3)
		diff := drawDiff(rt, doc, 3, true)
		other := doc
		if rapid.Bool().Draw(rt, "applied to another") {
			other = drawDoc(rt, 3)
		}
		got, err := a.Apply([]byte("before"), marshal(t, other), parse(t, bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: diff}}))
		check(t, err)
		if want := marshal(t, refDiff(other, diff)); !bytes.Equal(got, append([]byte("before"), want...)) {
			rt.Fatalf("%v with %v is\n%s, not\n%s", other, diff, bson.Raw(got[6:]), bson.Raw(want))
		}
	})
}

func TestComposedIsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		base := drawDoc(rt, 3)
		doc := base
		var patches [][]byte
		modifiers := rapid.Bool().Draw(rt, "modifiers")
		for range rapid.IntRange(1, 6).Draw(rt, "updates") {
			var patch []byte
			for range rapid.IntRange(1, 3).Draw(rt, "of a patch") {
				o := bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: drawDiff(rt, doc, 3, false)}}
				if modifiers {
					o = drawModifiers(rt)
					after, fits := refModify(doc, o)
					if !fits {
						o = bson.D{{Key: "$v", Value: 1}, {Key: "$set", Value: bson.D{{Key: "d", Value: 1}}}}
						after, _ = refModify(doc, o)
					}
					doc = after
				} else {
					doc = refDiff(doc, o[1].Value.(bson.D))
				}
				patch = oplog.AppendPatch(patch, parse(t, o))
			}
			patches = append(patches, patch)
		}
		composed, err := oplog.ComposePatches(patches...)
		check(t, err)
		got, err := oplog.ApplyPatches(marshal(t, base), composed)
		check(t, err)
		if want := marshal(t, doc); !bytes.Equal(got, want) {
			rt.Fatalf("%v becomes\n%s, not\n%s", base, bson.Raw(got), bson.Raw(want))
		}
	})
}

// TestComposedLengths has diffs of arrays that servers do not write one after
// the other, and whose composition must still be exact.
func TestComposedLengths(t *testing.T) {
	t.Parallel()
	resize := func(n int32, more ...bson.E) bson.D {
		return append(bson.D{{Key: "a", Value: true}, {Key: "l", Value: n}}, more...)
	}
	set := func(i string) bson.D { return bson.D{{Key: "a", Value: true}, {Key: "u" + i, Value: "new"}} }
	sub := bson.D{{Key: "a", Value: true}, {Key: "s3", Value: bson.D{{Key: "i", Value: bson.D{{Key: "x", Value: 1}}}}}}
	diffs := []bson.D{resize(1), resize(3), resize(0), set("0"), set("1"), set("3"), set("4"), sub, resize(2, bson.E{Key: "u1", Value: "both"}), resize(2, bson.E{Key: "u3", Value: "longer"})}
	base := bson.D{{Key: "f", Value: bson.A{"a", "b", "c", bson.D{{Key: "y", Value: 1}}}}}
	for i, first := range diffs {
		for j, second := range diffs {
			var patch []byte
			doc := base
			for _, diff := range []bson.D{first, second} {
				d := bson.D{{Key: "sf", Value: diff}}
				doc = refDiff(doc, d)
				patch = oplog.AppendPatch(patch, parse(t, bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: d}}))
			}
			composed, err := oplog.ComposePatches(patch)
			check(t, err)
			got, err := oplog.ApplyPatches(marshal(t, base), composed)
			check(t, err)
			if want := marshal(t, doc); !bytes.Equal(got, want) {
				t.Errorf("diff %d and then %d make %s, not %s", i, j, bson.Raw(got), bson.Raw(want))
			}
		}
	}
}
