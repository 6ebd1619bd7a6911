package policy_test

import (
	"errors"
	"fmt"

	"github.com/writ-iam/writ/policy"
)

func ExampleParse() {
	doc, err := policy.Parse(policy.Trust, `{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:user/developer"},
    "Action": "sts:AssumeRole"
  }
}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	st := doc.Statements[0]
	fmt.Println(st.Principal.Values[0].Value, "at line", st.Principal.Values[0].Pos.Line)
	fmt.Println(doc.Canonical())
	// Output:
	// arn:aws:iam::123456789012:user/developer at line 5
	// {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:user/developer"]},"Action":["sts:AssumeRole"]}]}
}

func ExampleError() {
	_, err := policy.ParseManaged(`{"Version":"2012-10-17","Statement":{"effect":"Allow","Action":"*","Resource":"*"}}`)
	fmt.Println(err)
	var e *policy.Error
	if errors.As(err, &e) {
		fmt.Println(e.String())
	}
	// Output:
	// Syntax errors in policy.
	// 1:38: UnknownKey: there is no such element here; names are case-sensitive: effect
}

func ExampleUse_Parse() {
	use := policy.Use{Kind: policy.ResourceBased, Service: "sns"}
	_, err := use.Parse(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sns:CreateTopic","Resource":"*"}}`)
	fmt.Println(err)
	for _, q := range use.Quotas() {
		fmt.Println(q.Of, "has at most", q.Limit, q.Measure)
	}
	// Output:
	// Invalid parameter: Policy statement action out of service scope!
	// a topic policy has at most 30720 bytes
	// a topic policy has at most 100 statements
	// a topic policy has at most 200 principals
}

func ExampleDocument_Format() {
	doc, err := policy.ParseShape(`{"Statement":{"Action":["s3:GetObject"],"Effect":"Allow","Resource":"*"}}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(doc.Format())
	// Output:
	// {
	//   "Statement": {
	//     "Effect": "Allow",
	//     "Action": ["s3:GetObject"],
	//     "Resource": "*"
	//   }
	// }
}
