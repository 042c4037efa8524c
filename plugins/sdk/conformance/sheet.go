package conformance

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"
)

// readCSV reads a sheet as spreadsheets write it, with commas or semicolons.
// Its first row names the columns:
//
//	case, step          required
//	now, config         as in a Vector; now is a day (2026-11-22)
//	problems, reasons, identities, requested, tier
//	                    what is expected; several are separated by commas or line breaks
//	normalized:NAME, derived:NAME
//	                    what is expected of one name; empty: that is not looked at
//	answer:STEP.FIELD   an answer to an earlier step
//	fact:NAME           what the core knows
//	#…                  a remark that nothing reads
//	anything else       the answer to the field of that name; empty: none was given
//
// Only what has a column is compared.
func readCSV(raw []byte) ([]Vector, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(raw))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	for i := range rows[0] {
		rows[0][i] = strings.TrimSpace(rows[0][i])
	}
	for _, column := range []string{"case", "step"} {
		if !slices.Contains(rows[0], column) {
			return nil, fmt.Errorf("the first row names the columns, and %q is not among them", column)
		}
	}
	var list []Vector
	for i, row := range rows[1:] {
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		v := Vector{Values: map[string]string{}, Facts: map[string]string{}, Answers: map[string]map[string]string{},
			Normalized: map[string]string{}, Derived: map[string]string{}, only: map[string]bool{}}
		for j, cell := range row {
			if err := v.cell(rows[0][j], strings.TrimSpace(cell)); err != nil {
				return nil, fmt.Errorf("row %d: %w", i+2, err)
			}
		}
		list = append(list, v)
	}
	return list, nil
}

// cell takes one cell of a sheet.
func (v *Vector) cell(column, text string) (err error) {
	kind, name, _ := strings.Cut(column, ":")
	v.only[kind] = true
	switch {
	case strings.HasPrefix(column, "#"):
	case column == "case":
		v.Name = text
	case column == "step":
		v.Step = text
	case column == "tier":
		v.Tier = text
	case column == "config":
		v.Config = jsonText(text)
	case column == "now":
		if text != "" {
			v.Now, err = time.Parse(time.DateOnly, text)
		}
	case column == "problems":
		v.Problems = several(text)
	case column == "reasons":
		v.Reasons = several(text)
	case column == "identities":
		v.Identities = several(text)
	case column == "requested":
		v.Requested = several(text)
	case text == "":
	case kind == "normalized":
		v.Normalized[name] = text
	case kind == "derived":
		v.Derived[name] = text
	case kind == "fact":
		v.Facts[name] = text
	case kind == "answer":
		step, field, _ := strings.Cut(name, ".")
		if v.Answers[step] == nil {
			v.Answers[step] = map[string]string{}
		}
		v.Answers[step][field] = text
	default:
		v.Values[column] = text
	}
	return err
}

func several(text string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
