package api

import "encoding/json"

// OfferList is the markets of a tenant.
type OfferList struct {
	Markets []OfferItem `json:"markets" doc:"By id: what the platform offers, and what the tenant has set up"`
}

// OfferItem is a market as the tenant offers it.
type OfferItem struct {
	ID      string `json:"id" example:"mainland"`
	Title   string `json:"title"`
	Summary string `json:"summary,omitempty"`
	Number  int64  `json:"number" doc:"Of the newest version of the offer; give it back with a change. 0 when it was never changed"`
	Enabled bool   `json:"enabled" doc:"People can begin a registration"`
	Pinned  string `json:"pinned,omitempty" doc:"A version, \"shipped\", \"stable\" or \"canary\"; absent: as the platform decides"`
	Version string `json:"version,omitempty" doc:"Of the rules for new applications, as the provider says; absent when it does not run"`
	State   string `json:"state,omitempty" example:"ready" doc:"Of the provider on the asked server"`
	Trouble string `json:"trouble,omitempty" doc:"Why people are asked to try again later, in words"`
}

// Offering is a market with its settings and their history.
type Offering struct {
	OfferItem
	Schema   json.RawMessage `json:"schema,omitempty" doc:"JSON Schema of the settings"`
	Settings json.RawMessage `json:"settings" doc:"JSON object, without what is secret"`
	Kept     []string        `json:"kept_secrets" doc:"JSON Pointers of secret settings that have a value, which is never shown"`
	Versions []string        `json:"versions" doc:"That can be pinned"`
	UnderWay int             `json:"under_way" doc:"Applications that are not over; 1000 means as many or more"`
	History  []OfferVersion  `json:"history" doc:"The newest first, at most 50"`
}

// OfferVersion is a version of an offer.
type OfferVersion struct {
	Number   int64         `json:"number"`
	Enabled  bool          `json:"enabled"`
	Pinned   string        `json:"pinned,omitempty"`
	Restored int64         `json:"restored,omitempty" doc:"The version that was gone back to"`
	Actor    *Actor        `json:"actor"`
	At       string        `json:"at" format:"date-time"`
	Changes  []OfferChange `json:"changes"`
}

// OfferChange is a difference between two versions.
type OfferChange struct {
	Of      string          `json:"of" enum:"state,version,setting"`
	Pointer string          `json:"pointer,omitempty" doc:"JSON Pointer of the setting"`
	Secret  bool            `json:"secret,omitempty" doc:"It differs, and nothing else is said"`
	From    json.RawMessage `json:"from,omitempty" doc:"Absent where nothing was set"`
	To      json.RawMessage `json:"to,omitempty" doc:"Absent where nothing is set"`
}

// ChangeOfferRequest is how a market is to be offered. What is absent stays.
type ChangeOfferRequest struct {
	Number   int64           `json:"number" minimum:"0" doc:"Of the version that you saw; when it has changed since, the answer is 409 with the differences"`
	Enabled  *bool           `json:"enabled,omitempty"`
	Pinned   *string         `json:"pinned,omitempty" maxLength:"64" doc:"A version of the list, \"shipped\", \"stable\", \"canary\", or \"\" for what the platform decides"`
	Settings json.RawMessage `json:"settings,omitempty" doc:"Object of all settings that are not secret. Of secret ones a value is new, null clears, and what is absent is kept"`
}

// RestoreOfferRequest goes back to an older version.
type RestoreOfferRequest struct {
	Number int64 `json:"number" minimum:"1" doc:"Of the version that you saw"`
	Back   int64 `json:"back" minimum:"1" doc:"Of the version to go back to: its settings and the version of the rules; whether the market is open stays"`
}

// OfferPreview is what a change would do.
type OfferPreview struct {
	Changes []OfferChange `json:"changes"`
	Errors  []FieldError  `json:"errors" doc:"Why it would be refused; empty when it would not"`
}
