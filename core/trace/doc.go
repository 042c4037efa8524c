// Package trace follows a request through the program: spans of the doors, of
// phases that take time, of calls to providers and of jobs (OpenTelemetry).
//
// A span is below the one that its context has; where there is none, because
// traces are off or this request was not picked, nothing is recorded and a look
// at the context is all that it costs. Nobody needs to be given a tracer for it.
//
// Traces leave the installation, so that no personal data may get into one: a span's
// name is written in the program, and a Fact can only be made of an id, a word or
// a number, whose form is held to again. No text of an error, address, query, body
// or header ever gets in, and there is no baggage.
package trace
