package signin

import (
	"net/url"
	"strings"
)

// local returns where in this installation a destination leads, as path and
// query: given as such, or as a URL of the installation's own endpoint. It is
// never another site: browsers take "//host" and "/\host" for one.
func local(endpoint, destination string) (string, bool) {
	u, err := url.Parse(destination)
	if err != nil || u.Opaque != "" || u.User != nil || strings.ContainsAny(destination, "\\\r\n\t") {
		return "", false
	}
	if u.Scheme != "" || u.Host != "" {
		if u.Scheme+"://"+u.Host != endpoint {
			return "", false
		}
	}
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "", false
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path, true
}
