package sts

import (
	"regexp"
	"strings"

	"github.com/writ-iam/writ/arn"
)

// arnGrammar is what STS itself holds ARNs in requests against.
var arnGrammar = regexp.MustCompile(`^arn:[^:]+:[^:]+:[^:]*:[^:]*:[^:]+$`)

func wellFormed(text string) error {
	if !arnGrammar.MatchString(text) {
		return invalid("%s is invalid", text)
	}
	return nil
}

// federated parses an ARN that somebody without credentials gives: kind is what
// it must name, otherwise the answer where it names something else. AssumeRole
// leaves that to authorization, as AWS does.
func federated(text, kind, otherwise string) (arn.ARN, error) {
	if err := wellFormed(text); err != nil {
		return arn.ARN{}, err
	}
	a, err := arn.Parse(text)
	if err != nil || a.Service != "iam" || a.Region != "" || !arn.IsAccount(a.Account) || !strings.HasPrefix(a.Resource, kind+"/") {
		return arn.ARN{}, invalid("%s", otherwise)
	}
	return a, nil
}
