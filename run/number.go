package run

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// A number is its kind and, unless the kind says all, its exact value as
// 0.d1d2d3... x 10^exp with d1 not 0 and no zeros at the end: exp with
// exponentBias added, then the digits two to a byte as 1 to 100, then 0. Those
// bytes are inverted for negative numbers. Every double and decimal128 has such
// a form of at most 767 digits, and only one.
const (
	numberNaN      = 0x01
	numberNegInf   = 0x02
	numberNegative = 0x03
	numberZero     = 0x04
	numberPositive = 0x05
	numberPosInf   = 0x06
)

// exponentBias makes exponents, -6175 to 6145, positive.
const exponentBias = 0x4000

// appendInt appends an integer.
func appendInt(dst []byte, n int64) []byte {
	var buf [20]byte
	abs := uint64(n)
	if n < 0 {
		abs = -abs
	}
	digits := strconv.AppendUint(buf[:0], abs, 10)
	return appendDigits(dst, n < 0, digits, len(digits))
}

// appendDigits appends the number 0.digits x 10^exp. digits is in ASCII and
// starts with 0 only for zero.
func appendDigits(dst []byte, negative bool, digits []byte, exp int) []byte {
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	if len(digits) == 0 {
		return append(dst, numberZero)
	}
	kind, invert := byte(numberPositive), byte(0)
	if negative {
		kind, invert = numberNegative, 0xff
	}
	dst = append(dst, kind)
	start := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, uint16(exp+exponentBias))
	for len(digits) > 1 {
		dst = append(dst, (digits[0]-'0')*10+digits[1]-'0'+1)
		digits = digits[2:]
	}
	if len(digits) == 1 {
		dst = append(dst, (digits[0]-'0')*10+1)
	}
	dst = append(dst, 0)
	for i := range dst[start:] {
		dst[start+i] ^= invert
	}
	return dst
}

// appendDouble appends an IEEE 754 binary64.
func appendDouble(dst []byte, b uint64) []byte {
	f := math.Float64frombits(b)
	switch {
	case f != f:
		return append(dst, numberNaN)
	case math.IsInf(f, -1):
		return append(dst, numberNegInf)
	case math.IsInf(f, 1):
		return append(dst, numberPosInf)
	case f == math.Trunc(f) && math.Abs(f) < 1<<63:
		return appendInt(dst, int64(f))
	}
	var buf [800]byte // -d.(766 digits)e-324
	s := strconv.AppendFloat(buf[:0], math.Abs(f), 'e', doubleDigits(b)-1, 64)
	digits, exponent := splitE(s)
	return appendDigits(dst, f < 0, digits, exponent+1)
}

const (
	digitsPerTwo  = math.Ln2 / math.Ln10
	digitsPerFive = 1 - digitsPerTwo
)

// doubleDigits is how many decimal digits are enough to write a finite double
// that is not 0 exactly. With the mantissa m made odd, m x 2^-k has the digits
// of m x 5^k, and m x 2^k at most those of itself.
func doubleDigits(b uint64) int {
	exp := int(b >> 52 & 0x7ff)
	mantissa := b & (1<<52 - 1)
	if exp == 0 {
		exp = 1
	} else {
		mantissa |= 1 << 52
	}
	zeros := bits.TrailingZeros64(mantissa)
	exp += zeros - 1075
	digits := float64(bits.Len64(mantissa>>zeros)) * digitsPerTwo
	if exp < 0 {
		digits += float64(-exp) * digitsPerFive
	} else {
		digits += float64(exp) * digitsPerTwo
	}
	return int(digits) + 2
}

// splitE takes d.ddde±dd apart. It overwrites s.
func splitE(s []byte) (digits []byte, exponent int) {
	e := len(s) - 1
	for s[e] != 'e' {
		e--
	}
	exponent, _ = strconv.Atoi(string(s[e+1:])) // AppendFloat wrote it
	if e == 1 {
		return s[:1], exponent
	}
	s[1] = s[0] // over the point
	return s[1:e], exponent
}

// The largest coefficient of a decimal128, 10^34-1.
const (
	maxCoefficientHi = 0x1ed09bead87c0
	maxCoefficientLo = 0x378d8e63ffffffff
)

// appendDecimal appends an IEEE 754-2008 decimal128 in the binary integer
// encoding that BSON uses. A coefficient that is not canonical is zero, as the
// standard has it.
func appendDecimal(dst []byte, hi, lo uint64) []byte {
	negative := hi&signBit != 0
	switch {
	case hi>>58&0x1f == 0x1f:
		return append(dst, numberNaN)
	case hi>>58&0x1f == 0x1e && negative:
		return append(dst, numberNegInf)
	case hi>>58&0x1f == 0x1e:
		return append(dst, numberPosInf)
	case hi>>61&3 == 3: // the coefficient starts with binary 100: above the largest
		return append(dst, numberZero)
	}
	exponent := int(hi>>49&0x3fff) - 6176
	hi &= 1<<49 - 1
	if hi > maxCoefficientHi || hi == maxCoefficientHi && lo > maxCoefficientLo {
		return append(dst, numberZero)
	}
	const half = 100_000_000_000_000_000 // 10^17: hi is below it
	high, low := bits.Div64(hi, lo, half)
	var buf [40]byte
	digits := buf[:0]
	if high > 0 {
		digits = strconv.AppendUint(digits, high, 10)
		at := len(digits)
		digits = strconv.AppendUint(digits, low+half, 10) // 1 and 17 digits
		digits = append(digits[:at], digits[at+1:]...)
	} else {
		digits = strconv.AppendUint(digits, low, 10)
	}
	return appendDigits(dst, negative, digits, exponent+len(digits))
}
