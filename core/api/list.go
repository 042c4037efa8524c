package api

import (
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// list renders a list: what every row has, once, and the rows typed so far.
func (s scribe) list(f pipeline.FieldView, out Field) Field {
	out.MinRows, out.MaxRows, out.Value = f.MinRows, f.MaxRows, ""
	for _, member := range f.Fields {
		out.Fields = append(out.Fields, s.field(pipeline.FieldView{Field: member, Values: kyc.Values{member.Name: member.Default}})...)
	}
	for row := 1; row <= f.Rows(f.Values); row++ {
		out.Rows = append(out.Rows, map[string]string{})
	}
	for name, value := range f.Values {
		if row, member, ok := kyc.SplitMember(f.Name, name); ok && value != "" {
			out.Rows[row-1][member] = value
		}
	}
	return out
}
