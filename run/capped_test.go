package run_test

import (
	"bytes"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/run"
)

func TestKindsOfKeys(t *testing.T) {
	t.Parallel()
	id := func(v any) bson.RawValue {
		doc, err := run.ID(marshal(t, bson.D{{Key: "_id", Value: v}}))
		check(t, err)
		return doc
	}
	capped, err := run.AppendCappedKey([]byte("x"), coll, id("a"))
	check(t, err)
	plain, err := run.AppendKey(nil, coll, id("a"))
	check(t, err)
	if capped[0] != 'x' || !bytes.Equal(capped[18:], plain[16:]) {
		t.Errorf("a capped key is %x, not the tag and %x", capped, plain)
	}
	keys := [][]byte{run.AppendTruncationKey(nil, coll), run.AppendNaturalKey(nil, coll, 7), capped[1:], plain}
	for i, key := range keys {
		uuid, kind, ok := run.SplitKey(key)
		if !ok || uuid != coll || kind != run.KeyKind(i) {
			t.Errorf("key %d is of kind %d", i, kind)
		}
		for j := range keys {
			if got := run.KindBounds(coll, run.KeyKind(j)).Contains(key); got != (i == j) {
				t.Errorf("key %d in the bounds of %d: %v", i, j, got)
			}
		}
		if i > 0 && bytes.Compare(keys[i-1], key) >= 0 {
			t.Errorf("key %d does not sort after the one before", i)
		}
	}
	if _, _, ok := run.SplitKey(coll[:]); ok {
		t.Error("a collection is no key")
	}
	if _, err := run.AppendCappedKey(nil, coll, bson.RawValue{}); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
		t.Errorf("no value: %v", err)
	}
	for want, v := range map[string]any{
		`_id "a\x00b"`: "a\x00b", "_id 1200": 1200, "_id -12.5": -12.5, "_id 0.1e-2": decimal("0.001"), "_id 0": 0, "_id null": nil,
		"_id true": true, "_id ObjectId(64b0c0ffee00000000000001)": bson.ObjectID{0x64, 0xb0, 0xc0, 0xff, 0xee, 11: 1},
		"_id 2023-11-14T22:13:20.123Z": bson.DateTime(1700000000123), "_id with key 3000": bson.D{},
	} {
		key, err := run.AppendKey(nil, coll, id(v))
		check(t, err)
		if got := run.DescribeKey(key); got != want {
			t.Errorf("%v is described as %s", v, got)
		}
	}
	if got := run.DescribeKey(keys[1]); got != "position 7" {
		t.Error(got)
	}
}
