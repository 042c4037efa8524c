package conformance

import "strings"

// Vocabulary is the common reason codes by group. A host knows the same ones:
// its tests compare the two.
func Vocabulary() map[string]string {
	return map[string]string{
		"image": "blur glare dark cropped obstructed low_resolution grayscale edited screenshot photo_of_screen photocopy " +
			"watermark wrong_orientation no_document multiple_documents",
		"file": "too_large too_small unsupported_type corrupt encrypted_pdf duplicate_upload infected",
		"document": "side_missing page_missing same_side_twice type_not_accepted country_not_accepted type_country_conflict " +
			"expired expires_soon damaged unsigned sample translation_needed chip_required mrz_unreadable",
		"data": "name_mismatch birth_date_mismatch number_mismatch address_mismatch field_unreadable incomplete " +
			"mrz_check_digit barcode_mismatch chip_mismatch mixed_scripts",
		"registry": "mismatch_name mismatch_id mismatch_phone mismatch_card number_range_unsupported no_record unavailable quota",
		"face":     "not_visible multiple liveness_failed no_match spoof",
		"contact":  "phone_unverified email_unverified disposable otp_limit region_not_accepted",
		"policy":   "underage region_blocked membership_not_eligible attempts_exhausted duplicate_person applicant_withdrew account_unconfirmed",
		"business": "licence_unreadable owner_missing bank_name_mismatch licence_inactive owner_unverified",
		"risk":     "sanctions_hit pep_hit adverse_media forgery stolen_identity network blocklist",
		"system":   "timeout provider_down provider_error",
	}
}

func isCommon(code string) bool {
	group, rest, _ := strings.Cut(code, ".")
	for _, known := range strings.Fields(Vocabulary()[group]) {
		if rest == known {
			return true
		}
	}
	return false
}

// Languages are the shipped languages and the plural forms that CLDR gives them.
func Languages() map[string][]string {
	return map[string][]string{
		"zh-Hans": {"other"},
		"zh-Hant": {"other"},
		"en":      {"one", "other"},
		"fr":      {"one", "many", "other"},
		"ru":      {"one", "few", "many", "other"},
		"ar":      {"zero", "one", "two", "few", "many", "other"},
	}
}
