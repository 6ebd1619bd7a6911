package s3

import (
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
)

// verifyBody holds a body that was read whole against the digest and the
// checksum that the request gives of it.
func verifyBody(c *api.Call, contentMD5 *string) error {
	x, err := expect(c.HTTP.Header, contentMD5)
	if err != nil {
		return err
	}
	d := x.digest()
	d.Write(c.Body())
	return x.check(d.result(""), c.Trailer())
}

// verifyRequiredSum is verifyBody where there must be a digest or a checksum:
// a DeleteObjects that was garbled on its way must delete nothing.
func verifyRequiredSum(c *api.Call) error {
	md5 := optional(c.HTTP.Header.Get("Content-Md5"))
	p, err := promisedSum(c.HTTP.Header)
	if err != nil {
		return err
	}
	if md5 == nil && p.algorithm == nil {
		return s3api.InvalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	return verifyBody(c, md5)
}

func malformedXML() error {
	return bad("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}
