package analyzer_test

import (
	"fmt"

	"github.com/writ-iam/writ/analyzer"
)

func ExampleValidate() {
	const text = `{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:q"}
}`
	for _, f := range analyzer.Validate(analyzer.LikelyUse(text), text) {
		fmt.Printf("%d:%d: %s: %s\n", f.Pos.Line, f.Pos.Column, f.Severity, f.Code.Sentence())
		fmt.Println(f.Witness)
	}
	// Output:
	// 3:66: warning: AWS's documents let one read a star at the end of a part of an ARN in two ways, and the statement protects less in one of them
	// arn:aws:sqs:us-east-1:123456789012:q
}
