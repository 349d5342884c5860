package oplog

import (
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// arrays makes the diff that does what first older and then newer do to an
// array. It is false where no diff does: where the length that the newer one
// sets is beyond that of the older, or it leaves a gap behind it.
func (c *composer) arrays(older, newer []byte) ([]byte, bool, error) {
	if c.depth++; c.depth > maxDepth {
		return nil, false, badDiff("it nests too deeply")
	}
	defer func() { c.depth-- }()
	a, err := readArrayDiff(older)
	if err != nil {
		return nil, false, err
	}
	b, err := readArrayDiff(newer)
	if err != nil {
		return nil, false, err
	}
	if a.resized && b.resized && b.length > a.length {
		return nil, false, nil
	}
	out := arrayDiffWriter{resized: a.resized || b.resized, length: a.length, limit: math.MaxInt}
	if b.resized {
		out.length, out.limit = b.length, b.length
	}
	for a.index != math.MaxInt || b.index != math.MaxInt {
		i := min(a.index, b.index)
		// Behind a's length nothing of the array is left.
		behind := a.resized && i >= a.length
		if behind && (a.index == i || b.sub || i != out.length) || b.resized && b.index == i && i >= b.length {
			return nil, false, nil
		}
		if behind {
			out.length = i + 1
		}
		ok, err := c.elements(&out, i, &a, &b)
		if !ok || err != nil {
			return nil, false, err
		}
	}
	return c.make(func(dst []byte) ([]byte, bool, error) { return out.append(dst), true, nil })
}

// elements composes what a and b say of element i, and moves on those that say
// something.
func (c *composer) elements(out *arrayDiffWriter, i int, a, b *arrayDiff) (bool, error) {
	x, y := a.el, b.el
	xSub, ySub := a.sub, b.sub
	hasX, hasY := a.index == i, b.index == i
	if hasX {
		if err := a.next(); err != nil {
			return false, err
		}
	}
	if hasY {
		if err := b.next(); err != nil {
			return false, err
		}
	}
	switch {
	case !hasY:
		out.add(i, xSub, x)
	case !hasX || !ySub:
		out.add(i, ySub, y)
	case !xSub:
		value, err := c.applied(x, change{kind: sectionSub, el: y})
		if err != nil {
			return false, err
		}
		out.add(i, false, value)
	default:
		diff, ok, err := c.subs(x.value, y.value)
		if !ok || err != nil {
			return false, err
		}
		out.add(i, true, element{typ: bson.TypeEmbeddedDocument, value: diff})
	}
	return true, nil
}

// arrayDiffWriter writes the diff of an array.
type arrayDiffWriter struct {
	resized bool
	length  int
	limit   int // elements from here on are dropped
	mods    []byte
}

func (w *arrayDiffWriter) add(i int, sub bool, el element) {
	if i >= w.limit {
		return
	}
	section := byte(sectionUpdate)
	if sub {
		section = sectionSub
	}
	w.mods = append(w.mods, byte(el.typ), section)
	w.mods = strconv.AppendInt(w.mods, int64(i), 10)
	w.mods = append(append(w.mods, 0), el.value...)
}

func (w *arrayDiffWriter) append(dst []byte) []byte {
	dst, at := begin(dst)
	dst = append(dst, byte(bson.TypeBoolean), arrayHeader[0], 0, 1)
	if w.resized {
		dst = append(dst, byte(bson.TypeInt32), arrayLength[0], 0)
		n := uint32(w.length)
		dst = append(dst, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return end(append(dst, w.mods...), at)
}
