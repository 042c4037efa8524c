// Package evidence takes in the files that applicants upload and gives them out
// again. Take runs in fixed phases:
//
//  1. The type is told from the first bytes, never from a name or header.
//  2. The original streams through a digest into a sealed blob; at no time is
//     there a clear copy on disk. More than kyc.MaxDocumentBytes is refused.
//  3. A file that is already current for another side is refused.
//  4. The header says how many pixels, and how much memory they will need,
//     before anything is decoded.
//  5. The picture is decoded, turned upright, laid on white, made smaller where
//     it is huge, and encoded anew as JPEG: the rendition, without metadata and
//     without whatever was hidden behind or between the picture's own bytes.
//
// A file that falls short is a kyc.Problem with the path "requirement.side" and
// leaves nothing behind. An error means that we could not tell.
//
// Memory is bounded: uploads stream; at most Config.Decodes files are looked
// into at a time, their pixels together within Config.Memory.
package evidence
