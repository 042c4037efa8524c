package kyc

import "strings"

// standing is what follows from a reason unless a market or a tenant is stricter.
type standing struct {
	disposition Disposition
	audience    Audience
}

// reasons is the vocabulary of reason codes with their defaults. A line holds
// the group and its codes; the default of a code is the line's.
var reasons = parseReasons([]reasonLine{
	{"image", "blur glare dark cropped obstructed low_resolution grayscale edited screenshot photo_of_screen " +
		"photocopy watermark wrong_orientation no_document multiple_documents", Retry, Public},
	{"file", "too_large too_small unsupported_type corrupt encrypted_pdf duplicate_upload infected", Retry, Public},
	{"document", "side_missing page_missing same_side_twice type_not_accepted country_not_accepted " +
		"type_country_conflict expired expires_soon damaged unsigned sample translation_needed chip_required " +
		"mrz_unreadable", Retry, Public},
	{"data", "name_mismatch birth_date_mismatch number_mismatch address_mismatch field_unreadable incomplete", Retry, Public},
	{"data", "mrz_check_digit barcode_mismatch chip_mismatch mixed_scripts", Review, Public},
	{"registry", "mismatch_name mismatch_id mismatch_phone mismatch_card number_range_unsupported", Retry, Public},
	{"registry", "no_record", Review, Public},
	{"registry", "unavailable quota", System, Generic},
	{"face", "not_visible multiple liveness_failed", Retry, Public},
	{"face", "no_match", Review, Public},
	{"face", "spoof", Final, Generic},
	{"contact", "phone_unverified email_unverified disposable otp_limit region_not_accepted", Retry, Public},
	{"policy", "underage region_blocked membership_not_eligible account_unconfirmed", Final, Public},
	{"policy", "attempts_exhausted", Review, Public},
	// Telling a stranger that a number is already known would tell who is a customer.
	{"policy", "duplicate_person", Review, Generic},
	{"policy", "applicant_withdrew", Retry, Public},
	{"business", "licence_unreadable owner_missing bank_name_mismatch", Retry, Public},
	{"business", "licence_inactive owner_unverified", Review, Public},
	{"risk", "sanctions_hit pep_hit adverse_media", Review, Private},
	{"risk", "forgery stolen_identity network blocklist", Final, Private},
	{"system", "timeout provider_down provider_error", System, Generic},
})

type reasonLine struct {
	group, codes string
	disposition  Disposition
	audience     Audience
}

func parseReasons(lines []reasonLine) map[string]standing {
	table := map[string]standing{}
	for _, l := range lines {
		for _, code := range strings.Fields(l.codes) {
			table[l.group+"."+code] = standing{l.disposition, l.audience}
		}
	}
	return table
}

// ReasonCodes lists every known code, in no order.
func ReasonCodes() []string {
	codes := make([]string, 0, len(reasons))
	for code := range reasons {
		codes = append(codes, code)
	}
	return codes
}

// ReasonDefault tells what follows from a code and who may be told; an unknown
// code is for a person to look at and leaves no trace for the applicant.
func ReasonDefault(code string) (Disposition, Audience, bool) {
	s, known := reasons[code]
	if !known {
		return Review, Private, false
	}
	return s.disposition, s.audience, true
}

// NewReason makes a reason with the defaults of its code. Remedy is
// "reason.<code>.remedy" for public codes, "reason.generic.remedy" for generic
// ones and empty for internal ones. Params must not hold personal data.
func NewReason(code string, subject Subject, source Source, params map[string]string) Reason {
	r := Reason{Code: code, Subject: subject, Source: source, Params: params}
	r.Disposition, r.Audience, _ = ReasonDefault(code)
	switch r.Audience {
	case Public:
		r.Remedy = "reason." + code + ".remedy"
	case Generic:
		r.Remedy = "reason.generic.remedy"
	}
	return r
}
