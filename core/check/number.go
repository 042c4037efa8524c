package check

import (
	"context"
	"errors"
	"strconv"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// ResidentIDNumber checks id_number by GB 11643-1999: region, birth date and
// check character.
func ResidentIDNumber(_ context.Context, in Input) Outcome {
	n := newNote("resident_id_number")
	id := in.field("id_number")
	if !n.need(id, "id_number") {
		return n.out
	}
	read, err := number.ParseResidentID(id.value)
	if err != nil {
		n.fault(err)
		n.add(kyc.Fail, "data.number_mismatch", id.ref, nil)
		return n.out
	}
	n.evidence("region", read.Region)
	n.evidence("birth_date", read.Birth)
	n.evidence("gender", read.Gender)
	return n.out
}

// PassportNumber checks document_number by what is known of the numbers of
// issuing_country.
func PassportNumber(_ context.Context, in Input) Outcome {
	n := newNote("passport_number")
	doc := in.field("document_number")
	if kind := in.field("document_kind"); kind.value != "" && kind.value != "passport" {
		n.evidence("applies", "no")
		return n.out
	}
	if !n.need(doc, "document_number") {
		return n.out
	}
	country := in.field("issuing_country")
	if !n.need(country, "issuing_country") {
		return n.out
	}
	n.evidence("issuing_country", country.value)
	if _, err := number.ParsePassport(country.value, doc.value); err != nil {
		n.fault(err)
		n.add(kyc.Fail, "data.number_mismatch", doc.ref, nil)
	}
	return n.out
}

// DocumentNumber checks document_number by what is known of the numbers of
// document_kind and issuing_country: passports, identity cards and driving
// licences. Another kind is left to the reviewer.
func DocumentNumber(_ context.Context, in Input) Outcome {
	n := newNote("document_number")
	kind, doc, country := in.field("document_kind"), in.field("document_number"), in.field("issuing_country")
	if !n.need(kind, "document_kind") || !n.need(doc, "document_number") || !n.need(country, "issuing_country") {
		return n.out
	}
	n.evidence("document_kind", kind.value)
	n.evidence("issuing_country", country.value)
	var err error
	switch kind.value {
	case "passport":
		_, err = number.ParsePassport(country.value, doc.value)
	case "national_id":
		_, err = number.ParseNationalID(country.value, doc.value)
	case "driving_licence":
		_, err = number.ParseLicence(doc.value)
	default:
		n.worsen(kyc.Refer)
	}
	if err != nil {
		n.fault(err)
		n.add(kyc.Fail, "data.number_mismatch", doc.ref, nil)
	}
	return n.out
}

// readMRZ reads lines in the format of the kind of document: booklets for
// passports, cards for everything else; any but a visa when no kind is asked.
func readMRZ(in Input, lines string) (number.MRZ, error) {
	switch in.field("document_kind").value {
	case "passport":
		return number.ParseTD3(lines)
	case "":
		m, err := number.ParseMRZ(lines)
		if m.Visa() {
			return number.MRZ{}, &number.Fault{Code: number.Format, Part: "line1", Line: 1, Position: 1}
		}
		return m, err
	}
	return number.ParseCardMRZ(lines)
}

// MRZ checks the typed machine-readable lines by ICAO Doc 9303: the format of
// the kind of document, shape and check digits. Lines that were optional and not given are left
// to a person to read from the document.
func MRZ(_ context.Context, in Input) Outcome {
	n := newNote("mrz")
	lines := in.field("mrz")
	if !n.need(lines, "mrz") {
		return n.out
	}
	_, err := readMRZ(in, lines.value)
	var fault *number.Fault
	switch {
	case err == nil:
		n.evidence("check_digits", "agree")
	case errors.As(err, &fault) && fault.Code == number.CheckDigit:
		n.fault(err)
		n.add(kyc.Refer, "data.mrz_check_digit", lines.ref,
			map[string]string{"line": strconv.Itoa(fault.Line), "position": strconv.Itoa(fault.Position)})
	default:
		n.fault(err)
		n.add(kyc.Fail, "document.mrz_unreadable", lines.ref, nil)
	}
	return n.out
}

// fault keeps why a number is none; it never holds the number.
func (n *note) fault(err error) {
	n.evidence("fault", err.Error())
}
