package wire_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// quick are the messages that the codec does not leave to package proto.
func quick() []proto.Message {
	return []proto.Message{&wirev1.EvaluateRequest{}, &wirev1.EvaluateResponse{}}
}

// TestCodecKnowsEveryField: what one end writes, with every field that the messages
// have, is what the other reads, whichever of them uses package proto.
func TestCodecKnowsEveryField(t *testing.T) {
	for _, m := range append(quick(), &wirev1.HealthResponse{}) {
		fill(m.ProtoReflect())
		written, err := wire.Codec{}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for from, b := range map[string][]byte{"codec": written.Materialize(), "proto": plain} {
			byCodec, byProto := m.ProtoReflect().New().Interface(), m.ProtoReflect().New().Interface()
			if err := (wire.Codec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(b)}, byCodec); err != nil || !proto.Equal(byCodec, m) {
				t.Errorf("%v: codec reads of %s %v (%v)", m, from, byCodec, err)
			}
			if err := proto.Unmarshal(b, byProto); err != nil || !proto.Equal(byProto, m) {
				t.Errorf("%v: proto reads of %s %v (%v)", m, from, byProto, err)
			}
		}
		if len(written.Materialize()) != len(plain) {
			t.Errorf("%v: %d bytes, of package proto %d", m, written.Len(), len(plain))
		}
	}
}

// fill gives every field of a message a value, and lists and maps two.
func fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsMap():
			for _, key := range []string{"", "käse." + string(f.Name())} {
				v := m.Mutable(f).Map().NewValue()
				m.Mutable(f).Map().Set(protoreflect.ValueOfString(key).MapKey(), filled(f.MapValue(), v))
			}
		case f.IsList():
			for range 2 {
				m.Mutable(f).List().Append(filled(f, m.Mutable(f).List().NewElement()))
			}
		default:
			m.Set(f, filled(f, m.NewField(f)))
		}
	}
}

func filled(f protoreflect.FieldDescriptor, empty protoreflect.Value) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.MessageKind:
		fill(empty.Message())
		return empty
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte{0xff, 0})
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(strings.Repeat("大江·"+string(f.Name()), 40))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(7)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(7)
	}
	return protoreflect.ValueOfBool(true)
}

// TestCodecRefusesWhatIsNoText: proto3 has no strings but UTF-8.
func TestCodecRefusesWhatIsNoText(t *testing.T) {
	for _, m := range []proto.Message{
		&wirev1.EvaluateRequest{Values: map[string]string{"a": "\xff"}}, &wirev1.EvaluateRequest{Facts: map[string]string{"\xff": ""}},
		&wirev1.EvaluateRequest{Answers: map[string]*wirev1.Values{"\xff": {}}}, &wirev1.EvaluateRequest{Tenant: "\xff"},
		&wirev1.EvaluateRequest{Answers: map[string]*wirev1.Values{"a": {Values: map[string]string{"\xff": ""}}}},
		&wirev1.EvaluateResponse{Normalized: map[string]string{"a": "\xff"}}, &wirev1.EvaluateResponse{Derived: map[string]string{"\xff": ""}},
		&wirev1.EvaluateResponse{Tier: "\xff"},
	} {
		if _, err := (wire.Codec{}).Marshal(m); err == nil {
			t.Errorf("%v is written", m)
		}
	}
}

// FuzzCodec: the codec reads of any bytes what package proto reads, or refuses them as it does.
func FuzzCodec(f *testing.F) {
	// An entry without its value; one whose value comes first, has two values, or a third field;
	// a map that is a number; texts that are not UTF-8; answers that are merged.
	for _, b := range []string{"\x32\x03\x0a\x01k", "\x32\x06\x12\x01v\x0a\x01k", "\x32\x09\x0a\x01k\x12\x01v\x12\x01w", "\x32\x08\x0a\x01k\x12\x01v\x18\x01",
		"\x30\x01", "\x32\x06\x0a\x01\xff\x12\x01v", "\x32\x06\x0a\x01k\x12\x01\xff", "\x3a\x0b\x0a\x01s\x12\x02\x0a\x00\x12\x02\x0a\x00", "\x3a\x03\x0a\x01s",
		"\x32\x07\x0a\x81\x00k\x12\x01v", "\x32\x0a\x0a\xff\xff\xff\xff\x0fk\x12\x01v", "\x12\x06\x0a\x01k\x12\x01v\x12\x06\x0a\x01k\x12\x01w", "\x12\x02\x08\x01"} {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range quick() {
			plain := m.ProtoReflect().New().Interface()
			want := proto.Unmarshal(b, plain)
			got := wire.Codec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer(b)}, m)
			if (got == nil) != (want == nil) || want == nil && !proto.Equal(m, plain) {
				t.Errorf("%q is %v (%v), of package proto %v (%v)", b, m, got, plain, want)
			}
		}
	})
}
