package host

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// listed is good with a list in its first step.
func listed() *wirev1.DescribeResponse {
	d := good()
	for _, k := range []string{"a.l.label", "a.l.n.label", "a.l.c.label"} {
		d.Catalogues[0].Messages["good."+k] = d.Catalogues[0].Messages["good.title"]
	}
	d.Flows[0].Steps[0].Fields = append(d.Flows[0].Steps[0].Fields, &wirev1.Field{Name: "l", Type: "list", Label: "good.a.l.label",
		Constraint: &wirev1.Constraint{MaxRows: 2}, Fields: []*wirev1.Field{
			{Name: "n", Type: "name", Label: "good.a.l.n.label"},
			{Name: "c", Type: "country", Label: "good.a.l.c.label", When: &wirev1.Condition{Field: "n", In: []string{"x"}}}}})
	d.Flows[0].Steps[1].When = &wirev1.Condition{Field: "a.l.2.n", In: []string{"x"}}
	return d
}

func TestLists(t *testing.T) {
	a, err := aboutV1("good", listed())
	if err != nil {
		t.Fatal(err)
	}
	for path, good := range map[string]bool{"l": true, "l.1.n": true, "l.2.c": true, "l.3.n": false, "l.0.n": false, "l.01.n": false, "l.1.x": false, "l.n": false} {
		_, err := a.findingV1("a", &wirev1.EvaluateResponse{Problems: []*wirev1.Problem{{Path: path, Code: "field.required"}}})
		if (err == nil) != good {
			t.Errorf("a problem about %s: %v", path, err)
		}
	}
	if f := a.flow.Steps[0].Fields[2]; f.MaxRows != 2 || f.Fields[1].Type != kyc.CountryField || f.Fields[0].PII != kyc.PIISensitive {
		t.Errorf("%+v", f)
	}
	list := func(d *wirev1.DescribeResponse) *wirev1.Field { return d.Flows[0].Steps[0].Fields[2] }
	for name, spoil := range map[string]func(*wirev1.DescribeResponse){
		"no rows":            func(d *wirev1.DescribeResponse) { list(d).Constraint = nil },
		"more than can be":   func(d *wirev1.DescribeResponse) { list(d).Constraint.MaxRows = 21 },
		"more least":         func(d *wirev1.DescribeResponse) { list(d).Constraint.MinRows = 3 },
		"no members":         func(d *wirev1.DescribeResponse) { list(d).Fields = nil },
		"member twice":       func(d *wirev1.DescribeResponse) { list(d).Fields[1].Name = "n" },
		"member's name":      func(d *wirev1.DescribeResponse) { list(d).Fields[1].Name = "n.1" },
		"secret member":      func(d *wirev1.DescribeResponse) { list(d).Fields[0].Type = "password" },
		"list in a list":     func(d *wirev1.DescribeResponse) { list(d).Fields[0].Type = "list" },
		"member's label":     func(d *wirev1.DescribeResponse) { list(d).Fields[0].Label = "good.a.zzz" },
		"condition outside":  func(d *wirev1.DescribeResponse) { list(d).Fields[1].When.Field = "f" },
		"condition on self":  func(d *wirev1.DescribeResponse) { list(d).Fields[1].When.Field = "c" },
		"rows of a text":     func(d *wirev1.DescribeResponse) { d.Flows[0].Steps[0].Fields[0].Constraint.MaxRows = 1 },
		"members of a text":  func(d *wirev1.DescribeResponse) { d.Flows[0].Steps[0].Fields[0].Fields = list(d).Fields },
		"condition on row 3": func(d *wirev1.DescribeResponse) { d.Flows[0].Steps[1].When.Field = "a.l.3.n" },
	} {
		d := proto.Clone(listed()).(*wirev1.DescribeResponse)
		spoil(d)
		if _, err := aboutV1("good", d); err == nil || !strings.HasPrefix(err.Error(), "description: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
