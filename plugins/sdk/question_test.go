package sdk_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// TestFaultRefuses: whatever a parser said, the field is refused; nothing wrong is no
// problem.
func TestFaultRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want []sdk.Problem
	}{
		"nothing":     {nil, nil},
		"a number":    {&number.Fault{Code: number.CheckDigit, Part: "number", Position: 18}, []sdk.Problem{{Path: "id", Code: "field.number_check_digit"}}},
		"a line":      {&number.Fault{Code: number.Length, Part: "line1", Line: 1, Width: 44}, []sdk.Problem{{Path: "id", Code: "field.mrz_length", Params: map[string]string{"line": "1", "width": "44"}}}},
		"other error": {errors.New("no parser's"), []sdk.Problem{{Path: "id", Code: "field.number_format"}}},
	} {
		f := &sdk.Finding{}
		if f.Fault("id", c.err); !reflect.DeepEqual(f.Problems, c.want) || f.Accepted() != (c.err == nil) {
			t.Errorf("%s: %+v", name, f.Problems)
		}
	}
}
