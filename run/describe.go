package run

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DescribeKey tells a person which document a key is of, as far as the usual
// types of _id go. It is for errors.
func DescribeKey(key []byte) string {
	_, kind, ok := SplitKey(key)
	switch {
	case !ok:
		return "no key"
	case kind == KeyNatural && len(key) == collectionLen+9:
		return fmt.Sprintf("position %d", binary.BigEndian.Uint64(key[collectionLen+1:]))
	case kind == KeyTruncation:
		return "the truncation"
	}
	value := key[collectionLen:]
	if kind == KeyCapped {
		value = value[1:]
	}
	return "_id " + describeValue(value)
}

func describeValue(b []byte) string {
	if len(b) == 0 {
		return "unknown"
	}
	payload := b[1:]
	switch tag := b[0]; {
	case tag == objectIDTag:
		return "ObjectId(" + hex.EncodeToString(payload) + ")"
	case tag == stringTag && len(payload) >= 2:
		return strconv.Quote(strings.ReplaceAll(string(payload[:len(payload)-2]), "\x00\xff", "\x00"))
	case tag == numberTag:
		return describeNumber(payload)
	case tag == dateTag && len(payload) == 8:
		return time.UnixMilli(int64(binary.BigEndian.Uint64(payload) ^ signBit)).UTC().Format(time.RFC3339Nano)
	case tag == booleanTag && len(payload) == 1:
		return strconv.FormatBool(payload[0] != 0)
	case tag == nullTag:
		return "null"
	default:
		return "with key " + hex.EncodeToString(b)
	}
}

func describeNumber(b []byte) string {
	if len(b) == 0 {
		return "unknown"
	}
	kind, sign := b[0], ""
	switch kind {
	case numberNaN:
		return "NaN"
	case numberNegInf:
		return "-Infinity"
	case numberPosInf:
		return "Infinity"
	case numberZero:
		return "0"
	}
	if len(b) < 4 {
		return "unknown"
	}
	invert := byte(0)
	if kind == numberNegative {
		sign, invert = "-", 0xff
	}
	exp := int(uint16(b[1]^invert)<<8|uint16(b[2]^invert)) - exponentBias
	var digits strings.Builder
	for _, c := range b[3 : len(b)-1] {
		fmt.Fprintf(&digits, "%02d", (c^invert)-1)
	}
	d := strings.TrimRight(digits.String(), "0")
	switch {
	case exp >= len(d) && exp <= 20:
		return sign + d + strings.Repeat("0", exp-len(d))
	case exp > 0 && exp < len(d):
		return sign + d[:exp] + "." + d[exp:]
	default:
		return sign + "0." + d + "e" + strconv.Itoa(exp)
	}
}
