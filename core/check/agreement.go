package check

import (
	"context"
	"errors"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// Agreement compares what was typed with what the resident ID number and the
// machine-readable lines say. The evidence holds "agrees", "differs" or
// "not_given" for each element, with both sides beside it. Where there is
// nothing to compare a person has to.
func Agreement(_ context.Context, in Input) Outcome {
	n := newNote("agreement")
	compared := n.withResidentID(in)
	compared = n.withMRZ(in) || compared
	if !compared {
		n.worsen(kyc.Refer)
		n.evidence("compared", "nothing")
	}
	return n.out
}

func (n *note) withResidentID(in Input) bool {
	id := in.field("id_number")
	if id.value == "" {
		return false
	}
	read, err := number.ParseResidentID(id.value)
	if err != nil {
		n.worsen(kyc.Refer)
		n.evidence("id_number", "unreadable")
		return false
	}
	birth, gender := in.field("birth_date"), in.field("gender")
	n.compare("birth_date", birth, read.Birth, birth.value == read.Birth, "data.birth_date_mismatch")
	n.compare("gender", gender, read.Gender, gender.value == read.Gender, "data.number_mismatch")
	return true
}

func (n *note) withMRZ(in Input) bool {
	lines := in.field("mrz")
	if lines.value == "" {
		return false
	}
	m, err := readMRZ(in, lines.value)
	var fault *number.Fault
	if errors.As(err, &fault) && m.Format == "" {
		n.worsen(kyc.Refer)
		n.evidence("mrz", "unreadable")
		return false
	}
	name := in.first("name_latin", "name", "real_name")
	n.compare("name", name, joinName(m), number.SameName(name.value, m), "data.name_mismatch")
	doc := in.field("document_number")
	n.compare("document_number", doc, m.Number, m.HasNumber(doc.value), "data.number_mismatch")
	birth, expiry := in.field("birth_date"), in.field("expiry_date")
	n.compare("birth_date", birth, m.Birth, number.SameDate(m.Birth, birth.value), "data.birth_date_mismatch")
	n.compare("expiry_date", expiry, m.Expiry, number.SameDate(m.Expiry, expiry.value), "data.number_mismatch")
	gender := in.field("gender")
	n.compare("gender", gender, m.Gender, gender.value == m.Gender || m.Gender == number.Unspecified, "data.number_mismatch")
	nationality, issuer := in.field("nationality"), in.field("issuing_country")
	n.compare("nationality", nationality, m.Nationality, number.SameCountry(nationality.value, m.Nationality), "data.number_mismatch")
	n.compare("issuing_country", issuer, m.Issuer, number.SameCountry(issuer.value, m.Issuer), "document.type_country_conflict")
	return true
}

func joinName(m number.MRZ) string {
	if m.Given == "" {
		return m.Surname
	}
	return m.Given + " " + m.Surname
}
