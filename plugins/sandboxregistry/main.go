// Command sandboxregistry is a verifier for development and tests: it stands
// in for the registry that knows whether a name and a resident ID number
// belong together, and knows nobody. Every answer names its source as the
// sandbox registry.
//
// Capability "registry.resident_id", fields "name" and "number". Any name
// matches any number that is written as one, except for magic values. Those of
// numbers are the three digits before the check digit (the sequence number of
// GB 11643):
//
//	sequence   name contains   answer
//	991        不符            fail: registry.mismatch_name
//	992        查无            refer: registry.no_record
//	993        暂停            unavailable: registry.unavailable
//	994                        unavailable: registry.quota
//	995                        refer: registry.number_range_unsupported
//	996                        fail: registry.mismatch_id
//
// No record is not a mismatch. Something that is not written as a number has
// no record.
package main

import "github.com/paifang/paifang/plugins/sdk"

func main() { sdk.Serve(registry{}) }
