package api

import (
	"github.com/danielgtaylor/huma/v2"
)

// with adds what a route takes beside its path and body, for the description.
func (r route) with(params ...huma.Param) route {
	r.params = append(r.params, params...)
	return r
}

// fresh asks for somebody who has just shown who they are.
func (r route) fresh() route {
	r.Fresh = true
	return r
}

func textParam(name, about string) huma.Param {
	return huma.Param{Name: name, In: "query", Description: about, Schema: &huma.Schema{Type: "string"}}
}

func choiceParam(name, about string, values ...string) huma.Param {
	p := textParam(name, about)
	for _, v := range values {
		p.Schema.Enum = append(p.Schema.Enum, v)
	}
	return p
}

// humanTest is the header with the solution of a human test, where no step asks
// for one and a message is sent at risk.
var humanTest = huma.Param{Name: "Human-Test", In: "header", Schema: &huma.Schema{Type: "string"},
	Description: "Solution of a human test; needed when the answer says that human.required is what it fell short of, and when the challenge says human_test"}

// repeatable tells that a request may carry an idempotency key.
func repeatable(about string) huma.Param {
	return huma.Param{Name: "Idempotency-Key", In: "header", Description: about, Schema: &huma.Schema{Type: "string"}}
}
