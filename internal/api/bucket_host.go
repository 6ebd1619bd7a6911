package api

import (
	"net"
	"net/http"
	"strings"
)

// loopback is a domain that every installation has: names under it lead to the
// client's own machine, whoever serves there (RFC 6761, section 6.3).
const loopback = "localhost"

// bucketAndKey takes the bucket and the key from the path, or with a
// virtual-host style request from the host name. The key is the path's bytes,
// decoded once: S3 normalises nothing. ok is false for a path that is not one.
func (p *Pipeline) bucketAndKey(r *http.Request) (bucket, key string, ok bool) {
	path := r.URL.Path
	if !strings.HasPrefix(path, "/") {
		return "", "", false
	}
	path = path[1:]
	if b := p.bucketOfHost(r.Host); b != "" {
		return b, path, true
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key, bucket != "" || key == ""
}

// NamesBucket reports whether a host name carries a bucket, so that the whole
// path of a request to it is a key.
func (p *Pipeline) NamesBucket(host string) bool { return p.bucketOfHost(host) != "" }

// bucketOfHost returns the bucket that a host name carries in front of one of
// the installation's domains, or of one of AWS's for S3.
func (p *Pipeline) bucketOfHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(host)
	if net.ParseIP(strings.Trim(host, "[]")) != nil {
		return ""
	}
	for _, domain := range p.domains {
		if b, ok := strings.CutSuffix(host, "."+domain); ok && b != "s3" {
			return strings.TrimSuffix(b, ".s3")
		}
	}
	if rest, ok := strings.CutSuffix(host, ".amazonaws.com"); ok {
		if i := strings.LastIndex(rest, ".s3"); i > 0 {
			return rest[:i]
		}
	}
	return ""
}
