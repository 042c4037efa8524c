package credential

import (
	"strconv"
	"unicode/utf8"

	"github.com/paifang/paifang/core/kyc"
)

// MinAnswer is the least length of an answer in characters, as folded.
const MinAnswer = 2

// QuestionAnswer is a security question and its answer.
type QuestionAnswer struct {
	Question string // key of the question
	Answer   string
}

// CheckAnswers checks the answers of a field of security questions. Paths are
// "<field>.1.question" and "<field>.1.answer", counted from 1. Problems:
// question.duplicate, answer.short {min}, answer.long {max}, answer.same (one
// answer to two questions). What was left empty is no problem here.
func CheckAnswers(field string, answers []QuestionAnswer) []kyc.Problem {
	var problems []kyc.Problem
	questions, folded := map[string]bool{}, map[string]bool{}
	for i, a := range answers {
		path := field + "." + strconv.Itoa(i+1)
		if a.Question != "" && questions[a.Question] {
			problems = append(problems, kyc.P(path+".question", "question.duplicate"))
		}
		questions[a.Question] = true
		if a.Answer == "" {
			continue
		}
		answer := Fold(a.Answer)
		switch n := utf8.RuneCountInString(answer); {
		case n < MinAnswer:
			problems = append(problems, kyc.P(path+".answer", "answer.short").With("min", strconv.Itoa(MinAnswer)))
		case n > MaxSecret:
			problems = append(problems, kyc.P(path+".answer", "answer.long").With("max", strconv.Itoa(MaxSecret)))
		case folded[answer]:
			problems = append(problems, kyc.P(path+".answer", "answer.same"))
		}
		folded[answer] = true
	}
	return problems
}
