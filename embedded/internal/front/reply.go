package front

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// document marshals a document of this package's making.
func document(d bson.D) bson.Raw {
	doc, err := bson.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("embedded/front: %v", err))
	}
	return doc
}

func failure(code int32, name, message string) bson.Raw {
	return document(bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: message}, {Key: "code", Value: code}, {Key: "codeName", Value: name}})
}

// appendElement appends a document as the i-th element of an array.
func appendElement(dst []byte, i int, doc []byte) []byte {
	dst = append(dst, byte(bson.TypeEmbeddedDocument))
	dst = strconv.AppendInt(dst, int64(i), 10)
	return append(append(dst, 0), doc...)
}

// cursorReply is {cursor: {batch: [elements], id, ns}, ok: 1}.
func cursorReply(batch string, elements []byte, id int64) bson.Raw {
	dst := make([]byte, 0, len(elements)+128)
	dst = append(dst, 0, 0, 0, 0, byte(bson.TypeEmbeddedDocument))
	dst = append(dst, "cursor\x00"...)
	cursor := len(dst)
	dst = append(dst, 0, 0, 0, 0, byte(bson.TypeArray))
	dst = append(append(dst, batch...), 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(elements)+5))
	dst = append(append(dst, elements...), 0)
	dst = append(append(dst, byte(bson.TypeInt64)), "id\x00"...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(id))
	dst = append(append(dst, byte(bson.TypeString)), "ns\x00"...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(oplogNS)+1))
	dst = append(append(dst, oplogNS...), 0, 0)
	binary.LittleEndian.PutUint32(dst[cursor:], uint32(len(dst)-cursor))
	dst = append(append(dst, byte(bson.TypeDouble)), "ok\x00"...)
	dst = binary.LittleEndian.AppendUint64(dst, 0x3FF0000000000000) // 1.0
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst, uint32(len(dst)))
	return dst
}
