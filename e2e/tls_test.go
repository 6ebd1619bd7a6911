package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// startTLS starts a server with a certificate of the test's own. Only over TLS
// do SDKs send bodies unsigned, with their checksum in a trailer.
func startTLS(t *testing.T) *server {
	t.Helper()
	cert, key, roots := certificate(t)
	s := start(t, "--tls-cert", cert, "--tls-key", key)
	s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	return s
}

func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	private := must(x509.MarshalPKCS8PrivateKey(key))(t)
	roots = x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(der))(t))
	write := func(name, kind string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private), roots
}

func TestTrailers(t *testing.T) {
	admin := startTLS(t).admin()
	admin.newBucket(t, "trailers")
	b := new("trailers")
	body := strings.Repeat("0123456789abcdef", 100<<10) // many chunks
	for _, algorithm := range []types.ChecksumAlgorithm{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		for _, size := range []int{0, 1, 65536, len(body)} {
			key := new("k" + string(algorithm))
			stream := io.MultiReader(strings.NewReader(body[:size])) // cannot be read twice
			out := must(admin.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: key, Body: stream, ContentLength: aws.Int64(int64(size)), ChecksumAlgorithm: algorithm}))(t)
			equal(t, "etag", *out.ETag, etag(body[:size]))
			got := must(admin.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key, ChecksumMode: types.ChecksumModeEnabled}))(t)
			equal(t, string(algorithm)+" came back", read(t, got.Body) == body[:size], true)
			equal(t, "encoding", aws.ToString(got.ContentEncoding), "") // aws-chunked is the request's alone
		}
	}
	unsignedBodies(t, admin, b)
}

// unsignedBodies: a part with its sum in a trailer, and UNSIGNED-PAYLOAD.
func unsignedBodies(t *testing.T, admin *client, b *string) {
	key := new("parts")
	id := must(admin.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: b, Key: key, ChecksumAlgorithm: "CRC32"}))(t).UploadId
	part := must(admin.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: b, Key: key, UploadId: id, PartNumber: aws.Int32(1), ContentLength: aws.Int64(4),
		Body: io.MultiReader(strings.NewReader("part")), ChecksumAlgorithm: "CRC32"}))(t)
	must(admin.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: b, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{
		Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32}}}}))(t)
	equal(t, "the part", read(t, must(admin.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: key}))(t).Body), "part")

	must(admin.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: new("unsigned"), Body: bytes.NewReader([]byte("unsigned"))},
		s3.WithAPIOptions(v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)))(t)
	equal(t, "the object", read(t, must(admin.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: new("unsigned")}))(t).Body), "unsigned")

	ann := admin.newUser(t, "ann")
	admin.grant(t, "ann", document(`{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`))
	equal(t, "buckets by a secure connection", bucketNames(t, ann), "trailers")
}
