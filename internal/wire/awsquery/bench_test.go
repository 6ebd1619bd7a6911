package awsquery

import (
	"testing"
	"time"
)

type tag struct {
	Key   string `aws:"Key,required"`
	Value string `aws:"Value,required"`
}

type assumeRoleInput struct {
	RoleArn           string   `aws:"RoleArn,required"`
	RoleSessionName   string   `aws:"RoleSessionName,required"`
	PolicyArns        []tag    `aws:"PolicyArns"`
	Policy            *string  `aws:"Policy"`
	DurationSeconds   *int32   `aws:"DurationSeconds"`
	Tags              []tag    `aws:"Tags"`
	TransitiveTagKeys []string `aws:"TransitiveTagKeys"`
	ExternalId        *string  `aws:"ExternalId"`
	SerialNumber      *string  `aws:"SerialNumber"`
	TokenCode         *string  `aws:"TokenCode"`
	SourceIdentity    *string  `aws:"SourceIdentity"`
}

const assumeRole = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo" +
	"&RoleSessionName=botocore-session-1700000000&DurationSeconds=3600&ExternalId=123ABC" +
	"&Tags.member.1.Key=Project&Tags.member.1.Value=Pegasus&Tags.member.2.Key=Team&Tags.member.2.Value=Engineering" +
	"&TransitiveTagKeys.member.1=Project&TransitiveTagKeys.member.2=Team"

func BenchmarkParse(b *testing.B) {
	body := []byte(assumeRole)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("", body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	form, err := Parse("", []byte(assumeRole))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var in assumeRoleInput
		if missing, err := Decode(form, &in); err != nil || missing != nil {
			b.Fatal(missing, err)
		}
	}
}

type role struct {
	Path                     string    `aws:"Path,required"`
	RoleName                 string    `aws:"RoleName,required"`
	RoleId                   string    `aws:"RoleId,required"`
	Arn                      string    `aws:"Arn,required"`
	CreateDate               time.Time `aws:"CreateDate,required"`
	AssumeRolePolicyDocument *string   `aws:"AssumeRolePolicyDocument"`
	Description              *string   `aws:"Description"`
	MaxSessionDuration       *int32    `aws:"MaxSessionDuration"`
	Tags                     []tag     `aws:"Tags"`
}

type createRoleOutput struct {
	Role role `aws:"Role,required"`
}

func createRole() Response {
	document := `%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22123456789012%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D`
	return Response{
		Operation: "CreateRole", ResultWrapper: "CreateRoleResult", RequestID: "4a93ceee-9966-11e1-b624-b1aEXAMPLE7c",
		Namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		Result: &createRoleOutput{Role: role{
			Path: "/", RoleName: "Test-Role", RoleId: "AROADBQP57FF2AEXAMPLE", Arn: "arn:aws:iam::123456789012:role/Test-Role",
			CreateDate: time.Date(2025, 5, 8, 23, 34, 1, 0, time.UTC), AssumeRolePolicyDocument: &document,
			Tags: []tag{{"Project", "Pegasus"}, {"Team", "R&D"}},
		}},
	}
}

func BenchmarkAppendResponse(b *testing.B) {
	r := createRole()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendResponse(buf[:0], r)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkAppendJSONResponse(b *testing.B) {
	r := createRole()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendJSONResponse(buf[:0], r)
	}
	b.SetBytes(int64(len(buf)))
}
