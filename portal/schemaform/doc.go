// Package schemaform is a form made of a JSON Schema (core/offer reads it): which
// fields there are, what a browser sends of them, and settings made of what it sent.
//
// There is one way from settings to fields: Fill turns settings into what a browser
// would send of the untouched form, Show makes fields of anything that a browser
// sent, and Read makes settings of it. So a form that was refused is shown with
// what was typed, be it sense or not. What is secret is never in a field.
package schemaform
