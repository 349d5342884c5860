package sjson

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	// maxSchemas and maxSchemaBytes bound what a Decoder remembers.
	maxSchemas     = 256
	maxSchemaBytes = 16 << 10
)

// Decoder turns stored documents into BSON. Its methods are for one goroutine.
type Decoder struct{ schemas map[string]*schema }

// AppendDocument appends the BSON of a stored document to dst.
func (d *Decoder) AppendDocument(dst []byte, text string) ([]byte, error) {
	s := scanner{text: text}
	if !strings.HasPrefix(text, `{"$s":`) {
		return dst, errMalformed
	}
	s.at = len(`{"$s":`)
	schemaText, err := s.skipObject()
	if err != nil {
		return dst, err
	}
	sch, err := d.schema(schemaText)
	if err != nil {
		return dst, err
	}
	if len(sch.fields) > 0 {
		if err := s.expect(','); err != nil {
			return dst, err
		}
	}
	dst, err = s.appendFields(dst, sch)
	if err == nil && s.at != len(text) {
		err = errMalformed
	}
	return dst, err
}

func (d *Decoder) schema(text string) (*schema, error) {
	if sch, known := d.schemas[text]; known {
		return sch, nil
	}
	sch, err := parseSchema(text)
	if err != nil || len(text) > maxSchemaBytes {
		return sch, err
	}
	if d.schemas == nil || len(d.schemas) >= maxSchemas {
		d.schemas = make(map[string]*schema)
	}
	d.schemas[strings.Clone(text)] = sch
	return sch, nil
}

// appendFields takes the members of an object up to its end.
func (s *scanner) appendFields(dst []byte, sch *schema) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for i, f := range sch.fields {
		if i > 0 {
			if err := s.expect(','); err != nil {
				return dst, err
			}
		}
		if _, _, err := s.rawString(); err != nil {
			return dst, err
		}
		if err := s.expect(':'); err != nil {
			return dst, err
		}
		var err error
		if dst, err = s.appendElement(dst, f.name, f.elem); err != nil {
			return dst, err
		}
	}
	if err := s.expect('}'); err != nil {
		return dst, err
	}
	return end(dst, start), nil
}

// end closes the document that begins at start.
func end(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

func (s *scanner) appendElement(dst []byte, name string, e elem) ([]byte, error) {
	if strings.IndexByte(name, 0) >= 0 {
		return dst, errMalformed
	}
	t := e.bsonType
	if strings.HasPrefix(s.text[s.at:], "null") { // whatever the schema says
		t = bson.TypeNull
	}
	dst = append(dst, byte(t))
	dst = append(append(dst, name...), 0)
	switch t {
	case bson.TypeNull:
		_, err := s.token()
		return dst, err
	case bson.TypeEmbeddedDocument:
		if err := s.expect('{'); err != nil {
			return dst, err
		}
		return s.appendFields(dst, e.object)
	case bson.TypeArray:
		return s.appendArray(dst, e.items)
	case bson.TypeString, bson.TypeBinary, bson.TypeObjectID, bson.TypeRegex:
		return s.appendText(dst, t, e)
	}
	return s.appendNumber(dst, t)
}

func (s *scanner) appendArray(dst []byte, items []elem) ([]byte, error) {
	if err := s.expect('['); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for i, item := range items {
		if i > 0 {
			if err := s.expect(','); err != nil {
				return dst, err
			}
		}
		var err error
		if dst, err = s.appendElement(dst, strconv.Itoa(i), item); err != nil {
			return dst, err
		}
	}
	if err := s.expect(']'); err != nil {
		return dst, err
	}
	return end(dst, start), nil
}

// appendText appends a value that is a JSON string.
func (s *scanner) appendText(dst []byte, t bson.Type, e elem) ([]byte, error) {
	text, err := s.string()
	if err != nil {
		return dst, err
	}
	switch t {
	case bson.TypeString:
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(text)+1))
		return append(append(dst, text...), 0), nil
	case bson.TypeObjectID:
		if len(text) != 24 {
			return dst, errMalformed
		}
		return hex.AppendDecode(dst, []byte(text))
	case bson.TypeRegex:
		if strings.IndexByte(text, 0) >= 0 || strings.IndexByte(e.options, 0) >= 0 {
			return dst, errMalformed
		}
		dst = append(append(dst, text...), 0)
		return append(append(dst, e.options...), 0), nil
	default:
		data, err := base64.StdEncoding.DecodeString(text)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
		return append(append(dst, e.subtype), data...), err
	}
}

// appendNumber appends a value that is a JSON number or true or false.
func (s *scanner) appendNumber(dst []byte, t bson.Type) ([]byte, error) {
	token, err := s.token()
	if err != nil {
		return dst, err
	}
	switch t {
	case bson.TypeBoolean:
		v, err := strconv.ParseBool(token)
		if err != nil || len(token) < len("true") {
			return dst, errMalformed
		}
		if v {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case bson.TypeDouble:
		v, err := strconv.ParseFloat(token, 64)
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v)), err
	case bson.TypeInt32:
		v, err := strconv.ParseInt(token, 10, 32)
		return binary.LittleEndian.AppendUint32(dst, uint32(v)), err
	case bson.TypeInt64, bson.TypeDateTime:
		v, err := strconv.ParseInt(token, 10, 64)
		return binary.LittleEndian.AppendUint64(dst, uint64(v)), err
	case bson.TypeTimestamp:
		v, err := strconv.ParseUint(token, 10, 64)
		return binary.LittleEndian.AppendUint64(dst, v), err
	}
	return dst, fmt.Errorf("a value of the type %s is no number", t)
}
