// Package check runs the checks that need nobody but us, and one that asks a
// verifier, after an application has been submitted. A check is a pure
// function of an Input; it answers with reasons and evidence, never with a
// bare yes or no, and whatever goes wrong inside it is "unavailable": we could
// not tell, and may try again.
//
// Checks know no market. They find what they need by the names of fields that
// markets share: real_name, name, name_latin, id_number, document_kind,
// document_number, issuing_country, nationality, birth_date, gender,
// expiry_date, mrz. A field that the flow asks only of others makes a check
// not applicable (a Pass whose evidence says applies = "no"). An optional one
// that was left empty leaves the matter to a person (a Refer without a
// reason). A field that no step of the flow declares makes the check
// unavailable, for then the market has promised what cannot be done.
package check
