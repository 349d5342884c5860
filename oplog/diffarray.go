package oplog

import (
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The fields of a $v:2 diff of an array. After them come u<index> with a value
// and s<index> with a diff, in ascending order.
const (
	arrayHeader = "a" // true
	arrayLength = "l" // the new length
)

// maxPadding is how many nulls an update may put before an element: mongod's
// limit.
const maxPadding = 1_500_000

// isArrayDiff tells the diff of an array from that of a document.
func isArrayDiff(diff []byte) (bool, error) {
	rest, err := elements(diff)
	if err != nil || len(rest) == 0 {
		return false, err
	}
	el, _, err := nextElement(rest)
	return err == nil && string(el.name) == arrayHeader && el.typ == bson.TypeBoolean && el.truth(), err
}

// arrayDiff reads the diff of an array from start to end.
type arrayDiff struct {
	rest    []byte
	resized bool
	length  int // where resized
	index   int // of the modification that is next; math.MaxInt after the last
	sub     bool
	el      element
}

func readArrayDiff(diff []byte) (arrayDiff, error) {
	var a arrayDiff
	rest, err := elements(diff)
	if err != nil {
		return a, err
	}
	if _, a.rest, err = nextElement(rest); err != nil { // the header
		return a, err
	}
	if len(a.rest) > 0 {
		el, rest, err := nextElement(a.rest)
		if err != nil {
			return a, err
		}
		if string(el.name) == arrayLength {
			n, ok := el.integer()
			if !ok || n < 0 || n > math.MaxInt32 {
				return a, badDiff("the length of an array is not a number")
			}
			a.resized, a.length, a.rest = true, int(n), rest
		}
	}
	a.index = -1
	return a, a.next()
}

// next moves to the next modification.
func (a *arrayDiff) next() error {
	if len(a.rest) == 0 {
		a.index = math.MaxInt
		return nil
	}
	var err error
	if a.el, a.rest, err = nextElement(a.rest); err != nil {
		return err
	}
	if len(a.el.name) < 2 {
		return badDiff("the diff of an array has a field that is not known")
	}
	a.sub = a.el.name[0] == sectionSub
	if !a.sub && a.el.name[0] != sectionUpdate || a.sub && !a.el.isDoc() {
		return badDiff("the diff of an array has a field that is not known")
	}
	index, ok := arrayIndex(a.el.name[1:])
	if !ok || index <= a.index {
		return badDiff("the elements of the diff of an array do not ascend")
	}
	a.index = index
	return nil
}

// arrayIndex reads decimal digits without zeros in front, as a server does that
// takes a path component for an index.
func arrayIndex(name []byte) (int, bool) {
	if len(name) == 0 || len(name) > 9 || name[0] == '0' && len(name) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range name {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// array appends what diff makes of an array: elements that the diff does not
// name stay, and an array that is too short is filled up with nulls.
func (d *differ) array(dst, array, diff []byte) ([]byte, error) {
	if err := d.enter(); err != nil {
		return dst, err
	}
	mods, err := readArrayDiff(diff)
	if err != nil {
		return dst, err
	}
	rest, err := elements(array)
	if err != nil {
		return dst, err
	}
	dst, at := begin(dst)
	i := 0
	for ; len(rest) > 0 && (!mods.resized || i < mods.length); i++ {
		var el element
		if el, rest, err = nextElement(rest); err != nil {
			return dst, err
		}
		if i != mods.index {
			dst = appendIndexed(dst, i, el.typ, el.value)
			continue
		}
		if dst, err = d.element(dst, i, el, &mods); err != nil {
			return dst, err
		}
	}
	short := i
	for ; mods.resized && i < mods.length || mods.index != math.MaxInt; i++ {
		if i-short > maxPadding || len(dst)-d.base > maxDocumentBytes {
			return dst, badDiff("it makes an array that is too large")
		}
		if i != mods.index || mods.sub {
			dst = appendIndexed(dst, i, bson.TypeNull, nil)
		} else {
			dst = appendIndexed(dst, i, mods.el.typ, mods.el.value)
		}
		if i >= mods.index {
			if err := mods.next(); err != nil {
				return dst, err
			}
		}
	}
	d.depth--
	return end(dst, at), nil
}

// element appends the element that a modification makes of el.
func (d *differ) element(dst []byte, i int, el element, mods *arrayDiff) ([]byte, error) {
	if !mods.sub {
		dst = appendIndexed(dst, i, mods.el.typ, mods.el.value)
		return dst, mods.next()
	}
	diff := mods.el.value
	if err := mods.next(); err != nil {
		return dst, err
	}
	head := appendIndexed(dst, i, el.typ, nil)
	el.name = head[len(dst)+1 : len(head)-1]
	return d.sub(head, el, diff)
}
