package audit_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/audit"
)

// Shapes as the generator makes them, cut short.
type (
	status string

	tag struct {
		Key   string `aws:"Key,required"`
		Value string `aws:"Value,required"`
	}

	createRole struct {
		_           struct{}
		RoleName    string           `aws:"RoleName,required"`
		Description *string          `aws:"Description"`
		Duration    *int32           `aws:"MaxSessionDuration"`
		Tags        []tag            `aws:"Tags"`
		Keys        []string         `aws:"TagKeys,flat"`
		SAMLMetadat *string          `aws:"SAMLMetadataDocument"`
		Created     *time.Time       `aws:"CreateDate"`
		Password    *string          `aws:"Password,sensitive"`
		Reset       *bool            `aws:"PasswordResetRequired"`
		Status      status           `aws:"Status"`
		Child       *createRole      `aws:"Child"`
		Ratio       *float64         `aws:"Ratio"`
		Map         map[string]int64 `aws:"SummaryMap"`
		Blob        []byte           `aws:"Blob"`
		Big         int64            `aws:"Big,required"`
	}

	changePassword struct {
		OldPassword string `aws:"OldPassword,required,sensitive"`
		NewPassword string `aws:"NewPassword,required,sensitive"`
	}

	putObject struct {
		Body   io.Reader         `aws:"Body,payload,stream"`
		Bucket string            `aws:"Bucket,required,uri"`
		Key    string            `aws:"Key,required,uri"`
		ACL    *string           `aws:"x-amz-acl,header"`
		SSEKey *string           `aws:"x-amz-server-side-encryption-customer-key,header,sensitive"`
		Upload *string           `aws:"uploadId,query"`
		Meta   map[string]string `aws:"x-amz-meta-,headers"`
		Config *versioning       `aws:"VersioningConfiguration,payload,ns=http://s3.amazonaws.com/doc/2006-03-01/"`
	}

	versioning struct {
		Status    *status `aws:"Status"`
		MFADelete *string `aws:"MfaDelete"`
	}
)

func TestAppendElements(t *testing.T) {
	afternoon := time.Date(2024, 8, 1, 13, 42, 21, 0, time.FixedZone("", 3600))
	for name, test := range map[string]struct {
		v    any
		want string
	}{
		"names, lists, blanks": {&createRole{
			RoleName: "ops", Description: ptr(""), Duration: ptr(int32(3600)), Tags: []tag{{"a", "1"}, {"b", ""}}, Keys: []string{"x", ""}, SAMLMetadat: ptr("<x/>"),
		}, `{"roleName":"ops","description":"","maxSessionDuration":3600,"tags":[{"key":"a","value":"1"},{"key":"b","value":""}],"tagKeys":["x",""],"sAMLMetadataDocument":"<x/>","big":0}`},
		"secrets, time, enums": {createRole{Created: &afternoon, Password: ptr("hunter2"), Reset: ptr(false), Status: "Active"},
			`{"createDate":"Aug 1, 2024 12:42:21 PM","passwordResetRequired":false,"status":"Active","big":0}`},
		"numbers, maps, bytes": {createRole{Ratio: ptr(0.5), Map: map[string]int64{"Users": 2, "Roles": 1}, Blob: []byte("hi"), Big: 1 << 40, Keys: []string{}},
			`{"tagKeys":[],"ratio":0.5,"summaryMap":{"Roles":1,"Users":2},"blob":"aGk=","big":1099511627776}`},
		"only secrets":    {changePassword{"a", "b"}, `null`},
		"nothing":         {nil, `null`},
		"nil pointer":     {(*createRole)(nil), `null`},
		"a zero time":     {createRole{Created: new(time.Time)}, `{"createDate":"Jan 1, 0001 12:00:00 AM","big":0}`},
		"path and header": {&putObject{Body: strings.NewReader("secret"), Bucket: "b", Key: "a/b", ACL: ptr("private"), SSEKey: ptr("k"), Upload: ptr("u"), Meta: map[string]string{"a": "b"}}, `{"bucketName":"b","key":"a/b","x-amz-acl":"private","uploadId":"u","x-amz-meta-":{"a":"b"}}`},
		"body":            {&putObject{Bucket: "b", Config: &versioning{Status: ptr(status("Enabled"))}}, `{"bucketName":"b","VersioningConfiguration":{"Status":"Enabled"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := audit.AppendElements([]byte("x"), test.v)
			if diff := cmp.Diff("x"+test.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !json.Valid(got[1:]) {
				t.Error("not JSON")
			}
		})
	}
	if got, want := string(audit.AppendElementsTime(nil, createRole{Created: &afternoon}, audit.STSTime)), `{"createDate":"Aug 1, 2024, 12:42:21 PM","big":0}`; got != want {
		t.Errorf("time of STS: %s, want %s", got, want)
	}
}

func BenchmarkAppendElements(b *testing.B) {
	in := &createRole{RoleName: "ops", Description: ptr("of the operators"), Duration: ptr(int32(3600)), Tags: []tag{{"team", "a"}, {"env", "test"}}, Created: ptr(noon)}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = audit.AppendElements(buf[:0], in)
	}
}

func ptr[T any](v T) *T { return &v }
