package policycase

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// manyCases are n cases as programs write them: a few layers each. With distinct,
// no policy stands in two of them.
func manyCases(n int, distinct bool) []byte {
	var b bytes.Buffer
	for i := range n {
		k := i % 50
		if distinct {
			k = i
		}
		fmt.Fprintf(&b, `{"id":"case-%d","request":{"principal":"arn:aws:iam::111122223333:user/ann","action":"s3:GetObject","resource":"arn:aws:s3:::bucket-%d/reports/q1.pdf","resourceAccount":"111122223333","context":{"aws:SourceIp":["10.0.0.%d"],"aws:PrincipalTag/team":["red"]}},`, i, k, i%250)
		fmt.Fprintf(&b, `"policies":{"identity":[{"name":"readers","document":{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::bucket-%d","arn:aws:s3:::bucket-%d/*"],"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/16"},"StringEquals":{"aws:PrincipalTag/team":["red","blue"]}}},{"Sid":"Write","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket-%d/${aws:username}/*"}]}}],`, k, k, k)
		fmt.Fprintf(&b, `"boundary":[{"name":"limit","document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","sqs:*","sns:*"],"Resource":"*"}]}}],`)
		fmt.Fprintf(&b, `"scp":[[{"name":"FullAWSAccess","document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}}],[{"name":"FullAWSAccess","document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}},{"name":"guard","document":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"admin-%d"}}}]}}]]},"want":"Allow"}`+"\n", k)
	}
	return b.Bytes()
}

func BenchmarkBatch(b *testing.B) {
	const cases = 100_000
	for _, distinct := range []bool{false, true} {
		input := manyCases(cases, distinct)
		b.Run(fmt.Sprintf("distinct=%v", distinct), func(b *testing.B) {
			b.SetBytes(int64(len(input)))
			for b.Loop() {
				counts, err := Batch(b.Context(), bytes.NewReader(input), io.Discard, nil)
				if err != nil || counts.Answered != cases {
					b.Fatalf("%+v, %v", counts, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/cases, "ns/case")
		})
	}
}
