package sigv4

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// The upload that AWS's documentation signs: 65 KiB of 'a' in chunks of 64 KiB
// and 1 KiB.
var exampleBody = bytes.Repeat([]byte("a"), 65<<10)

func exampleUpload(t *testing.T, word string, header map[string]string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("PUT", "/examplebucket/chunkObject.txt", nil)
	r.Host = "s3.amazonaws.com"
	r.Header = http.Header{}
	r.Header.Set("Content-Encoding", "aws-chunked")
	r.Header.Set("X-Amz-Storage-Class", "REDUCED_REDUNDANCY")
	r.Header.Set(headerLength, strconv.Itoa(len(exampleBody)))
	for k, v := range header {
		r.Header.Set(k, v)
	}
	if _, err := Sign(r, testCredentials, testTarget("s3"), word); err != nil {
		t.Fatal(err)
	}
	return r
}

func wantSeed(t *testing.T, r *http.Request, seed string) {
	t.Helper()
	if !strings.HasSuffix(r.Header.Get("Authorization"), "Signature="+seed) {
		t.Errorf("Authorization %q, want signature %s", r.Header.Get("Authorization"), seed)
	}
}

func readStream(r *http.Request, wire []byte) ([]byte, *Body, error) {
	s, err := authenticate(r, testKey("s3"), "")
	if err != nil {
		return nil, nil, err
	}
	body, err := s.Body(bytes.NewReader(wire), testKey("s3"))
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(body)
	return data, body, err
}

// The example under "Transferring Payload in Multiple Chunks" in the S3 API
// Reference.
func TestDocumentedChunks(t *testing.T) {
	r := exampleUpload(t, StreamingPayload, map[string]string{"Content-Length": "66824"})
	wantSeed(t, r, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
	wire := "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
		string(exampleBody[:64<<10]) + "\r\n" +
		"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
		string(exampleBody[64<<10:]) + "\r\n" +
		"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
	data, body, err := readStream(r, []byte(wire))
	if err != nil || !bytes.Equal(data, exampleBody) || body.Length() != int64(len(exampleBody)) || len(body.Trailer()) != 0 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// The example under "Signature calculations for trailing headers". The empty
// line before the trailer's signature is AWS's, and minio-go's.
func TestDocumentedTrailer(t *testing.T) {
	r := exampleUpload(t, StreamingPayloadTrailer, map[string]string{headerTrailer: "x-amz-checksum-crc32c"})
	wantSeed(t, r, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
	const trailer = "x-amz-checksum-crc32c:sOO8/Q=="
	const signature = "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
	for name, end := range map[string]string{
		"documented": trailer + "\n\r\n" + signature + "\r\n\r\n",
		"of SDKs":    trailer + "\r\n" + signature + "\r\n\r\n",
	} {
		wire := "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" +
			string(exampleBody[:64<<10]) + "\r\n" +
			"400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
			string(exampleBody[64<<10:]) + "\r\n" +
			"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n" + end
		data, body, err := readStream(r, []byte(wire))
		if err != nil || !bytes.Equal(data, exampleBody) {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
			continue
		}
		if got := body.Trailer().Get("x-amz-checksum-crc32c"); got != "sOO8/Q==" {
			t.Errorf("%s: trailer %q", name, got)
		}
	}
}

var streamWords = []string{StreamingPayload, StreamingPayloadTrailer, StreamingUnsignedTrailer}

func trailerFor(word string) http.Header {
	if word == StreamingPayload {
		return nil
	}
	return http.Header{"X-Amz-Checksum-Crc32": {"AAAAAA=="}, "X-Amz-Meta-Late": {"yes"}}
}

func TestStreamsReadBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.SampledFrom(streamWords).Draw(rt, "word")
		chunk := rapid.IntRange(minChunk, 40<<10).Draw(rt, "chunk")
		data := bytes.Repeat([]byte("0123456789"), rapid.IntRange(0, 10_000).Draw(rt, "tens"))
		r, wire := streamRequest(t, word, trailerFor(word), data, chunk)
		s, err := authenticate(r, testKey("s3"), "")
		if err != nil {
			rt.Fatal(err)
		}
		var src io.Reader = bytes.NewReader(wire)
		if rapid.Bool().Draw(rt, "slow") {
			src = iotest.HalfReader(src)
		}
		body, err := s.Body(src, testKey("s3"))
		if err != nil {
			rt.Fatal(err)
		}
		got, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(got, data) {
			rt.Fatalf("%d of %d bytes, %v", len(got), len(data), err)
		}
		for name, want := range trailerFor(word) {
			if got := body.Trailer()[name]; len(got) != 1 || got[0] != want[0] {
				rt.Fatalf("trailer %s: %q", name, got)
			}
		}
	})
}

