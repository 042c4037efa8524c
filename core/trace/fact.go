package trace

import (
	"regexp"

	"go.opentelemetry.io/otel/attribute"

	"github.com/paifang/paifang/core/kyc"
)

// Fact is something that a span says. The zero value says nothing.
type Fact struct {
	key  string
	form *regexp.Regexp // nil: it is the number
	text string
	n    int64
}

// What texts look like. Anything that looks otherwise is left out: nobody can
// have meant to put it there. None of them fits a phone number, an e-mail address or a name of
// a person as people write it.
var (
	wordForm    = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,63}$`)
	idForm      = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	requestForm = regexp.MustCompile(`^[0-9a-f]{16}$`)
	versionForm = regexp.MustCompile(`^\d{1,5}\.\d{1,5}\.\d{1,5}([-+][a-z0-9.+-]{1,40})?$`)
	methodForm  = regexp.MustCompile(`^[A-Z]{3,7}$`)
	routeForm   = regexp.MustCompile(`^(/|(/:?[A-Za-z][A-Za-z0-9_.-]{0,39}){1,20}/?|/?\*)$`)
)

// Tenant is whose it is.
func Tenant(id kyc.TenantID) Fact {
	return Fact{key: "paifang.tenant", form: wordForm, text: string(id)}
}

// Application is the application that it is about.
func Application(id kyc.ApplicationID) Fact {
	return Fact{key: "paifang.application", form: idForm, text: string(id)}
}

// Market is the market.
func Market(id kyc.MarketID) Fact {
	return Fact{key: "paifang.market", form: wordForm, text: string(id)}
}

// Step is the step.
func Step(id kyc.StepID) Fact { return Fact{key: "paifang.step", form: wordForm, text: string(id)} }

// Request is the id that the log's line about a request has, 16 hexadecimal digits.
func Request(id string) Fact { return Fact{key: "paifang.request", form: requestForm, text: id} }

// Provider is the name of a provider.
func Provider(name string) Fact { return Fact{key: "paifang.provider", form: wordForm, text: name} }

// Version is the semantic version of a provider.
func Version(v string) Fact { return Fact{key: "paifang.provider.version", form: versionForm, text: v} }

// Generation counts the processes of a provider's version, from 1; 0 is one that is
// only tried.
func Generation(n int) Fact { return Count("paifang.provider.generation", n) }

// Outcome is how it ended, in a word.
func Outcome(word string) Fact { return Fact{key: "paifang.outcome", form: wordForm, text: word} }

// JobKind is the kind of a job.
func JobKind(kind string) Fact { return Fact{key: "paifang.job.kind", form: wordForm, text: kind} }

// JobRef is what a job is about, where that is an id.
func JobRef(ref string) Fact { return Fact{key: "paifang.job.ref", form: idForm, text: ref} }

// Attempt counts the attempts at a job, from 1.
func Attempt(n int) Fact { return Count("paifang.job.attempt", n) }

// Method is the method of a request over HTTP.
func Method(method string) Fact {
	return Fact{key: "http.request.method", form: methodForm, text: method}
}

// Route is the pattern of a route, never the path that was asked for.
func Route(pattern string) Fact { return Fact{key: "http.route", form: routeForm, text: pattern} }

// Status is the status of an answer over HTTP.
func Status(code int) Fact { return Count("http.response.status_code", code) }

// Count is a number under a name that the program gives.
func Count(name string, n int) Fact { return Fact{key: name, n: int64(n)} }

// known is what of the facts may be said.
func known(facts []Fact) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, len(facts))
	for _, f := range facts {
		switch {
		case f.key == "":
		case f.form == nil:
			list = append(list, attribute.Int64(f.key, f.n))
		case f.form.MatchString(f.text):
			list = append(list, attribute.String(f.key, f.text))
		}
	}
	return list
}
