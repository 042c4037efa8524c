package main

import (
	"context"
	"strings"
	"testing"

	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func ask(t *testing.T, c *plugintest.Client, parts ...*wirev1.VerifyRequest) (*wirev1.VerifyResponse, error) {
	t.Helper()
	stream, err := c.Verifier.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if stream.Send(p) != nil {
			break
		}
	}
	return stream.CloseAndRecv()
}

func header(asked, name, number string, files ...*wirev1.VerifyFile) *wirev1.VerifyRequest {
	return &wirev1.VerifyRequest{Part: &wirev1.VerifyRequest_Header{Header: &wirev1.VerifyHeader{
		IdempotencyKey: "c1", Capability: asked, Fields: map[string]string{"name": name, "number": number}, Files: files}}}
}

func TestConformance(t *testing.T) {
	program := plugintest.Build(t, ".")
	plugintest.Conform(t, conformance.Options{Program: program})
	c := plugintest.Start(t, program)
	r, err := ask(t, c, header(capability, "张三", "11010519491231002X"))
	if err != nil || r.Result != wirev1.VerifyResult_VERIFY_RESULT_PASS || r.Source != "sandbox registry" || r.Evidence["sandbox"] != "true" {
		t.Errorf("%v, %v", r, err)
	}
}

func TestMagicValues(t *testing.T) {
	c := plugintest.Serve(t, registry{})
	const (
		pass        = wirev1.VerifyResult_VERIFY_RESULT_PASS
		fail        = wirev1.VerifyResult_VERIFY_RESULT_FAIL
		refer       = wirev1.VerifyResult_VERIFY_RESULT_REFER
		unavailable = wirev1.VerifyResult_VERIFY_RESULT_UNAVAILABLE
	)
	for _, x := range []struct {
		name, number string
		result       wirev1.VerifyResult
		code         string
	}{
		{"张三", "11010519491231002X", pass, ""},
		{"张三", "110105194912319917", fail, "registry.mismatch_name"},
		{"张三", "110105194912319925", refer, "registry.no_record"},
		{"张三", "110105194912319933", unavailable, "registry.unavailable"},
		{"张三", "110105194912319941", unavailable, "registry.quota"},
		{"张三", "11010519491231995X", refer, "registry.number_range_unsupported"},
		{"张三", "110105194912319968", fail, "registry.mismatch_id"},
		{"张不符", "11010519491231002X", fail, "registry.mismatch_name"},
		{"查无此人", "11010519491231002X", refer, "registry.no_record"},
		{"暂停", "11010519491231002X", unavailable, "registry.unavailable"},
		{"", "11010519491231002X", refer, "data.incomplete"},
		{"张三", "", refer, "data.incomplete"},
		{"张三", "１１0105", refer, "registry.no_record"},
		{"\u202e三", "'; drop table --", refer, "registry.no_record"},
		{strings.Repeat("长", 50000), strings.Repeat("1", 100000), refer, "registry.no_record"},
	} {
		r, err := ask(t, c, header(capability, x.name, x.number))
		if err != nil {
			t.Fatal(err)
		}
		code := ""
		if len(r.Reasons) > 0 {
			code = r.Reasons[0].Code
		}
		if r.Result != x.result || code != x.code {
			t.Errorf("%.20q %.20q: %v %s", x.name, x.number, r.Result, code)
		}
	}
	if r, err := ask(t, c, header("registry.other", "张三", "11010519491231002X")); err != nil || r.Result != unavailable {
		t.Errorf("another capability: %v, %v", r, err)
	}
}

func TestStreamsOutOfForm(t *testing.T) {
	c := plugintest.Serve(t, registry{})
	chunk := &wirev1.VerifyRequest{Part: &wirev1.VerifyRequest_Chunk{Chunk: &wirev1.VerifyChunk{Data: []byte("x")}}}
	for name, parts := range map[string][]*wirev1.VerifyRequest{
		"nothing":         {},
		"chunk first":     {chunk},
		"empty part":      {{}},
		"two headers":     {header(capability, "a", "b"), header(capability, "a", "b")},
		"undeclared file": {header(capability, "a", "b"), chunk},
		"missing file":    {header(capability, "a", "b", &wirev1.VerifyFile{Name: "x", Size: 5})},
		"wrong digest":    {header(capability, "a", "b", &wirev1.VerifyFile{Name: "x", Size: 1}), chunk},
	} {
		if r, err := ask(t, c, parts...); err == nil && r.Result != wirev1.VerifyResult_VERIFY_RESULT_UNAVAILABLE {
			t.Errorf("%s: %v", name, r)
		}
	}
}