// TestChangedStreamsFail flips each byte of signed bodies, and cuts them at
// each place: none may end in io.EOF.
func TestChangedStreamsFail(t *testing.T) {
	data := []byte("a small object in one chunk")
	for _, word := range []string{StreamingPayload, StreamingPayloadTrailer} {
		r, wire := streamRequest(t, word, trailerFor(word), data, len(data))
		for i := range wire {
			changed := bytes.Clone(wire)
			changed[i] ^= 1
			// The size's digits and the trailers' names may be spelled in two
			// ways; flipping bit 0 never gives the other one.
			if _, _, err := readStream(r, changed); err == nil {
				t.Errorf("%s: byte %d (%q) changed: no error", word, i, wire[i])
			}
			if _, _, err := readStream(r, wire[:i]); err == nil {
				t.Errorf("%s: cut at %d: no error", word, i)
			}
		}
		_, _, err := readStream(r, append(bytes.Clone(wire), '\n'))
		wantReason(t, err, BadChunk)
	}
}

func TestBrokenStreams(t *testing.T) {
	big := strings.Repeat("x", minChunk)
	tests := []struct {
		name, word string
		length     int
		trailers   string
		wire       string
		want       Reason
	}{
		{"more than announced", StreamingUnsignedTrailer, 3, "x-amz-checksum-crc32", "4\r\nabcd\r\n0\r\nx-amz-checksum-crc32:A\r\n\r\n", IncompleteBody},
		{"less than announced", StreamingUnsignedTrailer, 5, "x-amz-checksum-crc32", "4\r\nabcd\r\n0\r\nx-amz-checksum-crc32:A\r\n\r\n", IncompleteBody},
		{"cut in data", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "4\r\nab", IncompleteBody},
		{"cut before trailers", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "4\r\nabcd\r\n0\r\n", IncompleteBody},
		{"longer than its size", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "3\r\nabcd\r\n0\r\n\r\n", BadChunk},
		{"no size", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "\r\nabcd\r\n", BadChunk},
		{"negative size", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "-4\r\nabcd\r\n", BadChunk},
		{"size with prefix", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "0x4\r\nabcd\r\n", BadChunk},
		{"size with underscore", StreamingUnsignedTrailer, 16, "x-amz-checksum-crc32", "1_0\r\n", BadChunk},
		{"size overflows", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "ffffffffffffffff\r\nabcd\r\n", BadChunk},
		{"bare line feed after size", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "4\nabcd\r\n", BadChunk},
		{"endless line", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", strings.Repeat("0", 10_000), BadChunk},
		{"signature in unsigned stream", StreamingUnsignedTrailer, 4, "x-amz-checksum-crc32", "4;chunk-signature=00\r\nabcd\r\n", BadChunk},
		{"small chunk before another", StreamingUnsignedTrailer, 8, "x-amz-checksum-crc32", "4\r\nabcd\r\n4\r\nabcd\r\n", ChunkTooSmall},
		{"trailer missing", StreamingUnsignedTrailer, minChunk, "x-amz-checksum-crc32", "2000\r\n" + big + "\r\n0\r\n\r\n", BadTrailer},
		{"trailer not announced", StreamingUnsignedTrailer, 0, "x-amz-checksum-crc32", "0\r\nx-amz-meta-a:b\r\n\r\n", BadTrailer},
		{"trailer twice", StreamingUnsignedTrailer, 0, "x-amz-checksum-crc32", "0\r\nx-amz-checksum-crc32:A\r\nX-Amz-Checksum-Crc32:B\r\n\r\n", BadTrailer},
		{"trailer without value", StreamingUnsignedTrailer, 0, "x-amz-checksum-crc32", "0\r\nx-amz-checksum-crc32\r\n\r\n", BadTrailer},
		{"trailers too long", StreamingUnsignedTrailer, 0, "a,b", "0\r\na:" + strings.Repeat("x", 3000) + "\r\nb:" + strings.Repeat("x", 3000) + "\r\n\r\n", BadTrailer},
		{"trailer's signature in unsigned stream", StreamingUnsignedTrailer, 0, "x-amz-checksum-crc32", "0\r\nx-amz-checksum-crc32:A\r\nx-amz-trailer-signature:0\r\n\r\n", BadTrailer},
		{"no chunk signature", StreamingPayload, 4, "", "4\r\nabcd\r\n0\r\n\r\n", BadChunk},
		{"another extension", StreamingPayload, 4, "", "4;name=value\r\nabcd\r\n", BadChunk},
		{"wrong chunk signature", StreamingPayload, 4, "", "4;chunk-signature=" + emptyHash + "\r\nabcd\r\n", ChunkMismatch},
		{"end without signature", StreamingPayload, 0, "", "0;chunk-signature=" + emptyHash + "\r\n\r\n", ChunkMismatch},
		{"empty", StreamingPayload, 0, "", "", IncompleteBody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("PUT", "/b/k", nil)
			r.Header.Set(headerLength, strconv.Itoa(tt.length))
			if tt.trailers != "" {
				r.Header.Set(headerTrailer, tt.trailers)
			}
			if _, err := Sign(r, testCredentials, testTarget("s3"), tt.word); err != nil {
				t.Fatal(err)
			}
			wire := tt.wire
			if tt.want == ChunkMismatch || tt.want == IncompleteBody {
				wire += "\r\n"
			}
			if tt.name == "cut in data" || tt.name == "empty" || tt.name == "cut before trailers" {
				wire = tt.wire
			}
			_, _, err := readStream(r, []byte(wire))
			wantReason(t, err, tt.want)
		})
	}
}

