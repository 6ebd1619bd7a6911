package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const partSize = 5 << 20

func uploadsBreadth(t *testing.T, c *client) {
	c.newBucket(t, "uploads")
	b, key := new("uploads"), new("big")
	made := must(c.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: b, Key: key, ContentType: new("text/plain"), Metadata: map[string]string{"m": "1"}}))(t)
	id := made.UploadId
	parts := []string{strings.Repeat("a", partSize), strings.Repeat("b", partSize), "the end"}
	var done []types.CompletedPart
	var sums []byte
	for i, text := range parts[:2] {
		out := must(c.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: b, Key: key, UploadId: id, PartNumber: aws.Int32(int32(i + 1)), Body: strings.NewReader(text)}))(t)
		equal(t, "etag of a part", *out.ETag, etag(text))
		done = append(done, types.CompletedPart{PartNumber: aws.Int32(int32(i + 1)), ETag: out.ETag})
	}
	c.put(t, *b, "source", "x"+parts[2]+"x")
	copied := must(c.s3.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: b, Key: key, UploadId: id, PartNumber: aws.Int32(3), CopySource: new("uploads/source"), CopySourceRange: new("bytes=1-7")}))(t)
	equal(t, "etag of a copied part", *copied.CopyPartResult.ETag, etag(parts[2]))
	done = append(done, types.CompletedPart{PartNumber: aws.Int32(3), ETag: copied.CopyPartResult.ETag})
	for _, text := range parts {
		sum := md5.Sum([]byte(text))
		sums = append(sums, sum[:]...)
	}
	listParts(t, c, b, key, id)

	fails(c.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: b, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{
		Parts: []types.CompletedPart{done[1], done[0]}}}))(t, failure{400, "InvalidPartOrder", ""})
	out := must(c.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: b, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: done}}))(t)
	whole := md5.Sum(sums)
	equal(t, "etag", *out.ETag, fmt.Sprintf(`"%s-3"`, hex.EncodeToString(whole[:])))
	got := must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key}))(t)
	equal(t, "type and metadata", *got.ContentType+got.Metadata["m"], "text/plain1")
	equal(t, "content is that of the parts", read(t, got.Body) == strings.Join(parts, ""), true)
	second := must(c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, PartNumber: aws.Int32(3)}))(t)
	equal(t, "third part", read(t, second.Body), parts[2])
	abandoned(t, c, b)
}

func listParts(t *testing.T, c *client, b, key, id *string) {
	numbers := ""
	for p := s3.NewListPartsPaginator(c.s3, &s3.ListPartsInput{Bucket: b, Key: key, UploadId: id, MaxParts: aws.Int32(2)}); p.HasMorePages(); {
		for _, part := range must(p.NextPage(ctx))(t).Parts {
			numbers += fmt.Sprint(*part.PartNumber, ":", *part.Size, " ")
		}
	}
	equal(t, "parts", numbers, fmt.Sprintf("1:%d 2:%d 3:7 ", partSize, partSize))
	uploads := must(c.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: b}))(t).Uploads
	equal(t, "uploads", len(uploads), 1)
	equal(t, "upload", *uploads[0].Key+*uploads[0].UploadId, *key+*id)
	recent(t, "date", uploads[0].Initiated)
}

func abandoned(t *testing.T, c *client, b *string) {
	key := new("never")
	id := must(c.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: b, Key: key}))(t).UploadId
	small := must(c.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: b, Key: key, UploadId: id, PartNumber: aws.Int32(1), Body: bytes.NewReader([]byte("small"))}))(t).ETag
	must(c.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: b, Key: key, UploadId: id, PartNumber: aws.Int32(2), Body: bytes.NewReader([]byte("small"))}))(t)
	complete := &s3.CompleteMultipartUploadInput{Bucket: b, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{
		Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: small}, {PartNumber: aws.Int32(2), ETag: small}}}}
	fails(c.s3.CompleteMultipartUpload(ctx, complete))(t, failure{400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"})
	must(c.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: b, Key: key, UploadId: id}))(t)
	fails(c.s3.CompleteMultipartUpload(ctx, complete))(t, failure{404, "NoSuchUpload", ""})
	equal(t, "uploads left", len(must(c.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: b}))(t).Uploads), 0)
}
