package wire

import (
	"errors"
	"unicode/utf8"

	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Codec is gRPC's own of protobuf, but that the maps of texts, of which the question
// to a market and its answer are made for the most part, are read and written here:
// package proto does that by reflection, five times as long. What is unusual of such
// a map, and all else, is left to package proto.
type Codec struct{}

var _ encoding.CodecV2 = Codec{}

var errUTF8 = errors.New("a text is not UTF-8")

// Name is empty: with any other the type of the content would no more be the plain
// "application/grpc".
func (Codec) Name() string { return "" }

// Marshal writes a message.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	var b []byte
	var err error
	switch m := v.(type) {
	case *wirev1.EvaluateRequest:
		b, err = requestBytes(m)
	case *wirev1.EvaluateResponse:
		b, err = responseBytes(m)
	default:
		return encoding.GetCodecV2(grpcproto.Name).Marshal(v)
	}
	if err != nil {
		return nil, err
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
}

// Unmarshal reads a message into an empty one.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	var read func(b []byte) error
	switch m := v.(type) {
	case *wirev1.EvaluateRequest:
		read = func(b []byte) error { return readRequest(b, m) }
	case *wirev1.EvaluateResponse:
		read = func(b []byte) error { return readResponse(b, m) }
	default:
		return encoding.GetCodecV2(grpcproto.Name).Unmarshal(data, v)
	}
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	return read(buf.ReadOnlyData())
}

// Numbers of the fields that are maps, in market.proto and common.proto.
const (
	requestValues, requestAnswers, requestFacts = 6, 7, 8
	responseNormalized, responseDerived         = 2, 3
	valuesValues                                = 1
)

// usual is room for a message of usual length, in bytes.
const usual = 512

func requestBytes(m *wirev1.EvaluateRequest) ([]byte, error) {
	b, err := proto.MarshalOptions{}.MarshalAppend(make([]byte, 0, usual), &wirev1.EvaluateRequest{
		RequestId: m.RequestId, Tenant: m.Tenant, Market: m.Market, Version: m.Version, Step: m.Step,
		Locale: m.Locale, Time: m.Time, TenantConfig: m.TenantConfig})
	if err != nil {
		return nil, err
	}
	good := textsGood(m.Values) && textsGood(m.Facts)
	b = appendTexts(b, requestValues, m.Values)
	b = appendTexts(b, requestFacts, m.Facts)
	for step, answers := range m.Answers {
		values := answers.GetValues()
		good = good && utf8.ValidString(step) && textsGood(values)
		inner := textsSize(values)
		b = protowire.AppendTag(b, requestAnswers, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(fieldSize(len(step))+fieldSize(inner)))
		b = appendText(b, keyTag, step)
		b = append(b, valueTag)
		b = protowire.AppendVarint(b, uint64(inner))
		b = appendTexts(b, valuesValues, values)
	}
	if !good {
		return nil, errUTF8
	}
	return b, nil
}

func responseBytes(m *wirev1.EvaluateResponse) ([]byte, error) {
	b, err := proto.MarshalOptions{}.MarshalAppend(make([]byte, 0, usual), &wirev1.EvaluateResponse{
		Problems: m.Problems, RequestedSteps: m.RequestedSteps, Tier: m.Tier, Reasons: m.Reasons, Identities: m.Identities})
	if err != nil {
		return nil, err
	}
	if !textsGood(m.Normalized) || !textsGood(m.Derived) {
		return nil, errUTF8
	}
	return appendTexts(appendTexts(b, responseNormalized, m.Normalized), responseDerived, m.Derived), nil
}

func readRequest(b []byte, m *wirev1.EvaluateRequest) error {
	var values, facts map[string]string
	var answers map[string]*wirev1.Values
	rest, ok := sift(b, func(field protowire.Number, entry string) (mine, ok bool) {
		switch field {
		case requestValues:
			return true, putText(&values, entry)
		case requestFacts:
			return true, putText(&facts, entry)
		case requestAnswers:
			return true, putAnswers(&answers, entry)
		}
		return false, true
	})
	if !ok {
		return proto.Unmarshal(b, m)
	}
	err := proto.Unmarshal(rest, m)
	m.Values, m.Facts, m.Answers = values, facts, answers
	return err
}

func readResponse(b []byte, m *wirev1.EvaluateResponse) error {
	var normalized, derived map[string]string
	rest, ok := sift(b, func(field protowire.Number, entry string) (mine, ok bool) {
		switch field {
		case responseNormalized:
			return true, putText(&normalized, entry)
		case responseDerived:
			return true, putText(&derived, entry)
		}
		return false, true
	})
	if !ok {
		return proto.Unmarshal(b, m)
	}
	err := proto.Unmarshal(rest, m)
	m.Normalized, m.Derived = normalized, derived
	return err
}

// sift shows take the fields of a message that may be an entry of a map, and gives
// back the bytes of those that it does not want. It is not ok when take does not
// understand one that it wants, or the bytes are no message.
func sift(b []byte, take func(field protowire.Number, entry string) (mine, ok bool)) (rest []byte, ok bool) {
	text := string(b) // of which all entries are parts: one copy for all
	rest = make([]byte, 0, min(len(b), usual))
	for at := 0; at < len(b); {
		field, form, n := protowire.ConsumeTag(b[at:])
		if n < 0 {
			return nil, false
		}
		size := protowire.ConsumeFieldValue(field, form, b[at+n:])
		if size < 0 {
			return nil, false
		}
		end := at + n + size
		mine := false
		if form == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(b[at+n:])
			if mine, ok = take(field, text[end-len(value):end]); !ok {
				return nil, false
			}
		}
		if !mine {
			rest = append(rest, b[at:end]...)
		}
		at = end
	}
	return rest, true
}