func TestChunksInAnotherOrderFail(t *testing.T) {
	data := bytes.Repeat([]byte("ab"), minChunk)
	r, wire := streamRequest(t, StreamingPayload, nil, data, minChunk)
	size := (len(wire) - len("0;chunk-signature=\r\n\r\n") - 64) / 2
	swapped := bytes.Join([][]byte{wire[size : 2*size], wire[:size], wire[2*size:]}, nil)
	_, _, err := readStream(r, swapped)
	wantReason(t, err, ChunkMismatch)

	// The last chunk alone would make an empty object.
	_, _, err = readStream(r, wire[2*size:])
	wantReason(t, err, IncompleteBody)
}

func TestHashedBody(t *testing.T) {
	for body, want := range map[string]Reason{"hello": 0, "hellp": PayloadMismatch, "": PayloadMismatch, "hello!": PayloadMismatch} {
		r := signedRequest(t, "s3", "PUT", "/b/k", "hello")
		s, err := authenticate(r, testKey("s3"), "")
		if err != nil {
			t.Fatal(err)
		}
		reader, err := s.Body(strings.NewReader(body), testKey("s3"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(iotest.OneByteReader(reader))
		if want == 0 {
			if err != nil || string(got) != body || reader.Length() != -1 || reader.Trailer() != nil {
				t.Errorf("%q: %q, %v", body, got, err)
			}
			continue
		}
		wantReason(t, err, want)
		if _, again := reader.Read(make([]byte, 1)); again != err {
			t.Errorf("%q: a failed body reads on: %v", body, again)
		}
	}
}

func TestUnsignedBodyIsReadAsItIs(t *testing.T) {
	r := httptest.NewRequest("PUT", "/b/k", nil)
	if _, err := Sign(r, testCredentials, testTarget("s3"), UnsignedPayload); err != nil {
		t.Fatal(err)
	}
	got, _, err := readStream(r, []byte("4\r\nabcd\r\n0\r\n\r\n"))
	if err != nil || string(got) != "4\r\nabcd\r\n0\r\n\r\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestErrorsOfTheReaderStay(t *testing.T) {
	cut := errors.New("http: request body too large")
	for _, word := range append([]string{UnsignedPayload, HashPayload([]byte("x"))}, streamWords...) {
		r, _ := streamRequest(t, word, trailerFor(word), nil, 1)
		s, err := authenticate(r, testKey("s3"), "")
		if err != nil {
			t.Fatal(err)
		}
		body, err := s.Body(iotest.ErrReader(cut), testKey("s3"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(body); !errors.Is(err, cut) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestStreamHeaders(t *testing.T) {
	const length, trailer = headerLength, headerTrailer
	tests := []struct {
		name, word string
		header     map[string]string
		want       Reason
	}{
		{"no length", StreamingPayload, nil, NoDecodedLength},
		{"negative length", StreamingPayload, map[string]string{length: "-1"}, NoDecodedLength},
		{"length with sign", StreamingPayload, map[string]string{length: "+1"}, NoDecodedLength},
		{"length too large", StreamingPayload, map[string]string{length: "99999999999999999999"}, NoDecodedLength},
		{"length beyond any object", StreamingPayload, map[string]string{length: "999999999999999999"}, NoDecodedLength},
		{"trailer not announced", StreamingUnsignedTrailer, map[string]string{length: "1"}, BadTrailer},
		{"trailer on a stream without", StreamingPayload, map[string]string{length: "1", trailer: "a"}, BadTrailer},
		{"trailer announced twice", StreamingUnsignedTrailer, map[string]string{length: "1", trailer: "a,A"}, BadTrailer},
		{"the signature as trailer", StreamingPayloadTrailer, map[string]string{length: "1", trailer: trailerSignature}, BadTrailer},
		{"bad name", StreamingUnsignedTrailer, map[string]string{length: "1", trailer: "a b"}, BadTrailer},
		{"too many", StreamingUnsignedTrailer, map[string]string{length: "1", trailer: "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"}, BadTrailer},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("PUT", "/b/k", nil)
		for k, v := range tt.header {
			r.Header.Set(k, v)
		}
		_, err := Sign(r, testCredentials, testTarget("s3"), tt.word)
		t.Run(tt.name, func(t *testing.T) { wantReason(t, err, tt.want) })
	}
}

func FuzzChunked(f *testing.F) {
	for i, word := range streamWords {
		_, wire := streamRequest(f, word, trailerFor(word), []byte("hello"), 5)
		f.Add(uint8(i), wire)
	}
	f.Add(uint8(2), []byte("5\r\nhello\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, which uint8, wire []byte) {
		word := streamWords[int(which)%len(streamWords)]
		r, good := streamRequest(t, word, trailerFor(word), []byte("hello"), 5)
		data, body, err := readStream(r, wire)
		if err != nil {
			return
		}
		if len(data) != 5 {
			t.Fatalf("%d bytes were announced as 5", len(data))
		}
		if word == StreamingUnsignedTrailer {
			if len(body.Trailer()) != 2 {
				t.Fatalf("trailer %v", body.Trailer())
			}
			return
		}
		if string(data) != "hello" {
			t.Fatalf("forged body %q in %s, signed was %s", data, hex.EncodeToString(wire), good)
		}
	})
}
