package kyc

// MaxDocumentBytes bounds an uploaded file: 10 MB, decimal.
const MaxDocumentBytes = 10_000_000
