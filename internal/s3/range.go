package s3

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// span is a stretch of bytes of a content.
type span struct{ start, length int64 }

// contentRange is the header Content-Range for a span of size bytes.
func (s span) contentRange(size int64) string {
	return "bytes " + strconv.FormatInt(s.start, 10) + "-" + strconv.FormatInt(s.start+s.length-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// parseRange reads a Range header for a content of size bytes. ok is false for
// a range that is to be passed over: another unit, several ranges, or one that
// cannot be read; S3 then answers the whole. See "Range" in RFC 9110.
func parseRange(text string, size int64) (s span, ok bool, err error) {
	spec, ok := strings.CutPrefix(text, "bytes=")
	first, last, found := strings.Cut(spec, "-")
	if !ok || !found || strings.Contains(spec, ",") {
		return span{}, false, nil
	}
	if first == "" {
		n, ok := bytePos(last)
		switch {
		case !ok:
			return span{}, false, nil
		case n == 0 || size == 0:
			return span{}, false, invalidRange(text, size)
		}
		n = min(n, size)
		return span{size - n, n}, true, nil
	}
	from, ok := bytePos(first)
	if !ok {
		return span{}, false, nil
	}
	to := size - 1
	if last != "" {
		n, ok := bytePos(last)
		if !ok || n < from {
			return span{}, false, nil
		}
		to = min(to, n)
	}
	if from >= size {
		return span{}, false, invalidRange(text, size)
	}
	return span{from, to - from + 1}, true, nil
}

// bytePos reads digits alone: no sign, no space. More than fit are as many as
// there can be.
func bytePos(text string) (int64, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 1<<63 - 1, true
	}
	return n, true
}

func invalidRange(text string, size int64) *shape.Error {
	return failure(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable",
		shape.Detail{Name: "RangeRequested", Value: text}, shape.Detail{Name: "ActualObjectSize", Value: strconv.FormatInt(size, 10)})
}

// part returns the span of a part of an object. An object that was not uploaded
// in parts is one part.
func part(v *state.ObjectVersion, n int32) (span, *state.ObjectPart, error) {
	if len(v.Parts) == 0 && n == 1 {
		return span{0, v.Size}, nil, nil
	}
	var start int64
	for i := range v.Parts {
		p := &v.Parts[i]
		if p.Number == int(n) {
			return span{start, p.Size}, p, nil
		}
		start += p.Size
	}
	return span{}, nil, failure(http.StatusRequestedRangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable",
		shape.Detail{Name: "ActualPartCount", Value: strconv.Itoa(max(1, len(v.Parts)))},
		shape.Detail{Name: "PartNumberRequested", Value: strconv.Itoa(int(n))})
}
