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

// MRZ checks the typed machine-readable lines of a passport by ICAO Doc 9303:
// shape and check digits. Lines that were optional and not given are left
// to a person to read from the document.
func MRZ(_ context.Context, in Input) Outcome {
	n := newNote("mrz")
	lines := in.field("mrz")
	if !n.need(lines, "mrz") {
		return n.out
	}
	_, err := number.ParseMRZ(lines.value)
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
