package trail

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/paifang/paifang/core/kyc"
)

// LineVersion is the version of the form that Encode writes.
const LineVersion = 1

// MaxLine bounds a line in bytes.
const MaxLine = 32 << 10

// clockFormat is how times are written: UTC, milliseconds always.
const clockFormat = "2006-01-02T15:04:05.000Z"

// Encode writes a sealed line down as it is hashed: JSON in the canonical form of
// RFC 8785, that is without spaces, members sorted, nothing escaped that need not
// be. The same line gives the same bytes on every database and machine. An error
// says that the line cannot be sealed: it is not UTF-8, longer than MaxLine, has no
// number, or a time outside of the years 1 to 9999.
func Encode(l kyc.AuditLine) ([]byte, error) {
	at := l.At.Time()
	if l.Seq < 1 || l.At == 0 || at.Year() < 1 || at.Year() > 9999 {
		return nil, errors.New("a line needs a number and a time")
	}
	w := &writer{}
	w.object(
		"action", func() { w.text(l.Action) },
		"actor", func() { w.pair("id", l.Actor.ID, "kind", l.Actor.Kind) },
		"at", func() { w.text(at.Format(clockFormat)) },
		"detail", func() { w.members(l.Detail) },
		"id", func() { w.text(string(l.ID)) },
		"n", func() { w.number(l.Seq) },
		"object", func() { w.pair("id", l.ObjectID, "kind", l.ObjectKind) },
		"tenant", func() { w.text(string(l.Tenant)) },
		"v", func() { w.number(LineVersion) },
	)
	if w.bad {
		return nil, errors.New("a line is not UTF-8")
	}
	if w.Len() > MaxLine {
		return nil, errors.New("a line is too long")
	}
	return w.Bytes(), nil
}

// Decode reads what Encode wrote and accepts nothing else: not the same line in
// other words.
func Decode(raw []byte) (kyc.AuditLine, error) {
	var read struct {
		Action string            `json:"action"`
		Actor  kyc.Actor         `json:"actor"`
		At     string            `json:"at"`
		Detail map[string]string `json:"detail"`
		ID     kyc.AuditID       `json:"id"`
		Number int64             `json:"n"`
		Object kyc.Actor         `json:"object"`
		Tenant kyc.TenantID      `json:"tenant"`
	}
	if len(raw) > MaxLine || json.Unmarshal(raw, &read) != nil {
		return kyc.AuditLine{}, errors.New("is not a line of JSON")
	}
	at, err := time.Parse(clockFormat, read.At)
	if err != nil {
		return kyc.AuditLine{}, errors.New("has no time")
	}
	l := kyc.AuditLine{Tenant: read.Tenant, ID: read.ID, At: kyc.At(at), Actor: read.Actor, Action: read.Action,
		ObjectKind: read.Object.Kind, ObjectID: read.Object.ID, Detail: read.Detail, Seq: read.Number}
	if len(l.Detail) == 0 {
		l.Detail = nil
	}
	again, err := Encode(l)
	if err != nil || !bytes.Equal(again, raw) {
		return kyc.AuditLine{}, errors.New("is not written in the one form that a line has")
	}
	return l, nil
}

// writer writes canonical JSON.
type writer struct {
	bytes.Buffer
	bad bool // something was not UTF-8
}

// object writes members, given as pairs of a name and what writes the value, in
// the order of their names.
func (w *writer) object(pairs ...any) {
	w.WriteByte('{')
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			w.WriteByte(',')
		}
		name, _ := pairs[i].(string)
		value, _ := pairs[i+1].(func()) //nolint:gosec // G602: bounded by the loop
		w.text(name)
		w.WriteByte(':')
		value()
	}
	w.WriteByte('}')
}

func (w *writer) pair(name, value, name2, value2 string) {
	w.object(name, func() { w.text(value) }, name2, func() { w.text(value2) })
}

// members sorts by UTF-8; RFC 8785 sorts by UTF-16, which is the same for names
// below U+D800, and those of details are ASCII.
func (w *writer) members(m map[string]string) {
	var pairs []any
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, name, func() { w.text(m[name]) })
	}
	w.object(pairs...)
}

func (w *writer) number(n int64) { w.WriteString(strconv.FormatInt(n, 10)) }

func (w *writer) text(s string) {
	const short = "btn?fr" // \b is 8, \v has no short form
	const hexadecimal = "0123456789abcdef"
	w.bad = w.bad || !utf8.ValidString(s)
	w.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			w.WriteByte('\\')
			w.WriteByte(c)
		case c >= '\b' && c <= '\r' && c != '\v':
			w.WriteByte('\\')
			w.WriteByte(short[c-'\b'])
		case c < ' ':
			w.WriteString(`\u00`)
			w.WriteByte(hexadecimal[c>>4])
			w.WriteByte(hexadecimal[c&15])
		default:
			w.WriteByte(c)
		}
	}
	w.WriteByte('"')
}
