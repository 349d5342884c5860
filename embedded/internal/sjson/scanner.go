package sjson

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var errMalformed = errors.New("the document is malformed")

// scanner reads JSON without white space, as FerretDB writes it.
type scanner struct {
	text string
	at   int
	buf  []byte // of strings with escapes
}

// expect takes one byte.
func (s *scanner) expect(c byte) error {
	if s.at >= len(s.text) || s.text[s.at] != c {
		return errMalformed
	}
	s.at++
	return nil
}

// token takes a number or a literal.
func (s *scanner) token() (string, error) {
	n := strings.IndexAny(s.text[s.at:], ",]}")
	if n <= 0 {
		return "", errMalformed
	}
	t := s.text[s.at : s.at+n]
	s.at += n
	return t, nil
}

// rawString takes a string and returns what is between its quotes.
func (s *scanner) rawString() (raw string, escaped bool, err error) {
	if err := s.expect('"'); err != nil {
		return "", false, err
	}
	start := s.at
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			s.at++
			return s.text[start : s.at-1], escaped, nil
		case '\\':
			escaped = true
			s.at++
		}
		s.at++
	}
	return "", false, errMalformed
}

// string takes a string.
func (s *scanner) string() (string, error) {
	raw, escaped, err := s.rawString()
	if err != nil || !escaped {
		return raw, err
	}
	s.buf = s.buf[:0]
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			s.buf = append(s.buf, raw[i])
			i++
			continue
		}
		n, err := s.unescape(raw[i+1:])
		if err != nil {
			return "", err
		}
		i += 1 + n
	}
	return string(s.buf), nil
}

// unescape appends what an escape stands for, and returns its length behind
// the backslash.
func (s *scanner) unescape(rest string) (int, error) {
	if rest == "" {
		return 0, errMalformed
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(from, rest[0]); i >= 0 {
		s.buf = append(s.buf, to[i])
		return 1, nil
	}
	r, ok := hex4(rest)
	if !ok {
		return 0, errMalformed
	}
	if utf16.IsSurrogate(r) {
		low := rune(-1)
		if len(rest) > 5 && rest[5] == '\\' {
			low, _ = hex4(rest[6:])
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			s.buf = utf8.AppendRune(s.buf, pair)
			return 11, nil
		}
		r = utf8.RuneError
	}
	s.buf = utf8.AppendRune(s.buf, r)
	return 5, nil
}

// hex4 reads uXXXX.
func hex4(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return -1, false
	}
	var r rune
	for _, c := range []byte(s[1:5]) {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return -1, false
		}
	}
	return r, true
}

// skipObject takes an object and returns its text.
func (s *scanner) skipObject() (string, error) {
	start, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if _, _, err := s.rawString(); err != nil {
				return "", err
			}
			continue
		case '{':
			depth++
		case '}':
			depth--
		}
		s.at++
		if depth == 0 {
			return s.text[start:s.at], nil
		}
	}
	return "", errMalformed
}
