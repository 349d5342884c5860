package sjson_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/embedded/internal/sjson"
)

func TestValues(t *testing.T) {
	t.Parallel()
	id, _ := bson.ObjectIDFromHex("507f1f77bcf86cd799439011")
	for name, test := range map[string]struct {
		text string
		want bson.D
	}{
		"empty":   {`{"$s":{}}`, bson.D{}},
		"numbers": {`{"$s":{"p":{"a":{"t":"int"},"b":{"t":"long"},"c":{"t":"double"},"d":{"t":"date"},"e":{"t":"timestamp"},"f":{"t":"bool"}},"$k":["a","b","c","d","e","f"]},"a":-7,"b":9223372036854775807,"c":1e+300,"d":-1,"e":18446744073709551615,"f":true}`, bson.D{{Key: "a", Value: int32(-7)}, {Key: "b", Value: int64(9223372036854775807)}, {Key: "c", Value: 1e300}, {Key: "d", Value: bson.DateTime(-1)}, {Key: "e", Value: bson.Timestamp{T: 4294967295, I: 4294967295}}, {Key: "f", Value: true}}},
		"texts":   {`{"$s":{"p":{"s":{"t":"string"},"o":{"t":"objectId"},"b":{"t":"binData","s":4},"r":{"t":"regex","o":"i"}},"$k":["s","o","b","r"]},"s":"a\u003c\ud83d\ude00\"\\\n","o":"507f1f77bcf86cd799439011","b":"AQI=","r":"^x"}`, bson.D{{Key: "s", Value: "a<😀\"\\\n"}, {Key: "o", Value: id}, {Key: "b", Value: bson.Binary{Subtype: 4, Data: []byte{1, 2}}}, {Key: "r", Value: bson.Regex{Pattern: "^x", Options: "i"}}}},
		"nested":  {`{"$s":{"p":{"_id":{"t":"object","$s":{"p":{"x":{"t":"null"}},"$k":["x"]}},"a":{"t":"array","i":[{"t":"int"},{"t":"object","$s":{}},{"t":"array","i":[]}]}},"$k":["_id","a"]},"_id":{"x":null},"a":[1,{},[]]}`, bson.D{{Key: "_id", Value: bson.D{{Key: "x", Value: nil}}}, {Key: "a", Value: bson.A{int32(1), bson.D{}, bson.A{}}}}},
		"null":    {`{"$s":{"p":{"b":{"t":"binData","s":0}},"$k":["b"]},"b":null}`, bson.D{{Key: "b", Value: nil}}},
		"places":  {`{"$s":{"p":{"a\\b":{"t":"int"},"c":{"t":"int"}},"$k":["a\\b","c"]},"a\b":1,"c":2}`, bson.D{{Key: `a\b`, Value: int32(1)}, {Key: "c", Value: int32(2)}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d sjson.Decoder
			for range 2 { // the second time with the schema remembered
				got, err := d.AppendDocument([]byte("x"), test.text)
				if err != nil {
					t.Fatal(err)
				}
				want, err := bson.Marshal(test.want)
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != "x"+string(want) {
					t.Errorf("%s, want %s", bson.Raw(got[1:]), bson.Raw(want))
				}
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	good := `{"$s":{"p":{"a":{"t":"string"},"b":{"t":"array","i":[{"t":"int"}]}},"$k":["a","b"]},"a":"x\u0041","b":[1]}`
	for i := range good {
		if _, err := new(sjson.Decoder).AppendDocument(nil, good[:i]); err == nil {
			t.Errorf("accepted %q", good[:i])
		}
	}
	for _, text := range []string{
		good + " ", strings.Replace(good, "1]", "1.5]", 1), strings.Replace(good, "1]", "1,2]", 1), strings.Replace(good, `\u0041`, `\uZ041`, 1),
		strings.Replace(good, `"t":"int"`, `"t":"dec"`, 1), strings.Replace(good, `"a":{"t":"string"},`, ``, 1),
	} {
		if _, err := new(sjson.Decoder).AppendDocument(nil, text); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
}

// FuzzDecoder looks for panics, and for documents that are none.
func FuzzDecoder(f *testing.F) {
	f.Add(`{"$s":{"p":{"a":{"t":"string"},"b":{"t":"array","i":[{"t":"int"}]}},"$k":["a","b"]},"a":"xA","b":[1]}`)
	f.Add(`{"$s":{"p":{"a":{"t":"object","$s":{"p":{"r":{"t":"regex","o":"i"}},"$k":["r"]}}},"$k":["a"]},"a":{"r":"\ud83d\ude00"}}`)
	f.Add(`{"$s":{"p":{"a":{"t":"binData","s":2},"o":{"t":"objectId"}},"$k":["a","o"]},"a":"AQI=","o":"507f1f77bcf86cd799439011"}`)
	f.Add(`{"$s":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := new(sjson.Decoder).AppendDocument(nil, text)
		if err != nil {
			return
		}
		if err := bson.Raw(got).Validate(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
