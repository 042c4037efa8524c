// Package api is the JSON door: decode, call, render. Everything that the pages
// can do for applicants and for staff can be done here, and a client that knows
// nothing of a market can finish any journey from what the answers tell.
//
// Errors are RFC 9457 problem details with a code, the path of each field and a
// text in the language of the application (else of Accept-Language). Bodies are
// checked against the schemas of the OpenAPI 3.1 description, which is made from
// the same Go types.
package api
