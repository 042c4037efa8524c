package wire

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// An entry of a map is a message of a key, field 1, and a value, field 2.
const (
	keyTag   = 1<<3 | byte(protowire.BytesType)
	valueTag = 2<<3 | byte(protowire.BytesType)
)

func textsGood(m map[string]string) bool {
	for name, text := range m {
		if !utf8.ValidString(name) || !utf8.ValidString(text) {
			return false
		}
	}
	return true
}

func appendTexts(b []byte, field protowire.Number, m map[string]string) []byte {
	for name, text := range m {
		b = protowire.AppendTag(b, field, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(fieldSize(len(name))+fieldSize(len(text))))
		b = appendText(appendText(b, keyTag, name), valueTag, text)
	}
	return b
}

func appendText(b []byte, tag byte, text string) []byte {
	return protowire.AppendString(append(b, tag), text)
}

// textsSize is how many bytes appendTexts adds with a field that has a tag of one byte.
func textsSize(m map[string]string) (n int) {
	for name, text := range m {
		n += fieldSize(fieldSize(len(name)) + fieldSize(len(text)))
	}
	return n
}

// fieldSize is the size of a field of so many bytes, its tag of one byte included.
func fieldSize(n int) int { return 1 + protowire.SizeBytes(n) }

// putText puts an entry into a map, which it makes for the first. It tells whether it
// understood the entry: a key and a value, in this order.
func putText(m *map[string]string, entry string) bool {
	name, text, ok := pair(entry)
	if !ok || !utf8.ValidString(text) {
		return false
	}
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[name] = text
	return true
}

// putAnswers is putText where each value is a message that has a map of its own.
func putAnswers(m *map[string]*wirev1.Values, entry string) bool {
	step, inner, ok := pair(entry)
	if !ok {
		return false
	}
	values := &wirev1.Values{}
	for inner != "" {
		var e string
		if e, inner, ok = take(inner, keyTag); !ok || !putText(&values.Values, e) {
			return false
		}
	}
	if *m == nil {
		*m = map[string]*wirev1.Values{}
	}
	(*m)[step] = values
	return true
}

func pair(entry string) (name, value string, ok bool) {
	name, entry, ok = take(entry, keyTag)
	if !ok || !utf8.ValidString(name) {
		return "", "", false
	}
	value, entry, ok = take(entry, valueTag)
	return name, value, ok && entry == ""
}

// take takes a field with the tag off the front of a message.
func take(s string, tag byte) (value, rest string, ok bool) {
	if s == "" || s[0] != tag {
		return "", "", false
	}
	size, at := 0, 1
	for shift := 0; at < len(s) && shift < 28; shift += 7 { // messages are shorter, see MaxMessage
		c := s[at]
		at++
		size |= int(c&0x7f) << shift
		if c < 0x80 {
			if size > len(s)-at {
				return "", "", false
			}
			return s[at : at+size], s[at+size:], true
		}
	}
	return "", "", false
}
