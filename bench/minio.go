package bench

import (
	"encoding/json"
	"strings"

	"github.com/minio/pkg/v3/policy"
)

// minioActions stand for the services other than S3, which MinIO does not know.
var minioActions = map[string]string{
	"sns":      "s3:DeleteObject",
	"sqs":      "s3:PutObject",
	"ec2":      "s3:PutObjectTagging",
	"dynamodb": "s3:DeleteObjectTagging",
	"kms":      "s3:PutObjectRetention",
	"lambda":   "s3:PutObjectLegalHold",
}

// minioKey stands for the tag of the caller: MinIO has no such key.
const minioKey = "aws:UserAgent"

// loadMinIO makes a policy of MinIO's own, which has the syntax of IAM's. It knows
// the actions and resources of S3 only. Another service becomes one of its
// actions, so that statements of other services are passed over as cheaply as
// they would be, and what it does and acts on becomes a key of a bucket named like
// the service.
func loadMinIO(p *Problem) (Loaded, error) {
	doc := document{Version: "2012-10-17"}
	for i := range p.Statements {
		st := &p.Statements[i]
		s := documentStatement{Effect: effectOf(st)}
		if strings.HasPrefix(st.Actions[0], "s3:") {
			s.Action, s.Resource = st.Actions, []string{st.Resource}
		} else {
			service, _, _ := strings.Cut(st.Actions[0], ":")
			s.Action = []string{minioActions[service]}
			for _, a := range st.Actions {
				s.Resource = append(s.Resource, "arn:aws:s3:::"+service+"/"+a+"|"+st.Resource)
			}
		}
		if st.Team != "" {
			s.Condition = map[string]map[string]string{"StringEquals": {minioKey: st.Team}}
		}
		doc.Statement = append(doc.Statement, s)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	compiled, err := policy.ParseConfig(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	return func(r Request) (func() bool, error) {
		args := policy.Args{AccountName: "ann", Action: policy.Action(r.Action), ConditionValues: map[string][]string{}}
		if service, _, _ := strings.Cut(r.Action, ":"); service == "s3" {
			args.BucketName, args.ObjectName, _ = strings.Cut(strings.TrimPrefix(r.Resource, "arn:aws:s3:::"), "/")
		} else {
			args.Action = policy.Action(minioActions[service])
			args.BucketName, args.ObjectName = service, r.Action+"|"+r.Resource
		}
		if r.Team != "" {
			args.ConditionValues[strings.TrimPrefix(minioKey, "aws:")] = []string{r.Team}
		}
		return func() bool { return compiled.IsAllowed(args) }, nil
	}, nil
}
