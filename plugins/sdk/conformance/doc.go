// Package conformance is the suite that every provider passes before it is
// installed: named cases over the real transport, against the program as it
// will run. It needs neither package testing nor the core, so that the command
// "paifang provider test", the tests of a provider (package plugintest) and a
// provider in another language are all judged by the same cases.
//
//	report := conformance.Run(ctx, conformance.Options{Program: "bin/atlantis", Vectors: "vectors"})
//	report.Text(os.Stdout)
//
// A case has an id ("drain.refuses"), says in one sentence what it wants, and
// if it fails what was seen and what to do about it. Run starts the program
// several times; it writes nothing outside a temporary folder of its own, and a
// messenger sends only to the recipient that was named for it.
//
// Golden vectors are cases of a market's own: tables in plain files, see Vector.
package conformance
